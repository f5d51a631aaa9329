--- Mamba 2: a state for each head, whose input and output are shared by groups of heads.
local options = {
  bias = "flag", conv_bias = "flag", out_bias = "flag", -- `out_bias`: as `bias` if not given
  norm = "flag",      -- false: no norm behind the gate
  norm_class = "text",
}

--- The state is kept in F32 unless the configuration says otherwise.
local kept = { bfloat16 = "BF16", float16 = "F16" }

local function build(c, o)
  local h, d, n, groups = c.mamba_num_heads, c.mamba_head_dim, c.ssm_state_size, c.n_groups
  local out_bias = o.bias
  if o.out_bias ~= nil then out_bias = o.out_bias end
  return function(m, x)
    m:kind("MambaLayer")
    local inner = h * d
    local mixed = inner + 2 * groups * n
    m:linear("in_proj", x, inner + mixed + h, { bias = o.bias, role = "layer.ssm.input" })
    block.state_conv.depthwise(m, "conv1d", mixed, c.conv_kernel, o.conv_bias, "layer.ssm.conv")
    m:param("A_log", { h }, { role = "layer.ssm.decay" })
    m:param("D", { h }, { role = "layer.ssm.skip" })
    m:param("dt_bias", { h }, { role = "layer.ssm.step" })
    m:op("ssm_scan")
    local y = x:last(inner)
    if o.norm ~= false then
      block.gated_norm.call(m, "norm", y:to("F32"), y, "layer.ssm.norm", o.norm_class)
    end
    block.state_conv.state(m, mixed, c.conv_kernel)
    m:cache { kind = "ssm_state", dims = { h, d, n }, dtype = kept[c.mamba_ssm_dtype] or "F32" }
    return m:linear("out_proj", y, c.hidden_size, { bias = out_bias, role = "layer.ssm.output" })
  end
end

return { options = options, build = build }
