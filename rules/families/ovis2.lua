-- Ovis 2: a vision encoder gives tokens of a visual vocabulary, which have embeddings.

--- How many patches make a token, and how many tokens there are without the image's markers.
local function words(c)
  return c.hidden_size * (c.hidden_stride * c.hidden_stride),
    c.vocab_size - c.num_visual_indicator_tokens
end

local function body(c, f)
  local inner = block.vision.stack(c, f)
  return function(m, pixels)
    local wide, n = words(c)
    local x = m:call("transformer", "*VisionTransformer", "x", pixels, inner)[2]
    local stride = shape.value(c.hidden_stride)
    local side = -(-math.floor(shape.value(x.dims[2]) ^ 0.5) // stride)
    local y = m:linear("head_linear", shape.tensor(m.dtype, 1, side * side, wide), n,
      { role = "head.words" })
    m:norm("head_norm", y, { kind = "layer_norm", bias = true, role = "head.norm" })
    return shape.named("last_hidden_state", x, "pooler_output", y)
  end
end

local function images(c, _, m)
  m:apart("vision.", function(b)
    local part, e = c.parts.vision_config, rawget(c, "outer").hidden_size or 1536
    local x = block.wrapper.images(b, part, "vision_tower", "x")[4]
    local n, marks = x.dims[2], part.num_visual_indicator_tokens
    b:leaf("visual_embeddings_table", "*VisualEmbeddingTable", x:last(part.vocab_size),
      shape.tensor(b.dtype, 1, n, e))
    b:leaf("visual_embeddings_table", "*VisualEmbeddingTable", shape.tensor("I64", marks),
      shape.tensor(b.dtype, marks, e))
    b:param("visual_embeddings_table.weight", { part.vocab_size, e },
      { role = "embedding.words", layer_type = "EmbeddingLayer" })
  end)
end

return {
  {
    extends = "aimv2_vision_model",
    model_types = { ovis2_vision = "Ovis2" },
    keys = { hidden_stride = { "size", 1 }, num_visual_indicator_tokens = { "size", 5 } },
    body = body,
    vision = { patch = "patch_embedding", encoder_class = "*VisionEncoder", no_pool = true },
    encoder_layer = { class = "*VisionEncoderLayer", attention_class = "*VisionAttention" },
  },
  {
    extends = "llava",
    model_types = { ovis2 = "Ovis2" },
    parts = { text = { default = "qwen2" }, vision_config = { default = "ovis2_vision" } },
    towers = images,
    head = { tied = true },
    saved = {},
  },
}
