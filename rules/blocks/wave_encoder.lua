--- An encoder of waveforms: convolutions that make frames, a convolution for positions, layers of
--- attention in both directions.
local options = {
  conv_class = "text",     -- of each convolution, where all have a LayerNorm
  kernels = "list",        -- of the convolutions, where the file does not say
  extracted = "flag",      -- the frames are returned, too
  after = "flag",          -- norms come last, whatever the file says
  squeezed = "size",       -- layers get one frame for so many
  positions = "block",     -- (m, c, x): other positions, in a module of the encoder
  attention = "block",     -- another attention
  layer_spec = "text", attention_spec = "text", bias = "flag", -- layers hand on a bias
}

--- Do the norms come first?
local function is_stable(c, o) return c.do_stable_layer_norm == true and not o.after end

local function act_of(c) return block.activation[c.feat_extract_activation] end

local ln = block.norms.layer

--- Swaps frames and channels.
local function transposed(x) return x:view(x.dims[1], x.dims[3], x.dims[2]) end

--- Convolution i of those that make frames, from 0.
local function conv_layer(c, o, i)
  local group = c.feat_extract_norm ~= "layer" and not o.conv_class
  local class = o.conv_class or group and (i == 0 and "*GroupNormConvLayer"
    or "*NoLayerNormConvLayer") or "*LayerNormConvLayer"
  local to, step = c.conv_dim[i + 1], c.conv_stride[i + 1]
  local k = (c.raw.conv_kernel or o.kernels)[i + 1] -- another key elsewhere
  return class, function(m, x)
    local y = shape.tensor(m.dtype, 1, to, (x.dims[3] - k) // step + 1)
    local role = "embedding.conv" .. i
    block.conv.conv(m, "conv", x, y, { k }, { bias = c.conv_bias, role = role })
    if group and i == 0 then
      m:leaf("layer_norm", "GroupNorm", y)
      for _, part in ipairs { "weight", "bias" } do
        m:param("layer_norm." .. part, { to }, { role = role .. ".norm." .. part })
      end
      m:op "group_norm"
    elseif not group then
      ln(m, "layer_norm", transposed(y), role .. ".norm")
    end
    m:leaf("activation", act_of(c).class, y)
    m:op(act_of(c).operator)
    return y
  end
end

local function frames(c, o)
  return function(m, x)
    m.beside = true
    return m:layers("conv_layers", #c.conv_dim, function(i) return tostring(i) end,
      function(l, name, kind, y)
        local class, body = conv_layer(c, o, tonumber(kind))
        return l:call(name, class, "x", y, body)
      end, shape.tensor(m.dtype, 1, 1, x.dims[2]))
  end
end

--- The convolution with weight norm: direction and length are parameters of their own.
local function normed_conv(m, c, x, y, k)
  local e, groups = c.hidden_size, c.num_conv_pos_embedding_groups
  m:call("conv", "ParametrizedConv1d", "x", x, function(v)
    v:param("bias", { e }, { role = "embedding.position.bias" })
    v:call("parametrizations.weight", "ParametrizationList", "", x, function(w)
      local long, wide = shape.tensor(w.dtype, 1, 1, k), shape.tensor(w.dtype, e, e // groups, k)
      w:param("original0", long.dims, { role = "embedding.position.length" })
      w:param("original1", wide.dims, { role = "embedding.position" })
      w.env.bias = wide
      return w:call("0", "_WeightNorm", "x, bias", long, function() return wide end)
    end)
    return y
  end)
  m:op "conv1d"
end

local function batch_normed(m, c, x, y, k)
  m:leaf("batch_norm", "BatchNorm1d", x)
  for _, part in ipairs { "weight", "bias", "running_mean", "running_var" } do
    m:param("batch_norm." .. part, { c.hidden_size },
      { role = "embedding.position.norm." .. part })
  end
  m:param("batch_norm.num_batches_tracked", {}, { dtype = "I64", role = "buffer" })
  m:op "batch_norm"
  block.conv.conv(m, "conv", x, y, { k },
    { bias = true, groups = c.num_conv_pos_embedding_groups, role = "embedding.position" })
end

--- Positions by a wide convolution over the frames; with a step where frames are squeezed.
local function positions(c, o, x)
  local k, step = shape.value(c.num_conv_pos_embeddings), shape.value(o.squeezed) or 1
  return function(m)
    local from = o.squeezed and x or transposed(x)
    local n = (from.dims[3] + 2 * (k // 2) - k) // step + 1
    local y = from:last(n)
    local conv = c.conv_pos_batch_norm and batch_normed or normed_conv
    conv(m, c, from, y, c.num_conv_pos_embeddings)
    y = m:leaf("padding", "*SamePadLayer", y, y:last(k % 2 == 0 and n - 1 or n))
    m:leaf("activation", act_of(c).class, y)
    m:op(act_of(c).operator)
    return o.squeezed and y or transposed(y)
  end
end

local function adapter(c)
  return function(m, x)
    ln(m, "norm", x, "layer.adapter.norm")
    local y = m:linear("linear_1", x, c.adapter_attn_dim,
      { bias = true, role = "layer.adapter.up" })
    m:leaf("act_fn", "ReLU", y)
    m:op "relu"
    return m:linear("linear_2", y, c.hidden_size, { bias = true, role = "layer.adapter.down" })
  end
end

local function layer(c, o)
  local stable = is_stable(c, o)
  local feed = block.mlp.build(c, { up = "intermediate_dense", down = "output_dense", bias = true,
    act = "intermediate_act_fn", inner_dropout = "intermediate_dropout",
    dropout = "output_dropout" })
  local attention = o.attention or block.attention.build(c, { square = true, bias = true,
    out_bias = true, out = "out_proj", rope = false, cache = false })
  return function(m, x)
    m:fact("norm_place", stable and "pre" or "post")
    m:fact("parallel_residual", false)
    if stable then ln(m, "layer_norm", x, "layer.norm.attention") end
    local mixed = m:call("attention", "*Attention", o.attention_spec or "x, attention_mask=", x,
      attention)
    m:leaf("dropout", "Dropout", x)
    if not stable then ln(m, "layer_norm", x, "layer.norm.after_attention") end
    if stable then ln(m, "final_layer_norm", x, "layer.norm.ffn") end
    m:call("feed_forward", "*FeedForward", "x", x, feed)
    m:op("add", 2)
    if not stable then ln(m, "final_layer_norm", x, "layer.norm.after_ffn") end
    if stable and c.adapter_attn_dim then
      m:call("adapter_layer", "*AttnAdapterLayer", "x", x, adapter(c))
    end
    return o.bias and shape.tuple(x, mixed[3]) or x
  end
end

local function squeeze(m, c, o, x)
  local from = transposed(x)
  local y = m:call("pos_conv_embed", "*PositionalConvEmbedding", "x", from, positions(c, o, from))
  m:leaf("pool", "AvgPool1d", from, from:last(from.dims[3] // shape.value(o.squeezed)))
  return transposed(y)
end

local function widen(m, c, o, x)
  m:call("upsample", "*Upsampling", "x", x, function(u, y)
    local z = u:linear("projection", y, c.hidden_size * o.squeezed,
      { bias = true, role = "upsample" })
    u:leaf("activation", act_of(c).class, z)
    u:op(act_of(c).operator)
    return y:view(1, y.dims[2] * shape.value(o.squeezed), c.hidden_size)
  end)
end

local function encoder(c, o)
  local stable = is_stable(c, o)
  return function(m, x)
    local all = x
    if o.squeezed then x = squeeze(m, c, o, x)
    elseif o.positions then o.positions(m, c, x)
    else m:call("pos_conv_embed", "*PositionalConvEmbedding", "x", x, positions(c, o, x)) end
    if not stable then ln(m, "layer_norm", x, "norm.embedding") end
    m:leaf("dropout", "Dropout", x)
    local body = layer(c, o)
    x = m:layers("layers", c.num_hidden_layers,
      function(i) return o.bias and i == 0 and "first" or "encoder" end,
      function(l, name, kind, y)
        l.env.first = kind == "first" or nil
        local out = l:call(name, stable and "*EncoderLayerStableLayerNorm" or "*EncoderLayer",
          o.layer_spec or "x, attention_mask=", y, body)
        if o.bias then l.env.bias = out[2] end
        return o.bias and out[1] or out
      end, x)
    if stable then ln(m, "layer_norm", x, "norm.final") end
    if o.squeezed then widen(m, c, o, x) end
    return shape.named("last_hidden_state", all)
  end
end

--- Frames in the width of the layers.
local function project(m, c, o, x)
  local function linear(p, name)
    return p:linear(name, x, c.hidden_size, { bias = true, role = "embedding.projection" })
  end
  if o.squeezed then
    ln(m, "layer_norm", x, "norm.features")
    local wide = x.dims[3] == shape.value(c.hidden_size) and x or linear(m, "feature_projection")
    return m:leaf("feature_dropout", "Dropout", wide)
  end
  local result = m:call("feature_projection", "*FeatureProjection", "x", x, function(p)
    if c.feat_proj_layer_norm ~= false then ln(p, "layer_norm", x, "norm.features") end
    local y = p:leaf("dropout", "Dropout", linear(p, "projection"))
    return o.extracted and shape.tuple(y, x) or y
  end)
  return o.extracted and result[1] or result
end

--- The adapter: convolutions behind the encoder that shorten its output.
local function shorten(c)
  return function(m, x)
    local e = c.output_hidden_size or c.hidden_size
    if c.output_hidden_size and shape.value(e) ~= shape.value(c.hidden_size) then
      x = m:linear("proj", x, e, { bias = true, role = "adapter.projection" })
      ln(m, "proj_layer_norm", x, "adapter.norm")
    end
    m.beside = true
    local k, step = shape.value(c.adapter_kernel_size), c.adapter_stride
    x = m:layers("layers", c.num_adapter_layers, function(i) return tostring(i) end,
      function(l, name, _, y)
        return l:call(name, "*AdapterLayer", "x", y, function(a, z)
          local n = (z.dims[3] + 2 - k) // step + 1
          block.conv.conv(a, "conv", z, shape.tensor(a.dtype, 1, 2 * e, n),
            { c.adapter_kernel_size }, { bias = true, role = "adapter.conv" })
          return shape.tensor(a.dtype, 1, e, n)
        end)
      end, transposed(x))
    return transposed(x)
  end
end

local function build(c, o)
  return function(m, wave)
    m:fact("positions", "relative")
    if (c.mask_time_prob or 0) > 0 or (c.mask_feature_prob or 0) > 0 then
      m:param("masked_spec_embed", { c.hidden_size },
        { role = "embedding.mask", layer_type = "EmbeddingLayer" })
    end
    local seen = transposed(m:call("feature_extractor", "*FeatureEncoder", "x", wave, frames(c, o)))
    local x = project(m, c, o, seen)
    x = m:call("encoder", is_stable(c, o) and "*EncoderStableLayerNorm" or "*Encoder",
      "x, attention_mask=", x, encoder(c, o))[2]
    if c.add_adapter then x = m:call("adapter", "*Adapter", "x", x, shorten(c)) end
    return shape.named("last_hidden_state", x, "extract_features",
      o.extracted and seen or false)
  end
end

return { options = options, build = build, layer_norm = ln }
