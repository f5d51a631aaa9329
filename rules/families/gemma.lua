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
    rope = function(c)
      local kinds, n = {}, 0
      for _, kind in ipairs(c.layer_types or {}) do
        if not kinds[kind] then n = n + 1 end
        kinds[kind] = true
      end
      return c.head_dim, n > 1 and n or nil -- one table of angles for each kind of layer
    end,
  },
}
