--- A layer of a conformer: half a feed-forward, attention, convolutions over time, the other half,
--- a norm.
local options = {
  class = "text", ffn_class = "text", attention_class = "text", conv_class = "text",
  spec = "text", attention_spec = "text",
  attention = "block", bias = "flag", norm_bias = "flag", conv_bias = "flag",
  kernel = "size",
  layer_norm = "flag", -- behind the wide convolution, in place of the norm over the batch
}

local function feed_forward(c, o, i)
  local act = block.activation[c.hidden_act]
  return block.mlp.build(c, { up = "linear1", down = "linear2", bias = o.bias, act = "activation",
    act_class = act.class, role = i == 1 and "layer.ffn_before" or "layer.ffn" })
end

--- Batch norm with its running statistics.
local function batch_norm(m, name, x, e, role)
  m:leaf(name, "BatchNorm1d", x)
  for _, part in ipairs { "weight", "bias", "running_mean", "running_var" } do
    m:param(name .. "." .. part, { e }, { role = role .. "." .. part })
  end
  m:param(name .. ".num_batches_tracked", {}, { dtype = "I64", role = "buffer" })
  m:op "batch_norm"
end

local function convolutions(c, o)
  local e, act = c.hidden_size, block.activation[c.hidden_act]
  return function(m, x)
    local channels_first = x:view(x.dims[1], e, x.dims[2])
    local function conv(name, from, to, kernel, groups, role)
      return block.conv.conv(m, name, from, to, { kernel },
        { bias = o.conv_bias, groups = groups, role = "layer.conv." .. role })
    end
    conv("pointwise_conv1", channels_first, x:view(x.dims[1], 2 * e, x.dims[2]), 1, nil, "in")
    m:op "glu"
    conv("depthwise_conv", channels_first, channels_first, o.kernel, e, "wide")
    if o.layer_norm then
      m:norm("norm", x, { kind = "layer_norm", bias = true, role = "layer.norm.inner_conv" })
    else
      batch_norm(m, "norm", channels_first, e, "layer.norm.inner_conv")
    end
    m:leaf("activation", act.class, channels_first)
    m:op(act.operator)
    conv("pointwise_conv2", channels_first, channels_first, 1, nil, "out")
    return x
  end
end

local function build(c, o)
  local first, second = feed_forward(c, o, 1), feed_forward(c, o, 2)
  local conv = convolutions(c, o)
  local function layer(m, x)
    local function norm(name, role)
      m:norm(name, x, { kind = "layer_norm", bias = o.norm_bias ~= false,
        role = "layer.norm." .. role })
    end
    m:fact("norm_place", "pre")
    m:fact("parallel_residual", false)
    norm("norm_feed_forward1", "ffn_before")
    m:call("feed_forward1", o.ffn_class, "x", x, first)
    norm("norm_self_att", "attention")
    m:call("self_attn", o.attention_class, o.attention_spec, x, o.attention)
    norm("norm_conv", "conv")
    m:call("conv", o.conv_class, "x", x, conv)
    norm("norm_feed_forward2", "ffn")
    m:call("feed_forward2", o.ffn_class, "x", x, second)
    m:op("add", 4)
    norm("norm_out", "last")
    return x
  end
  return function(m, name, x) return m:call(name, o.class, o.spec, x, layer) end
end

return { options = options, build = build, batch_norm = batch_norm }
