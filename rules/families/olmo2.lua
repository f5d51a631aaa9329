-- OLMo 2: norms after attention and feed-forward, none before; queries and keys normalised over
-- their whole width.
return {
  extends = "llama",
  model_types = { olmo2 = "Olmo2" },
  layout = "post",
  decoder = { turn_dtype = "F32" },
  attention = { qk_norm = "width" },
  ffn = { bias = false },
}
