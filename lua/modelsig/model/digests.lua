--- Digests of a fingerprint: sha256 over a canonical text, the same for any order of files.

local json = require "modelsig.native.json"
local numeric = require "modelsig.native.numeric"
local rules = require "modelsig.rules.named"

local M = {}

--- A value as text, with sorted keys.
local function canonical(value, out)
  if type(value) ~= "table" then
    local text = value == json.null and "null" or tostring(value)
    if math.type(value) == "float" and value == math.floor(value) and math.abs(value) < 2 ^ 53 then
      text = ("%d"):format(math.tointeger(value))
    end
    out[#out + 1] = type(value) == "string" and ("%q"):format(value) or text
    return
  end
  if json.is_array(value) or #value > 0 then
    out[#out + 1] = "["
    for _, item in ipairs(value) do
      canonical(item, out)
      out[#out + 1] = ","
    end
    out[#out + 1] = "]"
    return
  end
  local names = {}
  for name in pairs(value) do names[#names + 1] = tostring(name) end
  table.sort(names)
  out[#out + 1] = "{"
  for _, name in ipairs(names) do
    out[#out + 1] = ("%q:"):format(name)
    canonical(value[name], out)
    out[#out + 1] = ","
  end
  out[#out + 1] = "}"
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

local function config_text(raw)
  if type(raw) ~= "table" then return "" end
  local ignored, kept = {}, {}
  for _, name in ipairs(assert(rules.load("rules", "digest")).ignored) do ignored[name] = true end
  for key, value in pairs(raw) do
    if not ignored[key] then kept[key] = value end
  end
  local out = {}
  canonical(kept, out)
  return table.concat(out)
end

local function structure_lines(keys)
  local lines = {}
  for _, entry in ipairs(keys) do
    local role = entry.role or entry.key
    if not entry.buffer and not role:find "^mtp" then
      local variants = {}
      for i, v in ipairs(entry.shapes) do
        variants[i] = table.concat(v.exprs or v.shape, ",")
      end
      table.sort(variants)
      lines[#lines + 1] = ("%s %s %s"):format(role, entry.layer_type or "",
        table.concat(variants, ";"))
    end
  end
  table.sort(lines)
  return lines
end

local function sum(lines)
  return numeric.sha256(table.concat(lines, "\n"))
end

--- The four digests; one whose layer is unknown is left out.
---@param fp table fingerprint
---@return {exact: string, structure: string?, kernel: string?, quantization: string?}
function M.compute(fp)
  local stored = fp.stored or fp.keys
  local exact = stored and stored_lines(stored) or {}
  exact[#exact + 1] = config_text(fp.raw_config)
  -- a scheme may be named beside the configuration only
  canonical(type(fp.declared) == "table" and fp.declared or {}, exact)
  local digests = { exact = sum(exact) }
  if fp.keys then digests.structure = sum(structure_lines(fp.keys)) end
  local values = {}
  for id, feature in pairs(fp.features or {}) do values[id] = feature.value end
  local text = {}
  canonical(values, text)
  digests.kernel = sum { table.concat(text) }
  local scheme = {}
  for key, value in pairs(fp.quantization or {}) do
    if key ~= "evidence" and key ~= "weights" then scheme[key] = value end
  end
  text = {}
  canonical(scheme, text)
  digests.quantization = sum { table.concat(text) }
  return digests
end

return M
