--- What is told of real exports (TRUTH.json), in the words of the reader.

local json = require "modelsig.native.json"
local shared = require "tests.spec.shared"

local M = {}

local dtypes = { FLOAT = "F32", UINT8 = "U8", INT8 = "I8", UINT16 = "U16", INT16 = "I16",
  INT32 = "I32", INT64 = "I64", STRING = "STRING", BOOL = "BOOL", FLOAT16 = "F16", DOUBLE = "F64",
  UINT32 = "U32", UINT64 = "U64", COMPLEX64 = "C64", COMPLEX128 = "C128", BFLOAT16 = "BF16",
  FLOAT8E4M3FN = "F8_E4M3", FLOAT8E4M3FNUZ = "F8_E4M3FNUZ", FLOAT8E5M2 = "F8_E5M2",
  FLOAT8E5M2FNUZ = "F8_E5M2FNUZ", UINT4 = "U4", INT4 = "I4", FLOAT4E2M1 = "F4",
  FLOAT8E8M0 = "F8_E8M0", UINT2 = "U2", INT2 = "I2" }

--- Our name of a dtype.
---@param name string
---@return string
function M.dtype(name) return dtypes[name] or name end

--- Calls visit(path of the file, its truth, name for a test) for every file that has one in folders
--- as `folder/MODEL/EXPORT`.
---@param folder string
function M.each_of(folder, visit)
  local pipe = assert(io.popen(("cd '%s' && ls */*/TRUTH.json"):format(folder)))
  for place in pipe:lines() do
    local file <close> = assert(io.open(folder .. "/" .. place))
    local export, files = place:match "^(.*/)", json.decode(file:read "a").files
    local names = {}
    for name in pairs(files) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do
      visit(("%s/%s%s"):format(folder, export, name), files[name], export .. name)
    end
  end
  pipe:close()
end

--- The same for the models of the material.
function M.each(visit) M.each_of(shared.path "golden/onnx/models", visit) end

--- Does the list of weights that an initializer holds agree with what its values show? Tensors of
--- equal values stand for each other; those side by side or on each other are all there.
local function agrees(row, weights)
  local all = row.relation:find "concatenated" or row.relation:find "stacked"
  local found = {}
  for _, name in ipairs(weights) do found[name] = true end
  local count = 0
  for i = 1, #row.source do count = count + (found[row.source[i]] and 1 or 0) end
  return count > 0 and (not all or count == #row.source) and count == #weights
end

--- Compares where weights of one file were placed with where their values come from.
---@param truth table
---@param model table a fingerprint
---@return integer known how many initializers have values that are those of the checkpoint
---@return string[] wrong a line for each that is elsewhere
function M.unplaced(truth, model)
  local weights, known, wrong = {}, 0, {}
  for i = 1, #model.raw_tensors do
    local tensor = model.raw_tensors[i]
    weights[tensor.name] = tensor.weights or {}
  end
  for i = 1, #truth.mapping do
    local row = truth.mapping[i]
    if type(row.source) == "table" and #row.source > 0 then
      known = known + 1
      if not agrees(row, weights[row.init] or {}) then
        wrong[#wrong + 1] = ("%s (%s): %s, not %s"):format(row.init, row.relation,
          table.concat(weights[row.init] or {}, " "), table.concat(row.source, " "))
      end
    end
  end
  return known, wrong
end

--- Truth's dims, in which `null` is nothing told.
local function dims(list)
  if list == json.null or list == nil then return nil end
  local out = {}
  for i = 1, #list do out[i] = list[i] == json.null and false or list[i] end
  return out
end

--- An input or output.
local function port(row)
  local out = { name = row.name }
  if row.kind == "tensor" then
    out.dtype, out.dims = M.dtype(row.dtype), dims(row.dims)
  else
    out.kind = row.kind
  end
  return out
end

local function ports(rows)
  local out = {}
  for i, row in ipairs(rows) do out[i] = port(row) end
  return out
end

local function opsets(rows)
  local out = {}
  for _, row in ipairs(rows) do out[row[1]] = row[2] end
  return out
end

--- {["domain::op"] = count} as a list of operators.
local function operators(scopes)
  local out = {}
  for _, scope in ipairs { "graph", "subgraph", "function" } do
    local list = {}
    for name, count in pairs(scopes[scope] or {}) do
      local domain, op = name:match "^(.*)::(.-)$"
      list[#list + 1] = { scope = not scopes.plain and scope or nil, domain = domain or "",
        op = op or name, count = count }
    end
    table.sort(list, function(a, b)
      if a.domain ~= b.domain then return a.domain < b.domain end
      return a.op < b.op
    end)
    table.move(list, 1, #list, #out + 1, out)
  end
  return out
end

--- The graph as the reader gives it.
---@return modelsig.OnnxGraph
function M.graph(truth)
  local functions = {}
  for i, f in ipairs(truth.functions) do
    functions[i] = { domain = f.domain, name = f.name, inputs = f.inputs, outputs = f.outputs,
      overload = f.overload ~= "" and f.overload or nil, attributes = f.attributes,
      opsets = opsets(f.opset_import), operators = operators { plain = true, graph = f.ops } }
  end
  return { ir_version = truth.ir_version, producer = truth.producer_name,
    producer_version = truth.producer_version, domain = truth.domain,
    model_version = truth.model_version, name = truth.graph_name,
    opsets = opsets(truth.opset_import), inputs = ports(truth.inputs),
    outputs = ports(truth.outputs), functions = functions,
    operators = operators { graph = truth.ops.graph, subgraph = truth.ops.subgraphs,
      ["function"] = truth.ops.functions } }
end

--- The initializers: {name, dtype, shape, bytes} each.
function M.tensors(truth)
  local out = {}
  for i, row in ipairs(truth.initializers) do
    out[i] = { row.name, M.dtype(row.dtype), row.dims, row.nbytes }
  end
  return out
end

return M
