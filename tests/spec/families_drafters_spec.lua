--- Drafters: which tensors their classes have, written from their public code.

local json = require "modelsig.native.json"
local listed = require "tests.spec.listed"

local function same(raw, text) return listed.same(json.decode(raw), text) end

local layer = [[
  N=0-1 layers.N.input_layernorm.weight 64
  N=0-1 layers.N.post_attention_layernorm.weight 64
  N=0-1 layers.N.mlp.gate_proj.weight 96x64
  N=0-1 layers.N.mlp.up_proj.weight 96x64
  N=0-1 layers.N.mlp.down_proj.weight 64x96
  hidden_norm.weight 64
  norm.weight 64
]]

local block = [["model_type": "qwen3", "hidden_size": 64, "num_hidden_layers": 2, "head_dim": 32,
  "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 96, "vocab_size": 300,
  "num_target_layers": 9, "block_size": 4]]

local attention = [[
  N=0-1 layers.N.self_attn.q_proj.weight 128x64
  N=0-1 layers.N.self_attn.k_proj.weight 64x64
  N=0-1 layers.N.self_attn.v_proj.weight 64x64
  N=0-1 layers.N.self_attn.o_proj.weight 64x128
  N=0-1 layers.N.self_attn.q_norm.weight 32
  N=0-1 layers.N.self_attn.k_norm.weight 32
]]

describe("drafters", function()
  it("EAGLE-3: one layer that sees token and state, words of its own", function()
    local eagle = same([[{ "model_type": "llama", "architectures": ["LlamaForCausalLMEagle3"],
      "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4,
      "num_key_value_heads": 2, "head_dim": 24, "intermediate_size": 96, "vocab_size": 300,
      "draft_vocab_size": 50, "target_hidden_size": 80,
      "eagle_config": { "eagle_aux_hidden_state_layer_ids": [1, 2] } }]], [[
      d2t 50
      t2d 300
      embed_tokens.weight 300x64
      fc.weight 64x160
      lm_head.weight 50x64
      norm.weight 64
      midlayer.hidden_norm.weight 64
      midlayer.input_layernorm.weight 64
      midlayer.post_attention_layernorm.weight 64
      midlayer.self_attn.q_proj.weight 96x128
      midlayer.self_attn.k_proj.weight 48x128
      midlayer.self_attn.v_proj.weight 48x128
      midlayer.self_attn.o_proj.weight 64x96
      midlayer.mlp.gate_proj.weight 96x64
      midlayer.mlp.up_proj.weight 96x64
      midlayer.mlp.down_proj.weight 64x96
    ]])
    assert.equal(1, eagle.cache[1].layers)
    assert.equal(2 * 2 * 24 * 4, eagle.cache[1].bytes_per_token)
    for _, pattern in ipairs(eagle.patterns) do
      if pattern.key == "d2t" then assert.equal("I64", pattern.dtype) end
      if pattern.key == "t2d" then assert.equal("BOOL", pattern.dtype) end
    end
  end)

  it("DFlash: states of the layers that it looks at, windows by layer", function()
    local dflash = same(("{ %s, %s }"):format(block, [["architectures": ["DFlashDraftModel"],
      "layer_types": ["full_attention", "sliding_attention"], "sliding_window": 8,
      "use_sliding_window": true, "dflash_config": { "target_layer_ids": [1, 4, 6] }]]),
      "fc.weight 64x192\n" .. layer .. attention)
    assert.equal(2, #dflash.cache)
    assert.equal("encoder", dflash.facts.stacks)
    assert.equal(19, dflash.operators["aten/mm"]) -- keys and values twice
  end)

  it("DFlash: latent attention where its configuration says so", function()
    same(("{ %s, %s }"):format(block, [["architectures": ["DFlashDraftModel"],
      "kv_lora_rank": 16, "q_lora_rank": null, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4,
      "v_head_dim": 12, "dflash_config": { "attention_mode": "mla" }]]),
      "fc.weight 64x128\n" .. layer .. [[
      N=0-1 layers.N.self_attn.q_proj.weight 48x64
      N=0-1 layers.N.self_attn.kv_a_proj_with_mqa.weight 20x64
      N=0-1 layers.N.self_attn.kv_a_layernorm.weight 16
      N=0-1 layers.N.self_attn.kv_b_proj.weight 80x16
      N=0-1 layers.N.self_attn.o_proj.weight 64x48
    ]])
  end)

  it("DFlash: a linear mode is not taken for attention", function()
    assert.is_nil(require("modelsig.family.families").choose { model_type = "qwen3",
      architectures = { "DFlashDraftModel" }, dflash_config = { attention_mode = "kda" } })
  end)

  it("DSpark: a head of pairs and one of how sure it is", function()
    local base = "fc.weight 64x128\n" .. layer .. attention
    same(("{ %s, %s }"):format(block, [["architectures": ["DSparkDraftModel"], "dflash_config":
      { "target_layer_ids": [1, 4], "markov_rank": 8, "enable_confidence_head": true }]]),
      base .. [[
      markov_head.markov_w1.weight 300x8
      markov_head.markov_w2.weight 300x8
      confidence_head.proj.weight 1x72
      confidence_head.proj.bias 1
    ]])
    same(("{ %s, %s }"):format(block, [["architectures": ["DSparkDraftModel"], "markov_rank": 8,
      "markov_head_type": "gated", "enable_confidence_head": false, "dflash_config": {}]]),
      base .. [[
      markov_head.markov_w1.weight 300x8
      markov_head.markov_w2.weight 300x8
      markov_head.gate_proj.weight 8x72
      markov_head.gate_proj.bias 8
    ]])
    same(("{ %s, %s }"):format(block, [["architectures": ["DSparkDraftModel"], "dflash_config":
      { "markov_rank": 0, "enable_confidence_head": true,
        "confidence_head_with_markov": false }]]), base .. [[
      confidence_head.proj.weight 1x64
      confidence_head.proj.bias 1
    ]])
  end)
end)
