-- Gemma: norms that multiply by one plus their weight, scaled embeddings, GeGLU.
return {
  {
    extends = "llama",
    model_types = { gemma = "Gemma" },
    calls = { layer = "embeddings_last" },
    classes = { embedding = "*TextScaledWordEmbedding" },
    norm = { kind = "rms_norm_1p" },
    ffn = { bias = false },
  },
  {
    extends = "gemma",
    model_types = { gemma2 = "Gemma2" },
    layout = "sandwich",
    calls = { rope = "ids_positional", layer = "ids_last", attention = "embeddings_first" },
  },
  {
    extends = "gemma2",
    model_types = { gemma3_text = "Gemma3" },
    classes = { model = "*TextModel" },
    attention = { qk_norm = "head", norm_last = true, heads_first = true, norm = "rms_norm_1p" },
    decoder = { mask_always = true },
    rope = block.ropes.of_kinds, -- one table of angles for each kind of layer
  },
  {
    extends = "gemma2",
    model_types = { vaultgemma = "VaultGemma" },
    layout = "pre",
    names = { ffn_norm = "pre_feedforward_layernorm" },
  },
}
