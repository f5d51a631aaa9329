--- An encoder of spectrograms: two convolutions of which the second halves the frames, learned
--- positions, layers of attention in both directions, a last norm.
local options = {
  layers = "size", heads = "size", width = "size", -- where the configuration has other keys
  called = "flag",           -- the table of positions is a module that is called
  positions_dtype = "text",
  pool = "text",             -- what halves the frames before the last norm, by its name
}

local ln = block.norms.layer

--- A layer. `class` and `call` of its attention, `key_bias`: its keys have one, `weights`: false,
--- it does not return its weights.
local function layer(c, o)
  local attention = block.attention.build(c, { square = true, heads = o.heads, bias = true,
    key_bias = o.key_bias or false, out_bias = true, out = "out_proj", rope = false,
    cache = false, weights = o.weights })
  local feed = block.mlp.build(c, { up = "fc1", down = "fc2", bias = true, width = o.width,
    act = "activation_fn" })
  return function(m, x)
    m:fact("norm_place", "pre")
    ln(m, "self_attn_layer_norm", x, "layer.norm.attention")
    m:call("self_attn", o.class or "*Attention", o.call or "hidden_states=x", x, attention)
    ln(m, "final_layer_norm", x, "layer.norm.ffn")
    feed(m, x)
    m:op("add", 2)
    return x
  end
end

local function build(c, o)
  return function(m, x)
    local e, n = c.hidden_size, c.max_source_positions
    local function conv(name, y, frames)
      y = block.conv.conv(m, name, y, shape.tensor(m.dtype, 1, e, frames), { 3 },
        { bias = true, role = name })
      m:op "gelu"
      return y
    end
    conv("conv2", conv("conv1", x, 2 * n), n)
    m:fact("positions", "learned")
    if o.called then
      m:embedding("embed_positions", shape.tensor("I64", n), n, e, { role = "embedding.position" })
    else
      m:param("embed_positions.weight", { n, e }, { role = "embedding.position",
        layer_type = "EmbeddingLayer", dtype = o.positions_dtype })
    end
    local y = m:layers("layers", o.layers or c.num_hidden_layers, function() return "encoder" end,
      function(l, name, _, z) return l:call(name, "*EncoderLayer", "x", z, layer(c, o)) end,
      shape.tensor(m.dtype, 1, n, e))
    if o.pool then
      local before = shape.tensor(m.dtype, 1, e, n)
      m:leaf(o.pool, "AvgPool1d", before, before:last(n // 2))
      y = shape.tensor(m.dtype, 1, n // 2, e)
    end
    return shape.named("last_hidden_state", ln(m, "layer_norm", y, "norm.final"))
  end
end

--- The input: a spectrogram of the full length.
local function given(c, dtype)
  return shape.tensor(dtype, 1, c.num_mel_bins, 2 * c.max_source_positions)
end

return { options = options, build = build, layer = layer, given = given }
