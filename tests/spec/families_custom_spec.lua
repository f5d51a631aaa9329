--- Decoders whose code stands beside their weights: which tensors they have, by that code.

local family = require "modelsig.family.families"
local json = require "modelsig.native.json"
local listed = require "tests.spec.listed"

local sizes = [["hidden_size": 64, "num_attention_heads": 4, "vocab_size": 300]]

local function same(raw, text) return listed.same(json.decode((raw:gsub("SIZES", sizes))), text) end

describe("decoders with code of their own", function()
  it("InternLM2: one projection for queries, keys and values, biases by a key", function()
    local text = [[{ "model_type": "internlm2", "architectures": ["InternLM2%s"], SIZES,
      "num_hidden_layers": 2, "num_key_value_heads": 2, "intermediate_size": 96, "bias": %s }]]
    local layers = [[
      model.tok_embeddings.weight 300x64
      N=0-1 model.layers.N.attention.wqkv.weight 128x64
      N=0-1 model.layers.N.attention.wo.weight 64x64
      N=0-1 model.layers.N.attention_norm.weight 64
      N=0-1 model.layers.N.ffn_norm.weight 64
      N=0-1 model.layers.N.feed_forward.w1.weight 96x64
      N=0-1 model.layers.N.feed_forward.w3.weight 96x64
      N=0-1 model.layers.N.feed_forward.w2.weight 64x96
      model.norm.weight 64
    ]]
    same(text:format("ForCausalLM", "false"), layers .. "output.weight 300x64")
    same(text:format("ForRewardModel", "true"), layers .. [[
      v_head.weight 1x64
      N=0-1 model.layers.N.attention.wqkv.bias 128
      N=0-1 model.layers.N.attention.wo.bias 64
    ]])
  end)

  it("EXAONE: attention in a module of its own", function()
    same([[{ "model_type": "exaone", "architectures": ["ExaoneForCausalLM"], SIZES,
      "num_layers": 2, "num_key_value_heads": 2, "intermediate_size": 96,
      "tie_word_embeddings": true }]], [[
      transformer.wte.weight 300x64
      transformer.ln_f.weight 64
      N=0-1 transformer.h.N.ln_1.weight 64
      N=0-1 transformer.h.N.ln_2.weight 64
      N=0-1 transformer.h.N.attn.attention.q_proj.weight 64x64
      N=0-1 transformer.h.N.attn.attention.k_proj.weight 32x64
      N=0-1 transformer.h.N.attn.attention.v_proj.weight 32x64
      N=0-1 transformer.h.N.attn.attention.out_proj.weight 64x64
      N=0-1 transformer.h.N.mlp.c_fc_0.weight 96x64
      N=0-1 transformer.h.N.mlp.c_fc_1.weight 96x64
      N=0-1 transformer.h.N.mlp.c_proj.weight 64x96
    ]])
  end)

  it("MiMo: Qwen2, and layers that predict further tokens in a list of their own", function()
    local mimo = same([[{ "model_type": "mimo", "architectures": ["MiMoForCausalLM"], SIZES,
      "num_hidden_layers": 1, "num_key_value_heads": 2, "head_dim": 24, "intermediate_size": 96,
      "num_nextn_predict_layers": 2 }]], [[
      lm_head.weight 300x64
      model.embed_tokens.weight 300x64
      model.norm.weight 64
      model.layers.0.input_layernorm.weight 64
      model.layers.0.post_attention_layernorm.weight 64
      model.layers.0.self_attn.q_proj.weight 96x64
      model.layers.0.self_attn.q_proj.bias 96
      model.layers.0.self_attn.k_proj.weight 48x64
      model.layers.0.self_attn.k_proj.bias 48
      model.layers.0.self_attn.v_proj.weight 48x64
      model.layers.0.self_attn.v_proj.bias 48
      model.layers.0.self_attn.o_proj.weight 64x96
      model.layers.0.mlp.gate_proj.weight 96x64
      model.layers.0.mlp.up_proj.weight 96x64
      model.layers.0.mlp.down_proj.weight 64x96
    ]])
    local extra = {}
    for _, pattern in ipairs(mimo.extra_patterns) do
      extra[pattern.key] = table.concat(pattern.dims, "x")
      assert.same({ { 0, 1 } }, pattern.layers)
    end
    assert.equal("64x128", extra["model.mtp_layers.N.input_proj.weight"])
    assert.equal("64", extra["model.mtp_layers.N.final_layernorm.weight"])
    assert.equal("48x64", extra["model.mtp_layers.N.self_attn.k_proj.weight"])
  end)

  it("Phi-3 small: some layers attend to blocks of tokens", function()
    local text = [[{ "model_type": "phi3small", "architectures": ["Phi3SmallForCausalLM"], SIZES,
      "num_hidden_layers": 2, "num_key_value_heads": 2, "ff_intermediate_size": 96,
      "dense_attention_every_n_layers": %d }]]
    local small = same(text:format(2), [[
      model.embed_tokens.weight 300x64
      model.final_layernorm.weight 64
      model.final_layernorm.bias 64
      N=0-1 model.layers.N.input_layernorm.weight 64
      N=0-1 model.layers.N.input_layernorm.bias 64
      N=0-1 model.layers.N.post_attention_layernorm.weight 64
      N=0-1 model.layers.N.post_attention_layernorm.bias 64
      N=0-1 model.layers.N.self_attn.query_key_value.weight 128x64
      N=0-1 model.layers.N.self_attn.query_key_value.bias 128
      N=0-1 model.layers.N.self_attn.dense.weight 64x64
      N=0-1 model.layers.N.self_attn.dense.bias 64
      N=0-1 model.layers.N.mlp.up_proj.weight 192x64
      N=0-1 model.layers.N.mlp.up_proj.bias 192
      N=0-1 model.layers.N.mlp.down_proj.weight 64x96
      N=0-1 model.layers.N.mlp.down_proj.bias 64
    ]])
    assert.equal("block sparse", small.facts.attention_kind)
    local dense = require("tests.spec.described").of(json.decode((text:format(1)
      :gsub("SIZES", sizes))))
    assert.is_nil(dense.facts.attention_kind)
  end)

  it("ChatGLM: biases and groups of keys by keys of its own", function()
    local text = [[{ "model_type": "chatglm", "architectures": ["ChatGLMModel"], %s,
      "hidden_size": 64, "num_attention_heads": 4, "padded_vocab_size": 300, "num_layers": 2,
      "kv_channels": 32, "ffn_hidden_size": 96, "multi_query_group_num": 2 }]]
    local rest = [[
      transformer.embedding.word_embeddings.weight 300x64
      transformer.rotary_pos_emb.inv_freq 8
      transformer.output_layer.weight 300x64
      N=0-1 transformer.encoder.layers.N.input_layernorm.weight 64
      N=0-1 transformer.encoder.layers.N.post_attention_layernorm.weight 64
      N=0-1 transformer.encoder.layers.N.self_attention.dense.weight 64x128
      N=0-1 transformer.encoder.layers.N.mlp.dense_h_to_4h.weight 192x64
      N=0-1 transformer.encoder.layers.N.mlp.dense_4h_to_h.weight 64x96
    ]]
    same(text:format [["add_qkv_bias": true, "multi_query_attention": true]], rest .. [[
      transformer.encoder.final_layernorm.weight 64
      N=0-1 transformer.encoder.layers.N.self_attention.query_key_value.weight 256x64
      N=0-1 transformer.encoder.layers.N.self_attention.query_key_value.bias 256
    ]])
    local other = same(text:format [["add_bias_linear": true, "multi_query_attention": false,
      "post_layer_norm": false, "rmsnorm": false]], rest .. [[
      N=0-1 transformer.encoder.layers.N.input_layernorm.bias 64
      N=0-1 transformer.encoder.layers.N.post_attention_layernorm.bias 64
      N=0-1 transformer.encoder.layers.N.self_attention.query_key_value.weight 384x64
      N=0-1 transformer.encoder.layers.N.self_attention.query_key_value.bias 384
      N=0-1 transformer.encoder.layers.N.self_attention.dense.bias 64
      N=0-1 transformer.encoder.layers.N.mlp.dense_h_to_4h.bias 192
      N=0-1 transformer.encoder.layers.N.mlp.dense_4h_to_h.bias 64
    ]])
    assert.equal("layer_norm", other.facts.norm)
    assert.is_nil(family.choose { model_type = "chatglm", architectures = { "ChatGLMModel" },
      position_encoding_2d = true, inner_hidden_size = 16384 })
  end)

  it("Qwen: half of its configured width in each part of a feed-forward, and images", function()
    local text = [[{ "model_type": "qwen", "architectures": ["QWenLMHeadModel"], SIZES,
      "num_hidden_layers": 2, "kv_channels": 16, "intermediate_size": 192, "no_bias": %s %s }]]
    local rest = [[
      lm_head.weight 300x64
      transformer.wte.weight 300x64
      transformer.ln_f.weight 64
      N=0-1 transformer.h.N.ln_1.weight 64
      N=0-1 transformer.h.N.ln_2.weight 64
      N=0-1 transformer.h.N.attn.c_attn.weight 192x64
      N=0-1 transformer.h.N.attn.c_attn.bias 192
      N=0-1 transformer.h.N.attn.c_proj.weight 64x64
      N=0-1 transformer.h.N.mlp.w1.weight 96x64
      N=0-1 transformer.h.N.mlp.w2.weight 96x64
      N=0-1 transformer.h.N.mlp.c_proj.weight 64x96
    ]]
    same(text:format("false", ""), rest .. [[
      N=0-1 transformer.h.N.attn.c_proj.bias 64
      N=0-1 transformer.h.N.mlp.w1.bias 96
      N=0-1 transformer.h.N.mlp.w2.bias 96
      N=0-1 transformer.h.N.mlp.c_proj.bias 64
    ]])
    local visual = [[, "visual": { "heads": 2, "image_size": 28, "layers": 2, "mlp_ratio": 2.5,
      "output_dim": 64, "patch_size": 7, "width": 32, "n_queries": 4 }]]
    same(text:format("true", visual), rest .. [[
      transformer.visual.conv1.weight 32x3x7x7
      transformer.visual.positional_embedding 256x32
      transformer.visual.ln_pre.weight 32
      transformer.visual.ln_pre.bias 32
      N=0-1 transformer.visual.transformer.resblocks.N.ln_1.weight 32
      N=0-1 transformer.visual.transformer.resblocks.N.ln_1.bias 32
      N=0-1 transformer.visual.transformer.resblocks.N.ln_2.weight 32
      N=0-1 transformer.visual.transformer.resblocks.N.ln_2.bias 32
      N=0-1 transformer.visual.transformer.resblocks.N.attn.in_proj.weight 96x32
      N=0-1 transformer.visual.transformer.resblocks.N.attn.in_proj.bias 96
      N=0-1 transformer.visual.transformer.resblocks.N.attn.out_proj.weight 32x32
      N=0-1 transformer.visual.transformer.resblocks.N.attn.out_proj.bias 32
      N=0-1 transformer.visual.transformer.resblocks.N.mlp.c_fc.weight 80x32
      N=0-1 transformer.visual.transformer.resblocks.N.mlp.c_fc.bias 80
      N=0-1 transformer.visual.transformer.resblocks.N.mlp.c_proj.weight 32x80
      N=0-1 transformer.visual.transformer.resblocks.N.mlp.c_proj.bias 32
      transformer.visual.attn_pool.pos_embed 4x64
      transformer.visual.attn_pool.query 4x64
      transformer.visual.attn_pool.kv_proj.weight 64x32
      transformer.visual.attn_pool.attn.in_proj_weight 192x64
      transformer.visual.attn_pool.attn.in_proj_bias 192
      transformer.visual.attn_pool.attn.out_proj.weight 64x64
      transformer.visual.attn_pool.attn.out_proj.bias 64
      transformer.visual.attn_pool.ln_q.weight 64
      transformer.visual.attn_pool.ln_q.bias 64
      transformer.visual.attn_pool.ln_kv.weight 64
      transformer.visual.attn_pool.ln_kv.bias 64
      transformer.visual.ln_post.weight 64
      transformer.visual.ln_post.bias 64
      transformer.visual.proj 64x64
    ]])
  end)

  it("RefinedWeb: the first Falcon, biases by a key", function()
    local text = [[{ "model_type": "%s", "architectures": ["RWForCausalLM"], "hidden_size": 64,
      "n_head": 4, "n_layer": 2, "vocab_size": 300, "parallel_attn": true, %s }]]
    local rest = [[
      transformer.word_embeddings.weight 300x64
      transformer.ln_f.weight 64
      transformer.ln_f.bias 64
      N=0-1 transformer.h.N.self_attention.dense.weight 64x64
      N=0-1 transformer.h.N.mlp.dense_h_to_4h.weight 256x64
      N=0-1 transformer.h.N.mlp.dense_4h_to_h.weight 64x256
    ]]
    same(text:format("RefinedWeb", [["n_head_kv": 2]]), rest .. [[
      N=0-1 transformer.h.N.ln_attn.weight 64
      N=0-1 transformer.h.N.ln_attn.bias 64
      N=0-1 transformer.h.N.ln_mlp.weight 64
      N=0-1 transformer.h.N.ln_mlp.bias 64
      N=0-1 transformer.h.N.self_attention.query_key_value.weight 128x64
    ]])
    same(text:format("RefinedWebModel", [["multi_query": true, "bias": true]]), rest .. [[
      N=0-1 transformer.h.N.input_layernorm.weight 64
      N=0-1 transformer.h.N.input_layernorm.bias 64
      N=0-1 transformer.h.N.self_attention.query_key_value.weight 96x64
      N=0-1 transformer.h.N.self_attention.query_key_value.bias 96
      N=0-1 transformer.h.N.self_attention.dense.bias 64
      N=0-1 transformer.h.N.mlp.dense_h_to_4h.bias 256
      N=0-1 transformer.h.N.mlp.dense_4h_to_h.bias 64
    ]])
  end)

  it("GPT-NeoX's reward model: one number in place of words", function()
    local reward = same([[{ "model_type": "gpt_neox_reward_model", SIZES,
      "architectures": ["GPTNeoXRewardModel"], "num_hidden_layers": 1,
      "intermediate_size": 96 }]], [[
      gpt_neox.embed_in.weight 300x64
      gpt_neox.final_layer_norm.weight 64
      gpt_neox.final_layer_norm.bias 64
      gpt_neox.layers.0.input_layernorm.weight 64
      gpt_neox.layers.0.input_layernorm.bias 64
      gpt_neox.layers.0.post_attention_layernorm.weight 64
      gpt_neox.layers.0.post_attention_layernorm.bias 64
      gpt_neox.layers.0.attention.query_key_value.weight 192x64
      gpt_neox.layers.0.attention.query_key_value.bias 192
      gpt_neox.layers.0.attention.dense.weight 64x64
      gpt_neox.layers.0.attention.dense.bias 64
      gpt_neox.layers.0.mlp.dense_h_to_4h.weight 96x64
      gpt_neox.layers.0.mlp.dense_h_to_4h.bias 96
      gpt_neox.layers.0.mlp.dense_4h_to_h.weight 64x96
      gpt_neox.layers.0.mlp.dense_4h_to_h.bias 64
      out_proj.weight 1x64
      out_proj.bias 1
    ]])
    assert.equal(1, reward.cache[1].layers)
  end)

  it("Phi as a list of modules: layers count from 1", function()
    local phi = same([[{ "model_type": "mixformer-sequential", "n_embd": 64, "n_layer": 2,
      "architectures": ["MixFormerSequentialForCausalLM"], "n_head": 4, "n_head_kv": 2,
      "n_inner": null, "vocab_size": 300, "rotary_dim": 8 }]], [[
      layers.0.wte.weight 300x64
      N=1-2 layers.N.ln.weight 64
      N=1-2 layers.N.ln.bias 64
      N=1-2 layers.N.mixer.Wqkv.weight 128x64
      N=1-2 layers.N.mixer.Wqkv.bias 128
      N=1-2 layers.N.mixer.out_proj.weight 64x64
      N=1-2 layers.N.mixer.out_proj.bias 64
      N=1-2 layers.N.mlp.fc1.weight 256x64
      N=1-2 layers.N.mlp.fc1.bias 256
      N=1-2 layers.N.mlp.fc2.weight 64x256
      N=1-2 layers.N.mlp.fc2.bias 64
      layers.3.ln.weight 64
      layers.3.ln.bias 64
      layers.3.linear.weight 300x64
      layers.3.linear.bias 300
    ]])
    local paths = {}
    for _, record in ipairs(phi.records()) do paths[record.path] = true end
    assert.is_true(paths["layers.2.mixer"])
    assert.is_nil(paths["layers.3.mixer"])
  end)
end)
