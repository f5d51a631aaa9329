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

--- A model of weights of these bytes: behind one another ("rows"), each behind some nodes
--- ("turns"), in Constant nodes of functions, eight in each ("functions"), or of the two branches
--- of an If, and behind them ("branches").
---@param lengths integer[]
---@param form "rows"|"turns"|"functions"|"branches"
---@param values_first boolean|nil before the names
---@return string
function M.weights(lengths, form, values_first)
  local field, list = M.field, {}
  local function constant(number, tensor, i)
    return field(number, field(2, "c" .. i) .. field(4, "Constant")
      .. field(5, field(1, "value") .. field(5, tensor) .. "\xa0\x01\x04"))
  end
  for i, bytes in ipairs(lengths) do
    local head = "\x08" .. varint(bytes // 4) .. "\x10\x01"
      .. field(8, ("layers.%d.weight"):format(i - 1))
    local values = field(9, ("\0"):rep(bytes))
    list[i] = values_first and values .. head or head .. values
  end
  local graph, functions = {}, {}
  local function add(from, to, make)
    local out = {}
    for i = from, to do out[#out + 1] = make(list[i], i) end
    return table.concat(out)
  end
  local function as_constant(number) return function(t, i) return constant(number, t, i) end end
  local function as_initializer(t) return field(5, t) end
  if form == "rows" then
    graph[1] = add(1, #list, as_initializer)
  elseif form == "turns" then
    graph[1] = add(1, #list, function(t, i)
      local node = field(1, field(1, "x" .. i) .. field(1, "layers") .. field(2, "x" .. i + 1)
        .. field(3, "/layers/MatMul_" .. i) .. field(4, "MatMul"))
      return node:rep(6) .. field(5, t)
    end)
  elseif form == "functions" then
    for i = 1, #list, 8 do
      functions[#functions + 1] = field(25, field(1, "f" .. i)
        .. add(i, math.min(i + 7, #list), as_constant(7)) .. field(10, "local"))
    end
  else
    local half, attributes = #list // 2, ""
    for k, name in ipairs { "then_branch", "else_branch" } do
      local from, to = (k - 1) * half + 1, k == 1 and half or #list
      local middle = (from + to) // 2
      local inner = add(from, middle, as_constant(1)) .. field(2, name)
        .. add(middle + 1, to, as_initializer) .. field(12, field(1, "y"))
      attributes = attributes .. field(5, field(1, name) .. field(6, inner) .. "\xa0\x01\x05")
    end
    graph[1] = field(1, field(1, "c") .. field(2, "y") .. field(4, "If") .. attributes)
  end
  graph[2] = field(11, field(1, "x"))
  return "\x08\x09" .. field(7, table.concat(graph)) .. field(8, "\x10\x12")
    .. table.concat(functions)
end

--- A model whose one tensor of 24 bytes lies in another file.
---@param location string
---@return string
function M.external(location)
  local field = M.field
  local tensor = "\x08\x06\x10\x01" .. field(8, "w") .. field(13, field(1, "location")
    .. field(2, location)) .. "\x70\x01"
  return "\x08\x09" .. field(7, field(5, tensor)) .. field(8, "\x10\x12")
end

--- A model whose weight of 32 rows and 8 columns is in a Constant node.
---@return string
function M.constant()
  local field = M.field
  local tensor = "\x08\x20\x08\x08\x10\x01" .. field(9, ("\0"):rep(1024))
  local attribute = field(1, "value") .. field(5, tensor) .. "\xa0\x01\x04"
  local graph = field(1, field(2, "c") .. field(4, "Constant") .. field(5, attribute))
    .. field(1, field(1, "x") .. field(1, "c") .. field(2, "y")
      .. field(3, "/layers.0/mlp/up_proj/MatMul") .. field(4, "MatMul"))
  return "\x08\x09" .. field(7, graph) .. field(8, "\x10\x12")
end

--- A model of these weights and nodes.
---@param weights table[] name, then dims; values are F32
---@param nodes table[] operator, inputs, outputs, name; texts of metadata and numbers by name
---@return string
function M.graph(weights, nodes)
  local field, parts = M.field, {}
  for _, row in ipairs(nodes) do
    local text = ""
    for _, name in ipairs(row[2]) do text = text .. field(1, name) end
    for _, name in ipairs(row[3]) do text = text .. field(2, name) end
    text = text .. field(3, row[4] or "") .. field(4, row[1])
    for name, value in pairs(row.numbers or {}) do
      text = text .. field(5, field(1, name) .. "\x18" .. varint(value) .. "\xa0\x01\x02")
    end
    for name, value in pairs(row.texts or {}) do
      text = text .. field(9, field(1, name) .. field(2, value))
    end
    parts[#parts + 1] = field(1, text)
  end
  for _, row in ipairs(weights) do
    local dims, bytes = "", 4
    for _, dim in ipairs { table.unpack(row, 2) } do
      dims, bytes = dims .. "\x08" .. varint(dim), bytes * dim
    end
    parts[#parts + 1] = field(5, dims .. "\x10\x01" .. field(8, row[1])
      .. field(9, ("\0"):rep(bytes)))
  end
  return "\x08\x09" .. field(7, table.concat(parts) .. field(11, field(1, "x")))
    .. field(8, "\x10\x12")
end

M.gpt2_config = [[{ "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": 768,
  "n_layer": 12, "n_head": 12, "n_positions": 1024, "vocab_size": 50257 }]]

--- The tensors of GPT-2: name, dtype, shape, and the operator that uses them.
---@return table[]
function M.gpt2()
  local width, list = 768, {}
  local function add(name, op, ...) list[#list + 1] = { name, "F32", { ... }, op } end
  local function both(name, op, ...)
    add(name .. ".weight", op, ...)
    add(name .. ".bias", op, (select(-1, ...)))
  end
  add("transformer.wte.weight", "Gather", 50257, width)
  add("transformer.wpe.weight", "Gather", 1024, width)
  for i = 0, 11 do
    local layer = ("transformer.h.%d."):format(i)
    both(layer .. "ln_1", "LayerNormalization", width)
    both(layer .. "attn.c_attn", "Gemm", width, 3 * width)
    both(layer .. "attn.c_proj", "Gemm", width, width)
    both(layer .. "ln_2", "LayerNormalization", width)
    both(layer .. "mlp.c_fc", "Gemm", width, 4 * width)
    both(layer .. "mlp.c_proj", "Gemm", 4 * width, width)
  end
  both("transformer.ln_f", "LayerNormalization", width)
  return list
end

local function bytes_of(row)
  local bytes = 4
  for _, dim in ipairs(row[3]) do bytes = bytes * dim end
  return bytes
end

--- The pieces of a safetensors file: texts, and numbers of zeros.
---@param list table[]
---@return (string|integer)[]
function M.safetensors(list)
  local rows, at = {}, 0
  for i, row in ipairs(list) do
    rows[i] = ('"%s":{"dtype":"F32","shape":[%s],"data_offsets":[%d,%d]}'):format(row[1],
      table.concat(row[3], ","), at, at + bytes_of(row))
    at = at + bytes_of(row)
  end
  local header = "{" .. table.concat(rows, ",") .. "}"
  return { ("<s8"):pack(header), at }
end

--- The pieces of an ONNX file: nodes, then the initializers.
---@param list table[]
---@return (string|integer)[]
function M.onnx(list)
  local field, nodes, pieces, size = M.field, {}, {}, 0
  for i, row in ipairs(list) do
    local path = "/" .. row[1]:match("^(.*)%."):gsub("%.", "/"):gsub("/(%d+)", ".%1")
    local is_bias = row[1]:find "%.bias$" ~= nil
    local inputs = row[4] == "Gather" and { row[1], "x" } or is_bias and { "x", "w", row[1] }
      or { "x", row[1] }
    local node = ""
    for _, name in ipairs(inputs) do node = node .. field(1, name) end
    nodes[i] = field(1, node .. field(2, "y" .. i) .. field(3, path .. "/" .. row[4])
      .. field(4, row[4]))
  end
  pieces[1] = table.concat(nodes)
  for _, row in ipairs(list) do
    local dims = ""
    for _, dim in ipairs(row[3]) do dims = dims .. "\x08" .. varint(dim) end
    local head = dims .. "\x10\x01" .. field(8, row[1]) .. "\x4a" .. varint(bytes_of(row))
    pieces[#pieces + 1] = "\x2a" .. varint(#head + bytes_of(row)) .. head
    pieces[#pieces + 1] = bytes_of(row)
  end
  pieces[#pieces + 1] = field(11, field(1, "input_ids"))
  for _, piece in ipairs(pieces) do size = size + (math.type(piece) and piece or #piece) end
  table.insert(pieces, 1, "\x08\x09\x3a" .. varint(size))
  pieces[#pieces + 1] = field(8, "\x10\x12")
  return pieces
end

--- Writes pieces; zeros become holes.
---@param path string
---@param pieces (string|integer)[]
function M.write(path, pieces)
  local file <close> = assert(io.open(path, "wb"))
  for _, piece in ipairs(pieces) do
    if type(piece) == "string" then
      file:write(piece)
    else
      file:seek("cur", piece - 1)
      file:write "\0"
    end
  end
end

return M
