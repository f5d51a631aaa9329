--- What makes a model this one: canonical texts of values, of its configuration and of everything
--- that was read. Digests and path classes are made of them.

local json = require "modelsig.native.json"
local numeric = require "modelsig.native.numeric"
local named = require "modelsig.rules.named"

local M = {}

--- The configuration without what says nothing about the architecture.
---@param raw any
---@return string
function M.config(raw)
  if type(raw) ~= "table" then return "" end
  local ignored, kept = {}, {}
  for _, name in ipairs(assert(named.load("rules", "digest")).ignored) do ignored[name] = true end
  for key, value in pairs(raw) do
    if not ignored[key] then kept[key] = value end
  end
  return json.canonical(kept)
end

local function ranges(list)
  local out = {}
  for i, range in ipairs(list or {}) do out[i] = range[1] .. "-" .. range[2] end
  return table.concat(out, " ")
end

--- A line for each key: every shape with its dtype, count and layers.
local function stored_lines(keys)
  local lines = {}
  for _, entry in ipairs(keys) do
    local variants = {}
    for i, v in ipairs(entry.shapes) do
      variants[i] = ("%s[%s]*%d(%s)"):format(v.dtype, table.concat(v.shape, ","), v.count,
        ranges(v.layers))
    end
    table.sort(variants)
    lines[#lines + 1] = entry.key .. " " .. table.concat(variants, ";")
  end
  table.sort(lines)
  return lines
end

--- The digest of everything that was read.
---@param fp table fingerprint
---@return string
function M.exact(fp)
  local stored = fp.stored or fp.keys
  local lines = stored and stored_lines(stored) or {}
  lines[#lines + 1] = M.config(fp.raw_config)
  -- a scheme may be named beside the configuration only
  lines[#lines + 1] = json.canonical(type(fp.declared) == "table" and fp.declared or {}, "\n")
  return numeric.sha256(table.concat(lines, "\n"))
end

--- Which models have the same unknown values: those of one class, since its code is the same.
--- Without a class, only those of the same file.
---@param fp table fingerprint
---@param alike? "config"|"any" classes choose by sizes, so that the configuration counts, too; or
--- the model does not matter
---@return string
function M.of_unknown(fp, alike)
  if alike == "any" then return "unknown" end
  local config = fp.config or {}
  local list = config.architectures
  local class = type(list) == "table" and list[1]
  if type(class) ~= "string" then return "unknown " .. M.exact(fp) end
  local text = ("unknown %s %s"):format(class, tostring(config.model_type))
  return alike == "config" and text .. " " .. numeric.sha256(M.config(fp.raw_config)) or text
end

return M
