-- Phi-3: fused projections of attention and feed-forward.
return {
  extends = "llama",
  model_types = { phi3 = "Phi3" },
  calls = { layer = "embeddings_last" },
  names = { attention_dropout = "resid_attn_dropout", ffn_dropout = "resid_mlp_dropout" },
  attention = { fused = "qkv_proj", bias = false, out_bias = false,
    window = "sliding_window" },
  ffn = { fused = "gate_up_proj", bias = false, act = "activation_fn" },
}
