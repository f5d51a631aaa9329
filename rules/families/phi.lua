-- Phi: attention and feed-forward side by side behind one LayerNorm.
return {
  extends = "llama",
  model_types = { phi = "Phi" },
  norm = { kind = "layer_norm", bias = true },
  layout = "parallel",
  decoder = { embedding_dropout = true },
  calls = { layer = "embeddings_last" },
  names = { embedding_dropout = "embed_dropout", norm = "final_layernorm",
    attention_dropout = "resid_dropout", ffn_dropout = "resid_dropout" },
  attention = { bias = true, out_bias = true, out = "dense", window = false },
  ffn = { gated = false, up = "fc1", down = "fc2", act = "activation_fn", bias = true },
  head = { bias = true },
}
