--- The document of one model: names, places and types as scripts for the Python tool know them.

local json = require "modelsig.native.json"
local lists = require "modelsig.base.lists"
local named = require "modelsig.rules.named"

local M = {}

local array, null = json.array, json.null

--- Keys of `arch_fingerprint`, in the tool's order.
local architecture = { "model_type", "hidden_size", "num_hidden_layers", "num_attention_heads",
  "num_key_value_heads", "intermediate_size", "head_dim", "max_position_embeddings",
  "sliding_window", "num_experts_per_tok", "vocab_size", "architectures" }

local function value_or_null(value)
  if value == nil then return null end
  return value
end

--- What the file says of rope scaling, in the old place or the new one.
local function rope_scaling(fp)
  local text = fp.cfg and fp.cfg.text or {}
  if text.rope_scaling ~= nil then return text.rope_scaling end
  local rope = fp.config.rope_parameters
  if type(rope) == "table" and rope.rope_type and rope.rope_type ~= "default" then return rope end
end

local function arch_fingerprint(fp)
  local c, out = fp.config, {}
  for _, key in ipairs(architecture) do
    local value = c[key]
    -- what differs from layer to layer stands under `config`; here is what the file says
    if type(value) == "table" and value.per_layer then value = fp.cfg and fp.cfg.text[key] end
    out[key] = value
  end
  local rope = c.rope_parameters
  out.rope_theta = type(rope) == "table" and rope.rope_theta or nil
  out.rope_scaling = rope_scaling(fp)
  out.layer_types = type(c.layer_types) == "table" and array(c.layer_types) or array {}
  out.is_moe = value_or_null(fp.is_moe)
  out.num_experts = value_or_null(c.num_experts)
  out.num_local_experts = fp.cfg and fp.cfg.text.num_local_experts
  out.num_experts_per_tok = value_or_null(c.num_experts_per_tok)
  return out
end

--- Equal entries are one table: keys are many, and most say the same.
local function signature(fp)
  local out, made, names = {}, {}, named.get("dtypes").report
  for _, entry in ipairs(fp.keys or {}) do
    local params = entry.params or null
    local class = ("%s %s %s %s %s"):format(table.concat(entry.shape, ","), entry.count,
      entry.dtype, entry.layer_type, params)
    local same = made[class] or { representative_shape = array(entry.shape), count = entry.count,
      dtype = names[entry.dtype] or entry.dtype:upper(), layer_type = entry.layer_type,
      param_count = params }
    made[class], out[entry.key] = same, same
  end
  return out
end

--- Distinct shapes of the keys whose layers differ.
local function shapes(fp)
  local out
  for _, entry in ipairs(fp.keys or {}) do
    local seen, list = {}, {}
    for _, variant in ipairs(entry.shapes) do
      local text = table.concat(variant.shape, ",")
      local same = seen[text]
      if not same then
        same = { shape = array(variant.shape), layers = array {} }
        seen[text] = same
        list[#list + 1] = same
      end
      for _, range in ipairs(variant.layers or {}) do
        same.layers[#same.layers + 1] = array { range[1], range[2] }
      end
    end
    if #list > 1 then
      out = out or {}
      out[entry.key] = array(list)
    end
  end
  return out
end

local function ratio(a, b)
  if math.type(a) ~= "integer" or math.type(b) ~= "integer" or b <= 0 then return nil end
  return tonumber(("%.6f"):format(a / b)) + 0.0
end

local function ratios(c)
  return { ffn_expansion = ratio(c.intermediate_size, c.hidden_size),
    gqa_ratio = ratio(c.num_attention_heads, c.num_key_value_heads) }
end

--- Tensors of a record in torch's dtype names. Replayed layers share their tables, so what was
--- made of one is kept, and the writer can know it again.
local function signature_tensors(list, memo, with_names)
  local made = memo[list]
  if made then return made end
  made = array {}
  local names = named.get("dtypes").torch
  for i, tensor in ipairs(list) do
    made[i] = { name = with_names and tensor.name or nil,
      shape = array(tensor.shape or tensor.dims),
      dtype = names[tensor.dtype] or tensor.dtype }
  end
  memo[list] = made
  return made
end

local function more_calls(list, memo)
  local made = memo[list]
  if made then return made end
  made = array {}
  for i, call in ipairs(list) do
    made[i] = { input = signature_tensors(call.input or {}, memo),
      output = signature_tensors(call.output or {}, memo),
      kwargs = call.kwargs and #call.kwargs > 0 and signature_tensors(call.kwargs, memo, true)
        or nil }
  end
  memo[list] = made
  return made
end

local function signature_of(record, memo)
  local calls = record.calls or 1
  return { module_type = record.module_type, norm_path = record.norm_path,
    input = signature_tensors(record.input or {}, memo),
    output = signature_tensors(record.output or {}, memo),
    kwargs = record.kwargs and #record.kwargs > 0
      and signature_tensors(record.kwargs, memo, true) or nil,
    calls = calls ~= 1 and calls or nil,
    more = record.more and #record.more > 0 and more_calls(record.more, memo) or nil }
end

--- Equal layers have one entry between them: each call has an input list of its own, which only its
--- replays share.
local function signatures_of(records)
  local out, order, memo, made, count = {}, {}, {}, {}, 0
  for i = 1, #records do
    local record = records[i]
    local path, input = record.path, record.input
    if path ~= "" then
      local same = made[input]
      if not same or same.norm_path ~= record.norm_path then
        same = signature_of(record, memo)
        if input then made[input] = same end
      end
      if not out[path] then
        count = count + 1
        order[count] = path
      end
      out[path] = same
    end
  end
  return out, order
end

--- Signatures of every layer, or with equal layers as one.
local function layer_signatures(fp, every)
  if every then return fp.layers and signatures_of(fp.layers) end
  local fold = require("modelsig.model.fold").fold
  if fp.description then
    local records, alike = fp.description.kinds()
    local signatures, order = signatures_of(records)
    local folded = fold(signatures, order, alike)
    if folded then return folded end
  end
  return fp.layers and fold(signatures_of(fp.layers))
end

local function config_section(fp)
  local out = {}
  for key, value in pairs(fp.config) do
    out[key] = { value = value, evidence = fp.config_evidence[key] or "config" }
  end
  return out
end

local function caches(fp)
  if not fp.cache then return "unknown" end
  local out = array {}
  for i, entry in ipairs(fp.cache) do
    out[i] = { kind = entry.kind, layers = entry.layers, shape = array(entry.shape),
      window = entry.window, bytes_per_token = entry.bytes_per_token,
      bytes_per_sequence = entry.bytes_per_sequence }
  end
  return out
end

local function quantization(fp)
  local record = fp.quantization
  if not record then return nil end
  local out = {}
  for key, value in pairs(record) do
    out[key] = type(value) == "table" and #value > 0 and array(value) or value
  end
  return out
end

--- An input or output, in which JSON's null is a dim that the file does not tell.
local function port(row)
  if row.dims then
    array(row.dims)
    for i, dim in ipairs(row.dims) do row.dims[i] = dim or json.null end
  end
  if row.of then port(row.of) end
end

local function interface_of(interface)
  for _, rows in pairs(interface or {}) do
    for _, row in ipairs(array(rows)) do port(row) end
  end
  return interface
end

--- The document of a model.
---@param fp modelsig.Fingerprint
---@param options? {layer_sig?: boolean, stats?: boolean} layer_sig: every layer, or none (false);
--- without it equal layers are one
---@return table
---
---     local text = json.encode(document.model(fp, { layer_sig = false }))
function M.model(fp, options)
  options = options or {}
  local types = array(lists.sorted(fp.layer_types))
  return {
    arch_fingerprint = arch_fingerprint(fp),
    static_weight_signature = signature(fp),
    op_types = array(lists.sorted(fp.operators)),
    unique_ops_highlevel = array(fp.highlevel_ops or {}),
    layer_types = types,
    kv_cache_shape_pattern = fp.kv_pattern,
    dimension_ratios = ratios(fp.config),
    source = fp.source,
    layer_signatures = options.layer_sig ~= false and layer_signatures(fp, options.layer_sig)
      or nil,
    revision = fp.revision, format = fp.format, family = value_or_null(fp.family),
    text_family = fp.text_family,
    findings = array(fp.findings), unknown = array(fp:unknown()),
    config = config_section(fp), features = fp.features, kv_cache = caches(fp),
    onnx_op_types = fp.op_names and array(fp.op_names),
    operators = fp.operators, interface = interface_of(fp.interface),
    quantization = quantization(fp), parameters = fp.parameters,
    bytes = fp.bytes, shapes = shapes(fp), digests = fp.digests,
    network = options.stats and fp.network or nil,
  }
end

--- What an ONNX file says of its operators; its lists are marked as such.
local function graph_section(graph)
  if not graph then return nil end
  for _, name in ipairs { "operators", "functions", "sparse_initializers" } do
    array(graph[name])
  end
  interface_of { inputs = graph.inputs, outputs = graph.outputs }
  for _, row in ipairs(graph.functions) do
    for _, name in ipairs { "inputs", "outputs", "attributes", "operators" } do array(row[name]) end
  end
  for _, row in ipairs(array(graph.constants.large)) do array(row.shape) end
  return graph
end

local function graph_sections(graphs)
  for _, graph in ipairs(graphs or {}) do graph_section(graph) end
  return graphs and array(graphs)
end

--- The raw view of one model: files and tensors as they are.
---@param fp modelsig.Fingerprint
---@return table
function M.raw(fp)
  local files, tensors = array {}, array {}
  for i, file in ipairs(fp.origin and fp.origin.files or {}) do files[i] = file.name end
  local list = fp.raw_tensors
  for i = 1, #list do
    local tensor = list[i]
    tensor.shape = array(tensor.shape)
    tensors[i] = tensor
  end
  return { label = fp.label, source = fp.source, revision = fp.revision, format = fp.format,
    files = files, tensors = tensors, metadata = fp.metadata or {},
    graph = graph_section(fp.graph), graphs = graph_sections(fp.graphs),
    findings = array(fp.findings) }
end

--- The raw view of a model that could not be read.
---@param model table with `error`
---@return table
function M.raw_error(model)
  return { label = model.label, source = "error", files = array {}, tensors = array {},
    metadata = {}, findings = array(model.findings or {}), error = model.error }
end

return M
