--- One model in every scheme that its weights are published in: the same structure, the same
--- number of parameters, and the scheme is the difference.

local folder = require "tests.spec.model_folder"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local shared = require "tests.spec.shared"

local hidden, width, heads, kv, dim, vocab = 256, 512, 8, 4, 32, 512

local function base_config()
  return { model_type = "llama", architectures = json.array { "LlamaForCausalLM" },
    hidden_size = hidden, num_hidden_layers = 2, num_attention_heads = heads,
    num_key_value_heads = kv, head_dim = dim, intermediate_size = width, vocab_size = vocab,
    torch_dtype = "bfloat16", tie_word_embeddings = false, rms_norm_eps = 1e-5,
    hidden_act = "silu" }
end

local projections = { { "self_attn.q_proj", heads * dim, hidden },
  { "self_attn.k_proj", kv * dim, hidden }, { "self_attn.v_proj", kv * dim, hidden },
  { "self_attn.o_proj", hidden, heads * dim }, { "mlp.gate_proj", width, hidden },
  { "mlp.up_proj", width, hidden }, { "mlp.down_proj", hidden, width } }

--- The tensors of the model; `store(rows, columns)` gives those of one projection by suffix.
local function tensors(store)
  local list = { { "model.embed_tokens.weight", "BF16", { vocab, hidden } },
    { "model.norm.weight", "BF16", { hidden } }, { "lm_head.weight", "BF16", { vocab, hidden } } }
  for layer = 0, 1 do
    local at = ("model.layers.%d."):format(layer)
    for _, norm in ipairs { "input_layernorm", "post_attention_layernorm" } do
      list[#list + 1] = { at .. norm .. ".weight", "BF16", { hidden } }
    end
    for _, p in ipairs(projections) do
      for suffix, t in pairs(store(p[2], p[3])) do
        list[#list + 1] = { at .. p[1] .. "." .. suffix, t[1], t[2] }
      end
    end
  end
  -- the larger elements first, as files have them: then all are aligned
  local function size(t) return (t[2]:find "64" and 8) or (t[2]:find "32" and 4)
    or (t[2]:find "16" and 2) or 1 end
  table.sort(list, function(x, y)
    if size(x) ~= size(y) then return size(x) > size(y) end
    return x[1] < y[1]
  end)
  return list
end

local function group(weights, activations, format)
  return { quant_method = "compressed-tensors", format = format, ignore = json.array { "lm_head" },
    config_groups = { group_0 = { targets = json.array { "Linear" }, weights = weights,
      input_activations = activations } } }
end

local function compressed(bits, kind, strategy, size)
  return { num_bits = bits, type = kind, strategy = strategy, group_size = size, symmetric = true }
end

local token = { num_bits = 8, type = "float", strategy = "token", dynamic = true }

--- name, what the config says, how a weight of n rows and m columns is stored, the record's
--- scheme, and whether headers alone (without the config) tell the shapes too.
local schemes = {
  { "FP8 for each tensor", { quant_method = "fp8", activation_scheme = "static" },
    function(n, m)
      return { weight = { "F8_E4M3", { n, m } }, weight_scale = { "F32", {} },
        input_scale = { "F32", {} } }
    end, "fp8 8-bit float" },
  { "FP8 for each channel", group(compressed(8, "float", "channel"), token, "float-quantized"),
    function(n, m)
      return { weight = { "F8_E4M3", { n, m } }, weight_scale = { "BF16", { n, 1 } } }
    end, "compressed-tensors 8-bit float" },
  { "FP8 in blocks", { quant_method = "fp8", weight_block_size = json.array { 128, 128 },
      activation_scheme = "dynamic" },
    function(n, m)
      return { weight = { "F8_E4M3", { n, m } },
        weight_scale_inv = { "F32", { (n + 127) // 128, m // 128 } } }
    end, "fp8 8-bit float block 128x128" },
  { "MXFP8", { quant_method = "mxfp8" },
    function(n, m)
      return { weight = { "F8_E4M3", { n, m } }, weight_scale_inv = { "U8", { n, m // 32 } } }
    end, "mxfp8 8-bit float block 1x32" },
  { "NVFP4 of ModelOpt", { quant_method = "modelopt", quant_algo = "NVFP4", group_size = 16,
      exclude_modules = json.array { "lm_head" } },
    function(n, m)
      return { weight = { "U8", { n, m // 2 } }, weight_scale = { "F8_E4M3", { n, m // 16 } },
        weight_scale_2 = { "F32", {} }, input_scale = { "F32", {} } }
    end, "modelopt 4-bit float group 16" },
  { "NVFP4 of compressed-tensors", group(compressed(4, "float", "tensor_group", 16),
      { num_bits = 4, type = "float", strategy = "tensor_group", group_size = 16,
        dynamic = "local" }, "nvfp4-pack-quantized"),
    function(n, m)
      return { weight_packed = { "U8", { n, m // 2 } },
        weight_scale = { "F8_E4M3", { n, m // 16 } }, weight_global_scale = { "F32", { 1 } },
        input_global_scale = { "F32", { 1 } } }
    end, "compressed-tensors 4-bit float group 16" },
  { "MXFP4 of compressed-tensors", group(compressed(4, "float", "group", 32), nil,
      "mxfp4-pack-quantized"),
    function(n, m)
      return { weight_packed = { "U8", { n, m // 2 } }, weight_scale = { "U8", { n, m // 32 } } }
    end, "compressed-tensors 4-bit float group 32" },
  { "INT4 of compressed-tensors", group(compressed(4, "int", "group", 32), nil, "pack-quantized"),
    function(n, m)
      return { weight_packed = { "I32", { n, m // 8 } },
        weight_scale = { "BF16", { n, m // 32 } }, weight_shape = { "I64", { 2 } } }
    end, "compressed-tensors 4-bit int group 32" },
  { "INT8 of compressed-tensors, packed", group(compressed(8, "int", "group", 128), nil,
      "pack-quantized"),
    function(n, m)
      return { weight_packed = { "I32", { n, m // 4 } },
        weight_scale = { "BF16", { n, m // 128 } }, weight_shape = { "I64", { 2 } },
        weight_zero_point = { "I32", { n // 4, m // 128 } } }
    end, "compressed-tensors 8-bit int group 128" },
  { "INT8 of compressed-tensors", group(compressed(8, "int", "channel"),
      { num_bits = 8, type = "int", strategy = "token", dynamic = true }, "int-quantized"),
    function(n, m)
      return { weight = { "I8", { n, m } }, weight_scale = { "BF16", { n, 1 } } }
    end, "compressed-tensors 8-bit int" },
  { "GPTQ", { quant_method = "gptq", bits = 4, group_size = 128, sym = true, desc_act = false },
    function(n, m)
      return { qweight = { "I32", { m // 8, n } }, qzeros = { "I32", { m // 128, n // 8 } },
        scales = { "F16", { m // 128, n } }, g_idx = { "I32", { m } } }
    end, "gptq 4-bit int group 128" },
  { "GPTQ of 8 bits without an index", { quant_method = "gptq", bits = 8, group_size = 64,
      sym = true },
    function(n, m)
      return { qweight = { "I32", { m // 4, n } }, qzeros = { "I32", { m // 64, n // 4 } },
        scales = { "F16", { m // 64, n } } }
    end, "gptq 8-bit int group 64" },
  { "GPTQ of 3 bits", { quant_method = "gptq", bits = 3, group_size = 128, sym = false },
    function(n, m)
      return { qweight = { "I32", { m * 3 // 32, n } },
        qzeros = { "I32", { m // 128, n * 3 // 32 } }, scales = { "F16", { m // 128, n } },
        g_idx = { "I32", { m } } }
    end, "gptq 3-bit int group 128" },
  { "AWQ", { quant_method = "awq", bits = 4, group_size = 128, zero_point = true,
      version = "gemm" },
    function(n, m)
      return { qweight = { "I32", { m, n // 8 } }, qzeros = { "I32", { m // 128, n // 8 } },
        scales = { "F16", { m // 128, n } } }
    end, "awq 4-bit int group 128" },
  { "bitsandbytes of 4 bits", { quant_method = "bitsandbytes", load_in_4bit = true,
      bnb_4bit_quant_type = "nf4", bnb_4bit_use_double_quant = true },
    function(n, m)
      return { weight = { "U8", { n * m // 2, 1 } }, ["weight.absmax"] = { "U8", { n * m // 64 } },
        ["weight.quant_map"] = { "F32", { 16 } },
        ["weight.nested_absmax"] = { "F32", { n * m // 64 // 256 } },
        ["weight.nested_quant_map"] = { "F32", { 256 } },
        ["weight.quant_state.bitsandbytes__nf4"] = { "U8", { 90 } } }
    end, "bitsandbytes 4-bit float" },
  { "bitsandbytes of 8 bits", { quant_method = "bitsandbytes", load_in_8bit = true },
    function(n, m)
      return { weight = { "I8", { n, m } }, SCB = { "F32", { n } }, weight_format = { "U8", {} } }
    end, "bitsandbytes 8-bit int" },
  { "BitNet", { quant_method = "bitnet", linear_class = "autobitlinear",
      quantization_mode = "offline" },
    function(n, m)
      return { weight = { "U8", { n // 4, m } }, weight_scale = { "BF16", { 1 } } }
    end, "bitnet 2-bit int" },
  { "MLX of 4 bits", "mlx 4",
    function(n, m)
      return { weight = { "U32", { n, m // 8 } }, scales = { "BF16", { n, m // 64 } },
        biases = { "BF16", { n, m // 64 } } }
    end, "affine 4-bit int group 64" },
  { "MLX of 8 bits", "mlx 8",
    function(n, m)
      return { weight = { "U32", { n, m // 4 } }, scales = { "BF16", { n, m // 64 } },
        biases = { "BF16", { n, m // 64 } } }
    end, "affine 8-bit int group 64" },
}

local function write(config, list, beside)
  local path = folder.model(json.encode(config), list)
  for name, content in pairs(beside or {}) do folder.write(path .. "/" .. name, content) end
  return path
end

local function plain()
  return assert(modelsig.open(write(base_config(), tensors(function(n, m)
    return { weight = { "BF16", { n, m } } }
  end))))
end

local function quantised(scheme)
  local config = base_config()
  local bits = type(scheme[2]) == "string" and math.tointeger(scheme[2]:match "%d")
  if bits then config.quantization = { group_size = 64, bits = bits }
  else config.quantization_config = scheme[2] end
  return assert(modelsig.open(write(config, tensors(scheme[3]))))
end

--- What may differ between a model and itself in another scheme.
local of_scheme = { quantization = true, quantization_scope = true, parallel = true }

local function check_same(a, b)
  local pair = modelsig.compare(a, b)
  assert.equal("ISOMORPHIC", pair.isomorphism)
  assert.equal("FULL_SUBSTITUTE", pair.substitution_verdict)
  assert.same({}, { table.unpack(pair.kernel.unknown) })
  local found = {}
  for _, d in ipairs(pair.kernel.differences) do
    assert.is_true(of_scheme[d.feature], d.feature)
    found[d.feature] = d.grade
  end
  assert.equal("path", found.quantization)
  assert.equal(a.parameters.total, b.parameters.total)
  assert.equal(a.parameters.active, b.parameters.active)
end

describe("a model quantised as", function()
  teardown(folder.clean)

  for _, scheme in ipairs(schemes) do
    it(scheme[1] .. " is the model that it was", function()
      local small = quantised(scheme)
      assert.same({}, { table.unpack(small.findings) })
      assert.equal(scheme[4], small.quantization.scheme)
      assert.equal(7, small.quantization.weights)
      assert.equal("config and header", small.quantization.evidence)
      check_same(plain(), small)
    end)
  end

  it("NVFP4, named in hf_quant_config.json only, is the model that it was", function()
    local path = write(base_config(), tensors(schemes[5][3]), { ["hf_quant_config.json"] =
      json.encode { producer = { name = "modelopt" }, quantization = { quant_algo = "NVFP4",
        group_size = 16, kv_cache_quant_algo = "FP8",
        exclude_modules = json.array { "lm_head", "model.layers.0.self_attn*" } } } })
    local small = assert(modelsig.open(path))
    assert.equal("modelopt 4-bit float group 16", small.quantization.scheme)
    assert.equal("FP8", small.quantization.kv_cache)
    assert.same({ "lm_head", "model.layers.0.self_attn*" }, small.quantization.ignored)
    assert.equal("FP8", small.features.kv_quantization.value)
    assert.same({ "attention", "head" }, small.features.quantization_scope.value.excluded)
    assert.equal(plain().parameters.total, small.parameters.total)
  end)

  it("FP8 and NVFP4 by its configuration alone is the model that it was", function()
    if not shared.available() then return pending(shared.left_out("configurations", 3)) end
    local name = "nvidia--NVIDIA-Nemotron-3-Super-120B-A12B-"
    local models = {}
    for i, scheme in ipairs { "FP8", "NVFP4", "BF16" } do
      local config = "zoo/configs/" .. name .. (i < 3 and scheme or "FP8") .. ".json"
      local path = folder.new()
      folder.write(path .. "/config.json", shared.read(config))
      if i < 3 then
        folder.write(path .. "/hf_quant_config.json",
          shared.read("zoo/quant/" .. name .. scheme .. ".hf_quant_config.json"))
      end
      models[i] = assert(modelsig.open { path, fast = true })
    end
    for i = 1, 3 do
      for j = i + 1, 3 do
        local pair = modelsig.compare(models[i], models[j])
        for _, d in ipairs(pair.kernel.differences) do
          assert.matches("quantization", d.feature)
        end
        assert.is_true(#pair.kernel.differences > 0)
        assert.same({}, { table.unpack(pair.kernel.unknown) })
        assert.equal("ISOMORPHIC", pair.isomorphism)
      end
    end
  end)

  it("two schemes differs by the scheme alone", function()
    check_same(quantised(schemes[3]), quantised(schemes[5]))
    check_same(quantised(schemes[8]), quantised(schemes[11]))
  end)

  it("one scheme in both is no difference", function()
    local pair = modelsig.compare(quantised(schemes[8]), quantised(schemes[8]))
    assert.equal("FULL_SUBSTITUTE", pair.kernel.verdict)
  end)
end)
