-- Qwen3: a norm on each head of queries and keys.
return {
  {
    extends = "llama",
    model_types = { qwen3 = "Qwen3" },
    calls = { rope = "ids_positional" },
    attention = { qk_norm = "head" },
    ffn = { bias = false },
  },
  {
    extends = "qwen3",
    model_types = { qwen3_moe = "Qwen3Moe" },
    calls = { rope = "ids_keyword", layer = "embeddings_last" },
    moe = { layers = "sparse_step" },
  },
  {
    extends = "qwen3_moe",
    model_types = { mellum = "Mellum" },
    calls = { rope = "ids_positional", layer = "ids_last" },
    rope = block.ropes.of_kinds,
    moe = { layers = block.sparse_moe.listed_from(0) },
  },
}
