-- GPT-NeoX and those of its names: one projection for queries, keys and values, LayerNorm, a
-- feed-forward without a gate beside the attention.
return {
  {
    extends = "llama",
    model_types = { gpt_neox = "GPTNeoX" },
    norm = { kind = "layer_norm", bias = true },
    decoder = { embedding_dropout = true },
    layout = function(c) return c.parallel_residual ~= false and "parallel_two_norms" or "pre" end,
    attention = { square = true, fused = "query_key_value", out = "dense", window = false,
      bias = "attention_bias", out_bias = "attention_bias" },
    ffn = { gated = false, up = "dense_h_to_4h", down = "dense_4h_to_h", act = "act", bias = true },
    calls = { model = "x", layer = "x, attention_mask=, position_ids=, position_embeddings=",
      attention = "x, attention_mask=, position_ids=, position_embeddings=" },
    names = { model = "gpt_neox", embedding = "embed_in", embedding_dropout = "emb_dropout",
      norm = "final_layer_norm", attention = "attention", token_score = "classifier",
      questioned = "gpt_neox", attention_dropout = "post_attention_dropout",
      ffn_dropout = "post_mlp_dropout" },
    classes = { layer = "*Layer" },
    saved = { { "^lm_head", "embed_out" } },
  },
}
