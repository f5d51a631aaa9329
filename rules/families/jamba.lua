-- Jamba: Mamba layers, some layers of attention, experts in every other layer.
return {
  extends = "llama",
  model_types = { jamba = "Jamba" },
  defaults = { conv_bias = true },
  decoder = { positions = "none" },
  mixers = { linear_attention = { block = "mamba", name = "mamba", class = "*MambaMixer",
    call = "hidden_states=x", layer = "*MambaDecoderLayer", layer_call = "x, position_ids=",
    options = { bias = "mamba_proj_bias", conv_bias = "conv_bias", norms = true } } },
  attention = { bias = false, out_bias = false, rope = false, window = false },
  ffn = { bias = false },
  moe = { layers = "in_period", width = "intermediate_size", router = "router" },
  calls = { layer = "x, attention_mask=, position_ids=" },
  names = { norm = "final_layernorm", ffn = "feed_forward", moe = "feed_forward",
    ffn_norm = "pre_ff_layernorm" },
  classes = { layer = "*AttentionDecoderLayer" },
  facts = { positions = "none", nope_layers = "all", renormalize = false },
}
