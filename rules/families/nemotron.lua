-- Nemotron: LayerNorm that adds one to its weight, a squared ReLU without a gate.
return {
  extends = "llama",
  model_types = { nemotron = "Nemotron" },
  norm = { kind = "layer_norm_1p", bias = true, class = "*LayerNorm1P" },
  calls = { layer = "embeddings_last" },
  ffn = { gated = false },
}
