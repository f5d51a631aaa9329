--- What every part does with lists: the names of a set in their order, the number of elements of a
--- shape.

local M = {}

--- The keys of a set or a map, which are texts, sorted.
---@param map table<string, any>|nil
---@return string[]
function M.sorted(map)
  local list = {}
  for name in pairs(map or {}) do list[#list + 1] = name end
  table.sort(list)
  return list
end

--- The product of dimensions; 1 without any. Beyond 64 bits it wraps round.
---@param dims integer[]
---@return integer
function M.product(dims)
  local n = 1
  for _, dim in ipairs(dims) do n = n * dim end
  return n
end

return M
