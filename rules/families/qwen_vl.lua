-- Qwen-VL: a vision encoder over grids of patches, and a text decoder with positions on three axes.
local function encoder(options)
  return function(c)
    local o = {}
    for key, value in pairs(options) do o[key] = value end
    return block.grid_vision.build(c, o)
  end
end

local function image(c, _, m)
  m:apart("vision.", function(b)
    block.grid_vision.tower(b, c.parts.vision_config, "visual")
  end)
end

local grid_keys = { spatial_merge_size = { "size", 2 }, temporal_patch_size = { "size", 2 },
  out_hidden_size = { "size", 3584 } }

local function with(keys)
  for key, entry in pairs(grid_keys) do keys[key] = entry end
  return keys
end

return {
  -- the text
  {
    extends = "qwen2",
    model_types = { qwen2_vl_text = "Qwen2VL" },
    part = "*TextModel",
    classes = { ffn = "Qwen2MLP" },
    calls = { layer = "no_ids", attention = "no_ids" },
    decoder = { axes = 3 },
  },
  { extends = "qwen2_vl_text", model_types = { qwen2_5_vl_text = "Qwen2_5_VL" } },
  {
    extends = "qwen3",
    model_types = { qwen3_vl_text = "Qwen3VLText" },
    part = "*Model",
    calls = { layer = "embeddings_last" },
    decoder = { axes = 3 },
  },
  {
    extends = "qwen3_vl_text",
    model_types = { qwen3_vl_moe_text = "Qwen3VLMoeText" },
    moe = { layers = "sparse_step", renormalize = true, fused = true },
  },

  -- the images
  {
    model_types = { qwen2_vl_vision = "Qwen2VL" },
    part = "Qwen2VisionTransformerPretrainedModel",
    extends = "llama",
    keys = with { embed_dim = { "size", 1280 }, mlp_ratio = { "size", 4 } },
    defaults = { num_hidden_layers = 32, patch_size = 14, num_channels = 3 },
    body = encoder { width = "embed_dim", out = "hidden_size",
      inner = function(c) return c.embed_dim * c.mlp_ratio end, patch_class = "PatchEmbed",
      attention_class = "VisionAttention", ffn_class = "VisionMlp", merger_class = "PatchMerger",
      merger = "sequence", up = "fc1", down = "fc2", act = "act" },
    calls = { model = "hidden_states=x, grid_thw=" },
    given = block.grid_vision.given,
    facts = { stacks = "encoder", norm = "layer_norm" },
  },
  {
    model_types = { qwen2_5_vl_vision = "Qwen2_5_VL" },
    extends = "qwen2_vl_vision",
    keys = { window_size = { "count", 112 } },
    classes = { model = "Qwen2_5_VisionTransformerPretrainedModel" },
    body = encoder { width = "hidden_size", out = "out_hidden_size", inner = "intermediate_size",
      patch_class = "Qwen2_5_VisionPatchEmbed", ffn_class = "*MLP", merger_class = "*PatchMerger",
      merger = "sequence", norm = "rms_norm", gated = true, ffn_bias = true, window = true },
    facts = { norm = "rms_norm" },
  },
  {
    model_types = { qwen3_vl_vision = "Qwen3VL", qwen3_vl_moe_vision = "Qwen3VLMoe" },
    extends = "qwen2_5_vl_vision",
    keys = { num_position_embeddings = { "size", 2304 } },
    defaults = { num_hidden_layers = 27, patch_size = 16 },
    classes = { model = "*VisionModel" },
    body = encoder { width = "hidden_size", out = "out_hidden_size", inner = "intermediate_size",
      patch_bias = true, position = true, merger_class = "*VisionPatchMerger", merger = "named",
      up = "linear_fc1", down = "linear_fc2", act = "act_fn", deepstack = true },
    facts = { norm = "layer_norm" },
  },
  {
    model_types = { qwen3_5_vision = "Qwen3_5", qwen3_5_moe_vision = "Qwen3_5Moe" },
    extends = "qwen3_vl_vision",
    body = encoder { width = "hidden_size", out = "out_hidden_size", inner = "intermediate_size",
      patch_bias = true, position = true, merger_class = "*VisionPatchMerger", merger = "named",
      up = "linear_fc1", down = "linear_fc2", act = "act_fn" },
  },

  -- both
  {
    extends = "llama",
    model_types = { qwen2_vl = "Qwen2VL" },
    body = block.wrapper.stack,
    names = { language = "language_model" },
    calls = { language = "inputs_embeds=x" },
    heads = { ForConditionalGeneration = block.heads.causal_lm "ForConditionalGeneration" },
    default_head = "ForConditionalGeneration",
    parts = { text = "qwen2_vl_text", vision_config = "qwen2_vl_vision" },
    towers = image,
    saved = { { "^model%.language_model%.", "model." }, { "^model%.visual%.", "visual." } },
  },
  {
    extends = "qwen2_vl",
    model_types = { qwen2_5_vl = "Qwen2_5_VL" },
    parts = { text = "qwen2_5_vl_text", vision_config = "qwen2_5_vl_vision" },
  },
  {
    extends = "qwen2_vl",
    model_types = { qwen3_vl = "Qwen3VL" },
    parts = { text = "qwen3_vl_text", vision_config = "qwen3_vl_vision" },
    saved = {},
  },
  {
    extends = "qwen3_vl",
    model_types = { qwen3_vl_moe = "Qwen3VLMoe" },
    parts = { text = "qwen3_vl_moe_text", vision_config = "qwen3_vl_moe_vision" },
  },
  {
    extends = "qwen3_vl",
    model_types = { qwen3_5 = "Qwen3_5" },
    parts = { text = "qwen3_5_text", vision_config = "qwen3_5_vision" },
  },
  {
    extends = "qwen3_vl",
    model_types = { qwen3_5_moe = "Qwen3_5Moe" },
    parts = { text = "qwen3_5_moe_text", vision_config = "qwen3_5_moe_vision" },
  },
}
