-- Names of activations: the class that computes them, the operator, and what a gated feed-forward
-- with them is called.
return {
  silu = { "SiLUActivation", "silu", "FFN_SwiGLU", "swiglu" },
  swish = { "SiLUActivation", "silu", "FFN_SwiGLU", "swiglu" },
  gelu = { "GELUActivation", "gelu", "FFN_GeGLU", "geglu", "FFN_GELU" },
  gelu_new = { "NewGELUActivation", "gelu", "FFN_GeGLU", "geglu", "FFN_GELU" },
  gelu_fast = { "FastGELUActivation", "gelu", "FFN_GeGLU", "geglu", "FFN_GELU" },
  quick_gelu = { "QuickGELUActivation", "quick_gelu", "FFN_GeGLU", "geglu", "FFN_GELU" },
  gelu_pytorch_tanh = { "GELUTanh", "gelu", "FFN_GeGLU", "geglu", "FFN_GELU" },
  relu = { "ReLU", "relu", "FFN_ReGLU", "reglu", "FFN_ReLU" },
  relu2 = { "ReLUSquaredActivation", "relu2", "FFN_ReGLU2", "reglu2", "FFN_ReLU2" },
}
