-- Layer types by what a layer computes, for weights whose type no family gives. `m` says what is
-- known of the model: `act` (the activation's name), `gated`, `norm_bias` (the norms of its layers
-- have biases), `norm` (their kind by the family of the part, or the configuration's own name of
-- their epsilon), `biased` (keys of norms with a bias).

local activations = rule "activations"

local function ffn(m)
  local act = activations[m.act or ""] or { gated = "FFN_Gated", plain = "FFN" }
  return m.gated and act.gated or act.plain
end

--- Tensors show a layer norm by its bias; without one, the configuration tells the kind.
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
