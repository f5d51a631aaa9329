--- Products and sums of counts. A factor that is missing, no whole number or negative makes the
--- result unknown; so does a result beyond 63 bits, which the second result tells.
---
---     count.product(2, 3)             --> 6
---     count.product(2, nil)           --> nil
---     count.product(1 << 40, 1 << 40) --> nil, "limit"
---     count.sum(2, 3)                 --> 5
---     count.elements { 2, 3 }         --> 6, those of a tensor of these dimensions

local native = require "modelsig.native.count"

local M = { product = native.product, sum = native.sum, elements = native.elements }

--- The elements of a tensor for comparing sizes: always a number, beyond 63 bits a float.
---@param dims number[]
---@return number
function M.size(dims)
  local n = M.elements(dims)
  if n then return n end
  n = 1.0
  for _, dim in ipairs(dims) do n = n * dim end
  return n
end

--- A value where it is a whole number, or nil.
---@param value any
---@return integer|nil
function M.whole(value)
  return math.type(value) == "integer" and value or nil
end

--- A value where it is a whole number above zero, or nil.
---@param value any
---@return integer|nil
function M.positive(value)
  return math.type(value) == "integer" and value > 0 and value or nil
end

return M
