-- InternVL: a vision encoder; each square of patches becomes one token.

--- Joins `(1 / ratio)^2` patches into each token, and projects them.
local function shuffled(c, _, m)
  m:apart("vision.", function(b)
    local part, n = c.parts.vision_config, math.floor(1 / c.downsample_ratio)
    local layers = block.wrapper.feature_layers(c, part)
    local x = block.wrapper.images(b, part, "vision_tower", "pixel_values=x", layers)[2]
    local patches = x.dims[2]
    if c.vision_feature_select_strategy == "default" then patches = patches - 1 end
    local side = math.floor(shape.value(patches) ^ 0.5) // n
    b:call("multi_modal_projector", "*MultiModalProjector", "x",
      shape.tensor(b.dtype, 1, side * side, part.hidden_size * (n * n)),
      block.wrapper.projector(c, { norm = true, bias = true }))
  end)
end

--- Files of Qianfan OCR have the tensor names of the first InternVL.
local qianfan = { { "^lm_head", "language_model.lm_head" },
  { "^model%.language_model%.", "language_model.model." },
  { "^model%.multi_modal_projector%.layer_norm%.", "mlp1.0." },
  { "^model%.multi_modal_projector%.linear_1%.", "mlp1.1." },
  { "^model%.multi_modal_projector%.linear_2%.", "mlp1.3." },
  { "%.patch_embeddings%.projection%.", ".patch_embedding." },
  { "%.position_embeddings$", ".position_embedding" }, { "%.cls_token", ".class_embedding" },
  { "%.layernorm_before%.", ".norm1." }, { "%.layernorm_after%.", ".norm2." },
  { "%.attention%.projection_layer%.", ".attn.proj." }, { "%.attention%.qkv", ".attn.qkv" },
  { "%.lambda_(%d)", ".ls%1" }, { "%.layers%.", ".encoder.layers." },
  { "^model%.vision_tower%.", "vision_model." } }

local function identity(c) return c.use_mean_pooling and "Identity" or nil end

return {
  {
    extends = "vit",
    model_types = { internvl_vision = "InternVLVision" },
    keys = { use_mask_token = { "flag", false }, use_mean_pooling = { "flag", true },
      use_absolute_position_embeddings = { "flag", true },
      projection_dropout = { "number", 0.0 } },
    defaults = { image_size = 448, patch_size = 14 },
    vision = { mask_token = function(c) return c.use_mask_token and "row" end,
      positions = function(c)
        return c.use_absolute_position_embeddings and "parameter" or "none"
      end, encoder = "encoder", encoder_spec = "x", layers = "layer", pooler = false,
      final_class = identity, no_pool = true },
    encoder_layer = { norm = function(c) return c.normalization or "layer_norm" end,
      norm_class = function(c) return c.normalization == "rms_norm" and "*RMSNorm" or nil end,
      qk_norm = function(c) return c.use_qk_norm and "width" or "identity" end,
      qk_norm_class = "*RMSNorm", out = "projection_layer", out_dropout = "projection_dropout",
      out_dropout_class = function(c)
        return c.projection_dropout > 0 and "Dropout" or "Identity"
      end, scale_param = "lambda_", dropout = false, ffn_dropout = "dropout" },
    heads = { ForImageClassification = false, ForMaskedImageModeling = false },
    saved = {},
  },
  {
    extends = "got_ocr2",
    model_types = { internvl = "InternVL" },
    parts = { text = { default = "qwen2" }, vision_config = { default = "internvl_vision" } },
    keys = { downsample_ratio = { "number", 0.5 }, vision_feature_layer = { "list", -1 } },
    towers = shuffled,
  },
  {
    extends = "internvl_vision",
    model_types = { qianfan_ocr_vision = "QianfanOCRVision" },
    keys = { drop_path_rate = { "number", 0.1 } },
    vision = { encoder = false, layers = "layers", kinds = function()
      return function(i) return i == 0 and "first" or "encoder" end
    end },
    encoder_layer = { qkv_together = "qkv", drop_path = "drop_path", drop_paths = true,
      drop_class = function(c, kind)
        return kind ~= "first" and c.drop_path_rate > 0 and "QianfanOCRDropPath" or "Identity"
      end },
  },
  {
    extends = "internvl",
    model_types = { qianfan_ocr = "QianfanOCR" },
    parts = { text = { default = "qwen3" }, vision_config = { default = "qianfan_ocr_vision" } },
    head = { tied = false },
    saved = qianfan,
  },
}
