-- CLIP and SigLIP: a vision and a text encoder with a common embedding space. Also each alone.
local function text(c, o)
  return block.text_tower.build(c, o)
end

local function clip_text(c, roles)
  return text(c, { roles = roles, causal = true })
end

local function siglip_text(c, roles)
  return text(c, { roles = roles, head = function(m, x)
    return m:linear("head", x, c.projection_size or c.hidden_size,
      { bias = true, role = "head.pooling" })
  end })
end

local function ids() return shape.tensor("I64", 1, 8) end

--- One tower alone, as the whole model.
local function alone(spec, class, body, given)
  return function(m, c)
    return m:call("", class, spec, given(c, m.dtype), body(c))
  end
end

local function vision_of(c) return c.parts.vision_config or c end

local function vision_body(model_type)
  return function(c, more)
    local _, body = block.towers.body(vision_of(c), model_type, more)
    return body
  end
end

local function pixels(c, dtype) return block.vision.pixels(vision_of(c), dtype) end

--- One tower alone, with the projection of its vector into the common space.
local function projected(spec, class, body, given, name, projection, result)
  return function(m, c)
    return m:call("", "*" .. class .. "WithProjection", spec, given(c, m.dtype), function(r, x)
      local y = r:call(name, "*" .. class, spec, x, body(c))
      local z = r:linear(projection, y[4], c.projection_dim, { role = "head.projection" })
      return shape.named(result, z, "last_hidden_state", y[2])
    end)
  end
end

--- Both towers, and the similarity of their vectors.
local function both(text_body, image_body, o)
  return function(m, c)
    m.env.pixel_values = pixels(c, m.dtype)
    return m:call("", "*Model", "input_ids=x, pixel_values=", ids(), function(r, x)
      local function project(name, y, width)
        return width and r:linear(name, y[4], width, { role = "head.projection" }) or y[4]
      end
      for _, name in ipairs(o.scalars) do
        r:param(name, o.scalar, { role = "head." .. name })
      end
      local image = r:call("vision_model", "*VisionModel", "pixel_values=x", r.env.pixel_values,
        image_body(c, { roles = "vision", beside = true }))
      local image_vector = project("visual_projection", image, o.projected and c.projection_dim)
      local words = r:call("text_model", "*TextModel", "input_ids=x", x, text_body(c, nil))
      local text_vector = project("text_projection", words, o.projected and c.projection_dim)
      local one = shape.tensor(r.dtype, 1, 1)
      return shape.named("logits_per_image", one, "logits_per_text", one, "text_embeds",
        text_vector, "image_embeds", image_vector, "text_model_output.last_hidden_state",
        words[2], "text_model_output.pooler_output", text_vector,
        "vision_model_output.last_hidden_state", image[2], "vision_model_output.pooler_output",
        image_vector)
    end)
  end
end

local function classified(image_body)
  return function(m, c)
    return m:call("", "*ForImageClassification", "pixel_values=x", pixels(c, m.dtype),
      function(r, x)
        local y = r:call("vision_model", "*VisionModel", "x", x, image_body(c))[2]
        return shape.named("logits", r:linear("classifier",
          shape.tensor(r.dtype, 1, y.dims[3]), block.heads.labels(c),
          { bias = true, role = "head.score" }))
      end)
  end
end

local clip_vision, siglip_vision = vision_body "clip_vision_model",
  vision_body "siglip_vision_model"

--- Stable Diffusion's check of images: how near an image is to each of some concepts.
local function safety_checker(m, c)
  return m:call("", "StableDiffusionSafetyChecker", "clip_input=x", pixels(c, m.dtype),
    function(r, x)
      local y = r:call("vision_model", "*VisionModel", "x", x, clip_vision(c))
      local z = r:linear("visual_projection", y[4], c.projection_dim,
        { role = "head.projection" })
      for name, n in pairs { concept = 17, special_care = 3 } do
        r:param(name .. "_embeds", { n, c.projection_dim }, { role = "head." .. name })
        r:param(name .. "_embeds_weights", { n }, { role = "head." .. name .. ".limit" })
      end
      return shape.tuple(z)
    end)
end

--- SigLIP 2 is given the patches of an image of any shape.
local siglip2_vision = vision_body "siglip2_vision_model"

local function rows(c, dtype)
  return block.vision.given_rows(vision_of(c), dtype)
end

local facts = { norm = "layer_norm", sinks = false, stacks = "encoder" }
--- A tower alone keeps the prefix in files that it has beside the other tower.
local function prefixed(prefix)
  local list = {}
  for _, name in ipairs { "embeddings", "pre_layrnorm", "encoder", "post_layernorm", "head",
    "final_layer_norm" } do
    list[#list + 1] = { "^" .. name .. "%.", prefix .. name .. "." }
  end
  return list
end

--- Both towers in one file keep the names that they have alone.
local both_prefixed = { { "^text_model%.", "text_model.text_model." },
  { "^vision_model%.", "vision_model.vision_model." } }

--- The heads of a relative of CLIP whose classes have other names.
local function clip_heads(model_type)
  local vision = vision_body(model_type)
  return { Model = both(clip_text, vision, { scalars = { "logit_scale" }, scalar = {},
      projected = true }),
    ForImageClassification = classified(vision),
    VisionModel = alone("pixel_values=x", "*VisionModel", vision, pixels),
    VisionModelWithProjection = projected("pixel_values=x", "VisionModel", vision, pixels,
      "vision_model", "visual_projection", "image_embeds") }
end

local clip_keys = { projection_dim = { "size", 512 } }

return {
  {
    model_types = { clip = "CLIP" },
    norm = { kind = "layer_norm", bias = true },
    keys = clip_keys,
    heads = {
      Model = both(clip_text, clip_vision,
        { scalars = { "logit_scale" }, scalar = {}, projected = true }),
      ForImageClassification = classified(clip_vision),
      TextModel = alone("input_ids=x", "*TextModel", clip_text, ids),
      TextModelWithProjection = projected("input_ids=x", "TextModel", clip_text, ids,
        "text_model", "text_projection", "text_embeds"),
      VisionModel = alone("pixel_values=x", "*VisionModel", clip_vision, pixels),
      VisionModelWithProjection = projected("pixel_values=x", "VisionModel", clip_vision, pixels,
        "vision_model", "visual_projection", "image_embeds"),
    },
    given = ids,
    facts = facts,
  },
  { extends = "clip", model_types = { clip_text_model = "CLIP" },
    saved = prefixed "text_model.", default_head = "TextModel" },
  { extends = "clip", model_types = { clip_vision_model = "CLIP" },
    saved = prefixed "vision_model.", default_head = "VisionModel" },
  {
    extends = "clip",
    model_types = { siglip = "Siglip" },
    keys = { projection_size = { "size" } },
    heads = {
      Model = both(siglip_text, siglip_vision,
        { scalars = { "logit_scale", "logit_bias" }, scalar = { 1 } }),
      ForImageClassification = classified(siglip_vision),
      TextModel = alone("input_ids=x", "*TextModel", siglip_text, ids),
      VisionModel = alone("pixel_values=x", "*VisionModel", siglip_vision, pixels),
    },
  },
  { extends = "siglip", model_types = { siglip_text_model = "Siglip" },
    saved = prefixed "text_model.",
    default_head = "TextModel" },
  { extends = "siglip", model_types = { siglip_vision_model = "Siglip" },
    saved = prefixed "vision_model.",
    default_head = "VisionModel" },
  {
    extends = "siglip",
    model_types = { siglip2 = "Siglip2" },
    heads = {
      Model = both(siglip_text, siglip2_vision,
        { scalars = { "logit_scale", "logit_bias" }, scalar = { 1 } }),
      ForImageClassification = classified(siglip2_vision),
      VisionModel = alone("pixel_values=x", "*VisionModel", siglip2_vision, rows),
    },
  },
  { extends = "siglip2", model_types = { siglip2_text_model = "Siglip2" },
    saved = prefixed "text_model.",
    default_head = "TextModel" },
  { extends = "siglip2", model_types = { siglip2_vision_model = "Siglip2" },
    saved = prefixed "vision_model.",
    default_head = "VisionModel" },
  {
    extends = "clip",
    model_types = { StableDiffusionSafetyChecker = "CLIP" },
    classes = { model = "StableDiffusionSafetyChecker" },
    heads = { Model = safety_checker },
    saved = { { "^vision_model%.", "vision_model.vision_model." } },
  },
  {
    extends = "clip",
    model_types = { metaclip_2 = "MetaClip2" },
    heads = clip_heads "metaclip_2_vision_model",
    saved = both_prefixed,
  },
  { extends = "metaclip_2", model_types = { metaclip_2_text_model = "MetaClip2" },
    saved = prefixed "text_model.", default_head = "TextModel" },
  { extends = "metaclip_2", model_types = { metaclip_2_vision_model = "MetaClip2" },
    saved = prefixed "vision_model.", default_head = "VisionModel" },
  {
    extends = "clip",
    model_types = { clipseg = "CLIPSeg" },
    heads = clip_heads "clipseg_vision_model",
    saved = both_prefixed,
  },
  { extends = "clipseg", model_types = { clipseg_text_model = "CLIPSeg" },
    saved = prefixed "text_model.", default_head = "TextModel" },
  { extends = "clipseg", model_types = { clipseg_vision_model = "CLIPSeg" },
    saved = prefixed "vision_model.", default_head = "VisionModel" },
  {
    extends = "clip_vision_model",
    model_types = { altclip_vision_model = "AltCLIP" },
    heads = clip_heads "altclip_vision_model",
  },
  {
    extends = "clip_vision_model",
    model_types = { chinese_clip_vision_model = "ChineseCLIP" },
    heads = { VisionModel = alone("pixel_values=x", "*VisionModel",
      vision_body "chinese_clip_vision_model", pixels) },
  },
}
