--- The image encoder of SAM: attention within windows except in some layers, relative positions
--- along each axis, and a neck of convolutions.
local options = {
  base = "text", patch_class = "text", layer_class = "text", attention_class = "text",
  mlp_class = "text", norm_class = "text", -- classes, `*` is the base
  between = "flag", -- the states behind the layers that see the whole image are returned, too
}

local function contains(list, i)
  for _, value in ipairs(list or {}) do
    if value == i then return true end
  end
end

local function ln(m, name, x, role, class, width)
  return m:norm(name, x, { kind = "layer_norm", bias = true, role = role, class = class,
    width = width })
end

--- `side`: how many patches the attention sees along an axis.
local function attention(c, side)
  local e, h = c.hidden_size, c.num_attention_heads
  return function(m, x)
    m:kind "AttentionLayer"
    if c.use_rel_pos ~= false then
      for _, axis in ipairs { "rel_pos_h", "rel_pos_w" } do
        m:param(axis, { 2 * side - 1, e // h }, { role = "layer.attention." .. axis })
      end
      m:fact("positions", "relative")
    end
    m:linear("qkv", x, 3 * e, { bias = c.qkv_bias ~= false, role = "layer.attention.qkv" })
    m:op "attention"
    local n = side * side
    return shape.tuple(m:linear("proj", x, e, { bias = true, role = "layer.attention.output" }),
      shape.tensor(m.dtype, x.dims[1] * h, n, n))
  end
end

local function layer(c, o, kind, rows)
  local e, side = c.hidden_size, kind == "window" and c.window_size or rows
  local mlp = block.mlp.build(c, { up = "lin1", down = "lin2", act = "act", bias = true,
    width = c.mlp_dim })
  return function(m, x)
    m:fact("norm_place", "pre")
    ln(m, "layer_norm1", x, "layer.norm.attention")
    local seen = x
    if kind == "window" then
      local windows = -(-shape.value(rows) // shape.value(side))
      seen = shape.tensor(m.dtype, windows * windows, side, side, e)
    end
    m:call("attn", o.attention_class or "*VisionAttention", "hidden_states=x", seen,
      attention(c, side))
    ln(m, "layer_norm2", x, "layer.norm.ffn")
    m:call("mlp", o.mlp_class or "*MLPBlock", "x", x, mlp)
    m:op("add", 2)
    return x
  end
end

--- Two convolutions, each with a norm over the channels.
local function neck(c, o, rows)
  return function(m)
    local e, w = c.hidden_size, c.output_channels
    local x = shape.tensor(m.dtype, 1, e, rows, rows)
    local y = shape.tensor(m.dtype, 1, w, rows, rows)
    for i, from in ipairs { x, y } do
      block.conv.conv(m, "conv" .. i, from, y, i == 1 and { 1, 1 } or { 3, 3 },
        { role = "neck.conv" .. i })
      ln(m, "layer_norm" .. i, y, "neck.norm" .. i, o.norm_class or "*LayerNorm", w)
    end
    return y
  end
end

local function build(c, o)
  return function(m, pixels)
    local e, rows, columns, p, q = c.hidden_size, block.vision.grid(c)
    local x = shape.tensor(m.dtype, 1, rows, columns, e)
    m:call("patch_embed", o.patch_class or "*PatchEmbeddings", "x", pixels, function(b, y)
      block.conv.conv(b, "projection", y, shape.tensor(b.dtype, 1, e, rows, columns), { p, q },
        { bias = true, role = "embedding.patch" })
      return x
    end)
    if c.use_abs_pos ~= false then
      m:param("pos_embed", { 1, rows, columns, e }, { role = "embedding.position",
        layer_type = "EmbeddingLayer" })
    end
    local seen = {}
    m:layers("layers", c.num_hidden_layers, function(i)
      local whole = contains(c.global_attn_indexes, i)
      if whole and o.between then seen[#seen + 1] = x end
      return whole and "whole" or "window"
    end, function(l, name, kind, y)
      return l:call(name, o.layer_class or "*VisionLayer", "x", y, layer(c, o, kind, rows))
    end, x)
    local y = m:call("neck", "*VisionNeck", "x", x, neck(c, o, rows))
    return shape.named("last_hidden_state", y, "intermediate_embeddings",
      #seen > 0 and shape.tuple(table.unpack(seen)))
  end
end

return { options = options, build = build, neck = neck }
