-- Mixtral and Qwen2-MoE: experts instead of the feed-forward.
return {
  {
    extends = "mistral",
    model_types = { mixtral = "Mixtral" },
    calls = { attention = "embeddings_first" },
    moe_layers = "all",
    moe = { width = "intermediate_size", score_dtype = "F32", raw_logits = true,
      gate = "w1", up = "w3", down = "w2" },
    saved = { { "%.mlp%.", ".block_sparse_moe." } },
    facts = { renormalize = true },
  },
  {
    extends = "qwen3_moe",
    model_types = { qwen2_moe = "Qwen2Moe" },
    names = { questioned = "model" },
    calls = { rope = "ids_positional" },
    attention = { bias = true, out_bias = false, qk_norm = false },
    moe = { shared_width = "shared_expert_intermediate_size", shared_first = true,
      shared_name = "shared_expert", shared_gate = true },
  },
}
