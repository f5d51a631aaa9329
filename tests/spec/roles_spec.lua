local roles = require "modelsig.model.roles"

describe("the role of a tensor without a family", function()
  it("follows from its name, whatever the naming", function()
    for key, role in pairs {
      ["model.layers.N.self_attn.q_proj.weight"] = "layer.attention.query",
      ["model.layers.N.self_attn.q_proj.bias"] = "layer.attention.query",
      ["transformer.h.N.attn.c_attn.weight"] = "layer.attention.qkv",
      ["transformer.h.N.mlp.c_proj.weight"] = "layer.ffn.down",
      ["transformer.h.N.attn.c_proj.weight"] = "layer.attention.output",
      ["h.N.ln_1.weight"] = "layer.norm.attention",
      ["N.mlp.up_proj.weight"] = "layer.ffn.up",
      ["model.layers.N.block_sparse_moe.experts.N.w1.weight"] = "layer.experts.gate",
      ["model.layers.N.mlp.gate.weight"] = "layer.router",
      ["model.layers.N.mlp.gate.e_score_correction_bias"] = "layer.router.correction",
      ["model.layers.N.mlp.shared_experts.down_proj.weight"] = "layer.shared_experts.down",
      ["backbone.layers.N.mixer.A_log"] = "layer.ssm.decay",
      ["model.layers.N.self_attn.kv_a_proj_with_mqa.weight"] = "layer.attention.key_value_down",
      ["bert.encoder.layer.N.attention.output.dense.weight"] = "encoder.layer.attention.output",
      ["model.embed_tokens.weight"] = "embedding.token",
      ["transformer.wpe.weight"] = "embedding.position",
      ["embeddings.position_embeddings.weight"] = "embedding.position",
      ["lm_head.weight"] = "head", ["model.norm.weight"] = "norm.final",
      ["mtp.layers.N.input_layernorm.weight"] = "mtp.layers.N.input_layernorm",
    } do
      assert.equal(role, roles.role(key))
    end
  end)

  it("is none for towers and for what is not known", function()
    assert.is_nil(roles.role "vision_tower.encoder.layers.N.self_attn.q_proj.weight")
    assert.is_nil(roles.role "model.layers.N.mystery")
  end)

  it("tells buffers apart", function()
    assert.is_true(roles.is_buffer("model.layers.N.self_attn.rotary_emb.inv_freq", { 64 }))
    assert.is_true(roles.is_buffer("h.N.attn.bias", { 1, 1, 1024, 1024 }))
    assert.is_false(roles.is_buffer("layers.N.attn.bias", { 64 }))
  end)

  it("gives layer types and operators after the mathematics", function()
    local keys = {}
    for _, row in ipairs { { "transformer.h.N.mlp.c_fc.weight", { 64, 16 } },
      { "transformer.h.N.mlp.c_proj.weight", { 16, 64 } }, { "transformer.h.N.ln_1.bias", { 16 } },
      { "transformer.h.N.ln_1.weight", { 16 } },
      { "transformer.h.N.attn.c_proj.weight", { 16, 16 } } } do
      keys[#keys + 1] = { key = row[1], shape = row[2], role = roles.role(row[1]), count = 3 }
    end
    local m = roles.facts(keys, { hidden_act = "gelu_new" })
    assert.equal("FFN_GELU", roles.layer_type(keys[1].role, keys[1].key, m))
    assert.equal("LayerNorm", roles.layer_type(keys[4].role, keys[4].key, m))
    assert.same({ ["aten/mm"] = 9, gelu = 3, layer_norm = 3, attention = 3 },
      roles.operators(keys, { hidden_act = "gelu_new" }))
    assert.same({ "Attention", "Norm", "SwiGLU/FFN" },
      roles.groups { "AttentionLayer", "FFN_GELU", "LayerNorm" })
  end)
end)
