-- Cohere: attention and feed-forward side by side behind a LayerNorm without a bias.
return {
  {
    extends = "llama",
    model_types = { cohere = "Cohere" },
    norm = { kind = "layer_norm", class = "*LayerNorm" },
    layout = "parallel",
    attention = { qk_norm = function(c) return c.use_qk_norm and "head" end, norm = "layer_norm",
      norm_class = "*LayerNorm", norm_last = true },
    head = { tied = true },
    facts = { rope_layout = "interleaved" },
  },
  {
    extends = "cohere",
    model_types = { cohere2 = "Cohere2" },
    calls = { rope = "ids_positional", attention = "embeddings_first" },
    attention = { qk_norm = false,
      rope = function(_, kind) return kind == "sliding_attention" end },
  },
}
