-- RecurrentGemma: gated linear recurrent units, and some layers of attention in a window, with
-- rotary positions on half of each head.
return {
  extends = "gemma",
  model_types = { recurrent_gemma = "RecurrentGemma" },
  decoder = { positions = "none" },
  mixers = { linear_attention = { block = "rg_lru", class = "*RecurrentBlock" } },
  attention = { out_bias = true, window = "sliding_window",
    own_rope = "rotary_emb", head_dim = function(c)
      return c.hidden_size // c.num_attention_heads
    end },
  ffn = { bias = true, width = function(c) return c.intermediate_size // 2 end },
  calls = { layer = "x, position_ids, attention_mask",
    attention = "x, position_ids=, attention_mask=" },
  names = { norm = "final_norm", attention = "temporal_block", ffn = "mlp_block",
    attention_norm = "temporal_pre_norm", ffn_norm = "channel_pre_norm" },
  classes = { ffn = "*Mlp", embedding = "Embedding" },
  head = { tied = true },
  facts = { nope_layers = "none" },
}
