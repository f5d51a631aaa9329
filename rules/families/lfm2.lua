-- LFM2: short convolutions with some layers of attention between them.
return {
  {
    extends = "llama",
    model_types = { lfm2 = "Lfm2" },
    mixers = { conv = { block = "short_conv", name = "conv", class = "*ShortConv",
      call = "hidden_states=x", layer_call = "x, position_embeddings=, position_ids=",
      options = { bias = "conv_bias" } } },
    attention = { bias = false, out_bias = false, out = "out_proj", qk_norm = "head",
      q_norm = "q_layernorm", k_norm = "k_layernorm", window = false },
    ffn = { bias = false, gate = "w1", up = "w3", down = "w2", act = false, width = function(c)
      if c.raw.block_auto_adjust_ff_dim == false then return c.intermediate_size end
      local width = shape.value(2 * c.intermediate_size) // 3
      local part, unit = c.raw.block_ffn_dim_multiplier, c.raw.block_multiple_of or 256
      if part then width = math.floor(part * width) end
      return unit * ((width + unit - 1) // unit)
    end },
    calls = { layer = "x, attention_mask=, position_embeddings=, position_ids=",
      attention = "embeddings_first" },
    names = { norm = "embedding_norm", ffn = "feed_forward", moe = "feed_forward",
      attention_norm = "operator_norm", ffn_norm = "ffn_norm" },
  },
  {
    extends = "lfm2",
    model_types = { lfm2_moe = "Lfm2Moe" },
    mixers = { conv = { block = "short_conv", name = "conv", class = "*ShortConv",
      call = "hidden_states=x", layer_call = "x, position_ids=, position_embeddings=",
      options = { bias = "conv_bias" } } },
    ffn = { width = "intermediate_size" },
    moe_layers = "after_first",
    moe = { gate = "w1", up = "w3", down = "w2", correction = "use_expert_bias",
      own_bias = "expert_bias", scoring = "sigmoid", plain_act = true },
    calls = { layer = "x, attention_mask=, position_ids=, position_embeddings=" },
    names = { rope = "pos_emb" },
    keys = { use_expert_bias = { "flag", true } },
  },
}
