-- StableLM: LayerNorm, rotary positions on a part of each head.
return {
  extends = "llama",
  model_types = { stablelm = "StableLm" },
  norm = { kind = "layer_norm", bias = true },
  layout = function(c) return c.parallel_residual and "parallel" or "pre" end,
  calls = { layer = "embeddings_last" },
  names = { ffn_dropout = "dropout" },
  attention = { out_bias = false, window = false,
    qk_norm = function(c) return c.use_qk_norm and "many" end, norm = "layer_norm",
    norm_class = "*LayerNormPerHead", norm_last = true, q_norm = "q_layernorm",
    k_norm = "k_layernorm" },
  ffn = { bias = false },
}
