-- StarCoder2: LayerNorm, a feed-forward without a gate.
return {
  extends = "llama",
  model_types = { starcoder2 = "Starcoder2" },
  norm = { kind = "layer_norm", bias = true },
  attention = { bias = "mlp_bias", out_bias = "mlp_bias", window = "sliding_window" },
  ffn = { gated = false, up = "c_fc", down = "c_proj", act = "act", bias = "mlp_bias" },
}
