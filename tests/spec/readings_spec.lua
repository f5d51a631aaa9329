--- Values that published configurations once made the program read wrongly.

local folder = require "tests.spec.model_folder"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local writer = require "modelsig.base.json"

local compare, document = modelsig.compare, require "modelsig.model.document"

--- The model of a configuration that differs from a small Llama's.
local function open(changes, tensors)
  local raw = assert(json.decode(folder.llama))
  for key, value in pairs(changes or {}) do raw[key] = value end
  local path = folder.model(writer.encode(raw), tensors)
  return assert(modelsig.open { path, fast = tensors == nil }), path
end

local function feature(changes, id) return open(changes).features[id].value end

local function list(...) return json.array { ... } end

local nobody = { model_type = "nobody", architectures = list "NobodyForCausalLM" }

local function with(changes)
  local out = {}
  for _, from in ipairs { nobody, changes } do
    for key, value in pairs(from) do out[key] = value end
  end
  return out
end

describe("a reading", function()
  teardown(folder.clean)

  it("takes a head size of 0 for a missing one", function()
    assert.equal("equal", feature(with { v_head_dim = 0, qk_nope_head_dim = 0,
      kv_lora_rank = json.null }, "value_head_dim"))
  end)

  it("does not take the norm after attention for attention", function()
    local q = { quant_method = "fp8", weight_block_size = list(128, 128),
      activation_scheme = "dynamic", modules_to_not_convert = list("lm_head",
        "model.layers.0.input_layernorm", "model.layers.0.post_attention_layernorm",
        "model.layers.0.mlp.gate", "model.layers.1.mlp.gate") }
    assert.same({ excluded = { "head", "router" } },
      feature({ quantization_config = q }, "quantization_scope"))
    q.modules_to_not_convert = list("gate", "e_score_correction_bias", "lm_head")
    assert.same({ excluded = { "head", "router" } },
      feature({ quantization_config = q }, "quantization_scope"))
    q.modules_to_not_convert = list("lm_head", "re:.*mlp\\.(gate|up|gate_up|down)_proj.*",
      "backbone.layers.4.mixer.q_proj", "backbone.layers.5.mixer.in_proj")
    assert.same({ excluded = { "attention", "feed-forward", "head", "state space" } },
      feature({ quantization_config = q }, "quantization_scope"))
  end)

  it("names one scheme in one way, wherever the file says its group", function()
    local group = { group_0 = { weights = { num_bits = 4, type = "float", group_size = 16 } } }
    for _, q in ipairs { { quant_method = "modelopt", quant_algo = "NVFP4" },
      { quant_method = "modelopt", quant_algo = "NVFP4", group_size = 16 },
      { quant_method = "modelopt", quant_algo = "NVFP4", config_groups = group } } do
      assert.equal("modelopt: NVFP4, group 16", feature({ quantization_config = q },
        "quantization"))
    end
  end)

  it("names the algorithms of a mixture", function()
    local layers = { ["layers.0.a"] = { quant_algo = "NVFP4" },
      ["layers.0.b"] = { quant_algo = "FP8" }, ["layers.1.b"] = { quant_algo = "FP8" } }
    assert.equal("modelopt: MIXED_PRECISION of FP8, NVFP4", feature({ quantization_config =
      { quant_algo = "MIXED_PRECISION", quantized_layers = layers } }, "quantization"))
    assert.matches("a mixture of FP8, NVFP4$", feature({ quantization_config = {
      quant_method = "fp8", quant_algo = "MIXED_PRECISION", quantized_layers = layers } },
      "quantization"))
  end)

  it("finds a tower where old files name it, the first place first", function()
    assert.same({ vision = "openai/clip" }, feature({ mm_vision_tower = "openai/clip" }, "towers"))
    assert.same({ vision = "?" }, feature({ vision_config = { model_type = "" } }, "towers"))
    assert.same({ vision = "siglip" }, feature({ vision_config = { model_type = "siglip" },
      mm_vision_tower = "openai/clip" }, "towers"))
    assert.equal("none", feature({ vision_config = {} }, "towers"))
  end)

  it("knows Mamba 2 by its type, and an encoder by its class", function()
    assert.equal("mamba 2", feature({ model_type = "mamba2", architectures =
      list "Mamba2ForCausalLM", state_size = 128, num_attention_heads = json.null },
      "state_space").kind)
    assert.equal("encoder", feature({ model_type = "t5", architectures = list "T5EncoderModel",
      is_encoder_decoder = true, d_model = 16, num_heads = 4 }, "encoder_decoder"))
  end)

  it("counts layers of cross attention as a kind of layer", function()
    assert.same({ "cross_attention", "full_attention" }, feature({ model_type = "mllama",
      architectures = list "MllamaForConditionalGeneration",
      text_config = { cross_attention_layers = list(1), num_hidden_layers = 2 } }, "layer_pattern"))
  end)

  it("claims nothing that only the class knows", function()
    local moshi = { model_type = "moshi", architectures = list "MoshiForCausalLM",
      attention_bias = false }
    assert.equal("unknown", feature(moshi, "qkv_bias"))
    assert.equal("unknown", feature(moshi, "head_extras"))
    assert.equal("unknown", feature({ model_type = "inkling2_text", architectures =
      list "Inkling2ForCausalLM", num_local_experts = 4 }, "shared_experts"))
  end)

  it("of a type that nobody names is unknown, not that of the prediction", function()
    assert.equal("unknown", feature({ torch_dtype = json.null }, "dtype"))
    assert.equal("BF16", open({ torch_dtype = json.null }, folder.llama_tensors())
      .features.dtype.value)
  end)

  it("shows numbers in the old places where layers differ", function()
    local found = document.model(open { model_type = "gemma4_text", architectures =
      list "Gemma4ForCausalLM", num_global_key_value_heads = 1, global_head_dim = 8,
      layer_types = list("sliding_attention", "full_attention"), attention_k_eq_v = true })
    assert.equal(4, found.arch_fingerprint.head_dim)
    assert.equal(2, found.arch_fingerprint.num_key_value_heads)
    assert.same({ 4, 8 }, found.config.head_dim.value.per_layer)
  end)
end)

describe("a model without a family", function()
  teardown(folder.clean)

  --- Adds tensors to a Llama's, those that fit `drop` left out.
  local function tensors(drop, ...)
    local more = { ... }
    return folder.llama_tensors(function(made)
      for i = #made, 1, -1 do
        if drop and made[i][1]:find(drop) then table.remove(made, i) end
      end
      for _, t in ipairs(more) do made[#made + 1] = { t[1], "BF16", { table.unpack(t, 2) } } end
    end)
  end

  it("has norms of a kind only where something tells it", function()
    local rms = open(nobody, tensors())
    assert.truthy(rms.layer_types.RMSNorm and rms.operators.rms_norm)
    local open_kind = open(with { rms_norm_eps = json.null, norm_epsilon = 1e-5 }, tensors())
    assert.truthy(open_kind.layer_types.Norm and open_kind.operators.norm)
    assert.is_nil(open_kind.layer_types.RMSNorm)
    local biased = open(nobody, tensors(nil, { "model.layers.0.input_layernorm.bias", 16 }))
    assert.truthy(biased.layer_types.LayerNorm)
    assert.equal("layer_norm", biased.features.norm.value.kind)
    local inner = open(nobody, tensors(nil, { "model.layers.0.self_attn.indexer.k_norm.weight", 4 },
      { "model.layers.0.self_attn.indexer.k_norm.bias", 4 }))
    assert.truthy(inner.layer_types.LayerNorm and inner.layer_types.RMSNorm)
    assert.equal("unknown", inner.features.norm.value)
  end)

  it("is a mixture of experts where they are stacked under any name", function()
    local prefix = "model.layers.0.block_sparse_moe."
    local fp = open(with { num_local_experts = 4, num_experts_per_tok = 1 }, tensors("mlp",
      { prefix .. "input_linear.weight", 4, 64, 16 },
      { prefix .. "output_linear.weight", 4, 16, 32 }, { prefix .. "router.layer.weight", 4, 16 }))
    assert.is_true(fp.is_moe)
    assert.equal(fp.parameters.total - 3 * (64 * 16 + 16 * 32), fp.parameters.active)
    assert.is_true(fp.features.activation.value.gated)
    assert.truthy(fp.layer_types.MoELayer)
  end)

  it("has a delta rule, and no scan, where linear attention decays", function()
    local prefix = "model.layers.0.linear_attn."
    local fp = open(nobody, tensors(nil, { prefix .. "A_log", 4 }, { prefix .. "dt_bias", 4 },
      { prefix .. "conv1d.weight", 16, 1, 4 }))
    assert.truthy(fp.layer_types.LinearAttentionLayer and fp.operators.delta_rule)
    assert.is_nil(fp.layer_types.MambaLayer)
    assert.is_nil(fp.operators.ssm_scan)
  end)

  it("keeps no cache that is certain where it may be an encoder", function()
    local fp = open(with { architectures = list "NobodyForSequenceClassification" },
      tensors("lm_head", { "classifier.weight", 2, 16 }))
    assert.equal("unknown", fp.kv_pattern)
    assert.equal("LinearLayer", fp.by_key["classifier.weight"].layer_type)
    assert.equal("[batch, 2, seq_len, 4]", open(nobody, tensors "lm_head").kv_pattern)
  end)
end)

describe("a model of several parts", function()
  teardown(folder.clean)

  local raw = { model_type = "nobody_vl", architectures = list "NobodyForConditionalGeneration",
    text_config = { model_type = "mistral", sliding_window = 8, num_hidden_layers = 2,
      hidden_size = 16, num_attention_heads = 4, num_key_value_heads = 2, head_dim = 4,
      intermediate_size = 32, vocab_size = 64 },
    vision_config = { model_type = "clip_vision_model", hidden_size = 8 } }

  it("has the cache and the features of its language part, and no more", function()
    local fp = open(raw)
    assert.is_nil(fp.family)
    assert.equal("mistral", fp.text_family)
    assert.equal("window", fp.cache[1].kind)
    assert.equal("[batch, 2, seq_len, 4]", fp.kv_pattern)
    assert.same({ value = "half", evidence = "family" }, fp.features.rope_layout)
    for _, layer in ipairs { "keys", "operators", "layers", "parameters" } do
      assert.is_nil(fp[layer], layer)
    end
    assert.equal("mistral", document.model(fp).text_family)
    assert.equal("PARTIAL_SUBSTITUTE", compare(fp, (open())).kernel.scopes.attention)
    assert.not_equal("FULL_SUBSTITUTE", compare(fp, (open())).substitution_verdict)
  end)

  it("does not take the biases and norms of a tower for its own", function()
    local tensors = folder.llama_tensors(function(made)
      for _, t in ipairs(made) do t[1] = "language_model." .. t[1] end
      local function add(name)
        made[#made + 1] = { "vision_tower.encoder.layers.0." .. name, "BF16", { 8 } }
      end
      for _, name in ipairs { "self_attn.q_proj.bias", "self_attn.k_proj.bias",
        "self_attn.q_norm.weight", "layer_norm1.bias", "layer_norm1.weight" } do add(name) end
      made[#made + 1] = { "vision_tower.encoder.layers.0.self_attn.q_proj.weight", "BF16",
        { 8, 8 } }
    end)
    local f = open(raw, tensors).features
    assert.equal("none", f.qkv_bias.value)
    assert.equal("none", f.qk_norm.value)
    assert.same({ kind = "rms_norm", place = "pre", in_layer = 2, eps = 1e-5 }, f.norm.value)
  end)

  it("has the norms of its language part, whatever the config calls their epsilon", function()
    local gemma = { model_type = "nobody_vl", architectures = list "NobodyForConditionalGeneration",
      rms_norm_eps = json.null, text_config = { model_type = "gemma3_text", num_hidden_layers = 2,
        hidden_size = 16, num_attention_heads = 4, num_key_value_heads = 2, head_dim = 4,
        intermediate_size = 32, vocab_size = 64 } }
    local fp = open(gemma, folder.llama_tensors())
    assert.equal("gemma3_text", fp.text_family)
    assert.truthy(fp.layer_types.RMSNorm1p and fp.operators.rms_norm_1p)
  end)

  it("has no language part where the configuration cannot be that family", function()
    local fp = open { model_type = "x_ocr", architectures = list "XOcrForCausalLMX",
      language_config = { architectures = list "DeepseekV2ForCausalLM", kv_lora_rank = json.null,
        num_hidden_layers = 2 } }
    assert.is_nil(fp.text_family)
    assert.equal("unknown", fp.kv_pattern)
  end)
end)

describe("two models of one config.json", function()
  teardown(folder.clean)

  it("are not identical where a scheme is named beside it", function()
    local plain = open(nobody)
    local _, path = open(nobody)
    folder.write(path .. "/hf_quant_config.json",
      '{"quantization": {"quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8"}}')
    local scheme = assert(modelsig.open { path, fast = true })
    local pair = compare(plain, scheme)
    assert.not_equal("FULL_SUBSTITUTE", pair.substitution_verdict)
    assert.equal("PARTIAL_SUBSTITUTE", pair.kernel.verdict)
    local found = {}
    for _, d in ipairs(pair.kernel.differences) do found[d.feature] = d.grade end
    assert.equal("path", found.quantization)
    assert.equal("path", found.kv_quantization)
  end)

  it("are isomorphic where they are identical", function()
    local a, b = (open(nobody)), (open(nobody))
    local pair = compare(a, b)
    assert.equal("FULL_SUBSTITUTE", pair.substitution_verdict)
    assert.equal("ISOMORPHIC", pair.isomorphism)
    assert.is_true(pair.phase3_algebraic_consistent)
  end)
end)

describe("findings about headers and config", function()
  teardown(folder.clean)

  it("do not come from numbers inside other names, or from other embeddings", function()
    local raw = with { num_experts = 8, num_experts_per_tok = 2 }
    local fp = open(raw, folder.llama_tensors(function(tensors)
      local function add(name, ...) tensors[#tensors + 1] = { name, "BF16", { ... } } end
      for i = 0, 7 do
        add(("model.layers.0.mlp.experts.%d.gate_proj.weight"):format(i), 32, 16)
      end
      add("model.layers.0.conv_blocks.0.bias", 16)
      add("model.layers.0.conv_blocks.1.bias", 16)
      add("model.generation_embeddings.weight", 99, 8)
      add("talker.model.embed_tokens.weight", 7, 16)
    end))
    assert.same({}, fp.findings)
  end)
end)

describe("the reasons of the policy kernel", function()
  teardown(folder.clean)

  it("show what differs, and say PARTIAL at most only where that is the verdict", function()
    local a = open { num_attention_heads = 8, head_dim = 4 }
    local b = open { num_attention_heads = 4, num_key_value_heads = 4, head_dim = 4 }
    local pair = compare(a, b, { policy = "kernel" })
    assert.equal("PARTIAL_SUBSTITUTE", pair.substitution_verdict)
    local words = table.concat(pair.reasons, "\n")
    assert.matches("gqa: kind GQA, ratio 4 against kind MHA, ratio 1 %(path%)", words)
    assert.matches("parallel: tp4 key heads are copied", words)
    local other = open(with { kv_lora_rank = 8, qk_rope_head_dim = 4, qk_nope_head_dim = 4,
      v_head_dim = 4 })
    pair = compare(a, other, { policy = "kernel" })
    assert.equal("NO_SUBSTITUTE", pair.substitution_verdict)
    words = table.concat(pair.reasons, "\n")
    assert.matches("Could not be told", words)
    assert.is_nil(words:find "at most")
  end)
end)

describe("an explanation of models whose tensors nobody knows", function()
  teardown(folder.clean)

  it("says so, and that nothing holds or does not", function()
    local explain = require "modelsig.compare.explain"
    local small, large = (open(nobody)), (open(with { hidden_size = 32, intermediate_size = 64 }))
    local pair = compare(small, large)
    assert.equal("PARTIAL_SUBSTITUTE", pair.substitution_verdict)
    assert.matches("^The tensors are not known on both sides", pair.recommendation)
    assert.matches("could not be told%)", pair.test_strategy.test_scope)
    local words = explain.text(explain.build(pair))
    for _, expected in ipairs { "1 keys: counted as equal for the class NobodyForCausalLM",
      "2 substructure: not known", "3 algebraic scale: not known", "layer types: not known",
      "operators: not known", "the config alone was read, no family describes it" } do
      assert.truthy(words:find(expected, 1, true), expected)
    end
    assert.is_nil(words:find "hold")
    assert.is_nil(words:find("%f[%w?]%?%f[^%w?]"))
  end)
end)
