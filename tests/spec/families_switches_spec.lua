--- Switches of configurations that no published model among the goldens turns.

local config = require "modelsig.model.config"
local family = require "modelsig.family.families"
local described = require "tests.spec.described"
local json = require "modelsig.native.json"

--- What the family of a configuration says of it.
local function describe_of(text)
  return described.of(assert(json.decode(text)))
end

local tensors = described.tensors

--- The calls by their path: names of what goes in, and of what comes out.
local function calls(description)
  local out = {}
  for _, record in ipairs(description.records()) do
    local words = {}
    for _, list in ipairs { record.input, record.kwargs, record.output } do
      for _, entry in ipairs(list) do words[#words + 1] = entry.name end
    end
    out[record.path] = table.concat(words, " ")
  end
  return out
end

describe("switches of families", function()
  it("OPT: narrow embeddings, norms behind the parts, no biases", function()
    local opt = describe_of [[{"model_type": "opt", "architectures": ["OPTForCausalLM"],
      "hidden_size": 64, "word_embed_proj_dim": 32, "num_hidden_layers": 2, "ffn_dim": 128,
      "num_attention_heads": 4, "vocab_size": 100, "max_position_embeddings": 16,
      "do_layer_norm_before": false, "enable_bias": false}]]
    local t, c = tensors(opt), calls(opt)
    assert.equal("100x32", t["model.decoder.embed_tokens.weight"])
    assert.equal("18x64", t["model.decoder.embed_positions.weight"])
    assert.equal("32x64", t["model.decoder.project_out.weight"])
    assert.is_nil(t["model.decoder.final_layer_norm.weight"])
    assert.is_nil(t["model.decoder.layers.0.fc1.bias"])
    assert.is_string(c["model.decoder.project_in"])
    assert.equal("post", opt.facts.norm_place)
  end)

  it("norms on heads: one for all, one of many weights, or many", function()
    local text = [[{"model_type": "%s", "hidden_size": 64, "num_hidden_layers": 1,
      "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 128,
      "vocab_size": 100, "%s": true}]]
    local phi = tensors(describe_of(text:format("phi", "qk_layernorm")))
    assert.equal("16", phi["model.layers.0.self_attn.q_layernorm.bias"])
    local cohere = tensors(describe_of(text:format("cohere", "use_qk_norm")))
    assert.equal("2x16", cohere["model.layers.0.self_attn.k_norm.weight"])
    local stablelm = describe_of(text:format("stablelm", "qk_layernorm"))
    local t = tensors(stablelm)
    assert.equal("16", t["model.layers.0.self_attn.q_layernorm.norms.3.weight"])
    assert.is_nil(t["model.layers.0.self_attn.k_layernorm.norms.2.weight"])
    assert.equal("per head", stablelm.facts.qk_norm)
    assert.is_string(calls(stablelm)["model.layers.0.self_attn.k_layernorm.norms.1"])
  end)

  it("biases of Qwen2 MoE, CWM and DeepSeek V2", function()
    local text = [[{"model_type": "%s", "hidden_size": 64, "num_hidden_layers": 1, "head_dim": 16,
      "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 128,
      "vocab_size": 100, "num_experts": 4, "moe_intermediate_size": 32, "n_shared_experts": 1,
      "%s": %s}]]
    local function has(model_type, key, value, name)
      local t = tensors(describe_of(text:format(model_type, key, value)))
      return t["model.layers.0." .. name] ~= nil
    end
    assert.is_false(has("qwen2_moe", "qkv_bias", false, "self_attn.q_proj.bias"))
    assert.is_true(has("qwen2_moe", "other", 1, "self_attn.q_proj.bias"))
    assert.is_true(has("cwm", "mlp_bias", true, "mlp.up_proj.bias"))
    assert.is_true(has("deepseek_v2", "mlp_bias", true, "mlp.shared_experts.up_proj.bias"))
  end)

  it("Falcon with slopes: angles that nothing uses, as many keys as queries", function()
    local falcon = describe_of [[{"model_type": "falcon", "hidden_size": 64, "alibi": true,
      "num_hidden_layers": 1, "num_attention_heads": 4, "vocab_size": 100, "multi_query": false,
      "parallel_attn": false}]]
    assert.equal("192x64", tensors(falcon)["transformer.h.0.self_attention.query_key_value.weight"])
    local c = calls(falcon)
    assert.is_string(c["transformer.rotary_emb"])
    assert.is_truthy(c["transformer.h.0"]:find "position_ids alibi position_embeddings")
    assert.equal("alibi", falcon.facts.positions)
  end)

  it("Mamba: channels that are not so many times the states", function()
    local falcon = describe_of [[{"model_type": "falcon_mamba", "hidden_size": 64, "expand": 16,
      "num_hidden_layers": 1, "intermediate_size": 96, "vocab_size": 100, "state_size": 8}]]
    assert.equal("192x64", tensors(falcon)["backbone.layers.0.mixer.in_proj.weight"])
    local mamba = describe_of [[{"model_type": "mamba", "hidden_size": 64, "expand": 3,
      "num_hidden_layers": 1, "vocab_size": 100, "state_size": 8}]]
    assert.equal("384x64", tensors(mamba)["backbone.layers.0.mixer.in_proj.weight"])
  end)

  it("GPT-BigCode: one head of keys, or as many as queries", function()
    local text = [[{"model_type": "gpt_bigcode", "n_embd": 64, "n_layer": 1, "n_head": 4,
      "vocab_size": 100, "n_positions": 16, "multi_query": %s}]]
    local name = "transformer.h.0.attn.c_attn.weight"
    assert.equal("96x64", tensors(describe_of(text:format "true"))[name])
    assert.equal("192x64", tensors(describe_of(text:format "false"))[name])
  end)

  it("Gemma 3 in both directions: a mask, and a window that counts both sides", function()
    local raw = assert(json.decode [[{"model_type": "gemma3_text", "hidden_size": 64,
      "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
      "intermediate_size": 128, "vocab_size": 100, "sliding_window": 512,
      "use_bidirectional_attention": true}]])
    assert.equal(257, assert(config.normalise(raw)).values.sliding_window)
    assert.is_truthy(calls(described.of(raw))["model.layers.0"]:find "attention_mask")
  end)

  it("Granite with windows: a table of angles for each base, none for layers without", function()
    local granite = describe_of [[{"model_type": "granite_swa", "hidden_size": 64,
      "num_hidden_layers": 5, "num_attention_heads": 4, "num_key_value_heads": 2,
      "intermediate_size": 128, "vocab_size": 100, "sliding_window": 8,
      "layer_rope_theta": [0, 10000, 500000, 0, 10000]}]]
    local c = calls(granite)
    assert.is_string(c["model.rotary_embs.1"])
    assert.is_nil(c["model.rotary_embs.2"])
    assert.is_nil(c["model.layers.0"]:find "position_embeddings")
    assert.is_truthy(c["model.layers.1"]:find "position_embeddings")
    assert.equal("some", granite.facts.nope_layers)
    local windows = {}
    for _, cache in ipairs(granite.cache) do windows[cache.kind] = cache.layers end
    assert.same({ attention = 2, window = 3 }, windows)
  end)

  it("routers: their logits are returned where the file says so", function()
    local text = [[{"model_type": "mixtral", "hidden_size": 64, "num_hidden_layers": 2,
      "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 128,
      "vocab_size": 100, "num_local_experts": 4, "output_router_logits": %s}]]
    assert.equal("input_ids aux_loss logits router_logits.0 router_logits.1",
      calls(describe_of(text:format "true"))[""])
    assert.equal("input_ids logits", calls(describe_of(text:format "false"))[""])
  end)

  it("Laguna: other heads and another share of rotated numbers by layer", function()
    local laguna = describe_of [[{"model_type": "laguna", "hidden_size": 64, "head_dim": 16,
      "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
      "intermediate_size": 128, "moe_intermediate_size": 32, "num_experts": 4,
      "shared_expert_intermediate_size": 32, "num_experts_per_tok": 2, "vocab_size": 100,
      "layer_types": ["full_attention", "sliding_attention"],
      "num_attention_heads_per_layer": [4, 8], "gating": "per-element"}]]
    local t = tensors(laguna)
    assert.equal("64x64", t["model.layers.0.self_attn.q_proj.weight"])
    assert.equal("128x64", t["model.layers.1.self_attn.q_proj.weight"])
    assert.equal("128x64", t["model.layers.1.self_attn.g_proj.weight"])
    assert.is_true(laguna.facts.output_gate)
    local turned
    for _, record in ipairs(laguna.records()) do
      if record.path == "model.rotary_emb" then turned = record end
    end
    assert.equal(2, turned.calls)
    assert.equal(8, turned.output[1].shape[3])
    assert.equal(16, turned.more[1].output[1].shape[3])
  end)

  it("LFM3: modules that do nothing where it has no norms behind its parts", function()
    local lfm = describe_of [[{"model_type": "lfm3", "hidden_size": 64, "num_hidden_layers": 3,
      "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
      "intermediate_size": 128, "vocab_size": 100, "use_sandwich_norm": false,
      "use_attention_gate": false}]]
    assert.is_nil(tensors(lfm)["model.layers.0.post_ffn_norm.weight"])
    assert.is_nil(tensors(lfm)["model.layers.2.self_attn.gate_proj.weight"])
    assert.is_string(calls(lfm)["model.layers.0.post_ffn_norm"])
    assert.is_nil(lfm.facts.output_gate)
  end)

  it("attention of another kind is no plain attention", function()
    local features = require "modelsig.model.features"
    local text = [[{"model_type": "%s", "hidden_size": 64, "num_hidden_layers": 2,
      "num_attention_heads": 4, "num_key_value_heads": 4, "intermediate_size": 128,
      "vocab_size": 100, "rms_norm_eps": 1e-5, "max_position_embeddings": 64}]]
    local function model(model_type)
      local raw = assert(json.decode(text:format(model_type)))
      local chosen = family.choose(raw)
      local cfg = assert(config.normalise(raw, { family = chosen }))
      local description = assert(family.describe(chosen, cfg))
      return { config = cfg.values, config_evidence = cfg.evidence, raw_config = raw, cfg = cfg,
        source = "config_only", family = chosen.name, description = description }
    end
    local grades = {}
    for _, d in ipairs(features.differences(model "llama", model "diffllama")) do
      grades[d.feature] = d.grade
    end
    assert.equal("model", grades.sparse_attention)
  end)
end)

describe("class labels", function()
  it("are as many as the list has, else as many as the file says, else two", function()
    local text = [[{"model_type": "bert", "architectures": ["BertForSequenceClassification"],
      "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
      "intermediate_size": 64, "vocab_size": 50 %s}]]
    for more, width in pairs { [""] = 2, [', "num_labels": 5'] = 5, [', "num_labels": -1'] = 2,
      [', "id2label": {"0": "a", "1": "b", "2": "c"}, "num_labels": 5'] = 3 } do
      assert.equal(width .. "x32", tensors(describe_of(text:format(more)))["classifier.weight"])
    end
  end)
end)

describe("experts of a token", function()
  local text = [[{"model_type": "hunyuan_v1_moe", "architectures": ["HunYuanMoEV1ForCausalLM"],
    "hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4, "head_dim": 16,
    "intermediate_size": 96, "vocab_size": 100, "num_experts": 8, "moe_topk": %s}]]

  it("may be listed by layer", function()
    local same, one = describe_of(text:format "[2, 2, 2, 2]"), describe_of(text:format "2")
    assert.same(one.params, same.params)
    local differ = describe_of(text:format "[1, 2, 2, 4]")
    assert.equal(one.params.total, differ.params.total)
    assert.equal(one.params.active + 3 * 64 * 96, differ.params.active)
    local top = {}
    for _, record in ipairs(differ.records()) do
      if record.module_type == "HunYuanMoEV1Gate" then
        top[#top + 1] = record.output[2].shape[2]
      end
    end
    assert.same({ 1, 2, 2, 4 }, top)
  end)
end)

describe("layers", function()
  local function kinds(text)
    return assert(config.normalise(assert(json.decode(text)))).values.layer_types
  end

  it("of GPT-Neo are groups of words, each some times", function()
    assert.same({ "full_attention", "sliding_attention", "full_attention", "sliding_attention" },
      kinds [=[{"model_type": "gpt_neo", "num_layers": 4,
        "attention_types": [[["global", "local"], 2]]}]=])
  end)

  it("of Granite with windows begin with a full one in each group", function()
    assert.equal("full_attention sliding_attention sliding_attention sliding_attention "
      .. "full_attention", table.concat(kinds [[{"model_type": "granite_swa",
        "num_hidden_layers": 5}]], " "))
  end)

  it("of MiMo V2 are full where they come first and last of six, by angles of their own", function()
    local values = assert(config.normalise(assert(json.decode
      [[{"model_type": "mimo_v2_flash", "num_hidden_layers": 7}]]))).values
    assert.equal("full_attention" .. (" sliding_attention"):rep(4) .. " full_attention"
      .. " sliding_attention", table.concat(values.layer_types, " "))
    assert.equal(10000, values.rope_parameters.sliding_attention.rope_theta)
    assert.equal(0.334, values.rope_parameters.full_attention.partial_rotary_factor)
  end)

  it("of Cohere 2 with experts count anew behind those that are dense", function()
    assert.equal("full_attention full_attention sliding_attention full_attention", table.concat(
      kinds [[{"model_type": "cohere2_moe", "num_hidden_layers": 4, "first_k_dense_replace": 2,
        "sliding_window": 8, "sliding_window_pattern": 2}]], " "))
  end)

  it("are as many key heads as query heads where a class derives them", function()
    local v = assert(config.normalise(assert(json.decode
      [[{"model_type": "granitemoe", "num_attention_heads": 12, "hidden_size": 192}]]))).values
    assert.equal(12, v.num_key_value_heads)
    assert.equal(16, v.head_dim)
  end)

  it("XLM, XLNet: the best beginnings of an answer, and the best ends of each", function()
    for _, text in ipairs { [[{"model_type": "xlm", "architectures": ["XLMForQuestionAnswering"],
      "emb_dim": 64, "n_layers": 1, "n_heads": 4, "n_words": 100, "max_position_embeddings": 16,
      "start_n_top": 3, "end_n_top": 5}]], [[{"model_type": "xlnet", "d_model": 64, "n_layer": 1,
      "architectures": ["XLNetForQuestionAnswering"], "n_head": 4, "d_inner": 128,
      "vocab_size": 100, "start_n_top": 3, "end_n_top": 5}]] } do
      local answer, found, out = describe_of(text), {}, {}
      for name, shape in pairs(tensors(answer)) do
        local short = name:match "%f[%w_](%l+_%l+%.%w+)%.weight$" -- of a part of the head
          or name:match "%f[%w_](%l+_%l+%.dense_%d)%.weight$"
        local of_head = short and (short:find "^%l+_logits" or short:find "^answer")
        if of_head then found[short] = shape end
      end
      assert.same({ ["start_logits.dense"] = "1x64", ["end_logits.dense_0"] = "64x128",
        ["end_logits.LayerNorm"] = "64", ["end_logits.dense_1"] = "1x64",
        ["answer_class.dense_0"] = "64x128", ["answer_class.dense_1"] = "1x64" }, found)
      for _, record in ipairs(answer.records()) do
        for _, entry in ipairs(record.output) do
          out[entry.name] = table.concat(entry.shape, "x")
        end
      end
      assert.same({ "1x3", "1x3", "1x15", "1x15", "1" }, { out.start_top_log_probs,
        out.start_top_index, out.end_top_log_probs, out.end_top_index, out.cls_logits })
    end
  end)

  it("Wav2Vec2: the states of all layers where their sum is weighted", function()
    for weighted, names in pairs { ["true"] = "hidden_states.0 hidden_states.1 hidden_states.2",
      ["false"] = "" } do
      local c = calls(describe_of(([[{"model_type": "wav2vec2", "hidden_size": 64,
        "architectures": ["Wav2Vec2ForSequenceClassification"], "num_hidden_layers": 2,
        "num_attention_heads": 4, "intermediate_size": 128, "use_weighted_layer_sum": %s}]])
        :format(weighted)))
      assert.equal(names, c.wav2vec2:match "extract_features ?(.*)$")
    end
  end)

  it("Step 3.7: other heads in layers with a window, experts in three tensors together", function()
    local text = [[{ "model_type": "step3p7", "projector_bias": true,
      "architectures": ["Step3p7ForConditionalGeneration"], "text_config": {
        "hidden_size": 64, "head_dim": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "intermediate_size": 96, "moe_intermediate_size": 24,
        "n_routed_experts": 4, "num_experts_per_tok": 2, "share_expert_dim": 40,
        "vocab_size": 300, "sliding_window": 8, "num_sliding_attention_heads": 8,
        "layer_types": ["full_attention", "sliding_attention"],
        "mlp_layer_types": ["dense", "sparse"] },
      "vision_config": { "width": 32, "layers": 1, "heads": 2, "image_size": 56,
        "mlp_ratio": 1.5 } }]]
    local t = tensors(describe_of(text))
    assert.equal("64x64", t["model.layers.0.self_attn.q_proj.weight"])
    assert.equal("128x64", t["model.layers.1.self_attn.q_proj.weight"])
    assert.equal("8x64", t["model.layers.1.self_attn.g_proj.weight"])
    assert.equal("4x24x64", t["model.layers.1.moe.gate_proj.weight"])
    assert.equal("4x64x24", t["model.layers.1.moe.down_proj.weight"])
    assert.equal("4", t["model.layers.1.moe.router_bias"])
    assert.equal("40x64", t["model.layers.1.share_expert.up_proj.weight"])
    assert.equal("16x32", t["vision_model.positional_embedding"])
    assert.equal("96x32", t["vision_model.transformer.resblocks.0.attn.in_proj_weight"])
    assert.equal("48x32", t["vision_model.transformer.resblocks.0.mlp.c_fc.weight"])
    assert.equal("64x128", t["vit_large_projector.weight"])
    assert.is_nil(family.choose { model_type = "step3p7", hidden_size = 64,
      architectures = { "Step3p7ForConditionalGeneration" } })
  end)
end)
