-- GLM-4V and its relatives: a vision encoder over grids of patches; a convolution and a gated
-- feed-forward make its tokens.
local attention_calls = "hidden_states=x, position_embeddings=, attention_mask="

local function encoder(options)
  return function(c) return block.grid_vision.build(c, options(c)) end
end

local function glm(c)
  return { width = c.hidden_size, inner = c.out_hidden_size, out = c.out_hidden_size,
    patch_bias = true, patch_norm = "post_conv_layernorm", final_norm = "post_layernorm",
    norm = "rms_norm", gated = true, bias = c.attention_bias or false, out_bias = false,
    embeddings_class = "*VisionEmbeddings", ffn_class = c.family.classes.ffn,
    merger = "gated", merger_width = c.intermediate_size }
end

local function glm_ocr(c)
  local bias = c.attention_bias ~= false
  return { width = c.hidden_size, inner = c.intermediate_size, out = c.out_hidden_size,
    patch_bias = true, final_norm = "post_layernorm", norm = "rms_norm", gated = true,
    ffn_bias = bias, bias = bias, out_bias = bias, qk_norm = true, ffn_class = "*VisionMlp",
    merger = "gated", merger_width = c.out_hidden_size * (c.num_channels or 3) }
end

return {
  {
    extends = "glm4",
    model_types = { glm4v_text = "Glm4vText" },
    norm = { class = "Glm4vRMSNorm" },
    part = "*Model",
    attention = { bias = true },
    calls = { layer = "no_ids", attention = attention_calls },
    decoder = { axes = 3 },
  },
  { extends = "glm4v_text", model_types = { glm_ocr_text = "GlmOcrText" },
    norm = { class = "GlmOcrRMSNorm" },
    attention = { bias = false } },
  {
    extends = "glm4_moe",
    model_types = { glm4v_moe_text = "Glm4vMoeText" },
    part = "*Model",
    attention = { norm_last = false, qk_norm = false },
    moe = { fused = function(c) return not rawget(c, "inside") end },
    decoder = { axes = 3, axes_in_layers = true, final_norm_class = "Glm4vMoeRMSNorm" },
  },
  {
    extends = "qwen2_5_vl_vision",
    model_types = { glm4v_vision = "Glm4v" },
    keys = { out_hidden_size = { "size", 4096 } },
    defaults = { num_hidden_layers = 24, image_size = 336 },
    classes = { model = "*VisionModel", ffn = "Glm4VisionMlp" },
    body = encoder(glm),
  },
  {
    extends = "glm4v_vision",
    model_types = { glm4v_moe_vision = "Glm4vMoe" },
    classes = { ffn = "Glm4vMoeisionMlp" },
  },
  {
    extends = "glm4v_vision",
    model_types = { glm_ocr_vision = "GlmOcr" },
    keys = { out_hidden_size = { "size", 1536 } },
    body = encoder(glm_ocr),
  },
  {
    extends = "qwen2_vl",
    model_types = { glm4v = "Glm4v" },
    parts = { text = "glm4v_text", vision_config = "glm4v_vision" },
    saved = {},
  },
  {
    extends = "glm4v",
    model_types = { glm4v_moe = "Glm4vMoe" },
    parts = { text = "glm4v_moe_text", vision_config = "glm4v_moe_vision" },
  },
  { extends = "glm4v", model_types = { glm_ocr = "GlmOcr" },
    parts = { text = "glm_ocr_text", vision_config = "glm_ocr_vision" } },
  { extends = "glm4v", model_types = { glm46v = "Glm46V", glmga = "Glm46V" } },
}
