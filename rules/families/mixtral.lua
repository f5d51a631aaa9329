-- Mixtral and others of its order: experts instead of the feed-forward.
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
    extends = "mixtral",
    model_types = { phimoe = "Phimoe" },
    norm = { kind = "layer_norm", bias = true },
    attention = { bias = "attention_bias", out_bias = "attention_bias" },
    moe = { router = "router", score_dtype = false, raw_logits = false },
    head = { bias = "lm_head_bias" },
    saved = { { "%.mlp%.router", ".mlp.gate" }, { "%.mlp%.", ".block_sparse_moe." } },
    facts = { renormalize = false }, -- each score is a softmax of its own
  },
  {
    extends = "mixtral",
    model_types = { olmoe = "Olmoe" },
    attention = { bias = "attention_bias", out_bias = "attention_bias", qk_norm = "width",
      window = false },
    calls = { rope = "ids_positional", layer = "embeddings_first", attention = "embeddings_last" },
    moe = { gate = "gate_proj", up = "up_proj", down = "down_proj", score_dtype = false,
      raw_logits = false },
    saved = {},
    facts = { renormalize = false }, -- but where the file says so
  },
  {
    extends = "olmoe",
    model_types = { flex_olmo = "FlexOlmo" },
    layout = "post",
    decoder = { turn_dtype = "F32" },
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
