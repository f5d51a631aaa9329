-- Bamba, Falcon-H1 and Granite 4: Mamba-2 layers; attention in some layers or parallel to Mamba.
return {
  {
    extends = "llama",
    model_types = { bamba = "Bamba" },
    defaults = { conv_bias = true },
    decoder = { layer_weights = true },
    calls = { layer = "embeddings_last" },
    mixers = { linear_attention = { block = "mamba2", name = "mamba", class = "*Mixer",
      call = "hidden_states=x", layer_call = "x, position_ids=, position_embeddings=",
      options = { bias = "mamba_proj_bias", conv_bias = "conv_bias" } } },
    attention = { window = false },
    names = { norm = "final_layernorm", ffn = "feed_forward", ffn_norm = "pre_ff_layernorm" },
  },
  {
    extends = "bamba",
    model_types = { falcon_h1 = "FalconH1" },
    kind = "dense",
    decoder = { layer_weights = false },
    mixers = { dense = { block = "mamba2", name = "mamba", class = "*Mixer", beside = true,
      call = "hidden_states=x", options = { bias = "mamba_proj_bias", out_bias = "projectors_bias",
        conv_bias = "conv_bias", norm = "mamba_rms_norm" } } },
    ffn = { up_first = true },
    keys = { projectors_bias = { "flag", false }, mamba_rms_norm = { "flag", false } },
  },
}
