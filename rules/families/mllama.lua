-- Llama 3.2 with images: some layers have cross-attention to a vision encoder's states in place of
-- self-attention.

local function contains(list, i)
  for _, value in ipairs(list or {}) do
    if value == i then return true end
  end
end

--- The number of an image's tokens: each tile has its patches and a class token.
local function image_tokens(c)
  local part = c.parts.vision_config
  local rows, columns = block.vision.grid(part)
  return part.max_num_tiles * (rows * columns + 1)
end

--- Cross-attention to the states of the image, with norms on the heads of queries and keys.
local function cross_attention(c)
  local h, kv = c.num_attention_heads, c.num_key_value_heads
  local d = c.hidden_size // h
  local outer = rawget(c, "inside")
  return function(m, x)
    m:kind "AttentionLayer"
    local function norm(name, heads, role)
      m:norm(name, m.env.seen:view(1, heads, 1, d), { class = "*TextRMSNorm",
        role = "layer.cross_attention." .. role })
    end
    local function linear(name, y, width, role)
      return m:linear(name, y, width, { role = "layer.cross_attention." .. role })
    end
    m.env.seen = x
    local q = linear("q_proj", x, h * d, "query")
    norm("q_norm", h, "query_norm")
    linear("k_proj", x, kv * d, "key")
    linear("v_proj", x, kv * d, "value")
    norm("k_norm", kv, "key_norm")
    m:op "attention"
    for _, gate in ipairs { "attn_gate", "mlp_gate" } do
      m:param(gate, { 1 }, { role = "layer.cross_attention." .. gate })
    end
    if outer then
      m:cache { kind = "cross_attention", heads = kv, dim = d, tokens = image_tokens(outer) }
    end
    return shape.tuple(linear("o_proj", q, c.hidden_size, "output"), false)
  end
end

--- A stack of layers over all tiles at once; those of the second have gates.
local function layers(c, m, name, n, gated, x)
  local mlp = block.mlp.build(c, { up = "fc1", down = "fc2", bias = true, act = "activation_fn" })
  local attention = block.attention.build(c, { square = true, rope = false, cache = false })
  local function norm(l, part, y, role)
    l:norm(part, y, { kind = "layer_norm", bias = true, role = "layer.norm." .. role })
  end
  return m:call(name, "*VisionEncoder", "x, attention_mask=", x, function(b, y)
    y = b:layers("layers", n, function() return "encoder" end, function(l, path, _, z)
      return l:call(path, "*VisionEncoderLayer", "hidden_states=x, attention_mask=", z,
        function(k, w)
          norm(k, "input_layernorm", w, "attention")
          k:call("self_attn", "*VisionAttention", "x, attention_mask=", w, attention)
          norm(k, "post_attention_layernorm", w, "ffn")
          k:call("mlp", "*VisionMLP", "x", w, mlp)
          for _, gate in ipairs(gated and { "gate_attn", "gate_ffn" } or {}) do
            k:param(gate, { 1 }, { role = "layer." .. gate })
          end
          k:op("add", 2)
          return w
        end)
    end, y)
    return shape.named("last_hidden_state", y:view(1, y.dims[2], c.hidden_size))
  end)[2]
end

--- Embeddings of the aspect ratio, that is of the grid in which the tiles of an image lie.
local function tiles(c, m, name, x)
  m:call(name, "*PrecomputedAspectRatioEmbedding", "x, aspect_ratio_ids", x, function(t)
    t:embedding("embedding", t.env.aspect_ratio_ids, c.ratios + 1, c.max_num_tiles * c.hidden_size,
      { role = "embedding." .. name })
    t:param("gate", { 1 }, { role = "embedding." .. name .. ".gate" })
    return x
  end)
end

local function body(c)
  rawset(c, "ratios", #(c.raw.supported_aspect_ratios or {}))
  return function(m)
    local e, t = c.hidden_size, c.max_num_tiles
    local rows, columns, p, q = block.vision.grid(c)
    local n = rows * columns
    local pixels = shape.tensor(m.dtype, t, c.num_channels or 3, rows * p, columns * q)
    m.env.aspect_ratio_ids = shape.tensor("I64", 1, 1)
    block.conv.conv(m, "patch_embedding", pixels, shape.tensor(m.dtype, t, e, rows, columns),
      { p, q }, { role = "embedding.patch" })
    m:param("class_embedding", { e }, { role = "embedding.class_embedding",
      layer_type = "EmbeddingLayer" })
    tiles(c, m, "pre_tile_positional_embedding", shape.tensor(m.dtype, 1, t, n, e))
    local x = shape.tensor(m.dtype, 1, t, n + 1, e)
    m:call("gated_positional_embedding", "*PrecomputedPositionEmbedding", "x, aspect_ratio_ids", x,
      function(b)
        b:param("gate", { 1 }, { role = "embedding.position.gate" })
        b:param("embedding", { n + 1, e }, { role = "embedding.position",
          layer_type = "EmbeddingLayer" })
        b:embedding("tile_embedding", b.env.aspect_ratio_ids, c.ratios + 1, t * (n + 1) * e,
          { role = "embedding.tile" })
        return x
      end)
    m:norm("layernorm_pre", x, { kind = "layer_norm", bias = true, role = "norm.embedding" })
    local padded = (shape.value(n) + 8) // 8 * 8
    local all = shape.tensor(m.dtype, 1, t * padded, e)
    m.env.attention_mask = shape.tensor(m.dtype, 1, 1, t * padded, t * padded)
    layers(c, m, "transformer", c.num_hidden_layers, false, all)
    m:norm("layernorm_post", all, { kind = "layer_norm", bias = true, role = "norm.final" })
    tiles(c, m, "post_tile_positional_embedding", shape.tensor(m.dtype, 1, t, padded, e))
    m.roles = m.roles .. "global."
    layers(c, m, "global_transformer", c.num_global_layers, true, all)
    local seen = #(c.intermediate_layers_indices or {}) + 1
    return shape.named("last_hidden_state", shape.tensor(m.dtype, 1, 1, t, n + 1, e * seen))
  end
end

--- The pass over a text alone does not see the images.
local function images(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    b:uncalled(function()
      b:part(part):call("vision_model", "*VisionModel", "pixel_values=x",
        block.vision.pixels(part, b.dtype), part.family.body(part, part.family))
      b:linear("multi_modal_projector", shape.tensor(b.dtype, 1, part.vision_output_dim),
        c.hidden_size, { bias = true, role = "projector" })
    end)
  end)
end

return {
  {
    extends = "llama",
    model_types = { mllama_text_model = "Mllama" },
    kind = function(c, i) return contains(c.cross_attention_layers, i) and "cross" or "dense" end,
    norm = { class = "*TextRMSNorm" },
    attention = { bias = false, out_bias = false, window = false },
    ffn = { bias = false },
    mixers = { cross = { build = cross_attention, name = "cross_attn",
      class = "*TextCrossAttention", call = "hidden_states=x",
      layer = "*CrossAttentionDecoderLayer", layer_call = "x", uncalled = true } },
    classes = { model = "*TextModel", layer = "*SelfAttentionDecoderLayer",
      attention = "*TextSelfAttention", ffn = "*TextMLP" },
    calls = { layer = "embeddings_last" },
    decoder = { extra_tokens = 8 },
    head = { apart = true }, -- it has fewer rows than the embedding
    saved = { { "cross_attn%.(%a+_gate)", "cross_attn_%1" } },
  },
  {
    extends = "vit",
    model_types = { mllama_vision_model = "Mllama" },
    part = "*VisionModel",
    keys = { max_num_tiles = { "size", 4 }, num_global_layers = { "count", 8 },
      intermediate_layers_indices = { "list", { 3, 7, 15, 23, 30 } },
      vision_output_dim = { "size", 7680 } },
    aliases = { num_attention_heads = "attention_heads" },
    body = body,
    arguments = { aspect_ratio_ids = "how the tiles of an image lie" },
  },
  {
    extends = "got_ocr2",
    model_types = { mllama = "Mllama" },
    parts = { text = "mllama_text_model", vision_config = "mllama_vision_model" },
    calls = { language = "input_ids=x" },
    towers = images,
    head = { apart = true },
  },
}
