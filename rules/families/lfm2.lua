-- LFM2 and LFM3: short convolutions with some layers of attention between them.
--- A gate for each head on the output of the attention.
local function gate(c)
  return function(m, x)
    if c.use_attention_gate then
      m:fact("output_gate", true)
      m:linear("g_proj", x, c.num_attention_heads, { role = "layer.attention.gate" })
    end
  end
end

return {
  {
    extends = "llama",
    model_types = { lfm2 = "Lfm2" },
    mixers = { conv = { block = "short_conv", name = "conv", class = "*ShortConv",
      call = "hidden_states=x", layer_call = "x, position_embeddings=, position_ids=",
      options = { bias = "conv_bias" } } },
    attention = { bias = false, out_bias = false, out = "out_proj", qk_norm = "head",
      q_norm = "q_layernorm", k_norm = "k_layernorm", window = false },
    ffn = { bias = false, activation = "silu", gate = "w1", up = "w3", down = "w2", act = false,
      width = function(c)
        if c.raw.block_auto_adjust_ff_dim == false then return c.intermediate_size end
        local width = shape.value(2 * c.intermediate_size) // 3
        local part, unit = c.raw.block_ffn_dim_multiplier, c.raw.block_multiple_of or 256
        if part then width = math.floor(part * width) end
        return unit * ((width + unit - 1) // unit)
      end },
    calls = { layer = "x, attention_mask=, position_embeddings=, position_ids=",
      attention = "embeddings_first" },
    names = { norm = "embedding_norm", ffn = "feed_forward", moe = "feed_forward",
      attention_norm = "operator_norm", ffn_norm = "ffn_norm" },
  },
  {
    extends = "lfm2",
    model_types = { lfm2_moe = "Lfm2Moe" },
    decoder = { routers = false },
    mixers = { conv = { layer_call = "x, position_ids=, position_embeddings=" } },
    ffn = { width = "intermediate_size" },
    moe = { layers = "after_first", gate = "w1", up = "w3", down = "w2",
      correction = "use_expert_bias", own_bias = "expert_bias", scoring = "sigmoid",
      plain_act = true },
    calls = { layer = "x, attention_mask=, position_ids=, position_embeddings=" },
    names = { rope = "pos_emb" },
    keys = { use_expert_bias = { "flag", true } },
  },
  {
    extends = "lfm2",
    model_types = { lfm3 = "Lfm3" },
    layout = function(c) return c.use_sandwich_norm and "sandwich" or "idle_sandwich" end,
    rope = block.ropes.of_kinds,
    decoder = { turn_dtype = "F32" },
    mixers = { conv = { layer_call = "x, position_ids=" } },
    attention = { bias = "attention_bias", out_bias = "attention_bias", out = "o_proj",
      q_norm = "q_norm", k_norm = "k_norm", window = block.attention.window, beside = gate },
    ffn = { width = "intermediate_size" },
    names = { after_attention = "post_operator_norm", after_ffn = "post_ffn_norm" },
    saved = { { "self_attn%.g_proj", "self_attn.gate_proj" } },
    keys = { use_sandwich_norm = { "flag", true }, use_attention_gate = { "flag", true } },
  },
}
