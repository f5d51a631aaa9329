--- Reads what a fingerprint is made of: the configuration, what is said beside it of quantisation,
--- and the headers of the weights. Which problem makes a model unreadable is decided here.

local config_of = require "modelsig.model.config"
local findings_of = require "modelsig.base.findings"
local json = require "modelsig.native.json"
local wording = require "modelsig.rules.wording"

local M = {}

local add, within = findings_of.add, findings_of.within

local function limit()
  return require("modelsig.model.fingerprint").LARGEST_CONFIG
end

--- Reads one JSON file. Findings go to `found`.
local function read_json(origin, name, found)
  local text, message, code = origin:read(name, limit())
  if not text then return within(name, message, code) end
  local value, findings, kind, offset = json.decode(text)
  if value == nil then return within(name, findings, kind, offset) end
  add(found, findings, name)
  return value
end

--- The configuration, with its family chosen first: the family knows the spellings.
local function read_config(origin, state)
  local name = origin.config_name
  if not origin:has(name) then
    state.found[#state.found + 1] = { code = "notfound", where = name,
      message = "there is no " .. name .. ": the architecture is unknown" }
    state.config, state.config_evidence = {}, {}
    return true
  end
  local raw, message, code, offset = read_json(origin, name, state.found)
  if raw == nil then return nil, message, code, offset end
  local quant = "hf_quant_config.json"
  if origin:has(quant) and name == "config.json" then
    local value, why, kind = read_json(origin, quant, state.found)
    state.quant_config = type(value) == "table" and value or nil
    if not value then
      state.found[#state.found + 1] = { code = kind, message = why, where = quant }
    end
  end
  local families = require "modelsig.family.families"
  local family, trouble, why = families.choose(raw)
  if trouble then return nil, trouble, why end
  if not family and type(raw) == "table" then
    state.text_family_table = families.choose_text(raw)
    state.missing_head = families.missing_head(raw)
  end
  local cfg, findings, kind = config_of.normalise(raw,
    { family = family, quant_config = state.quant_config })
  if not cfg then return within(name, findings:gsub("^config: ", ""), kind) end
  add(state.found, findings, name)
  if state.missing_head then
    state.found[#state.found + 1] = { code = "unsupported", where = name,
      message = wording.text("model.missing_head", { family = state.missing_head.family,
        class = state.missing_head.class, heads = table.concat(state.missing_head.heads, ", ") }) }
  end
  state.raw_config, state.cfg = raw, cfg
  state.config, state.config_evidence = cfg.values, cfg.evidence
  state.family_table, state.family = family, family and family.name
  return true
end

--- The headers. Where the configuration was read, weights in another format are a finding.
local function read_weights(origin, state, strict)
  local manifest = require "modelsig.format.safetensors"
  local weights, message, code, offset = manifest.choose(origin)
  if not weights then
    if not message then
      if not state.raw_config then return manifest.nothing(origin) end
      message, code = "there are no weights: only the configuration was read", "notfound"
    elseif not state.raw_config or code ~= "unsupported" then
      return nil, message, code, offset
    else
      message = message .. ": only the configuration was read"
    end
    if origin.kind ~= "file" and not origin.alone then
      state.found[#state.found + 1] = { code = code, message = message }
    end
    return true
  end
  local tensors
  tensors, message, code, offset = manifest.read(origin, weights, strict)
  if not tensors then return nil, message, code, offset end
  add(state.found, tensors.findings)
  state.manifest, state.metadata, state.files = tensors.handle, tensors.metadata, tensors.files
  state.source, state.format = "safetensors", "safetensors"
  return true
end

--- Reads an origin: everything that a fingerprint needs of its files.
---@param origin modelsig.Origin
---@param options {fast?: boolean, strict?: boolean}
---@return table|nil state
---@return string|nil message
---@return string|nil code
---@return integer|nil offset
function M.read(origin, options)
  local state = { found = {}, source = "config_only", metadata = {}, files = {} }
  add(state.found, origin.findings)
  local ok, message, code, offset = read_config(origin, state)
  if not ok then return nil, message, code, offset end
  if options.fast then
    if not state.raw_config then
      return nil, origin.config_name .. ": no such file, and --fast reads nothing else", "notfound"
    end
    return state
  end
  ok, message, code, offset = read_weights(origin, state, options.strict)
  if not ok then return nil, message, code, offset end
  return state
end

return M
