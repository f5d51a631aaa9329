-- Feed-forward with a gate: down(act(gate(x)) * up(x)). Options: width, bias, role.
local function build(c, o)
  local act = block.activation[c.hidden_act or "silu"]
    or { "SiLUActivation", tostring(c.hidden_act), "FFN_Gated", "gated" }
  local role = o.role or "layer.ffn"
  return function(m, x)
    m:kind(act[3])
    m:fact("gated", true)
    m:fact("activation", c.hidden_act)
    local gate = m:linear("gate_proj", x, o.width, { bias = o.bias, role = role .. ".gate" })
    m:leaf("act_fn", act[1], gate)
    m:op(act[2])
    local up = m:linear("up_proj", x, o.width, { bias = o.bias, role = role .. ".up" })
    m:op(act[4])
    return m:linear("down_proj", gate * up, c.hidden_size,
      { bias = o.bias, role = role .. ".down" })
  end
end
return { build = build }
