--- Exports against the checkpoints they were made from: weights are placed where the truth says,
--- and the two are one structure.

local folder = require "tests.spec.model_folder"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local native = require "modelsig.native.onnx"
local shared = require "tests.spec.shared"
local source = require "modelsig.native.source"
local tiny = require "tests.spec.onnx_tiny"
local truths = require "tests.spec.onnx_truth"

local MODELS = "golden/onnx/models/"

--- What an export and its source are to each other.
local function isomorphism(name, export, options)
  local request = { shared.path(MODELS .. name .. "/" .. export) }
  for key, value in pairs(options or {}) do request[key] = value end
  local original = assert(modelsig.open("local:" .. shared.path(MODELS .. name .. "/source")))
  local exported = assert(modelsig.open(request))
  assert.equal("onnx", exported.source)
  return modelsig.compare(original, exported), exported
end

--- Exports that are whole models.
local whole = {
  gpt2 = { "optimum/onnx", "torch-dynamo" },
  minilm = { "optimum/onnx/model.onnx", "optimum/onnx/model_O2.onnx",
    "optimum/onnx/model_fp16.onnx", "optimum/onnx/model_int8.onnx", "optimum/onnx/model_q4.onnx",
    "optimum/onnx/model_q4_asym.onnx", "optimum/onnx/model_q4_qdq.onnx",
    "optimum/onnx/model_quantized.onnx" },
  qwen3 = { "optimum", "genai-int4-cpu", "genai-fp16-cuda", "torch-dynamo-opset23" },
  qwen3moe = { "torch-dynamo" },
  vit = { "optimum", "optimum-external", "optimum/onnx/model_static_qdq.onnx" },
  whisper = { "optimum" },
}

describe("an export of ONNX", function()
  if not shared.available() then
    pending(shared.left_out("exports", 19))
    return
  end
  for name, exports in pairs(whole) do
    for _, export in ipairs(exports) do
      it(("%s/%s is its source once more"):format(name, export), function()
        local pair = isomorphism(name, export)
        assert.equal("ISOMORPHIC", pair.isomorphism)
      end)
    end
  end

  it("that is a part says what is missing", function()
    local pair = isomorphism("whisper", "optimum/onnx/decoder_model_merged.onnx")
    assert.equal("DIFFERENT_ARCH", pair.isomorphism)
    assert.matches("model.encoder.", table.concat(pair.only_in_a, " "), 1, true)
  end)

  it("is chosen among several, and another one can be named", function()
    local pair, model = isomorphism("minilm", "optimum", { onnx_file = "onnx/model_q4.onnx" })
    assert.equal("ISOMORPHIC", pair.isomorphism)
    assert.same({ "onnx/model_q4.onnx" }, model.files)
    model = select(2, isomorphism("minilm", "optimum"))
    assert.same({ "onnx/model.onnx" }, model.files)
    local reason
    for _, finding in ipairs(model.findings) do
      if finding.code == "choice" then reason = finding.message end
    end
    assert.matches("chosen among 8 ONNX files", reason, 1, true)
    model = select(2, isomorphism("whisper", "optimum"))
    assert.same({ "onnx/decoder_model_merged.onnx", "onnx/encoder_model.onnx" }, model.files)
  end)
end)

--- Shapes of a checkpoint's tensors by name.
local function shapes_of(model)
  local out = {}
  for i = 1, #model.tensors do
    local tensor = model.tensors[i]
    out[tensor.name] = table.concat(tensor.shape, ",")
  end
  return out
end

--- Models whose weights are all told by their nodes.
local told = { gpt2 = true, minilm = true, qwen3 = true, qwen3moe = true, vit = true,
  whisper = true, branch = true }

describe("the weights of an export", function()
  if not shared.available() then
    pending(shared.left_out("exports", 24))
    return
  end
  it("are placed where their values come from", function()
    local known, wrong = 0, 0
    truths.each(function(path, truth, name)
      local count, list = truths.unplaced(truth, assert(modelsig.open(path)))
      known, wrong = known + count, wrong + #list
      if told[name:match "^[^/]+"] then assert.is_true(#list <= count / 20, name) end
    end)
    assert.is_true(wrong <= known / 20, ("%d of %d"):format(wrong, known))
  end)

  truths.each(function(path, truth, name)
    local model_name = name:match "^[^/]+"
    if not told[model_name] then return end
    it(name .. " are where the truth says, in the same shape", function()
      local original = shapes_of(assert(modelsig.open("local:"
        .. shared.path(MODELS .. model_name .. "/source"))))
      local placed = shapes_of(assert(modelsig.open(path)))
      for _, row in ipairs(truth.mapping) do
        local is_weight = row.relation ~= "unknown" and row.relation ~= "not a weight"
        for _, from in ipairs(is_weight and row.source or {}) do
          assert.equal(original[from], placed[from], from)
        end
      end
    end)
  end)

  it("that no node tells are named in a finding", function()
    local model = assert(modelsig.open(shared.path(MODELS .. "stack/torchscript-functions")))
    local message
    for _, finding in ipairs(model.findings) do
      if finding.code == "unplaced" then message = finding.message end
    end
    assert.matches("^15 weights .* 'onnx::MatMul_132'$", message)
  end)

  it("are found by the nodes that use them", function()
    local model = assert(native.open(assert(source.file(shared.path(MODELS
      .. "qwen3/genai-fp16-cuda/model.onnx")))))
    assert(model:read())
    local uses = model:uses "lm_head.MatMul.weight"
    assert.equal(2, #uses)
    assert.equal("Transpose", uses[1].op)
    assert.same({ 1, 0 }, uses[1].attributes.perm)
    assert.equal("MatMul", uses[2].op)
    assert.equal(2, uses[2].input)
    assert.equal("/lm_head/MatMul", uses[2].name)
    assert.equal(1, #model:uses("lm_head.MatMul.weight", 1))
    assert.same({}, model:uses "no such value")
  end)
end)

describe("a weight in a node", function()
  teardown(folder.clean)

  it("is placed as an initializer is", function()
    local path = folder.new()
    folder.write(path .. "/model.onnx", tiny.constant())
    local model = assert(modelsig.open(path))
    assert.equal(1, #model.tensors)
    assert.same({ "layers.0.mlp.up_proj.weight", { 8, 32 } },
      { model.tensors[1].name, model.tensors[1].shape })
    assert.equal(0, #model.raw_tensors)
    assert.equal(1024, model.graph.constants.bytes)
  end)
end)

describe("a quantised export", function()
  if not shared.available() then
    pending(shared.left_out("exports", 6))
    return
  end
  local cases = {
    ["minilm/optimum/onnx/model_q4.onnx"] = { 4, 32, "U4" },
    ["minilm/optimum/onnx/model_q4_qdq.onnx"] = { 4, 32, "I4" },
    ["minilm/optimum/onnx/model_int8.onnx"] = { 8, nil, "I8" },
    ["minilm/optimum/onnx/model_quantized.onnx"] = { 8, nil, "I8" },
    ["qwen3/genai-int4-cpu/model.onnx"] = { 4, 32, "U4" },
    ["vit/optimum/onnx/model_static_qdq.onnx"] = { 8, nil, "I8" },
  }
  for name, expected in pairs(cases) do
    it(name .. " says how", function()
      local model = assert(modelsig.open(shared.path(MODELS .. name)))
      assert.equal("onnx", model.quantization.method)
      assert.equal(expected[1], model.quantization.bits)
      assert.equal(expected[2], model.quantization.group_size)
      assert.is_true(model.parameters.by_dtype[expected[3]] > 0)
    end)
  end
  it("has as many parameters as the plain one", function()
    local plain = assert(modelsig.open(shared.path(MODELS .. "minilm/optimum/onnx/model.onnx")))
    local packed = assert(modelsig.open(shared.path(MODELS .. "minilm/optimum/onnx/model_q4.onnx")))
    assert.equal(plain.parameters.total, packed.parameters.total)
    assert.is_nil(plain.quantization)
  end)
end)

describe("the raw view of ONNX", function()
  if not shared.available() then
    pending(shared.left_out("exports", 27))
    return
  end
  local document = require "modelsig.model.document"
  truths.each(function(path, truth, name)
    it(name .. " has the initializers as they are, and the graph", function()
      local raw = json.decode(require("modelsig.base.json").encode(
        document.raw(assert(modelsig.open(path)))))
      local expected = truths.tensors(truth)
      assert.equal(#expected, #raw.tensors)
      for i, row in ipairs(expected) do
        local tensor = raw.tensors[i]
        assert.same({ row[1], row[2], table.concat(row[3], ","), row[4] },
          { tensor.name, tensor.dtype, table.concat(tensor.shape, ","), tensor.bytes })
      end
      local graph = raw.graph
      assert.equal(truth.ir_version, graph.ir_version)
      assert.equal(#truth.functions, #graph.functions)
      for _, list in ipairs { "inputs", "outputs" } do
        assert.equal(#truth[list], #graph[list])
        for i, port in ipairs(truth[list]) do
          for k, dim in ipairs(port.dims) do assert.equal(dim, graph[list][i].dims[k]) end
        end
      end
    end)
  end)
end)
