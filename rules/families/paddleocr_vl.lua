-- PaddleOCR-VL: a vision encoder over the patches of all images in one sequence, with learned
-- positions and rotary ones on two axes; a text decoder with positions on three axes.

local COUNT = 256 -- patches of the image that is taken: 16 x 16

local function pixels(c, dtype)
  return shape.tensor(dtype, 1, COUNT, c.num_channels or 3, c.patch_size, c.patch_size)
end

local function attention(c)
  local e, h = c.hidden_size, c.num_attention_heads
  return function(m, x)
    m:kind "AttentionLayer"
    for _, part in ipairs { "query", "key", "value" } do
      m:linear(part:sub(1, 1) .. "_proj", x, e, { bias = true, role = "layer.attention." .. part })
    end
    m:op "rope"
    m:op "attention"
    return shape.tuple(m:linear("out_proj", x, e, { bias = true, role = "layer.attention.output" }),
      shape.tuple(shape.tensor(m.dtype, 1, h, x.dims[1], x.dims[1])))
  end
end

local calls = "x, cu_seqlens=, position_embeddings="

local function embed(c)
  return function(m, x)
    local n, e, p = x.dims[2], c.hidden_size, c.patch_size
    local side = c.image_size // p
    block.conv.conv(m, "patch_embedding", shape.tensor(m.dtype, n, x.dims[3], p, p),
      shape.tensor(m.dtype, n, e, 1, 1), { p, p }, { bias = true, role = "embedding.patch" })
    m:embedding("position_embedding", shape.tensor("I64", n, 4), side * side, e,
      { role = "embedding.position" })
    return shape.tensor(m.dtype, n, e)
  end
end

local function encode(c)
  local layer = block.encoder_layer.build(c, { mix = attention(c), spec = calls,
    attention_spec = calls, class = "*VisionEncoderLayer", attention_class = "*VisionAttention",
    ffn_class = "*VisionMLP" })
  return function(m, x)
    local n = x.dims[1]
    local turn = shape.tensor("F32", n, c.hidden_size // c.num_attention_heads)
    m.env.places, m.env.cu_seqlens = shape.tensor("I64", n, 2), shape.tensor("I32", 2)
    m.env.position_embeddings = m:call("rotary_pos_emb", "*VisionRotaryEmbedding", "x, places", x,
      function() return shape.tuple(turn, turn) end)
    return shape.named("last_hidden_state", m:layers("layers", c.num_hidden_layers,
      function() return "encoder" end, function(l, name, _, y) return layer(l, name, y) end, x))
  end
end

local function body(c)
  return function(m, x)
    m:fact("positions", "rope")
    return m:call("vision_model", "*VisionTransformer", "pixel_values=x, grid_thw=", x,
      function(t, y)
        y = t:call("embeddings", "*VisionEmbeddings", "x, grid_thw=", y, embed(c))
        y = t:call("encoder", "*VisionEncoder", "inputs_embeds=x, grid_thw=", y, encode(c))[2]
        return shape.named("last_hidden_state", t:norm("post_layernorm", y,
          { kind = "layer_norm", bias = true, role = "norm.final" }))
      end)
  end
end

--- The projector: each square of patches becomes one token, by two linear layers.
local function images(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    local merge, e = part.spatial_merge_size, part.hidden_size
    b.env.grid_thw = shape.tensor("I64", 1, 3)
    local x = block.wrapper.tower(b, part, "visual", "pixel_values=x, grid_thw=",
      pixels(part, b.dtype))[2]
    b:call("projector", "PaddleOCRProjector", "x, grid_thw", x, function(p, y)
      p:norm("pre_norm", y, { kind = "layer_norm", bias = true, role = "projector.norm" })
      local square = merge * merge
      y = shape.tensor(p.dtype, COUNT // shape.value(square), e * square)
      y = p:linear("linear_1", y, e * square, { bias = true, role = "projector.up" })
      p:leaf("act", "GELUActivation", y)
      p:op "gelu"
      return p:linear("linear_2", y, c.hidden_size, { bias = true, role = "projector.down" })
    end)
  end)
end

return {
  {
    extends = "ernie4_5",
    model_types = { paddleocr_vl_text = "PaddleOCR" },
    part = "*TextModel",
    calls = { layer = "no_ids", attention = "no_ids" },
    decoder = { axes = 3, turn_dtype = false },
    facts = { rope_layout = "half" },
  },
  {
    extends = "vit",
    model_types = { paddleocr_vl_vision = "PaddleOCR" },
    part = "*VisionModel",
    keys = { spatial_merge_size = { "size", 2 } },
    defaults = { image_size = 384, patch_size = 14 },
    body = body,
    calls = { model = "pixel_values=x, grid_thw=" },
    given = pixels,
    facts = { rope_layout = "half" },
  },
  {
    extends = "qwen2_vl",
    model_types = { paddleocr_vl = "PaddleOCRVL" },
    parts = { text = "paddleocr_vl_text", vision_config = "paddleocr_vl_vision" },
    towers = images,
    head = { tied = true },
    saved = { { "^model%.language_model%.", "model." }, { "^model%.visual%.", "visual." },
      { "^model%.projector%.", "mlp_AR." } },
  },
}
