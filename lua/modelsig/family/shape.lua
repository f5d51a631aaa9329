--- What flows between modules: tensors with dtype and dims, tuples of them, and named results.
--- Only what is visible at the borders of modules is modelled.

local expr = require "modelsig.family.expr"

local M = {}

--- The number behind a size.
M.value = expr.value

---@class modelsig.Tensor
---@field dtype string safetensors' name
---@field dims (integer|table)[] numbers or expressions
local Tensor = {}
Tensor.__index = Tensor

local Tuple = {}
Tuple.__index = Tuple

---@param dtype string
---@param ... integer|table
---@return modelsig.Tensor
function M.tensor(dtype, ...)
  return setmetatable({ dtype = dtype, dims = { ... } }, Tensor)
end

--- Several results, named "0", "1", ...; `false` leaves its place out.
---@param ... modelsig.Tensor|false
function M.tuple(...)
  return setmetatable({ n = select("#", ...), ... }, Tuple)
end

--- Results with names: `shape.named("logits", t, "encoder_last_hidden_state", e)`.
function M.named(...)
  return setmetatable({ n = select("#", ...), named = true, ... }, Tuple)
end

function M.is_tensor(x) return getmetatable(x) == Tensor end

function Tensor:to(dtype) return M.tensor(dtype, table.unpack(self.dims)) end

function Tensor:view(...) return M.tensor(self.dtype, ...) end

--- The same with another last dimension.
function Tensor:last(n)
  local dims = table.move(self.dims, 1, #self.dims, 1, {})
  dims[#dims] = n
  return M.tensor(self.dtype, table.unpack(dims))
end

--- The last dimension seen as heads.
function Tensor:heads(h, d)
  local dims = table.move(self.dims, 1, #self.dims - 1, 1, {})
  dims[#dims + 1], dims[#dims + 2] = h, d
  return M.tensor(self.dtype, table.unpack(dims))
end

--- All dimensions but the last in one.
function Tensor:flat()
  local rows = 1
  for i = 1, #self.dims - 1 do rows = rows * self.dims[i] end
  return M.tensor(self.dtype, rows, self.dims[#self.dims])
end

function Tensor.__add(a) return a end
function Tensor.__mul(a) return a end

--- The numbers, once made shared by every record that shows this tensor.
local function numbers(t)
  if not t.numbers then
    local list, dims, i = {}, t.dims, 1
    while dims[i] do
      list[i] = expr.value(dims[i])
      i = i + 1
    end
    t.numbers = list
  end
  return t.numbers
end

--- Appends one record entry for each tensor in a value.
---@param out table[]
---@param name string
---@param value any
function M.entries(out, name, value)
  if getmetatable(value) == Tensor then
    out[#out + 1] = { name = name, dtype = value.dtype, shape = numbers(value) }
  elseif value and value.named then
    for i = 1, value.n, 2 do M.entries(out, name .. "." .. value[i], value[i + 1]) end
  elseif value then
    for i = 1, value.n do
      if value[i] then M.entries(out, ("%s.%d"):format(name, i - 1), value[i]) end
    end
  end
end

--- The record entries of what a module returns.
---@param value any
---@return table[]
function M.outputs(value)
  local out = {}
  if getmetatable(value) == Tensor then
    M.entries(out, "0", value)
  elseif value and value.named then
    for i = 1, value.n, 2 do
      if value[i + 1] then M.entries(out, value[i], value[i + 1]) end
    end
  elseif value then
    for i = 1, value.n do
      if value[i] then M.entries(out, tostring(i - 1), value[i]) end
    end
  end
  return out
end

return M
