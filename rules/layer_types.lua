-- Layer types after the mathematics, for weights whose type no family gives. `m` says what is known
-- of the model: `act` (the activation's name), `gated`, `norm_bias` (the norms of its layers have
-- biases), `norm` (their kind by the family of the part, or the configuration's own name of their
-- epsilon), `biased` (keys of norms with a bias).

local gated = { silu = "FFN_SwiGLU", swish = "FFN_SwiGLU", gelu = "FFN_GeGLU",
  gelu_pytorch_tanh = "FFN_GeGLU", gelu_new = "FFN_GeGLU", relu = "FFN_ReGLU" }
local plain = { gelu = "FFN_GELU", gelu_new = "FFN_GELU", gelu_pytorch_tanh = "FFN_GELU",
  gelu_fast = "FFN_GELU", quick_gelu = "FFN_QuickGELU", relu = "FFN_ReLU", relu2 = "FFN_ReLU2",
  silu = "FFN_SiLU", xielu = "FFN_xIELU" }

local function ffn(m)
  if m.gated then return gated[m.act or ""] or "FFN_Gated" end
  return plain[m.act or ""] or "FFN"
end

--- Only a bias shows in the tensors: without one, it is the configuration that tells the kind.
local function norm(m, key)
  if m.norm_bias or m.biased[key] then return "LayerNorm" end
  if m.norm == "rms_norm_1p" then return "RMSNorm1p" end
  return m.norm:find "rms" and "RMSNorm" or "Norm"
end

return {
  -- By role; the first pattern that fits counts.
  roles = {
    { "^mtp", "LinearLayer" },
    { "norm", norm },
    { "embedding", "EmbeddingLayer" },
    { "^head%.score", "LinearLayer" }, { "^head", "LMHead" },
    { "key_value_down$", "MLALayer" }, { "key_value_up$", "MLALayer" },
    { "query_down$", "MLALayer" }, { "query_up$", "MLALayer" },
    { "%.attention%.", function(m) return m.latent and "MLALayer" or "AttentionLayer" end },
    { "%.cross_attention%.", "AttentionLayer" },
    { "%.router", "MoELayer" }, { "experts", "MoELayer" },
    { "%.ffn%.", ffn },
    { "%.ssm%.", "MambaLayer" },
    { "%.linear_attention%.", "LinearAttentionLayer" },
    { "%.conv%.", "ConvLayer" },
    { "^buffer", "Buffer" },
  },
  -- By key where there is no role.
  names = {
    { "norm", norm }, { "ln_%d", norm }, { "embed", "EmbeddingLayer" },
    { "attn", "AttentionLayer" }, { "attention", "AttentionLayer" },
    { "experts", "MoELayer" }, { "mlp", ffn }, { "conv", "ConvLayer" },
    { "", "LinearLayer" },
  },
  -- Names of the groups in `unique_ops_highlevel`, by layer type.
  groups = {
    { "^Attention", "Attention" }, { "^MLA", "Attention" }, { "^FFN", "SwiGLU/FFN" },
    { "^MoE", "MoE" }, { "Norm", "Norm" }, { "^Embedding", "Embedding" }, { "^LMHead", "LMHead" },
    { "^RotaryEmb", "RotaryEmb" }, { "^Mamba", "StateSpace" },
    { "^LinearAttention", "StateSpace" }, { "^Conv", "Conv" }, { "", "Linear" },
  },
}
