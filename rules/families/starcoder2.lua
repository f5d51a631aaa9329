-- StarCoder2: LayerNorm, a feed-forward without a gate, one switch for all biases.
return {
  extends = "llama",
  model_types = { starcoder2 = "Starcoder2" },
  norm = { kind = "layer_norm", bias = true },
  calls = { layer = "embeddings_last" },
  attention = { bias = "use_bias", out_bias = "use_bias", window = "sliding_window" },
  ffn = { gated = false, up = "c_fc", down = "c_proj", act = "act", bias = "use_bias" },
}
