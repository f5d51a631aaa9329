-- Step 3.7: a gate for each head of the attention, other heads in layers with a window, experts of
-- a sigmoid beside a feed-forward that each token meets; and an encoder of images.

--- Heads of a layer: layers with a window may have a number of their own.
local function heads_of(c, kind)
  local own = kind == "sliding_attention" and c.num_sliding_attention_heads
  return own or c.of_kind("num_attention_heads", kind)
end

local function gate(c, kind)
  return function(m, x)
    local h = heads_of(c, kind)
    m:fact("output_gate", true)
    m:linear("g_proj", x, h, { role = "layer.attention.gate" })
  end
end

--- The encoder of images, and two convolutions that each halve its image.
local function encoder(c, f)
  local inner = block.vision.stack(c, f)
  return function(m, pixels)
    local x, side = inner(m, pixels)[2], shape.value((block.vision.grid(c)))
    local y = shape.tensor(m.dtype, 1, c.hidden_size, side, side)
    for i = 1, 2 do
      side = (side + 1) // 2
      y = block.conv.conv(m, "downsampler" .. i, y,
        shape.tensor(m.dtype, 1, y.dims[2] * 2, side, side), { 3, 3 },
        { bias = true, role = "smaller.conv" .. i })
    end
    return shape.named("last_hidden_state",
      shape.tensor(m.dtype, x.dims[1], side * side, y.dims[2]))
  end
end

local function images(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    local x = block.wrapper.images(b, part, "vision_model", "x")[2]
    b:linear("multi_modal_projector", x, c.language.hidden_size,
      { bias = c.projector_bias, role = "projector" })
  end)
end

local function angles(c)
  return function(m, _, x)
    local turn = shape.tensor("F32", x.dims[2], c.hidden_size // c.num_attention_heads)
    m.env.position_embeddings = shape.tuple(turn, turn)
    m.env.position_ids = shape.tensor("I64", x.dims[2], 2)
    return m:call("rotary_emb", "*VisionRotaryEmbedding", "x, position_ids", x, function(r)
      r:kind "RotaryEmb"
      return m.env.position_embeddings
    end)
  end
end

--- A table for the patches of an image of the usual size, drawn out to other sizes.
local function positions(c)
  return function(m)
    local rows, columns = block.vision.grid(c)
    m:param("position_embedding.weight", { rows * columns, c.hidden_size },
      { role = "embedding.position", layer_type = "EmbeddingLayer" })
  end
end

return {
  {
    extends = "llama",
    model_types = { step3p5 = "Step3p7" },
    decoder = { routers = false },
    norm = { kind = "rms_norm_1p" },
    calls = { rope = "ids_positional" },
    rope = block.ropes.of_kinds,
    attention = { qk_norm = "head", norm = "rms_norm_1p", heads = heads_of, beside = gate },
    moe = { layers = block.sparse_moe.listed_from(3), renormalize = true, fused = true,
      split = true, looped = true, scoring = "sigmoid",
      correction = true, plain_correction = true, score_dtype = "F32", raw_logits = true,
      shared_first = true, shared_width = "shared_expert_intermediate_size",
      shared_bias = "mlp_bias" },
    classes = { model = "*TextModel" },
    keys = { num_sliding_attention_heads = { "size" } },
    saved = { { "mlp%.experts%.", "moe." }, { "mlp%.gate%.weight", "moe.gate.weight" },
      { "mlp%.gate%.e_score_correction_bias", "moe.router_bias" },
      { "mlp%.shared_experts", "share_expert" } },
  },
  {
    model_types = { step3p5_vision = "Step3p7" },
    norm = { kind = "layer_norm", bias = true },
    aliases = { hidden_size = "width", num_hidden_layers = "layers",
      num_attention_heads = "heads" },
    defaults = { image_size = 728, patch_size = 14, num_channels = 3 },
    keys = { mlp_ratio = { "number", 8960 / 1536 } },
    names = {}, calls = {}, head = {}, kind = "dense",
    classes = { model = "*VisionModel" },
    body = encoder,
    vision = { patch_bias = false, positions = "none", beside_positions = positions,
      pre_norm = "pre_layernorm",
      embeddings_class = "*VisionEmbeddings", encoder = false, no_pool = true,
      rope = angles },
    encoder_layer = { class = "*VisionEncoderLayer", attention_class = "*VisionAttention",
      ffn_class = "*VisionMLP", attention_norm = "layernorm_before",
      ffn_norm = "layernorm_after", scale_param = "lambda_", rope = true,
      qkv_together = "in_proj", spec = "x, position_embeddings=",
      attention_spec = "x, position_embeddings=",
      width = function(c) return math.floor(shape.value(c.hidden_size) * c.mlp_ratio) end },
    heads = { VisionModel = block.vision.alone }, default_head = "VisionModel",
    given = function(c, dtype) return block.vision.pixels(c, dtype) end,
    facts = { sinks = false, stacks = "encoder" },
    saved = { { "embeddings%.patch_embedding", "conv1" },
      { "embeddings%.position_embedding%.weight", "positional_embedding" },
      { "pre_layernorm", "ln_pre" },
      { "vision_model%.layers", "vision_model.transformer.resblocks" },
      { "layernorm_before", "ln_1" }, { "layernorm_after", "ln_2" },
      { "lambda_(%d)", "ls_%1.gamma" }, { "mlp%.fc1", "mlp.c_fc" }, { "mlp%.fc2", "mlp.c_proj" },
      { "self_attn%.in_proj%.", "attn.in_proj_" }, { "self_attn%.", "attn." },
      { "downsampler", "vit_downsampler" } },
  },
  {
    extends = "qwen2_vl",
    model_types = { step3p7 = "Step3p7" },
    -- a file with the sizes of the text at its top is that of another class
    described = function(raw) return raw.hidden_size == nil end,
    parts = { text = "step3p5", vision_config = "step3p5_vision" },
    keys = { projector_bias = { "flag", false } },
    towers = images,
    saved = { { "^model%.language_model%.", "model." },
      { "^model%.vision_model%.", "vision_model." },
      { "^model%.multi_modal_projector", "vit_large_projector" } },
  },
}
