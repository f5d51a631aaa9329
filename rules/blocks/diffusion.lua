--- Parts of the networks that remove noise from images, as diffusers has them. `m:linear` of all of
--- them has a bias; norms that are shifted and scaled by the time have no weights of their own.
local function linear(m, name, x, width, role)
  return m:linear(name, x, width, { bias = true, role = role })
end

--- A norm without weights, and where `width` says so a map of the time onto shifts and scales.
local function modulated(m, name, class, x, time, width, affine)
  return m:call(name, class, "x", x, function(n, y)
    if time then
      n:leaf("silu", "SiLU", time)
      n:op "silu"
      linear(n, "linear", time, width, "layer.modulation")
    end
    n:norm("norm", y, { kind = "layer_norm", bias = affine, weightless = not affine,
      role = "layer.norm" })
    return y
  end)
end

--- Two linear maps with an activation between them.
local function projected(m, name, class, x, inner, width, role)
  return m:call(name, class, "x", x, function(p, y)
    y = linear(p, "linear_1", y, inner, role .. ".up")
    p:leaf("act", "SiLU", y)
    p:op "silu"
    return linear(p, "linear_2", y, width, role .. ".down")
  end)
end

--- The time as 256 waves, and what else says what is wanted, as one vector.
local function time(m, name, waves, e)
  return projected(m, name, "TimestepEmbedding", shape.tensor(m.dtype, 1, waves), e, e,
    "embedding.time")
end

--- A feed-forward in a list: its activation is the first member.
local function feed_forward(m, name, x, inner, role, act)
  return m:call(name, "FeedForward", "x", x, function(f, y)
    f:kind "FFN_GELU"
    y = f:call("net.0", act or "GELU", "x", y, function(g, z)
      z = linear(g, "proj", z, inner, role .. ".up")
      g:op "gelu"
      return z
    end)
    f:leaf("net.1", "Dropout", y)
    return linear(f, "net.2", y, x.dims[#x.dims], role .. ".down")
  end)
end

--- Attention. `o`: `class`, `wide` (of all heads together), `from` (what keys and values are made
--- of), `added` (further tokens with projections of their own), `norm` of queries and keys (its
--- width in `norm_width`), `unbiased` (queries, keys and values have no bias), `out`: false where
--- another module projects what comes out, `added_out` likewise.
local function attention(m, name, x, o)
  return m:call(name, o.class or "Attention", "hidden_states=x", x, function(a, y)
    local role = "layer." .. (o.role or "attention") .. "."
    local function norm(part, t, what)
      if not o.norm then return end
      a:norm(part, t:last(o.norm_width), { kind = o.norm, class = o.norm_class or "RMSNorm",
        bias = o.norm == "layer_norm", role = role .. what })
    end
    a:kind "AttentionLayer"
    local from = o.from or y
    local options = { bias = not o.unbiased }
    local function project(part, t, what)
      options.role = role .. what
      return a:linear(part, t, o.wide, options)
    end
    norm("norm_q", project("to_q", y, "query"), "query_norm")
    norm("norm_k", project("to_k", from, "key"), "key_norm")
    project("to_v", from, "value")
    if o.added then
      if not o.added_keys then
        norm("norm_added_q", project("add_q_proj", o.added, "added_query"), "added_query_norm")
      end
      norm("norm_added_k", project("add_k_proj", o.added, "added_key"), "added_key_norm")
      project("add_v_proj", o.added, "added_value")
    end
    a:op "attention"
    local out = y:last(o.wide)
    if o.out ~= false then
      out = linear(a, "to_out.0", out, o.width or y.dims[#y.dims], role .. "output")
      a:leaf("to_out.1", "Dropout", out)
    end
    if o.added_out then
      linear(a, "to_add_out", o.added:last(o.wide), o.width or y.dims[#y.dims],
        role .. "added_output")
    end
    return out
  end)
end

--- A convolution over rows and columns.
local function conv(m, name, x, width, kernel, role)
  local channels = x.dims[2]
  m:param(name .. ".weight", { width, channels, kernel, kernel }, { role = role })
  m:param(name .. ".bias", { width }, { role = role .. ".bias" })
  local out = x:view(x.dims[1], width, x.dims[3], x.dims[4])
  m:leaf(name, "Conv2d", x, out)
  m:op "conv2d"
  return out
end

--- A norm of groups of channels.
local function group_norm(m, name, x, role)
  m:param(name .. ".weight", { x.dims[2] }, { role = role, layer_type = "Norm" })
  m:param(name .. ".bias", { x.dims[2] }, { role = role .. ".bias", layer_type = "Norm" })
  m:leaf(name, "GroupNorm", x)
  m:op "group_norm"
end

--- States of so many tokens.
local function states(m, width, tokens) return shape.tensor(m.dtype, 1, tokens or 16, width) end

local function resized(x, by)
  local function size(n) return math.max(1, math.floor(shape.value(n) * by)) end
  return x:view(x.dims[1], x.dims[2], size(x.dims[3]), size(x.dims[4]))
end

--- Two convolutions and a way around them; with `noise`, told how much of it there is.
local function resnet(m, name, x, out, noise)
  return m:call(name, "ResnetBlock2D", "x", x, function(r, y)
    group_norm(r, "norm1", y, "layer.norm.first")
    local z = conv(r, "conv1", y, out, 3, "layer.conv.first")
    if noise then linear(r, "time_emb_proj", noise, out, "layer.time") end
    group_norm(r, "norm2", z, "layer.norm.second")
    r:leaf("dropout", "Dropout", z)
    conv(r, "conv2", z, out, 3, "layer.conv.second")
    if shape.value(y.dims[2]) ~= shape.value(out) then
      conv(r, "conv_shortcut", y, out, 1, "layer.conv.around")
    end
    r:op("silu", 2)
    r:op "add"
    return z
  end)
end

--- The last norm and the last convolution.
local function conv_ending(m, x, out)
  group_norm(m, "conv_norm_out", x, "norm.final")
  m:leaf("conv_act", "SiLU", x)
  m:op "silu"
  return conv(m, "conv_out", x, out, 3, "head")
end

--- The last norm and the last map of a transformer.
local function ending(m, x, noise, e, width)
  modulated(m, "norm_out", "AdaLayerNormContinuous", x, noise, 2 * e)
  return linear(m, "proj_out", x, width, "head")
end

--- Layers, each a module of `class`; `build(kind)` says what is in it.
local function layers(m, name, n, class, kind, build, x)
  return m:layers(name, n, kind, function(l, path, k, y)
    return l:call(path, class, "hidden_states=x", y, build(k))
  end, x)
end

--- Patches of an image, by a convolution; with a table of positions where the file has one.
local function patches(m, name, class, x, c, e, positions)
  return m:call(name, class, "x", x, function(p)
    local size = c.patch_size
    p:param("proj.weight", { e, c.num_channels, size, size }, { role = "embedding.patch" })
    p:param("proj.bias", { e }, { role = "embedding.patch.bias" })
    p:op "conv2d"
    if positions then
      p:param("pos_embed", { 1, positions, e }, { role = "embedding.position" })
    end
    return states(p, e)
  end)
end

local function wide(c) return c.num_attention_heads * c.head_dim end

--- A class without a language: all it has are its parts.
local function whole(body)
  return function(m, c, f)
    local x = f.given(c, m.dtype)
    return m:call("", f.classes.model, "hidden_states=x", x, function(r, y)
      r:fact("norm_place", "pre")
      return shape.tuple(body(r, c, y))
    end)
  end
end

local function outputs(c) return c.out_channels or c.num_channels end

return { linear = linear, modulated = modulated, projected = projected, time = time,
  feed_forward = feed_forward, attention = attention, conv = conv, group_norm = group_norm,
  states = states, resized = resized, resnet = resnet, conv_ending = conv_ending, ending = ending,
  layers = layers, patches = patches, wide = wide, whole = whole, outputs = outputs }
