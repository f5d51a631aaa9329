-- LLaVA and its relatives: a vision encoder, a projector, and any language model.

--- The states of the patches, without the class token if the configuration leaves it out.
local function patches_of(c, x)
  if c.vision_feature_select_strategy == "full" then return x end
  return shape.tensor(x.dtype, x.dims[1], x.dims[2] - 1, x.dims[3])
end

local function joined(x, layers) return x:last(x.dims[3] * #layers) end

--- The number of tiles of an image of the encoder's own size, the whole image counted: by the
--- resolution that keeps most of its pixels and pads least.
local function tiles(c, part)
  local side = shape.value(part.image_size)
  local most, least, chosen = -1, math.huge, 1
  for _, pair in ipairs(c.image_grid_pinpoints or {}) do
    local h, w = pair[1], pair[2]
    local kept = math.min(math.min(w, h) ^ 2, side * side)
    local wasted = h * w - kept
    if kept > most or kept == most and wasted < least then
      most, least, chosen = kept, wasted, -(-h // side) * -(-w // side)
    end
  end
  return chosen + 1
end

--- `o`: `tiled`, an image has several tiles; `tower`, the name of the vision encoder; `norm`, that
--- of the projector.
local function images(o)
  o = o or {}
  return function(c, _, m)
    m:apart("vision.", function(b)
      local part = c.parts.vision_config
      local layers = block.wrapper.feature_layers(c, part)
      local pixels = block.vision.pixels(part, b.dtype)
      if o.tiled then
        b:param("image_newline", { c.hidden_size },
          { role = "newline", layer_type = "EmbeddingLayer" })
        pixels.dims[1] = tiles(c, part)
      end
      local x = block.wrapper.tower(b, part, o.tower or "vision_tower", "x", pixels, layers)[2]
      b:call("multi_modal_projector", "*MultiModalProjector", "x",
        joined(patches_of(c, x), layers),
        block.wrapper.projector(c, { norm = o.norm, bias = c.multimodal_projector_bias }))
    end)
  end
end

--- Video-LLaVA: a second encoder, for videos.
local function videos(c, f, m)
  images { tower = "image_tower" }(c, f, m)
  m:apart("video.", function(b)
    local part = c.parts.vision_config
    b:uncalled(function()
      block.wrapper.images(b, part, "video_tower", "x")
    end)
  end)
end

--- Aya Vision and Cohere 2 Vision: each square of patches becomes one token, by a gated projection.
--- `norm`: stands before it.
local function squares(o)
  return function(c, _, m)
    m:apart("vision.", function(b)
      local part, n = c.parts.vision_config, c.downsample_factor
      local x = block.wrapper.images(b, part, "vision_tower", o.spec or "x",
        o.layers and block.wrapper.feature_layers(c, part))[2]
      local side = math.floor(shape.value(patches_of(c, x).dims[2]) ^ 0.5) // n
      b:call("multi_modal_projector", "*MultiModalProjector", "x", patches_of(c, x),
        function(p)
          local y = shape.tensor(p.dtype, 1, side, side, part.hidden_size * (n * n))
          if o.norm then
            p:norm(o.norm, y, { kind = "layer_norm", bias = true, role = "projector.norm" })
          end
          local inner = c.alignment_intermediate_size or c.hidden_size
          y = p:linear("linear_1", y, inner, { bias = true, role = "projector.up" })
          y = y:last(inner // 2)
          p:leaf("act", o.act, y)
          p:op "silu"
          return p:linear("linear_2", y, c.hidden_size, { bias = true, role = "projector.down" })
        end)
    end)
  end
end

--- Mistral 3: four patches become one token before the projection.
local function merged(c, _, m)
  m:apart("vision.", function(b)
    local part, merge = c.parts.vision_config, shape.value(c.spatial_merge_size)
    local layers = block.wrapper.feature_layers(c, part)
    local rows, columns = block.vision.grid(part)
    b.env.image_sizes = shape.tensor("I64", 1, 2)
    local x = block.wrapper.images(b, part, "vision_tower", "x, image_sizes=", layers)[2]
    local seen = joined(x, layers)
    local e = part.hidden_size
    b:call("multi_modal_projector", "*MultiModalProjector", "x, image_sizes",
      shape.tensor(b.dtype, seen.dims[2], seen.dims[3]), function(p)
        local y = shape.tensor(p.dtype, rows * columns, e)
        p:norm("norm", y, { role = "projector.norm" })
        y = p:call("patch_merger", "*PatchMerger", "x, image_sizes", y, function(q)
          local four = shape.tensor(q.dtype,
            shape.value(rows) // merge * (shape.value(columns) // merge), e * (merge * merge))
          return q:linear("merging_layer", four, e, { role = "projector.merge" })
        end)
        return block.wrapper.projector(c, { bias = c.multimodal_projector_bias })(p, y)
      end)
  end)
end

--- PaliGemma: one linear layer.
local function mapped(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    local x = block.wrapper.images(b, part, "vision_tower", "x")[2]
    b:call("multi_modal_projector", "*MultiModalProjector", "x", x, function(p, y)
      return p:linear("linear", y, part.raw.projection_dim and part.projection_dim
        or c.projection_dim, { bias = true, role = "projector" })
    end)
  end)
end

--- Gemma 3: patches are averaged, normalised, projected.
local function pooled(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    local x = block.wrapper.images(b, part, "vision_tower", "pixel_values=x")[2]
    local rows = shape.value((block.vision.grid(part)))
    b:call("multi_modal_projector", "*MultiModalProjector", "x", x, function(p)
      local e, side = part.hidden_size, math.floor(c.mm_tokens_per_image ^ 0.5)
      p:param("mm_input_projection_weight", { e, c.hidden_size },
        { role = "projector", layer_type = "LinearLayer" })
      p:leaf("avg_pool", "AvgPool2d", shape.tensor(p.dtype, 1, e, rows, rows),
        shape.tensor(p.dtype, 1, e, side, side))
      local y = shape.tensor(p.dtype, 1, side * side, e)
      p:norm("mm_soft_emb_norm", y, { kind = "rms_norm_1p", role = "projector.norm" })
      p:op "aten/mm"
      return y:last(c.hidden_size)
    end)
  end)
end

return {
  {
    extends = "qwen2_vl",
    model_types = { llava = "Llava" },
    parts = { text = { default = "llama" }, vision_config = { default = "clip_vision_model" } },
    keys = { vision_feature_layer = { "list", -2 },
      vision_feature_select_strategy = { "choice", "default" },
      multimodal_projector_bias = { "flag", true }, projector_hidden_act = { "choice", "gelu" } },
    towers = images(),
    saved = block.wrapper.saved(true),
  },
  {
    extends = "llava",
    model_types = { llava_next = "LlavaNext" },
    keys = { image_grid_pinpoints = { "list" } },
    calls = { model = "x" },
    towers = images { tiled = true },
  },
  {
    extends = "llava_next",
    model_types = { llava_onevision = "LlavaOnevision" },
    parts = { text = { default = "qwen2" }, vision_config = { default = "siglip_vision_model" } },
    calls = { model = "input_ids=x" },
    keys = { vision_feature_layer = { "list", -1 },
      vision_feature_select_strategy = { "choice", "full" } },
  },
  {
    extends = "aya_vision",
    model_types = { mistral3 = "Mistral3" },
    parts = { text = { default = "mistral" }, vision_config = { default = "pixtral" } },
    keys = { multimodal_projector_bias = { "flag", false }, spatial_merge_size = { "size", 2 } },
    towers = merged,
  },
  {
    extends = "aya_vision",
    model_types = { paligemma = "PaliGemma" },
    parts = { text = { default = "gemma" } },
    keys = { projection_dim = { "size", 2048 } },
    calls = { language = "attention_mask=, position_ids=, inputs_embeds=x" },
    towers = mapped,
  },
  {
    extends = "paligemma",
    model_types = { gemma3 = "Gemma3" },
    parts = { text = "gemma3_text" },
    calls = { language = "attention_mask=masks, inputs_embeds=x" },
    keys = { mm_tokens_per_image = { "count", 256 } },
    towers = pooled,
  },
  {
    extends = "llava",
    model_types = { vipllava = "VipLlava" },
    aliases = { vision_feature_layer = "vision_feature_layers" },
    keys = { vision_feature_layer = { "list", { -2, -5, -8, -11, 6 } } },
    towers = images { norm = "projector_layernorm" },
  },
  {
    extends = "llava",
    model_types = { video_llava = "VideoLlava" },
    towers = videos,
    saved = block.wrapper.saved(true, { "image_tower", "video_tower" }),
  },
  {
    extends = "llava",
    model_types = { aya_vision = "AyaVision" },
    parts = { text = { default = "cohere2" }, vision_config = { default = "siglip_vision_model" } },
    keys = { vision_feature_layer = { "list", -1 },
      vision_feature_select_strategy = { "choice", "full" }, downsample_factor = { "count", 2 },
      alignment_intermediate_size = { "size" } },
    towers = squares { norm = "layernorm", layers = true, act = "SiLUActivation" },
    head = { tied = true },
  },
  {
    extends = "aya_vision",
    model_types = { cohere2_vision = "Cohere2Vision" },
    keys = { alignment_intermediate_size = { "size", 36864 } },
    towers = squares { act = "SiLU" },
    saved = block.wrapper.saved_nested,
  },
}
