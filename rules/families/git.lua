-- GIT: a decoder of text with the layers of BERT, which sees the patches of an image before the
-- words.

local clip = { token = "vector", patch_bias = false, pre_norm = "pre_layrnorm",
  final_norm = "post_layernorm", no_pool = true, base = "Git", encoder_class = "GitVisionEncoder",
  layer_options = { base = "Git", class = "GitVisionEncoderLayer",
    attention_class = "GitVisionAttention", ffn_class = "GitVisionMLP" } }

local function vision(c)
  local tower = block.vision.build(c, clip)
  return function(m, x)
    return m:call("vision_model", "GitVisionTransformer", "pixel_values=x", x, tower)
  end
end

--- The encoder of images, and what makes words of its patches; a text alone does not meet them.
local function images(c, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    b:uncalled(function()
      local x = b:call("image_encoder", "*VisionModel", "x", block.vision.pixels(part, b.dtype),
        vision(part))[2]
      b:call("visual_projection", "*Projection", "x", x, function(p, y)
        y = p:linear("visual_projection.0", y, c.hidden_size, { bias = true, role = "projector" })
        block.norms.layer(p, "visual_projection.1", y, "projector.norm")
        return y
      end)
      for i = 0, (c.num_image_with_embedding or 0) - 1 do
        b:param("img_temporal_embedding." .. i, { 1, 1, part.hidden_size },
          { role = "embedding.time" })
      end
    end)
  end)
end

local function body(c, f)
  rawset(c, "is_decoder", true) -- whatever the file says
  return block.vision.behind(block.bert.stack(c, f), function(m) images(c, m) end)
end

local function words(m, c, f, ids)
  return m:call("", c.root_class or "*ForCausalLM", "input_ids=x", ids, function(r, y)
    local x = r:call("git", "*Model", "x", y, f.body(c, f))[2]
    r:kind "LMHead"
    local tied = c.tie_word_embeddings == true
    local logits = r:linear("output", x, c.vocab_size,
      { role = "head", bias = true, layer_type = "LMHead", tied = tied })
    return shape.named("logits", logits)
  end)
end

return {
  {
    extends = "clip_vision_model",
    model_types = { git_vision_model = "Git" },
    defaults = { hidden_size = 768, num_hidden_layers = 12, num_attention_heads = 12,
      intermediate_size = 3072, image_size = 224, patch_size = 16, num_channels = 3,
      hidden_act = "quick_gelu" },
    heads = { Model = false, TextModel = false, TextModelWithProjection = false,
      VisionModelWithProjection = false, ForImageClassification = false,
      VisionModel = function(m, c)
        return m:call("", "*VisionModel", "pixel_values=x", block.vision.pixels(c, m.dtype),
          vision(c))
      end },
    saved = {},
  },
  {
    extends = "bert",
    model_types = { git = "Git" },
    body = body,
    parts = { vision_config = { default = "git_vision_model" } },
    defaults = { hidden_size = 768, num_hidden_layers = 6, vocab_size = 30522,
      max_position_embeddings = 1024 },
    keys = { num_image_with_embedding = { "count" } },
    encoder = { pooler = false, types = false, weights = "self", weights_dropout = true,
      mix_spec = "x, attention_mask", encoder_spec = "x, attention_mask=",
      embeddings_spec = "input_ids=x" },
    heads = { LMHeadModel = false, ForMaskedLM = false, ForPreTraining = false,
      ForNextSentencePrediction = false, ForMultipleChoice = false,
      ForSequenceClassification = false, ForTokenClassification = false,
      ForQuestionAnswering = false, ForCausalLM = words },
    default_head = "ForCausalLM",
    facts = { stacks = "decoder" },
  },
}
