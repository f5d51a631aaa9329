--- A short convolution between two gates instead of attention.
local options = { bias = "flag" }

local function build(c, o)
  local e, kernel = c.hidden_size, c.conv_L_cache
  return function(m, x)
    m:kind("ConvLayer")
    m:linear("in_proj", x, 3 * e, { bias = o.bias, role = "layer.conv.input" })
    block.state_conv.depthwise(m, "conv", e, kernel, o.bias, "layer.conv.conv")
    block.state_conv.state(m, e, kernel)
    return m:linear("out_proj", x:last(e), e, { bias = o.bias, role = "layer.conv.output" })
  end
end

return { options = options, build = build }
