-- Relatives of Llama that differ by one option.
return {
  {
    extends = "llama",
    model_types = { olmo = "Olmo" },
    decoder = { turn_dtype = "F32" },
    norm = { kind = "layer_norm", class = "*LayerNorm", weightless = true },
    ffn = { bias = false },
  },
  {
    extends = "llama",
    model_types = { helium = "Helium" },
    attention = { out_bias = false },
    facts = { rope_layout = "interleaved" },
  },
  {
    extends = "llama",
    model_types = { arcee = "Arcee" },
    ffn = { gated = false },
  },
  {
    extends = "llama",
    model_types = { hunyuan_v1_dense = "HunYuanDenseV1" },
    attention = { qk_norm = "head", norm_last = true, heads_first = true,
      q_norm = "query_layernorm", k_norm = "key_layernorm" },
    ffn = { bias = false },
  },
  {
    extends = "qwen3",
    model_types = { exaone4 = "Exaone4" },
    layout = "post",
    calls = { layer = "embeddings_last" },
    attention = { norm_last = true, heads_first = true, bias = false, out_bias = false,
      rope = block.attention.turned_in_window },
  },
}
