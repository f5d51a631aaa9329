--- Mamba 1: a state for each channel, whose step, input and output are chosen by the token.
local options = {
  bias = "flag", conv_bias = "flag",
  inner = "size",      -- channels, where they are not `mamba_expand` times the states
  norms = "flag",      -- norms on step, input and output of the state
  norm_class = "text", weightless = "flag",
  heads = "size",      -- channels in heads, each with projections of its own
}

--- The projections to step, input and output of the state, and back to the channels.
local function select(m, c, o, x, inner)
  local n, rank = c.ssm_state_size, c.time_step_rank or (c.hidden_size + 15) // 16
  local low = m:linear("x_proj", x:last(inner), rank + 2 * n, { role = "layer.ssm.select" })
  if o.norms then
    for _, part in ipairs { { "dt", rank }, { "b", n }, { "c", n } } do
      m:norm(part[1] .. "_layernorm", low:last(part[2]), { class = o.norm_class,
        weightless = o.weightless, role = "layer.ssm." .. part[1] .. "_norm" })
    end
  end
  m:param("dt_proj.weight", { inner, rank }, { role = "layer.ssm.step_projection" })
  m:param("dt_proj.bias", { inner }, { role = "layer.ssm.step_projection.bias" })
  m:op("aten/addmm")
  m:param("A_log", { inner, n }, { role = "layer.ssm.decay" })
  m:param("D", { inner }, { role = "layer.ssm.skip" })
end

--- The same projections for each head, in bare parameters.
local function select_by_head(m, c, h, inner)
  local n, rank, wide = c.ssm_state_size, c.time_step_rank or (c.hidden_size + 15) // 16, inner // h
  m:param("x_proj_weight", { h, rank + 2 * n, wide }, { role = "layer.ssm.select" })
  m:param("dt_proj_weight", { h, wide, rank }, { role = "layer.ssm.step_projection" })
  m:param("dt_proj_bias", { h, wide }, { role = "layer.ssm.step_projection.bias" })
  m:op("aten/mm", 2)
  m:param("A_log", { h, wide, n }, { role = "layer.ssm.decay", dtype = "F32" })
  m:param("D", { h, wide }, { role = "layer.ssm.skip" })
end

local function build(c, o)
  local inner = o.inner or c.mamba_expand * c.hidden_size
  return function(m, x)
    m:kind("MambaLayer")
    m:linear("in_proj", x, 2 * inner, { bias = o.bias, role = "layer.ssm.input" })
    block.state_conv.depthwise(m, "conv1d", inner, c.conv_kernel, o.conv_bias, "layer.ssm.conv")
    if o.heads then select_by_head(m, c, o.heads, inner) else select(m, c, o, x, inner) end
    m:op("ssm_scan")
    block.state_conv.state(m, inner, c.conv_kernel)
    m:cache { kind = "ssm_state", dims = { inner, c.ssm_state_size } }
    return m:linear("out_proj", x:last(inner), c.hidden_size,
      { bias = o.bias, role = "layer.ssm.output" })
  end
end

return { options = options, build = build }
