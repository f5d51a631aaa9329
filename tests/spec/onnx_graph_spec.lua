--- What a graph tells of a model that no family describes.

require "tests.spec.helper"
local document = require "modelsig.model.document"
local graphs = require "modelsig.format.onnx_graph"
local modelsig = require "modelsig"
local shared = require "tests.spec.shared"

local function op(name, n, domain, scope)
  return { scope = scope or "graph", domain = domain or "", op = name, count = n }
end

local function graph(operators, functions, inputs)
  return { operators = operators, functions = functions or {}, inputs = inputs or {} }
end

describe("operators of a graph", function()
  it("are named by the mathematics, of ONNX Runtime's domain as of its own", function()
    local made = graph { op("LayerNormalization", 3), op("Reshape", 9),
      op("GroupQueryAttention", 4, "com.microsoft"), op("EmbedLayerNormalization", 1,
        "com.microsoft"), op("LSTM", 2, "mine") }
    assert.same({ attention = 4, embedding = 1, layer_norm = 4 }, graphs.operators { made })
    assert.same({ "LayerNormalization", "Reshape", "com.microsoft::EmbedLayerNormalization",
      "com.microsoft::GroupQueryAttention", "mine::LSTM" }, graphs.names { made })
  end)

  it("inside of functions count as often as these are called", function()
    local inner = { domain = "mine", name = "Inner", operators = { op("Relu", 2) } }
    local outer = { domain = "mine", name = "Outer", operators = { op("Inner", 3, "mine"),
      op("Gelu", 1) } }
    local made = graph({ op("Outer", 5, "mine"), op("Relu", 2, "", "function") },
      { inner, outer })
    assert.same({ relu = 30, gelu = 5 }, graphs.operators { made })
  end)

  it("of a function that calls itself come to an end", function()
    local loop = { domain = "m", name = "F", operators = { op("F", 1, "m"), op("Relu", 1) } }
    assert.is_true(graphs.operators({ graph({ op("F", 1, "m") }, { loop }) }).relu > 0)
  end)

  it("leave what is written in pieces to the weights", function()
    local made = graph { op("Softmax", 4), op("MatMul", 30), op("SimplifiedLayerNormalization", 9) }
    assert.same({ ["aten/mm"] = 22, attention = 4, rms_norm = 9 },
      graphs.operators({ made }, { ["aten/mm"] = 22, attention = 4, norm = 9 }))
    assert.same({ ["aten/mm"] = 30, rms_norm = 9 }, graphs.operators { made })
  end)
end)

describe("the cache of a graph", function()
  local function port(name, dims) return { name = name, dtype = "F16", dims = dims } end

  it("is what goes in as past, its bytes as its dtype has them", function()
    local inputs = { port("input_ids", { "batch", "n" }) }
    for i = 0, 2 do
      for _, word in ipairs { "key", "value" } do
        inputs[#inputs + 1] = port(("past_key_values.%d.%s"):format(i, word), { "b", 4, "past", 8 })
      end
    end
    assert.same({ { kind = "attention", layers = 3, shape = { "batch", 4, "seq_len", 8 },
      bytes_per_token = 3 * 2 * 4 * 8 * 2 } }, graphs.cache { graph({}, {}, inputs) })
    -- The same inputs of a second graph are the same cache.
    local one = graph({}, {}, inputs)
    assert.equal(3, graphs.cache({ one, one })[1].layers)
  end)

  it("of keys and values in one input is counted once", function()
    local inputs = { port("past_0", { 2, "b", 4, "past", 8 }),
      port("past_1", { 2, "b", 4, "p", 8 }) }
    assert.same({ { kind = "attention", layers = 2, shape = { "batch", 4, "seq_len", 8 },
      bytes_per_token = 2 * 2 * 4 * 8 * 2 } }, graphs.cache { graph({}, {}, inputs) })
  end)

  it("is known by the names that exporters give", function()
    for name, wanted in pairs { ["past_key_values.%d.encoder.key"] = "cross_attention",
      ["past_key_values.%d.decoder.key"] = "attention", ["past_key_cross_%d"] = "cross_attention",
      ["past_key_self_%d"] = "attention", ["past_key_%d"] = "attention",
      ["past_key.%d"] = "attention", ["past_keys.%d"] = "attention" } do
      local inputs = { port(name:format(0), { "b", 4, "past", 8 }),
        port(name:format(1), { "b", 4, "past", 8 }) }
      local cache = graphs.cache { graph({}, {}, inputs) }
      assert.same({ { kind = wanted, layers = 2, shape = { "batch", 4, "seq_len", 8 },
        bytes_per_token = 2 * 2 * 4 * 8 * 2 } }, cache)
    end
  end)

  it("has no bytes where a dim is a name, and is unknown without inputs of the past", function()
    local inputs = { port("past_key_values.0.key", { "b", 4, "past", "width" }) }
    assert.is_nil(graphs.cache({ graph({}, {}, inputs) })[1].bytes_per_token)
    assert.is_nil(graphs.cache { graph({}, {}, { port("input_ids", { "b" }) }) })
  end)
end)

describe("an export without a configuration", function()
  if not shared.available() then
    pending(shared.left_out("exports", 2))
    return
  end

  it("has operators, cache and interface of its graph", function()
    local path = shared.path "golden/onnx/models/gpt2/optimum"
    local model = document.model(assert(modelsig.open(path)))
    assert.equal(25, model.operators.layer_norm)
    assert.equal(12, model.kv_cache[1].layers)
    assert.equal("[batch, 4, seq_len, 4]", model.kv_cache_shape_pattern)
    assert.equal("input_ids", model.interface.inputs[1].name)
    assert.equal("Add", model.onnx_op_types[1])
  end)

  it("of other mathematics names it", function()
    local path = shared.path "golden/onnx/models/convnet/torchscript-opset13"
    local model = assert(modelsig.open(path))
    assert.equal(16, model.operators.conv)
    assert.equal(1, model.operators.lstm)
  end)
end)
