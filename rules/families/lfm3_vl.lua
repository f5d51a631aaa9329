-- LFM3-VL: a vision encoder with attention and convolutions over the grid of patches.

local function attention(c)
  local h, kv = c.num_attention_heads, c.num_key_value_heads
  local d = c.hidden_size // h
  return function(m, x)
    m:kind "AttentionLayer"
    m:fact("qk_norm", "per head")
    local function linear(name, y, width, role)
      return m:linear(name, y, width, { role = "layer.attention." .. role })
    end
    local q = linear("q_proj", x, h * d, "query")
    m:norm("q_norm", x:heads(h, d), { role = "layer.attention.query_norm" })
    linear("k_proj", x, kv * d, "key")
    m:norm("k_norm", x:heads(kv, d), { role = "layer.attention.key_norm" })
    linear("v_proj", x, kv * d, "value")
    m:op "rope"
    m:op "attention"
    local n = x.dims[1]
    return shape.tuple(linear("out_proj", q, c.hidden_size, "output"),
      shape.tuple(shape.tensor(m.dtype, 1, h, n, n)))
  end
end

--- A convolution over the grid, between two gates.
local function convolution(c)
  local e, k = c.hidden_size, c.conv_kernel_size
  return function(m, x)
    m:kind "ConvLayer"
    m:linear("in_proj", x, 3 * e, { role = "layer.conv.input" })
    local grid = shape.tensor(m.dtype, 1, e, 16, 16)
    block.conv.conv(m, "spatial_conv", grid, grid, { k, k }, { groups = e,
      role = "layer.conv.conv" })
    return m:linear("out_proj", x, e, { role = "layer.conv.output" })
  end
end

local function layer(c, kind)
  local feed = block.gated_mlp.build(c, { gate = "w1", up = "w3", down = "w2", act = false,
    activation = "silu" })
  return function(m, x)
    m:fact("norm_place", "pre")
    m:norm("operator_norm", x, { role = "layer.norm.attention" })
    if kind == "conv" then
      m:call("conv", "*ShortConv", "hidden_states=x, cu_seqlens=", x, convolution(c))
    else
      m:call("self_attn", "*Attention", "hidden_states=x, position_embeddings=, cu_seqlens=", x,
        attention(c))
    end
    m:norm("ffn_norm", x, { role = "layer.norm.ffn" })
    m:call("feed_forward", "*MLP", "x", x, feed)
    m:op("add", 2)
    return x
  end
end

local function body(c)
  return function(m, x)
    local n, e = x.dims[1], c.hidden_size
    x = m:linear("patch_embed", x, e, { role = "embedding.patch" })
    m:norm("embedding_norm", x, { role = "norm.embedding" })
    m:fact("positions", "rope")
    local turn = shape.tensor("F32", n, e // c.num_attention_heads)
    m.env.places, m.env.cu_seqlens = shape.tensor("I64", n, 2), shape.tensor("I32", 2)
    m.env.position_embeddings = m:call("rotary_pos_emb", "*RotaryEmbedding", "x, places", x,
      function() return shape.tuple(turn, turn) end)
    local kinds = c.layer_types or {}
    return shape.named("last_hidden_state", m:layers("layers", c.num_hidden_layers,
      function(i) return kinds[i + 1] or "full_attention" end, function(l, name, kind, y)
        return l:call(name, "*Layer", "x, cu_seqlens=, position_embeddings=", y, layer(c, kind))
      end, x))
  end
end

--- The projector: a norm for each patch, and two linear layers for each square of patches.
local function images(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    local square = part.spatial_merge_size * part.spatial_merge_size
    b.env.grid_thw = shape.tensor("I64", 1, 3)
    local x = block.wrapper.tower(b, part, "vision_tower", "x, grid_thw=",
      block.grid_vision.given(part, b.dtype))[2]
    b:call("multi_modal_projector", "*MultiModalProjector", "x", x, function(p, y)
      p:norm("layer_norm", y, { kind = "layer_norm", bias = true, role = "projector.norm" })
      local joined = shape.tensor(p.dtype, y.dims[1] // shape.value(square),
        part.hidden_size * square)
      return block.wrapper.projector(c, { bias = c.projector_bias,
        width = c.projector_hidden_size })(p, joined)
    end)
  end)
end

return {
  {
    extends = "qwen2_5_vl_vision",
    model_types = { lfm3_vl_vision = "Lfm3VlVision" },
    part = "*Model",
    keys = { conv_kernel_size = { "size", 3 } },
    defaults = { num_hidden_layers = 14, patch_size = 16 },
    body = body,
    calls = { model = "pixel_values=x, grid_thw=" },
    saved = { { "patch_embed%.", "patchifier." }, { "%.([qk])_norm%.", ".%1_layernorm." } },
  },
  {
    extends = "ovis2",
    model_types = { lfm3_vl = "Lfm3Vl" },
    parts = { text = { default = "lfm3" }, vision_config = "lfm3_vl_vision" },
    keys = { projector_bias = { "flag", true }, projector_hidden_size = { "size", 4096 } },
    towers = images,
  },
}
