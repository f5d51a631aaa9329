--- Gated delta net: linear attention whose state forgets by a gate and is corrected by each token.
local options = {
  layout = { "fused", "joined", "apart" }, -- `fused`: two projections with parts by key head;
  -- `joined`: queries, keys and values in one; `apart`: each its own, with its own convolution
}

--- Projections as they are called: name, width, role.
local function projections(layout, s)
  if layout == "fused" then
    return { { "in_proj_qkvz", 2 * s.keys + 2 * s.values, "input" },
      { "in_proj_ba", 2 * s.vh, "gates" } }
  elseif layout == "apart" then
    return { { "q_proj", s.keys, "query" }, { "k_proj", s.keys, "key" },
      { "v_proj", s.values, "value" }, { "b_proj", s.vh, "correction" },
      { "a_proj", s.vh, "forget" }, { "g_proj", s.values, "gate" } }
  end
  return { { "in_proj_qkv", 2 * s.keys + s.values, "qkv" }, { "in_proj_z", s.values, "gate" },
    { "in_proj_b", s.vh, "correction" }, { "in_proj_a", s.vh, "forget" } }
end

local function sizes(c)
  local kh, vh = c.linear_num_key_heads, c.linear_num_value_heads
  local k, v = c.linear_key_head_dim, c.linear_value_head_dim
  return { vh = vh, k = k, v = v, keys = kh * k, values = vh * v }
end

local function build(c, o)
  local s, kernel, apart = sizes(c), c.linear_conv_kernel_dim, o.layout == "apart"
  local role = "layer.linear_attention."
  return function(m, x)
    m:kind("LinearAttentionLayer")
    for _, p in ipairs(projections(o.layout, s)) do
      m:linear(p[1], x, p[2], { role = role .. p[3] })
    end
    if apart then
      block.state_conv.depthwise(m, "q_conv1d", s.keys, kernel, false, role .. "conv.query")
      block.state_conv.depthwise(m, "k_conv1d", s.keys, kernel, false, role .. "conv.key")
      block.state_conv.depthwise(m, "v_conv1d", s.values, kernel, false, role .. "conv.value")
    else
      block.state_conv.depthwise(m, "conv1d", 2 * s.keys + s.values, kernel, false, role .. "conv")
    end
    m:param("A_log", { s.vh }, { role = role .. "A_log", dtype = apart and "F32" or nil })
    m:param("dt_bias", { s.vh }, { role = role .. "dt_bias" })
    m:op("delta_rule")
    local rows = x.dims[1] * x.dims[2] * s.vh
    local y = x:view(rows, s.v)
    block.gated_norm.call(m, apart and "o_norm" or "norm", y, y, role .. "norm")
    block.state_conv.state(m, 2 * s.keys + s.values, kernel)
    m:cache { kind = "delta_state", dims = { s.vh, s.k, s.v }, dtype = "F32" }
    return m:linear(apart and "o_proj" or "out_proj", x:last(s.values), c.hidden_size,
      { role = role .. "output" })
  end
end

return { options = options, build = build }
