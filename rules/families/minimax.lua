-- MiniMax 01: lightning attention, with softmax attention in some layers, and experts. M2: softmax
-- attention only, its norms over all heads at once, and experts chosen by a corrected sigmoid.
return {
  {
    extends = "mixtral",
    model_types = { minimax = "MiniMax" },
    calls = { rope = "ids_positional", layer = "ids_last",
      attention = "embeddings_first" },
    kind = function(c, i)
      if c.layer_types then return c.layer_types[i + 1] or "dense" end
      return i % 2 == 1 and "linear_attention" or "full_attention"
    end,
    mixers = { linear_attention = { block = "lightning", class = "*LightningAttention",
      call = "hidden_states=x, position_embeddings=, position_ids=",
      layer_call = "x, position_embeddings=, position_ids=", options = { block = "block_size" } } },
    attention = { window = false },
    keys = { block_size = { "size", 256 } },
  },
  {
    extends = "mixtral",
    model_types = { minimax_m2 = "MiniMaxM2" },
    attention = { qk_norm = "width", window = false },
    moe = { scoring = "sigmoid", correction = true, own_bias = "e_score_correction_bias",
      plain_correction = true },
  },
}
