--- Kimi delta attention: a delta net whose state forgets by channel. The forget gate and the output
--- gate are of low rank.
local options = { heads = "size", head_dim = "size", kernel = "size" }

local function build(c, o)
  local h, d = o.heads, o.head_dim
  local wide, role = h * d, "layer.linear_attention."
  local function forget(g, y)
    local low = g:linear("f_a_proj", y, d, { role = role .. "forget_down" })
    local out = g:linear("f_b_proj", low, wide, { role = role .. "forget_up" })
    g:param("A_log", { 1, 1, h, 1 }, { role = role .. "A_log" })
    g:param("dt_bias", { wide }, { role = role .. "dt_bias" })
    return out:heads(h, d)
  end
  return function(m, x)
    m:kind "LinearAttentionLayer"
    for _, part in ipairs { "query", "key", "value" } do
      local letter = part:sub(1, 1)
      m:linear(letter .. "_proj", x, wide, { role = role .. part })
      block.state_conv.depthwise(m, letter .. "_conv1d", wide, o.kernel, false,
        role .. "conv." .. part)
    end
    local heads = m:call("forget_gate", "*ForgetGate", "x", x, forget)
    m:linear("b_proj", x, h, { role = role .. "correction" })
    m:op "delta_rule"
    local low = m:linear("g_a_proj", x, d, { role = role .. "gate_down" })
    m:linear("g_b_proj", low, wide, { role = role .. "gate_up" })
    block.gated_norm.call(m, "o_norm", heads, heads, role .. "norm")
    block.state_conv.state(m, 3 * wide, o.kernel)
    m:cache { kind = "delta_state", dims = { h, d, d }, dtype = "F32" }
    return m:linear("o_proj", x:last(wide), c.hidden_size, { role = role .. "output" })
  end
end

return { options = options, build = build }
