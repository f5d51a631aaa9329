-- MLCD and AIMv2: vision encoders built like CLIP's, with rotary positions on two axes (MLCD) or a
-- gated feed-forward (AIMv2).

--- The rotary angles of the patches; those of the class token are learned.
local function angles(c)
  return function(m, _, x)
    local rows, columns = block.vision.grid(c)
    local n, d = rows * columns, c.hidden_size // c.num_attention_heads
    m:param("class_pos_emb", { 1, d // 2 }, { role = "embedding.class_position",
      layer_type = "EmbeddingLayer" })
    m.env.places = shape.tensor("I64", n, 2)
    local turn, all = shape.tensor(m.dtype, n, d), shape.tensor(m.dtype, n + 1, d)
    m:call("vision_rotary_embedding", "*RotaryEmbedding", "x, places", x,
      function() return shape.tuple(turn, turn) end)
    m:fact("positions", "rope")
    m.env.position_embeddings = shape.tuple(all, all)
  end
end

--- In the input of the output projection, tokens come before images.
local function positions_first()
  return function(m, name, x, width, options)
    if name ~= "out_proj" then return m:linear(name, x, width, options) end
    m:linear(name, x:view(x.dims[2], x.dims[1], x.dims[3]), width, options)
    return x:last(width)
  end
end

--- AIMv2: one vector for an image, by a learned query and the mean of all patches.
local function pooling(c)
  return function(m, x)
    return m:call("head", "*AttentionPoolingHead", "x", x, function(h, y)
      local e = c.hidden_size
      local bias = c.attention_bias
      h:param("cls_token", { 1, 1, e }, { role = "head.pooling.probe" })
      h:linear("k_proj", y, e, { bias = bias, role = "head.pooling.key" })
      h:linear("v_proj", y, e, { bias = bias, role = "head.pooling.value" })
      h:op "attention"
      return h:linear("output_proj", shape.tensor(h.dtype, 1, e), e,
        { bias = true, role = "head.pooling.output" })
    end)
  end
end

local function body(c, f, more)
  local o = { head = c.use_head ~= false and pooling(c) or nil, no_pool = c.use_head == false }
  for key, value in pairs(more or {}) do o[key] = value end
  return block.vision.stack(c, f, o)
end

return {
  {
    extends = "vit",
    model_types = { mlcd_vision_model = "MLCD" },
    part = "*VisionModel",
    vision = { embeddings_class = "*VisionEmbeddings", patch_module = false, patch_bias = false,
      token = "vector", token_name = "class_embedding", positions = "none", dropout = false,
      rope = angles, pre_norm = "pre_layrnorm", encoder = "encoder",
      encoder_spec = "inputs_embeds=x, position_embeddings=", final_norm = "post_layernorm",
      pooled_norm = true, pooler = false },
    encoder_layer = { class = "*EncoderLayer", attention = "self_attn",
      attention_spec = "hidden_states=x, position_embeddings=", spec = "x, position_embeddings",
      attention_norm = "layer_norm1", ffn_norm = "layer_norm2", out = "out_proj", bias = true,
      dropout = false, rope = true, project = positions_first },
    facts = { rope_layout = "half" },
  },
  {
    extends = "vit",
    model_types = { aimv2_vision_model = "Aimv2" },
    part = "*VisionModel",
    keys = { use_head = { "flag", true }, is_native = { "flag", false } },
    norm = { kind = "rms_norm", bias = false },
    body = body,
    vision = { embeddings_class = "*VisionEmbeddings", patch_module = false,
      patch = "patch_embed", token = false, patch_norm = "rms_norm",
      positions = function(c) return c.is_native and "none" or "table" end,
      dropout = false, encoder = "encoder", encoder_spec = "inputs_embeds=x",
      final_norm = "rms_norm", norm = "rms_norm", pooler = false },
    encoder_layer = { class = "*EncoderLayer", attention_spec = "hidden_states=x",
      attention_norm = "rms_norm1", ffn_norm = "rms_norm2", norm = "rms_norm", ffn = "ffn",
      out = "out_proj", out_bias = "attention_bias", dropout = false, gated = true,
      ffn_bias = "mlp_bias" },
    facts = { norm = "rms_norm" },
  },
}
