-- StableLM: LayerNorm, rotary positions on a part of each head.
return {
  extends = "llama",
  model_types = { stablelm = "StableLm" },
  norm = { kind = "layer_norm", bias = true },
  layout = function(c) return c.parallel_residual and "parallel" or "pre" end,
  calls = { layer = "embeddings_last" },
  names = { ffn_dropout = "dropout" },
  attention = { bias = "attention_bias", out_bias = false, window = false },
  ffn = { bias = false },
}
