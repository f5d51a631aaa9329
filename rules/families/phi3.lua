-- Phi-3: fused projections of attention and feed-forward.
local function attention(c)
  local h, kv = c.num_attention_heads, c.num_key_value_heads
  local d = c.head_dim or c.hidden_size // c.num_attention_heads
  return function(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    local y = m:linear("qkv_proj", x, h * d + 2 * kv * d, { role = "layer.attention.qkv" })
    m:op("rope")
    m:op("attention")
    y = m:linear("o_proj", y:last(h * d), c.hidden_size, { role = "layer.attention.output" })
    m:cache { kind = c.sliding_window and "window" or "attention", heads = kv, dim = d,
      window = c.sliding_window }
    return shape.tuple(y, shape.tensor(m.dtype, 1, h, 8, 8))
  end
end

local function mlp(c)
  local act = block.activation[c.hidden_act or "silu"] or block.activation.silu
  return function(m, x)
    m:kind(act[3])
    m:fact("gated", true)
    m:fact("activation", c.hidden_act)
    m:linear("gate_up_proj", x, 2 * c.intermediate_size, { role = "layer.ffn.gate_up" })
    local y = m:leaf("activation_fn", act[1], x:last(c.intermediate_size))
    m:op(act[2])
    m:op(act[4])
    return m:linear("down_proj", y, c.hidden_size, { role = "layer.ffn.down" })
  end
end

return {
  extends = "llama",
  model_types = { phi3 = "Phi3" },
  calls = { layer = "x, attention_mask=, position_ids=, position_embeddings=" },
  rope = function(c)
    local d = c.head_dim or c.hidden_size // c.num_attention_heads
    local part = c.rope_parameters and c.rope_parameters.partial_rotary_factor or 1
    return math.floor(shape.value(d) * part)
  end,
  layer = function(c, f, _, m, x)
    local h = m:norm("input_layernorm", x, { role = "layer.norm.attention" })
    local a = m:call("self_attn", "*Attention", f.calls.attention, h, attention(c))
    m:leaf("resid_attn_dropout", "Dropout", a[1])
    h = m:norm("post_attention_layernorm", x, { role = "layer.norm.ffn" })
    m:op("add", 2)
    return m:leaf("resid_mlp_dropout", "Dropout", m:call("mlp", "*MLP", "x", h, mlp(c)))
  end,
}
