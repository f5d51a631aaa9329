--- Products and sums of counts. A factor that is missing, no whole number or negative makes the
--- result unknown; so does a result beyond 63 bits, which the second result tells.

local M = {}

local kind_of = math.type

--- The product of the first `count` items of a list.
local function product_of(list, count)
  local n, large = 1, false
  for i = 1, count do
    local factor = list[i]
    if kind_of(factor) ~= "integer" or factor < 0 then return nil end
    large = large and factor ~= 0 or factor ~= 0 and n > math.maxinteger // factor
    n = large and n or n * factor
  end
  if large then return nil, "limit" end
  return n
end

--- The product of all factors; 1 without any.
---@param ... any
---@return integer|nil n nil: unknown
---@return "limit"|nil code it leaves 63 bits
---
---     count.product(2, 3)        --> 6
---     count.product(2, nil)      --> nil
---     count.product(1 << 40, 1 << 40) --> nil, "limit"
function M.product(...)
  return product_of({ ... }, select("#", ...))
end

--- The sum of two parts.
---@param a any
---@param b any
---@return integer|nil n nil: unknown
---@return "limit"|nil code it leaves 63 bits
function M.sum(a, b)
  if kind_of(a) ~= "integer" or kind_of(b) ~= "integer" or a < 0 or b < 0 then return nil end
  if a > math.maxinteger - b then return nil, "limit" end
  return a + b
end

--- How many elements a tensor of these dimensions has.
---@param dims integer[]
---@return integer|nil n
---@return "limit"|nil code
function M.elements(dims)
  return product_of(dims, #dims)
end

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
