-- Mamba: layers of one norm and one state-space mixer, without attention.
return {
  {
    extends = "llama",
    model_types = { mamba = "Mamba" },
    kind = "dense",
    layout = "alone",
    decoder = { positions = "none", mask = false, position_ids = false },
    mixers = { dense = { block = "mamba", class = "*Mixer",
      options = { bias = "use_bias", conv_bias = "conv_bias" } } },
    calls = { model = "x", layer = "x", attention = "x" },
    names = { model = "backbone", embedding = "embeddings", norm = "norm_f", attention = "mixer" },
    classes = { layer = "*Block" },
    facts = { positions = "none", nope_layers = "all" },
  },
  {
    extends = "mamba",
    model_types = { falcon_mamba = "FalconMamba" },
    mixers = { dense = { block = "mamba", class = "*Mixer", options = { bias = "use_bias",
      conv_bias = "conv_bias", norms = true, norm_class = "*WeightlessRMSNorm",
      weightless = true } } },
  },
  {
    extends = "mamba",
    model_types = { mamba2 = "Mamba2" },
    mixers = { dense = { block = "mamba2", class = "*Mixer", options = { bias = "use_bias",
      conv_bias = "conv_bias", norm_class = "MambaRMSNormGated" } } },
  },
}
