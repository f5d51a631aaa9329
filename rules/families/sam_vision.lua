-- The vision encoder of SAM, alone and in image-text models: GOT-OCR 2, DeepSeek-VL.

local function encoder(options)
  return function(c) return block.sam_vision.build(c, options) end
end

--- GOT-OCR 2: two convolutions that halve the image, and a projection.
local function got(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    local x = block.wrapper.images(b, part, "vision_tower", "x")[2]
    b:call("multi_modal_projector", "*MultiModalProjector", "x", x, function(p, y)
      local w, side = y.dims[2], shape.value(y.dims[3])
      for i = 1, 2 do
        w, side = 2 * w, (side + 1) // 2
        y = block.conv.conv(p, "conv_upsampler" .. i, y, shape.tensor(p.dtype, 1, w, side, side),
          { 3, 3 }, { role = "projector.conv" .. i })
      end
      return p:linear("multimodal_projector", shape.tensor(p.dtype, 1, side * side, w),
        c.hidden_size, { bias = true, role = "projector" })
    end)
  end)
end

--- DeepSeek-VL: an encoder of images in low resolution, and two linear layers.
local function small(c, b)
  local part = c.parts.vision_config
  return block.wrapper.images(b, part, "vision_model", "pixel_values=x")[2]
end

local function deepseek(c, _, m)
  m:apart("vision.", function(b)
    b:call("aligner", "*Aligner", "x", small(c, b), function(a, x)
      x = a:linear("linear1", x, c.hidden_size, { bias = true, role = "projector.up" })
      a:leaf("activation", "GELU", x)
      a:op "gelu"
      return a:linear("linear2", x, c.hidden_size, { bias = true, role = "projector.down" })
    end)
  end)
end

--- Also with an encoder of images in high resolution.
local function hybrid(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.high_res_vision_config
    local w, rows = part.output_channels, (block.vision.grid(part))
    b:param("high_res_vision_alpha", { 1 }, { role = "large.alpha" })
    b:call("high_res_vision_model", "SamVisionModel", "pixel_values=x",
      block.vision.pixels(part, b.dtype), function(s, x)
        s.roles = "large."
        return s:part(part):call("vision_encoder", "*VisionEncoder", "x", x,
          part.family.body(part, part.family))
      end)
    b:call("high_res_vision_neck", "DeepseekVLSamVisionNeck", "x",
      shape.tensor(b.dtype, 1, part.hidden_size, rows, rows), function(s, x)
        s.roles = "large.first_"
        return block.sam_vision.neck(part, {}, rows)(s, x)
      end)
    b:call("high_res_vision_proj", "DeepseekVLSamVisionProj", "x",
      shape.tensor(b.dtype, 1, w, rows, rows), function(s, x)
        local y = shape.tensor(s.dtype, 1, 2 * w, rows // 2, rows // 2)
        block.conv.conv(s, "conv1", x, y, { 3, 3 }, { role = "large.projector.conv1" })
        return block.conv.conv(s, "conv2", y,
          shape.tensor(s.dtype, 1, 4 * w, rows // 4, rows // 4), { 3, 3 },
          { role = "large.projector.conv2" })
      end)
    local x, half = small(c, b), c.hidden_size // 2
    b:call("aligner", "*Aligner", "x", x, function(a, y)
      local large = shape.tensor(a.dtype, 1, y.dims[2], 4 * w)
      a:linear("vision_proj", y, half, { bias = true, role = "projector.small" })
      a:linear("high_res_vision_proj", large, half, { bias = true, role = "projector.large" })
      local both = shape.tensor(a.dtype, 1, y.dims[2], 2 * half)
      a:leaf("act", "GELU", both)
      a:op "gelu"
      return a:linear("proj", both, c.hidden_size, { bias = true, role = "projector.down" })
    end)
  end)
end

--- The encoder alone, in its own class.
local function cased(m, c, f)
  return m:call("", "*VisionModel", "pixel_values=x", block.vision.pixels(c, m.dtype),
    function(r, x) return r:call("vision_encoder", f.classes.model, "x", x, f.body(c, f)) end)
end

return {
  {
    extends = "vit",
    model_types = { got_ocr2_vision = "GotOcr2", pp_chart2table_vision = "GotOcr2" },
    part = "*VisionEncoder",
    keys = { global_attn_indexes = { "list", { 2, 5, 8, 11 } }, window_size = { "size", 14 },
      mlp_dim = { "size", 3072 }, output_channels = { "size", 256 },
      use_rel_pos = { "flag", true }, use_abs_pos = { "flag", true },
      qkv_bias = { "flag", true } },
    defaults = { image_size = 1024, patch_size = 16 },
    body = encoder {},
  },
  {
    extends = "got_ocr2_vision",
    model_types = { sam_vision_model = "Sam" },
    heads = { VisionModel = cased },
    default_head = "VisionModel",
  },
  { extends = "sam_vision_model", model_types = { sam_hq_vision_model = "SamHQ" },
    body = encoder { between = true } },
  {
    extends = "llava",
    model_types = { got_ocr2 = "GotOcr2" },
    parts = { text = { default = "qwen2" }, vision_config = { default = "got_ocr2_vision" } },
    towers = got,
    head = { tied = true },
    saved = block.wrapper.saved(),
  },
  {
    extends = "got_ocr2",
    model_types = { pp_chart2table = "GotOcr2" },
    parts = { vision_config = { default = "pp_chart2table_vision" } },
  },
  {
    extends = "llava",
    model_types = { deepseek_vl = "DeepseekVL" },
    parts = { vision_config = { default = "siglip_vision_model" } },
    towers = deepseek,
    head = { tied = true },
    saved = block.wrapper.nested_names { "vision_model" },
  },
  {
    extends = "deepseek_vl",
    model_types = { deepseek_vl_hybrid = "DeepseekVLHybrid" },
    parts = { high_res_vision_config = "sam_vision_model" },
    towers = hybrid,
  },
}
