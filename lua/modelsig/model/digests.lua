--- Digests of a fingerprint: sha256 over a canonical text, the same for any order of files.

local identity = require "modelsig.model.identity"
local json = require "modelsig.native.json"
local numeric = require "modelsig.native.numeric"

local M = {}

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
  return table.concat(lines, "\n")
end

local function feature_values(fp)
  local values = {}
  for id, feature in pairs(fp.features or {}) do values[id] = feature.value end
  return values
end

local function scheme(fp)
  local out = {}
  for key, value in pairs(fp.quantization or {}) do
    if key ~= "evidence" and key ~= "weights" then out[key] = value end
  end
  return out
end

--- For each scope the digest of the paths that an engine takes in it: equal for two models exactly
--- when one may stand in for the other there.
local function scope_paths(fp)
  if not fp.features then return nil end
  local out = {}
  for scope, text in pairs(require("modelsig.model.features").scope_paths(fp)) do
    out[scope] = numeric.sha256(text)
  end
  return out
end

--- All digests; one whose layer is unknown is left out.
---@param fp table fingerprint
---@return {exact: string, structure: string?, kernel: string, quantization: string, paths: table?}
function M.compute(fp)
  return {
    exact = identity.exact(fp),
    structure = fp.keys and numeric.sha256(structure_lines(fp.keys)) or nil,
    kernel = numeric.sha256(json.canonical(feature_values(fp))),
    quantization = numeric.sha256(json.canonical(scheme(fp))),
    paths = scope_paths(fp),
  }
end

return M
