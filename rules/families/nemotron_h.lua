-- Nemotron-H and Nemotron 3: each layer is Mamba 2, attention, a feed-forward without a gate, or
-- experts, which may work at a narrower width.
local function experts(c)
  return block.sparse_moe.build(c, { gated = false, whole = true, correction = true,
    router_class = "*TopkRouter", score_dtype = "F32", scoring = "sigmoid",
    latent = c.moe_latent_size, latent_in = "fc1_latent_proj", latent_out = "fc2_latent_proj",
    latent_bias = c.mlp_bias, shared = block.mlp.build(c, { bias = c.mlp_bias,
      out_bias = c.mlp_bias, role = "layer.shared_experts",
      width = c.shared_expert_intermediate_size }) })
end

return {
  extends = "llama",
  model_types = { nemotron_h = "NemotronH" },
  kind = function(c, i)
    local kind = c.layer_types and c.layer_types[i + 1]
    return kind == "moe" and "experts" or kind or "dense"
  end,
  layout = "alone",
  defaults = { conv_bias = true },
  decoder = { positions = "none" },
  mixers = {
    linear_attention = { block = "mamba2", class = "*Mamba2Mixer", call = "x",
      layer_call = "x, position_ids=", options = { bias = "use_bias", conv_bias = "conv_bias" } },
    mlp = { block = "mlp", class = "*MLP", call = "x", layer_call = "x, position_ids=",
      options = { bias = "mlp_bias", out_bias = "mlp_bias" } },
    experts = { build = experts, class = "*MoE", call = "x", layer_call = "x, position_ids=" },
  },
  attention = { bias = false, out_bias = false, rope = false, window = false },
  calls = { layer = "x, attention_mask=, position_ids=",
    attention = "hidden_states=x, attention_mask=, position_ids=" },
  names = { embedding = "embeddings", norm = "norm_f", attention = "mixer" },
  classes = { layer = "*Block" },
  saved = { { "^model%.", "backbone." } },
  head = { float = true, apart = true },
  facts = { positions = "none", nope_layers = "all" },
}
