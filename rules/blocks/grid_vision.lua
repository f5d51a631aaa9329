--- A vision encoder that takes the patches of all images in one list, with the grid that they come
--- from: rotary positions on two axes, attention within an image or within windows of it, and a
--- merger that makes one token of several patches.
local options = {
  width = "size", inner = "size", out = "size", -- of the states, the feed-forward, the tokens
  kv_heads = "size",         -- keys and values of fewer heads
  qk_norm = "flag",          -- queries and keys have a norm, by head
  patch_class = "text", patch_bias = "flag",
  patch_norm = "word", final_norm = "word", norm_class = "text", -- behind the patches, the layers
  embeddings_class = "text", -- a module that adds learned positions, drawn out to the image
  bias = "flag", out_bias = "flag", -- of the attention
  apart = "flag",            -- its three projections are `q`, `k` and `v`
  position = "flag",         -- a table of learned positions, too
  rope_class = "text", block_class = "text", attention_class = "text", ffn_class = "text",
  norm = "word", gated = "flag", up = "text", down = "text", act = "text", ffn_bias = "flag",
  merger_class = "text",
  -- its projections in a list, with names, or with a gate behind a convolution
  merger = { "sequence", "named", "gated" },
  merger_width = "size",
  window = "flag",           -- attention within windows, except in some layers
  deepstack = "flag",        -- some layers give tokens, too
}

--- Rows and columns of patches of the image that is taken.
local SIDE = 16

local function linear_norm(m, name, x, kind, role, class)
  m:norm(name, x, { kind = kind, bias = kind == "layer_norm", role = role, class = class })
end

local function flag(value, default)
  if value == nil then return default end
  return value
end

local function attention(c, o)
  local h, e = c.num_attention_heads, o.width
  return function(m, x)
    m:kind "AttentionLayer"
    local wide = o.kv_heads and e + 2 * o.kv_heads * (e // h) or 3 * e
    local function project(name, width, role)
      m:linear(name, x, width, { bias = flag(o.bias, true), role = "layer.attention." .. role })
    end
    if o.apart then
      for _, part in ipairs { "query", "key", "value" } do project(part:sub(1, 1), e, part) end
    else
      project("qkv", wide, "qkv")
    end
    for _, part in ipairs(o.qk_norm and { { "q_norm", "query" }, { "k_norm", "key" } } or {}) do
      m:norm(part[1], shape.tensor(m.dtype, x.dims[1], h, e // h),
        { role = "layer.attention." .. part[2] .. "_norm" })
    end
    m:op "rope"
    m:op "attention"
    m.heads = h
    return m:linear("proj", x, e, { bias = flag(o.out_bias, true),
      role = "layer.attention.output" })
  end
end

local function feed(c, o)
  if o.gated then return block.gated_mlp.build(c, { bias = o.ffn_bias, width = o.inner,
    out = o.width }) end
  return block.mlp.build(c, { up = o.up, down = o.down, act = o.act, bias = true,
    width = o.inner, out = o.width })
end

--- Makes one token of `merge` x `merge` patches. `shuffled`: the norm takes them joined.
local function merger(c, o, shuffled)
  local merge = c.spatial_merge_size
  local inner = o.width * (merge * merge)
  return function(m, x)
    local joined = shape.tensor(m.dtype, x.dims[1] // shape.value(merge * merge), inner)
    linear_norm(m, o.merger == "sequence" and "ln_q" or "norm", shuffled and joined or x,
      shuffled and "layer_norm" or o.norm or "layer_norm", "projector.norm")
    local function project(s, first, act, second)
      local y = s:linear(first, joined, inner, { bias = true, role = "projector.up" })
      s:leaf(act, "GELU", y)
      s:op "gelu"
      return s:linear(second, y, o.out, { bias = true, role = "projector.down" })
    end
    if o.merger ~= "sequence" then return project(m, "linear_fc1", "act_fn", "linear_fc2") end
    return m:call("mlp", "Sequential", "x", joined,
      function(s) return project(s, "0", "1", "2") end)
  end
end

--- One token of a square of patches by a convolution, and a feed-forward with a gate.
local function downsample(m, c, o, x)
  local merge = c.spatial_merge_size
  local n = x.dims[1] // shape.value(merge * merge)
  block.conv.conv(m, "downsample", shape.tensor(m.dtype, n, o.width, merge, merge),
    shape.tensor(m.dtype, n, o.out, 1, 1), { merge, merge },
    { bias = true, role = "projector.downsample" })
  return shape.tensor(m.dtype, n, o.out)
end

local function gated_merger(c, o)
  local gated = block.gated_mlp.build(c, { width = o.merger_width, out = o.out,
    role = "projector" })
  return function(m, x)
    m:linear("proj", x, o.out, { role = "projector.in" })
    m:norm("post_projection_norm", x, { kind = "layer_norm", bias = true,
      role = "projector.norm" })
    m:leaf("act1", "GELU", x)
    m:op "gelu"
    return gated(m, x)
  end
end

local function contains(list, i)
  for at, value in ipairs(list or {}) do
    if value == i then return at end
  end
end

--- The kind of a layer: does it attend to the whole image or to a window, and which list of tokens
--- does it give?
local function kind_of(c, o)
  return function(i)
    local given = o.deepstack and contains(c.raw.deepstack_visual_indexes, i)
    local whole = not o.window or contains(c.raw.fullatt_block_indexes, i)
    return (whole and "whole" or "window") .. (given and " " .. given - 1 or "")
  end
end

--- The borders of the windows in the list of patches.
local function borders(c, o)
  if not o.window then return nil end
  local merge, p = shape.value(c.spatial_merge_size), shape.value(c.patch_size)
  local side = (c.window_size or 112) // merge // p
  local windows = -(-(SIDE // merge) // side)
  return shape.tensor("I32", windows * windows + 1)
end

local function embed(c, o, m, x)
  local e, p, t = o.width, c.patch_size, c.temporal_patch_size
  local channels = c.num_channels or 3
  return m:call("patch_embed", o.patch_class or "*VisionPatchEmbed", "x", x, function(b)
    local n = x.dims[1]
    b:leaf("proj", "Conv3d", shape.tensor(b.dtype, n, channels, t, p, p),
      shape.tensor(b.dtype, n, e, 1, 1, 1))
    b:param("proj.weight", { e, channels, t, p, p },
      { role = "embedding.patch", layer_type = "Conv3d" })
    if o.patch_bias then
      b:param("proj.bias", { e }, { role = "embedding.patch.bias", layer_type = "Conv3d" })
    end
    b:op "conv3d"
    return shape.tensor(b.dtype, n, e)
  end)
end

local calls = "x, cu_seqlens=, position_embeddings="

local function positions(m, c, o, x)
  local n, side = x.dims[1], c.image_size // c.patch_size
  m.env.lengths, m.env.rows = shape.tensor("I32", 1), shape.tensor("I64", n)
  m:call("embeddings", o.embeddings_class, "x, lengths, grid_thw, rows, rows", x, function(e)
    e:param("position_embedding.weight", { side * side, o.width },
      { role = "embedding.position", layer_type = "EmbeddingLayer" })
    return x
  end)
end

local function build(c, o)
  return function(m, x)
    local h, n, given = c.num_attention_heads, x.dims[1], {}
    x = embed(c, o, m, x)
    if o.patch_norm then
      linear_norm(m, o.patch_norm, x, o.norm or "layer_norm", "norm.embedding")
    end
    if o.position then
      m:embedding("pos_embed", shape.tensor("I64", n, 4), c.num_position_embeddings, o.width,
        { role = "embedding.position" })
    end
    m.env.places = shape.tensor("I64", n, 2)
    m:fact("positions", "rope")
    local turn = shape.tensor("F32", n, o.width // h)
    turn = m:call("rotary_pos_emb", o.rope_class or "*VisionRotaryEmbedding", "x, places", x,
      function() return shape.tuple(turn, turn) end)
    m.env.position_embeddings = turn
    if o.embeddings_class then positions(m, c, o, x) end
    x = m:layers("blocks", c.num_hidden_layers, kind_of(c, o), function(l, name, kind, y)
      l.env.cu_seqlens = kind:find "^window" and borders(c, o) or shape.tensor("I32", 2)
      y = l:call(name, o.block_class or "*VisionBlock", calls, y, function(b, z)
        b:fact("norm_place", "pre")
        linear_norm(b, "norm1", z, o.norm or "layer_norm", "layer.norm.attention")
        b:call("attn", o.attention_class or "*VisionAttention", calls, z, attention(c, o))
        linear_norm(b, "norm2", z, o.norm or "layer_norm", "layer.norm.ffn")
        b:call("mlp", o.ffn_class or "*VisionMLP", "x", z, feed(c, o))
        b:op("add", 2)
        return z
      end)
      local at = kind:match "%d+"
      if at then
        given[#given + 1] = l:call("deepstack_merger_list." .. at, o.merger_class, "x", y,
          merger(c, o, true))
      end
      return y
    end, x)
    if o.final_norm then
      linear_norm(m, o.final_norm, x, o.norm or "layer_norm", "norm.final")
    end
    if o.merger == "gated" then x = downsample(m, c, o, x) end
    local tokens = m:call("merger", o.merger_class or "*VisionPatchMerger", "x", x,
      o.merger == "gated" and gated_merger(c, o) or merger(c, o))
    return shape.named("last_hidden_state", x, "pooler_output", tokens, "deepstack_features",
      #given > 0 and shape.tuple(table.unpack(given)))
  end
end

--- The input: each patch is one row; an image has each frame twice.
local function given(c, dtype)
  local p = c.patch_size
  return shape.tensor(dtype, SIDE * SIDE, (c.num_channels or 3) * c.temporal_patch_size * p * p)
end

--- The encoder alone.
local function alone(m, c, f, x)
  m.env.grid_thw = shape.tensor("I64", 1, 3)
  return m:call("", f.classes.model, "hidden_states=x, grid_thw=", x, f.body(c, f))
end

--- The encoder in a larger model: images into tokens.
local function tower(m, part, name)
  local x = given(part, m.dtype)
  m.env.grid_thw = shape.tensor("I64", 1, 3)
  return m:part(part):call(name, part.family.classes.model, "x, grid_thw=", x,
    part.family.body(part, part.family))
end

return { options = options, build = build, given = given, alone = alone, tower = tower }
