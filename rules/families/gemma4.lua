-- Gemma 4: another head size in layers without a window, an embedding for each token and layer,
-- layers that reuse the keys and values of earlier ones, experts parallel to the feed-forward; also
-- with vision and audio encoders, or (unified) with projected patches and frames.

local function positive(n) return n ~= nil and shape.value(n) > 0 end
local function is_shared(_, kind) return kind:find(" shared", 1, true) ~= nil end
local function is_full(kind) return kind:find("^full_attention") ~= nil end
local function word_of(kind) return kind:match "^%S+" end

local function kind_of(c, i)
  local word, shared = block.kinds.layer_types(c, i), c.num_kv_shared_layers or 0
  return i >= c.num_hidden_layers - shared and word .. " shared" or word
end

-- an embedding for each token and layer

local function packed(c) return c.num_hidden_layers * c.hidden_size_per_layer_input end

local function per_layer(c, m, ids)
  return shape.tensor(m.dtype, 1, ids.dims[2], c.num_hidden_layers, c.hidden_size_per_layer_input)
end

local function looked_up(c, m, ids, prefix)
  if not positive(c.hidden_size_per_layer_input) then return end
  m:embedding(prefix .. "embed_tokens_per_layer", ids, c.vocab_size_per_layer_input, packed(c),
    { class = "*TextScaledWordEmbedding", role = "embedding.per_layer" })
  m.env.per_layer_inputs = per_layer(c, m, ids)
end

local function projected(c, m, x)
  if not positive(c.hidden_size_per_layer_input) then return end
  m:linear("per_layer_model_projection", x, packed(c), { role = "embedding.per_layer.projection" })
  m:norm("per_layer_projection_norm", per_layer(c, m, x), { role = "norm.per_layer" })
  m.env.per_layer_input = shape.tensor(m.dtype, 1, x.dims[2], c.hidden_size_per_layer_input)
end

local function scaled(_, m) m:param("layer_scalar", { 1 }, { role = "layer.scale" }) end

local function last(c, m, x)
  if positive(c.hidden_size_per_layer_input) then
    local act = block.activation[c.hidden_act]
    local y = m:linear("per_layer_input_gate", x, c.hidden_size_per_layer_input,
      { role = "layer.per_layer.gate" })
    m:leaf("act_fn", act.class, y)
    m:op(act.operator)
    m:op "mul"
    m:linear("per_layer_projection", y, c.hidden_size, { role = "layer.per_layer.projection" })
    m:norm("post_per_layer_input_norm", x, { role = "layer.norm.per_layer" })
    m:op "add"
  end
  scaled(c, m)
end

-- experts parallel to the feed-forward

local function route(c)
  return function(m, x)
    m:norm("norm", x, { weightless = true })
    local scores = m:linear("proj", x, c.num_experts, { role = "layer.router" })
    m:param("scale", { c.hidden_size }, { role = "layer.router.scale" })
    m:param("per_expert_scale", { c.num_experts }, { role = "layer.router.expert_scale" })
    m:op "topk/router"
    local k = c.num_experts_per_tok
    return shape.tuple(scores:to "F32", scores:to("F32"):last(k), scores:to("I64"):last(k))
  end
end

local function with_experts(c, m, x)
  if not c.enable_moe_block then return end
  local outer = m.layer_type
  m:norm("post_feedforward_layernorm_1", x, { role = "layer.norm.after_ffn_1" })
  block.sparse_moe.build(c, { router = "router", router_class = "*TextRouter", fused = true,
    experts_class = "*TextExperts", route = route, before = function()
      return function(l, tokens)
        l:norm("pre_feedforward_layernorm_2", tokens, { role = "layer.norm.experts" })
      end
    end })(m, x)
  m:norm("post_feedforward_layernorm_2", x, { role = "layer.norm.after_experts" })
  m:op "add"
  m.layer_type = outer
end

-- with images and audio

--- The projection from the width of an encoder to that of the text.
local function embedder(b, c, name, x)
  return b:call(name, "*MultimodalEmbedder", "inputs_embeds=x", x, function(p, y)
    p:norm("embedding_pre_projection_norm", y, { weightless = true })
    return p:linear("embedding_projection", y, c.hidden_size, { role = "projector" })
  end)
end

local function towers(c, _, m)
  local image, sound = c.parts.vision_config, c.parts.audio_config
  if image then
    m:apart("vision.", function(b)
      local square = image.pooling_kernel_size * image.pooling_kernel_size
      local n = c.vision_soft_tokens_per_image * square
      b.env.places = shape.tensor("I64", 1, n, 2)
      local pixels = shape.tensor(b.dtype, 1, n, 3 * image.patch_size * image.patch_size)
      local x = b:part(image):call("vision_tower", "*VisionModel",
        "pixel_values=x, pixel_position_ids=places", pixels,
        image.family.body(image, image.family))[2]
      embedder(b, c, "embed_vision", x)
    end)
  end
  if sound then
    m:apart("audio.", function(b)
      local x = sound.family.given(sound, b.dtype)
      b.env.mask = shape.tensor("BOOL", 1, x.dims[2])
      x = b:part(sound):call("audio_tower", "*AudioModel", "x, mask", x,
        sound.family.body(sound, sound.family))[2]
      embedder(b, c, "embed_audio", x)
    end)
  end
end

--- Without encoders: patches are projected directly.
local function plain_patches(b, c, part, x)
  return b:call("embed_vision", "*VisionEmbedder", "x, places", x, function(v, y)
    local e = part.mm_embed_dim
    local function norm(name, z)
      v:norm(name, z, { kind = "layer_norm", bias = true, role = "embedding." .. name })
    end
    norm("patch_ln1", y)
    y = v:linear("patch_dense", y, e, { bias = true, role = "embedding.patch" })
    norm("patch_ln2", y)
    v:param("pos_embedding", { part.mm_posemb_size, 2, e },
      { role = "embedding.position", layer_type = "EmbeddingLayer" })
    norm("pos_norm", y)
    return shape.named("last_hidden_state", y, "pooler_output",
      embedder(v, c, "multimodal_embedder", y))
  end)
end

local function unified(c, _, m)
  local image, sound = c.parts.vision_config, c.parts.audio_config
  if image then
    m:apart("vision.", function(b)
      local side = image.patch_size * image.pooling_kernel_size
      b.env.places = shape.tensor("I64", 1, 256, 2)
      plain_patches(b, c, image, shape.tensor(b.dtype, 1, 256, 3 * side * side))
    end)
  end
  if sound then
    m:apart("audio.", function(b)
      embedder(b, c, "embed_audio", shape.tensor(b.dtype, 1, 750, sound.audio_embed_dim))
    end)
  end
end

return {
  {
    extends = "gemma3_text",
    model_types = { gemma4_text = "Gemma4" },
    aliases = { num_experts_per_tok = "top_k_experts" },
    keys = { enable_moe_block = { "flag", false }, use_double_wide_mlp = { "flag", false } },
    defaults = { global_head_dim = 512 },
    arguments = { per_layer_input = "a vector for each token, of this layer",
      per_layer_inputs = "those of all layers" },
    kind = kind_of,
    norm = { kind = "rms_norm" },
    attention = { norm = "rms_norm", norm_last = false, heads_first = false, value_norm = "last",
      shared = is_shared,
      head_dim = function(c, kind)
        local word = word_of(kind)
        if word == "full_attention" then local _ = c.global_head_dim end -- a wrong one is none
        return c.of_kind("head_dim", word)
      end,
      kv_heads = function(c, kind) return c.of_kind("num_key_value_heads", word_of(kind)) end,
      one = function(c, kind) return c.attention_k_eq_v and is_full(kind) end,
      window = function(c, kind) return not is_full(kind) and c.sliding_window or nil end },
    ffn = { width = function(c, kind)
      local wide = c.use_double_wide_mlp and is_shared(c, kind)
      return wide and 2 * c.intermediate_size or c.intermediate_size
    end },
    rope = block.ropes.of_heads,
    decoder = { looked_up = looked_up, beside = projected, with_ffn = with_experts, last = last },
    calls = { layer = "x, per_layer_input, position_embeddings=, attention_mask=, position_ids=" },
    classes = { rope = "*TextRotaryEmbedding", layer = "*TextDecoderLayer",
      attention = "*TextAttention", ffn = "*TextMLP" },
    facts = { renormalize = true },
  },
  { extends = "gemma4_text", model_types = { gemma4_unified_text = "Gemma4Unified" },
    decoder = { looked_up = false, beside = false, with_ffn = false, last = scaled } },
  {
    extends = "gemma3",
    model_types = { gemma4 = "Gemma4" },
    arguments = { per_layer_inputs = "a vector for each token and layer" },
    parts = { text = "gemma4_text",
      vision_config = { default = "gemma4_vision", optional = true },
      audio_config = { default = "gemma4_audio", optional = true } },
    keys = { vision_soft_tokens_per_image = { "size", 280 } },
    calls = {
      language = "per_layer_inputs=, attention_mask=masks, position_ids=, inputs_embeds=x" },
    towers = towers,
    saved = {},
  },
  {
    extends = "gemma4",
    model_types = { gemma4_unified = "Gemma4Unified" },
    parts = { text = "gemma4_unified_text",
      vision_config = { default = "gemma4_unified_vision", optional = true },
      audio_config = { default = "gemma4_unified_audio", optional = true } },
    calls = { language = "attention_mask=masks, position_ids=, inputs_embeds=x" },
    towers = unified,
    saved = { { "embed_vision%.multimodal_embedder", "embed_vision" },
      { "embed_vision%.(p%a+_)", "vision_embedder.%1" } },
  },
}
