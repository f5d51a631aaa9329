-- Llama and those that differ from it by biases, the order of arguments or multipliers.
local order = "x, attention_mask=, position_ids=, position_embeddings="

return {
  {
    model_types = { llama = "Llama" },
    kind = function() return "dense" end,
    layer = block.decoder.pre_norm,
    attention = function(c)
      return block.attention.build(c, { bias = c.attention_bias, out_bias = c.attention_bias })
    end,
    ffn = function(c)
      return block.gated_mlp.build(c, { width = c.intermediate_size, bias = c.mlp_bias })
    end,
    mlp_class = function() return "*MLP" end,
    rope = function(c) return c.head_dim or c.hidden_size // c.num_attention_heads end,
    calls = {
      rope = "x, position_ids=",
      layer = "x, attention_mask=, position_embeddings=, position_ids=",
      attention = "hidden_states=x, attention_mask=, position_ids=, position_embeddings=",
    },
    classes = {},
    heads = {
      ForCausalLM = block.decoder.causal_lm,
      ForSequenceClassification = block.decoder.classification,
      Model = block.decoder.bare,
    },
    default_head = "ForCausalLM",
    given = function() return shape.tensor("I64", 1, 8) end,
    facts = { norm = "rms_norm", norm_place = "pre", rope_layout = "half", positions = "rope",
      nope_layers = "none", parallel_residual = false, sinks = false, stacks = "decoder" },
  },
  {
    extends = "llama",
    model_types = { mistral = "Mistral" },
    calls = { layer = order },
    attention = function(c)
      return block.attention.build(c, { window = c.sliding_window })
    end,
    ffn = function(c) return block.gated_mlp.build(c, { width = c.intermediate_size }) end,
  },
  {
    extends = "llama",
    model_types = { granite = "Granite" },
    calls = { layer = order },
  },
  {
    extends = "llama",
    model_types = { qwen2 = "Qwen2" },
    calls = { rope = "x, position_ids" },
    kind = function(c, i) return c.layer_types and c.layer_types[i + 1] or "dense" end,
    attention = function(c, kind)
      return block.attention.build(c, { bias = true,
        window = kind == "sliding_attention" and c.sliding_window or nil })
    end,
    ffn = function(c) return block.gated_mlp.build(c, { width = c.intermediate_size }) end,
  },
  {
    extends = "llama",
    model_types = { smollm3 = "SmolLM3" },
    calls = { rope = "x, position_ids" },
    facts = { nope_layers = "some" },
  },
}
