-- Language models of image-text or audio-text models that are also saved alone.
return {
  {
    extends = "granite",
    model_types = { granite_docling_text = "GraniteDoclingText" },
    part = "*Model",
  },
  {
    extends = "granite_docling_text",
    model_types = { cosmos3_edge_text = "Cosmos3EdgeText" },
    decoder = { axes = 3 },
    calls = { rope = "ids_positional", layer = "no_ids", attention = "no_ids" },
    ffn = { gated = false, up = "fc1", down = "fc2", act = "activation_fn" },
  },
  {
    extends = "glm4v_text",
    model_types = { glm_image_text = "GlmImageText" },
    norm = { class = "GlmImageRMSNorm" },
    attention = { bias = "attention_bias" },
    facts = { rope_layout = "half" },
  },
  {
    extends = "granite",
    model_types = { hyperclovax = "HyperCLOVAX" },
    keys = { use_post_norm = { "flag", true } },
    layout = function(c) return c.use_post_norm and "sandwich" or "pre" end,
    names = { after_attention = "post_norm1", ffn_norm = "post_attention_layernorm",
      after_ffn = "post_norm2" },
  },
}
