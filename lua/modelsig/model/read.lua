--- Reads what a fingerprint is made of: the configuration, what is said beside it of quantisation,
--- and the tensors. Which problem makes a model unreadable is decided here.

local config_of = require "modelsig.model.config"
local families = require "modelsig.family.families"
local findings_of = require "modelsig.base.findings"
local formats = require "modelsig.format.formats"
local json = require "modelsig.native.json"
local wording = require "modelsig.rules.wording"

local M = {}

local add, within = findings_of.add, findings_of.within

--- Larger configuration files are refused.
local LARGEST_CONFIG = 10000000

--- Reads one JSON file. Findings go to `found`.
local function read_json(origin, name, found)
  local text, message, code = origin:read(name, LARGEST_CONFIG)
  if not text then return within(name, message, code) end
  local value, findings, kind, offset = json.decode(text)
  if value == nil then return within(name, findings, kind, offset) end
  add(found, findings, name)
  return value
end

--- Takes a configuration, with its family chosen first: the family knows the spellings.
local function take_config(state, raw, where)
  local family, message, code = families.choose(raw)
  if message then return nil, message, code end
  local text_family, missing
  if not family and type(raw) == "table" then
    text_family, missing = families.choose_text(raw), families.missing_head(raw)
  end
  local cfg, findings
  cfg, findings, code = config_of.normalise(raw,
    { family = family, quant_config = state.quant_config })
  if not cfg then return within(where, findings:gsub("^config: ", ""), code) end
  add(state.found, findings, where)
  if missing then
    state.found[#state.found + 1] = { code = "unsupported", where = where,
      message = wording.text("model.missing_head", { family = missing.family,
        class = missing.class, heads = table.concat(missing.heads, ", ") }) }
  end
  state.text_family_table, state.missing_head = text_family, missing
  state.raw_config, state.cfg = raw, cfg
  state.config, state.config_evidence = cfg.values, cfg.evidence
  state.family_table, state.family = family, family and family.name
  return true
end

local function read_config(origin, state)
  local name = origin.config_name
  if not origin:has(name) then
    state.config, state.config_evidence = {}, {}
    return true
  end
  local raw, message, code, offset = read_json(origin, name, state.found)
  if raw == nil then return nil, message, code, offset end
  local quant = "hf_quant_config.json"
  if origin:has(quant) and name == "config.json" then
    local value
    value, message, code = read_json(origin, quant, state.found)
    state.quant_config = type(value) == "table" and value or nil
    if not value then
      state.found[#state.found + 1] = { code = code, message = message, where = quant }
    end
  end
  return take_config(state, raw, name)
end

--- Says that there are no weights: an error where a format was asked for, where they are broken,
--- and where there is no configuration either; else a finding.
local function no_weights(origin, state, asked, message, code)
  if not message then
    if not state.raw_config then return formats.nothing(origin) end
    message, code = "there are no weights: only the configuration was read", "notfound"
  elseif asked or not state.raw_config or code ~= "unsupported" then
    return nil, message, code
  else
    message = message .. ": only the configuration was read"
  end
  if origin.kind ~= "file" and not origin.alone then
    state.found[#state.found + 1] = { code = code, message = message }
  end
  return true
end

--- Takes what the files of weights say; it replaces what other files say of the same.
local function take_tensors(state, format, tensors)
  add(state.found, tensors.findings)
  state.manifest, state.metadata, state.files = tensors.manifest, tensors.metadata, tensors.files
  state.source, state.format = format.name, format.name
  state.naming, state.evidence = format.naming or format.name, format.evidence or "header"
  for _, name in ipairs(formats.brings) do state[name] = tensors[name] end
  if tensors.config == nil then return true end
  return take_config(state, tensors.config, tensors.files[1])
end

local function read_weights(origin, state, asked, strict)
  local weights, message, code = formats.choose(origin, asked)
  if not weights then return no_weights(origin, state, asked, message, code) end
  local tensors, offset
  tensors, message, code, offset = weights.format.read(origin, weights, strict)
  if not tensors then return nil, message, code, offset end
  return take_tensors(state, weights.format, tensors)
end

--- Reads an origin: everything that a fingerprint needs of its files.
---@param origin modelsig.Origin
---@param options modelsig.OpenOptions
---@return table|nil state
---@return string|nil message
---@return string|nil code
---@return integer|nil offset
function M.read(origin, options)
  local asked, message, code = formats.asked(options)
  if message then return nil, message, code end
  -- Names of tensors that a family predicts are those of the first format.
  local state = { found = {}, source = "config_only", metadata = {}, files = {},
    naming = formats.list[1].name }
  add(state.found, origin.findings)
  local ok, offset
  ok, message, code, offset = read_config(origin, state)
  if not ok then return nil, message, code, offset end
  if options.fast then
    if not state.raw_config then
      return nil, origin.config_name .. ": no such file, and --fast reads nothing else", "notfound"
    end
    return state
  end
  local at = #state.found + 1
  ok, message, code, offset = read_weights(origin, state, asked, options.strict)
  if not ok then return nil, message, code, offset end
  if not state.raw_config then
    table.insert(state.found, at, { code = "notfound", where = origin.config_name,
      message = ("there is no %s: the architecture is unknown"):format(origin.config_name) })
  end
  return state
end

return M
