--- How wide dtypes are, as the C core knows them.

local count = require "modelsig.base.count"

local M = {}

local known

--- The bytes that elements of a dtype take; nil for an unknown dtype or number of elements.
---@param name string
---@param elements integer|nil
---@return integer|nil
---
---     dtype.bytes("BF16", 3) --> 6
function M.bytes(name, elements)
  known = known or require("modelsig.native.manifest").dtypes()
  local row = known[name]
  local bytes = row and row.items and count.product(elements, row.bytes)
  return bytes and bytes // row.items or nil
end

return M
