---@meta modelsig.native.count

--- Products and sums of counts, which are whole numbers from 0.
---@class modelsig.native.count
local count = {}

--- The product of all factors; 1 without any.
---@param ... any
---@return integer|nil n nil: a factor is no count, or the product leaves 63 bits
---@return "limit"|nil code it leaves 63 bits
function count.product(...) end

--- How many elements a tensor of these dimensions has.
---@param dims integer[]
---@return integer|nil n
---@return "limit"|nil code
function count.elements(dims) end

--- The sum of two parts.
---@param a any
---@param b any
---@return integer|nil n
---@return "limit"|nil code
function count.sum(a, b) end

return count
