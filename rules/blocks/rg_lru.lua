--- A gated linear recurrent unit: a state for each channel, with gates for each head.
local options = {}

local function build(c)
  local width, h, kernel = c.lru_width or c.hidden_size, c.num_attention_heads, c.conv_kernel
  local act = block.activation[c.hidden_act or "gelu_pytorch_tanh"]
  local role = "layer.ssm."
  local function unit(u, y)
    local d = width // h
    for _, gate in ipairs { "input_gate", "recurrent_gate" } do
      u:param(gate .. "_weight", { h, d, d }, { role = role .. gate })
      u:param(gate .. "_bias", { h, d }, { role = role .. gate .. ".bias" })
      u:op "aten/addmm"
    end
    u:param("recurrent_param", { width }, { role = role .. "decay" })
    u:op "ssm_scan"
    return y
  end
  return function(m, x)
    m:kind "MambaLayer"
    local gate = m:linear("linear_y", x, width, { bias = true, role = role .. "gate" })
    m:leaf("act_fn", act.class, gate)
    m:op(act.operator)
    local y = m:linear("linear_x", x, width, { bias = true, role = role .. "input" })
    m:leaf("conv_1d", "Conv1d", x:view(1, width, x.dims[2]),
      x:view(1, width, x.dims[2] + kernel - 1))
    block.state_conv.depthwise(m, "conv_1d", width, kernel, true, role .. "conv")
    m:call("rg_lru", "*Rglru", "x, position_ids", y, unit)
    block.state_conv.state(m, width, kernel)
    m:cache { kind = "ssm_state", dims = { width }, dtype = "F32" }
    return m:linear("linear_out", y, c.hidden_size, { bias = true, role = role .. "output" })
  end
end

return { options = options, build = build }
