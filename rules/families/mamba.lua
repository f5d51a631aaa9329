-- Mamba: layers of one norm and one state-space mixer, without attention.
local biases = { bias = "use_bias", conv_bias = "conv_bias" }

--- The mixer for both kinds of layer, with what differs from Mamba's.
local function mixers(name, more)
  local options = {}
  for key, value in pairs(biases) do options[key] = value end
  for key, value in pairs(more or {}) do options[key] = value end
  local mixer = { block = name, class = "*Mixer", options = options }
  return { first = mixer, dense = mixer }
end

return {
  {
    extends = "llama",
    model_types = { mamba = "Mamba" },
    -- the first layer's input has another dtype than its output
    kind = function(c, i)
      local wider = c.residual_in_fp32 and c.dtype and c.dtype ~= "float32"
      return i == 0 and wider and "first" or "dense"
    end,
    layout = "alone",
    decoder = { positions = "none", mask = false, position_ids = false,
      residual_dtype = function(c) return c.residual_in_fp32 and "F32" end },
    mixers = mixers("mamba", { inner = "intermediate_size" }),
    calls = { model = "x", layer = "x", attention = "x" },
    names = { model = "backbone", embedding = "embeddings", norm = "norm_f", attention = "mixer" },
    classes = { layer = "*Block" },
    head = { float = true, tied = true },
    defaults = { conv_bias = true },
    keys = { residual_in_fp32 = { "flag", true } },
    facts = { positions = "none", nope_layers = "all" },
  },
  {
    extends = "mamba",
    model_types = { falcon_mamba = "FalconMamba" },
    mixers = mixers("mamba", { inner = "intermediate_size", norms = true,
      norm_class = "*WeightlessRMSNorm", weightless = true }),
  },
  {
    extends = "mamba",
    model_types = { mamba2 = "Mamba2" },
    mixers = mixers("mamba2", { norm_class = "MambaRMSNormGated" }),
    head = { tied = false },
  },
}
