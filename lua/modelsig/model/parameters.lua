--- How many parameters a model has, of which type, and how many of them serve one token.

local count = require "modelsig.base.count"

local M = {}

--- How many experts one tensor holds, stacked along its first dimension.
local function stacked(fp, entry, shape)
  local n = (entry.role or ""):find "%.experts%." and #shape == 3 and shape[1]
  return n and n == fp.config.num_experts and n or nil
end

local function active_of(fp, total, beyond)
  if fp.is_moe == nil then return nil end
  if fp.is_moe == false then return total - beyond end
  if fp.description then return fp.description.params.active end
  local k, idle = fp.config.num_experts_per_tok, 0
  if math.type(k) ~= "integer" then return nil end
  for _, entry in ipairs(fp.keys) do
    local first = entry.shapes[1]
    local n = first and (first.experts or stacked(fp, entry, first.shape))
    if n and n > 0 then
      idle = count.sum(idle, count.product(entry.params // n, math.max(0, n - k)))
    end
  end
  return idle and idle > 0 and total - beyond - idle or nil
end

--- Counts the parameters of a fingerprint whose tensors are known; nil where they are more than
--- numbers can say.
---@param fp table fingerprint
---@return {total: integer, by_dtype: table<string, integer>, active: integer|nil}|nil
---
---     print(parameters.count(fp).total)
function M.count(fp)
  local total, beyond, by_dtype = 0, 0, {}
  for _, entry in ipairs(fp.keys) do
    if not entry.buffer then
      total = count.sum(total, entry.params)
      if not total then return nil end
      if (entry.role or ""):find "^mtp" then beyond = beyond + entry.params end
      for _, variant in ipairs(entry.shapes) do
        local n = variant.count * count.elements(variant.shape)
        by_dtype[variant.dtype] = (by_dtype[variant.dtype] or 0) + n
      end
    end
  end
  return { total = total, by_dtype = by_dtype, active = active_of(fp, total, beyond) }
end

return M
