--- The models of Debian's libonnx-testdata, read by us and by `protoc --decode`: the same
--- operators, opsets, inputs, outputs, functions and initializers.

local manifest = require "modelsig.native.manifest"
local native = require "modelsig.native.onnx"
local source = require "modelsig.native.source"

local PLACE = "/usr/share/libonnx-testdata"
local PROTOC = "protoc --decode=msig.ModelProto --proto_path=vendor onnx.proto < '%s'"

local function lines_of(command)
  local out = {}
  local pipe = assert(io.popen(command))
  for line in pipe:lines() do out[#out + 1] = line end
  local ok = pipe:close()
  return out, ok
end

local escapes = { n = "\n", r = "\r", t = "\t" }

--- A value as protoc writes it.
local function value_of(text)
  local quoted = text:match '^"(.*)"$'
  if not quoted then return math.tointeger(text) or text end
  return (quoted:gsub("\\(.)(%d?%d?)", function(first, rest)
    if first:find "%d" then return string.char(tonumber(first .. rest, 8)) end
    return (escapes[first] or first) .. rest
  end))
end

--- Text of protoc as tables: every field a list of what it had.
local function parse(lines)
  local stack = { {} }
  for _, line in ipairs(lines) do
    local top = stack[#stack]
    local name = line:match "^%s*([%w_]+) {$"
    local field, text = line:match "^%s*([%w_]+): (.*)$"
    if name then
      local inner = {}
      top[name] = top[name] or {}
      table.insert(top[name], inner)
      stack[#stack + 1] = inner
    elseif field then
      top[field] = top[field] or {}
      table.insert(top[field], value_of(text))
    else
      stack[#stack] = nil
    end
  end
  return stack[1]
end

local function one(message, name, default)
  local list = message[name]
  if list == nil then return default end
  return list[#list]
end

local dtypes = { [0] = "UNKNOWN_0", "F32", "U8", "I8", "U16", "I16", "I32", "I64", "STRING", "BOOL",
  "F16", "F64", "U32", "U64", "C64", "C128", "BF16" }

local function tensor_type(type, out)
  out.dtype = dtypes[one(type, "elem_type", 0)]
  local shape = one(type, "shape")
  if not shape then return out end
  out.dims = {}
  for i, dim in ipairs(shape.dim or {}) do
    out.dims[i] = one(dim, "dim_value") or one(dim, "dim_param") or false
  end
  return out
end

local function type_of(type, out)
  if not type then return out end
  if type.tensor_type then return tensor_type(one(type, "tensor_type"), out) end
  if type.sparse_tensor_type then
    out.kind = "sparse_tensor"
    return tensor_type(one(type, "sparse_tensor_type"), out)
  end
  for _, kind in ipairs { "sequence", "optional" } do
    local inner = one(type, kind .. "_type")
    if inner then
      out.kind, out.of = kind, type_of(one(inner, "elem_type"), {})
      return out
    end
  end
  local map = one(type, "map_type")
  if map then
    out.kind, out.key = "map", dtypes[one(map, "key_type", 0)]
    out.of = type_of(one(map, "value_type"), {})
  end
  return out
end

local function ports(list)
  local out = {}
  for i, port in ipairs(list or {}) do
    out[i] = type_of(one(port, "type"), { name = one(port, "name", "") })
  end
  return out
end

local function opsets(list)
  local out = {}
  for _, opset in ipairs(list or {}) do
    local domain = one(opset, "domain", "")
    out[domain == "ai.onnx" and "" or domain] = one(opset, "version", 0)
  end
  return out
end

local count_nodes

local function add_tensors(graph, tensors)
  for _, tensor in ipairs(graph.initializer or {}) do
    tensors[#tensors + 1] = { one(tensor, "name", ""), dtypes[one(tensor, "data_type", 0)],
      tensor.dims or {} }
  end
end

--- Counts the nodes of a list, and of the graphs inside it.
function count_nodes(nodes, scope, counts, tensors)
  for _, node in ipairs(nodes or {}) do
    local domain = one(node, "domain", "")
    local key = ("%s|%s|%s"):format(scope, domain == "ai.onnx" and "" or domain,
      one(node, "op_type", ""))
    counts[key] = (counts[key] or 0) + 1
    for _, attribute in ipairs(node.attribute or {}) do
      local graphs = { one(attribute, "g") }
      for _, graph in ipairs(attribute.graphs or {}) do graphs[#graphs + 1] = graph end
      for _, graph in ipairs(graphs) do
        add_tensors(graph, tensors)
        count_nodes(graph.node, scope == "graph" and "subgraph" or scope, counts, tensors)
      end
    end
  end
end

local function facts_of_protoc(path)
  local lines, ok = lines_of(PROTOC:format(path))
  assert(ok, path)
  local model = parse(lines)
  local graph = one(model, "graph")
  local counts, tensors, functions = {}, {}, {}
  add_tensors(graph, tensors)
  count_nodes(graph.node, "graph", counts, tensors)
  for i, f in ipairs(model.functions or {}) do
    functions[i] = { one(f, "domain", ""), one(f, "name", ""), f.input or {}, f.output or {} }
    count_nodes(f.node, "function", counts, tensors)
  end
  return { ir_version = one(model, "ir_version", 0), producer = one(model, "producer_name", ""),
    name = one(graph, "name", ""), opsets = opsets(model.opset_import),
    inputs = ports(graph.input), outputs = ports(graph.output), operators = counts,
    functions = functions, tensors = tensors }
end

local function facts_of_ours(path)
  local model = assert(native.open(assert(source.file(path))))
  assert(model:read())
  local graph, m = model:graph(), manifest.new()
  assert(model:list(m, "f"))
  local counts, tensors, functions = {}, {}, {}
  for _, row in ipairs(graph.operators) do
    counts[("%s|%s|%s"):format(row.scope, row.domain, row.op)] = row.count
  end
  for i = 1, #m do
    local name, dtype, shape = m:tensor(i)
    tensors[i] = { name, dtype, shape }
  end
  for i, f in ipairs(graph.functions) do
    functions[i] = { f.domain, f.name, f.inputs, f.outputs }
  end
  return { ir_version = graph.ir_version, producer = graph.producer, name = graph.name,
    opsets = graph.opsets, inputs = graph.inputs, outputs = graph.outputs, operators = counts,
    functions = functions, tensors = tensors }
end

describe("Debian's models", function()
  local paths = lines_of(("find %s -name '*.onnx' 2>/dev/null | sort"):format(PLACE))
  if #paths == 0 or not os.execute "command -v protoc >/dev/null" then
    pending "1072 models left out: install protobuf-compiler and libonnx-testdata"
    return
  end
  it("are read as protoc reads them", function()
    assert.is_true(#paths >= 1000)
    for _, path in ipairs(paths) do
      assert.same(facts_of_protoc(path), facts_of_ours(path), path)
    end
  end)
end)
