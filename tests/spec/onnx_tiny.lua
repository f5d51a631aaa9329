--- ONNX models written by hand, for specs.

local M = {}

local function varint(number)
  local out = ""
  while number > 127 do
    out, number = out .. string.char(number & 127 | 128), number >> 7
  end
  return out .. string.char(number)
end

--- A field of bytes.
---@param number integer
---@param text string
---@return string
function M.field(number, text) return varint(number << 3 | 2) .. varint(#text) .. text end

--- A model with a node, a tensor of 3 kB and an input.
---@return string
function M.model()
  local field = M.field
  local tensor = "\x08\x1e\x08\x19\x10\x01" .. field(8, "w") .. field(9, ("\0"):rep(3000))
  local graph = field(1, field(1, "x") .. field(1, "w") .. field(2, "y") .. field(4, "MatMul"))
    .. field(5, tensor) .. field(11, field(1, "x"))
  return "\x08\x09" .. field(7, graph) .. field(8, "\x10\x12")
end

--- A model of equal layers, each of weights of these bytes.
---@param layers integer
---@param sizes integer[]
---@return string
function M.layers(layers, sizes)
  local field, parts = M.field, {}
  for i = 0, layers - 1 do
    for k, bytes in ipairs(sizes) do
      parts[#parts + 1] = field(5, "\x08" .. varint(bytes // 4) .. "\x10\x01"
        .. field(8, ("model.layers.%d.part%d.weight"):format(i, k))
        .. field(9, ("\0"):rep(bytes)))
    end
  end
  parts[#parts + 1] = field(11, field(1, "x"))
  return "\x08\x09" .. field(7, table.concat(parts)) .. field(8, "\x10\x12")
end

return M
