-- Activations by their names in configurations: `operator`; `class`, the module that computes it;
-- `gated` and `plain`, the layer types of a feed-forward with and without a gate; `product`, the
-- operator of the gate; `value`, the function in the feature vector, where the name has synonyms.

local function silu(class)
  return { operator = "silu", class = class, gated = "FFN_SwiGLU", product = "swiglu",
    plain = "FFN_SiLU", value = "silu" }
end

local function gelu(class, value)
  return { operator = "gelu", class = class, gated = "FFN_GeGLU", product = "geglu",
    plain = "FFN_GELU", value = value }
end

local function relu2(class)
  return { operator = "relu2", class = class, gated = "FFN_ReGLU2", product = "reglu2",
    plain = "FFN_ReLU2", value = "relu2" }
end

return {
  silu = silu "SiLUActivation",
  swish = silu "SiLU",
  gelu = gelu("GELUActivation", "gelu"),
  gelu_python = gelu("GELUActivation", "gelu"),
  gelu_10 = gelu("ClippedGELUActivation", "gelu"),
  gelu_new = gelu("NewGELUActivation", "gelu_tanh"),
  gelu_pytorch_tanh = gelu("GELUTanh", "gelu_tanh"),
  gelu_fast = gelu("FastGELUActivation", "gelu_tanh"),
  quick_gelu = { operator = "quick_gelu", class = "QuickGELUActivation", gated = "FFN_GeGLU",
    product = "geglu", plain = "FFN_QuickGELU" },
  -- Phi-3 small: limited, and one more than the other half
  gegelu = { operator = "quick_gelu", class = "QuickGELUActivation", gated = "FFN_GeGLU",
    product = "geglu", plain = "FFN_QuickGELU", value = "gegelu" },
  relu = { operator = "relu", class = "ReLU", gated = "FFN_ReGLU", product = "reglu",
    plain = "FFN_ReLU" },
  relu2 = relu2 "ReLUSquaredActivation",
  relu_squared = relu2 "ReLUSquaredActivation",
  tanh = { operator = "tanh", class = "Tanh", gated = "FFN_Gated", product = "gated",
    plain = "FFN_Tanh" },
  xielu = { operator = "xielu", class = "XIELUActivation", gated = "FFN_Gated",
    product = "gated", plain = "FFN_xIELU" },
}
