-- InternVL by its own code: an encoder of images whose tokens of a square become one, and any
-- language model with its head.

--- Tokens of a square of patches side by side, and two linear maps.
local function projected(c, part, x)
  local n = math.floor(1 / c.downsample_ratio + 0.5)
  local side = math.floor(shape.value(x.dims[2] - 1) ^ 0.5) // n
  return shape.tensor(x.dtype, 1, side * side, part.hidden_size * (n * n))
end

local function images(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    local x = block.wrapper.images(b, part, "vision_model", "pixel_values=x")[2]
    b:call("mlp1", "Sequential", "x", projected(c, part, x), function(p, y)
      local e = c.language.hidden_size
      p:norm("0", y, { kind = "layer_norm", bias = true, role = "projector.norm" })
      y = p:linear("1", y, e, { bias = true, role = "projector.up" })
      p:leaf("2", "GELU", y)
      p:op "gelu"
      return p:linear("3", y, e, { bias = true, role = "projector.down" })
    end)
  end)
end

return {
  {
    extends = "qianfan_ocr_vision",
    model_types = { intern_vit_6b = "InternVision" },
    aliases = { use_qk_norm = "qk_normalization" },
    keys = { use_mean_pooling = { "flag", false } },
    vision = { encoder = "encoder", final_norm = false, kinds = false, dropout = false,
      patch = "patch_embedding", patch_module = false, token_name = "class_embedding",
      position_name = "position_embedding" },
    encoder_layer = { class = "*EncoderLayer", attention_class = "InternAttention",
      ffn_class = "InternMLP",
      attention_norm = "norm1", ffn_norm = "norm2", attention = "attn", out = "proj",
      act = "act", scale_param = "ls", drop_path = false, ffn_dropout = false,
      out_dropout = false, norm_class = function(c)
        return c.normalization == "rms_norm" and "InternRMSNorm" or nil
      end,
      qk_norm = function(c) return c.use_qk_norm and "width" or false end,
      qk_norm_class = "InternRMSNorm" },
  },
  {
    extends = "qwen2_vl",
    model_types = { internvl_chat = "InternVL" },
    described = function(raw) return raw.select_layer == nil or raw.select_layer == -1 end,
    parts = { text = { default = "internlm2" }, vision_config = { default = "intern_vit_6b" } },
    keys = { downsample_ratio = { "number", 0.5 } },
    classes = { model = "InternVLChatModel" },
    heads = { ForConditionalGeneration = false, Model = block.wrapper.around },
    default_head = "Model",
    towers = images,
    saved = {},
  },
}
