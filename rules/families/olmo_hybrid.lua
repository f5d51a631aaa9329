-- OLMo hybrid: gated delta nets with norms before each part, attention layers with norms after it.
return {
  extends = "olmo2",
  model_types = { olmo_hybrid = "OlmoHybrid" },
  kind = function(c, i)
    if c.layer_types then return c.layer_types[i + 1] or "dense" end
    return i % 4 == 3 and "full_attention" or "linear_attention"
  end,
  layout = function(_, kind) return kind == "linear_attention" and "pre" or "post" end,
  mixers = { linear_attention = { block = "delta_net", name = "linear_attn",
    class = "*GatedDeltaNet", call = "hidden_states=x",
    layer = "*LinearAttentionDecoderLayer", layer_call = "x, position_ids=",
    options = { layout = "apart" } } },
  attention = { window = false },
  calls = { rope = "ids_positional", layer = "embeddings_first" },
  classes = { layer = "*AttentionDecoderLayer" },
  saved = { { "input_layernorm", "attention_layer_norm" },
    { "post_attention_layernorm", "feedforward_layer_norm" } },
}
