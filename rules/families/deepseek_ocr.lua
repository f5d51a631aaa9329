-- DeepSeek-OCR by its own code: two encoders of images behind each other, SAM's and CLIP's, whose
-- sizes the code has, and a language model with experts and plain attention.
local clip = { hidden_size = 1024, num_hidden_layers = 24, num_attention_heads = 16,
  intermediate_size = 4096, image_size = 224, patch_size = 14, num_channels = 3,
  hidden_act = "quick_gelu", raw = {} }

local sam = { hidden_size = 768, num_hidden_layers = 12, num_attention_heads = 12, mlp_dim = 3072,
  output_channels = 256, image_size = 1024, patch_size = 16, window_size = 14, num_channels = 3,
  global_attn_indexes = { 2, 5, 8, 11 }, hidden_act = "gelu", raw = {} }

--- SAM's encoder, and two convolutions that each halve its image.
local function large(m, x)
  return m:call("sam_model", "ImageEncoderViT", "x", x, function(s, y)
    y = block.sam_vision.build(sam, { layer_class = "Block", attention_class = "Attention",
      mlp_class = "MLPBlock", patch_class = "PatchEmbed", norm_class = "LayerNorm2d" })(s, y)[2]
    local side = shape.value(y.dims[3])
    for i, width in ipairs { 512, 1024 } do
      side = side // 2
      y = block.conv.conv(s, "net_" .. i + 1, y, shape.tensor(s.dtype, 1, width, side, side),
        { 3, 3 }, { role = "smaller.conv" .. i })
    end
    return y
  end)
end

local function small(m, x)
  local tower = block.vision.build(clip, { token = "vector", patch_bias = false, base = "CLIP",
    pre_norm = "pre_layrnorm", encoder = "transformer", encoder_class = "NoTPTransformer",
    no_pool = true, layer_options = { base = "NoTP", class = "NoTPTransformerBlock",
      attention_class = "NoTPAttention", ffn_class = "NoTPFeedForward",
      qkv_together = "qkv_proj" } })
  return m:call("vision_model", "VitModel", "x", x, function(v, y)
    v:param("embeddings.position_ids", { 1, 257 },
      { dtype = "I64", role = "embedding.position_ids" })
    return tower(v, y)
  end)[2]
end

local function images(c, m)
  m:apart("vision.", function(b)
    local e = c.hidden_size
    large(b, block.vision.pixels(sam, b.dtype))
    local x = small(b, block.vision.pixels(clip, b.dtype))
    b:call("projector", "MlpProjector", "x", x:last(2 * clip.hidden_size), function(p, y)
      return p:linear("layers", y, e, { bias = true, role = "projector" })
    end)
    b:param("image_newline", { e }, { role = "newline.row" })
    b:param("view_seperator", { e }, { role = "newline.view" })
  end)
end

local function body(c, f)
  return block.vision.behind(block.decoder.stack(c, f), function(m) images(c, m) end)
end

local function said(raw, key, name)
  local part = raw[key]
  return type(part) == "table" and part[name] or nil
end

return {
  extends = "deepseek_v2",
  model_types = { DeepseekOCR = "DeepseekOCR" },
  described = function(raw)
    return raw.use_mla == false and said(raw, "vision_config", "model_name") == "deeplip_b_l"
      and said(raw, "projector_config", "projector_type") == "linear"
  end,
  body = body,
  norm = { class = "DeepseekV2RMSNorm" },
  rope = function(c) return block.decoder.rope(c) end,
  attention = function(c, kind)
    return block.attention.build(c, { bias = c.attention_bias, out_bias = c.attention_bias }, kind)
  end,
  classes = { layer = "DeepseekV2DecoderLayer", attention = "LlamaAttention",
    ffn = "DeepseekV2MLP", moe = "DeepseekV2MoE", rope = "LlamaRotaryEmbedding" },
  moe = { router_class = "MoEGate" },
  facts = { rope_layout = "half" },
  saved = { { "sam_model%.layers%.", "sam_model.blocks." }, { "(sam_model.*)layer_norm", "%1norm" },
    { "neck%.conv1", "neck.0" }, { "neck%.norm1", "neck.1" }, { "neck%.conv2", "neck.2" },
    { "neck%.norm2", "neck.3" }, { "patch_embed%.projection", "patch_embed.proj" } },
}
