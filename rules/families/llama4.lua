-- Llama 4: attention in chunks with rotary positions, every fourth layer without either; the router
-- scales the input of each expert; a vision encoder, of which four patches become one token.
local function turned(c, i)
  local flags = c.no_rope_layers
  local flag = flags and flags[i + 1]
  return flag ~= 0 and flag ~= false
end

--- Every expert computes on all tokens; tokens that did not choose it are multiplied by zero.
local function experts(c)
  local n, k, w, e = c.num_experts, c.num_experts_per_tok, c.intermediate_size, c.hidden_size
  local act = block.activation[c.hidden_act or "silu"]
  local shared = block.gated_mlp.build(c, { act = "activation_fn", role = "layer.shared_experts" })
  return function(m, x)
    m:kind "MoELayer"
    m:fact("gated", true)
    m:fact("activation", c.hidden_act)
    m:fact("scoring", "sigmoid")
    m:fact("routing_bias", false)
    m:fact("renormalize", false)
    m:fact("shared_gate", false)
    m:fact("top_k", k)
    local tokens, share = x:flat(), { k, n }
    local logits = tokens:last(n)
    m:leaf("router", "*Router", tokens, shape.tuple(logits, logits))
    m:param("router.weight", { n, e }, { role = "layer.router" })
    m:op "aten/mm"
    m:op "topk/router"
    local rows = tokens.dims[1]
    m:call("experts", "*TextExperts", "x", tokens:view(n * rows, e), function(b, y)
      b:param("gate_up_proj", { n, e, 2 * w }, { role = "layer.experts.gate_up", share = share })
      b:param("down_proj", { n, w, e }, { role = "layer.experts.down", share = share })
      b:leaf("act_fn", act.class, y:view(n, rows, w))
      b:op(act.operator)
      b:op(act.product)
      b:op("aten/mm", 2 * k)
      return y
    end)
    m:call("shared_expert", "*TextMLP", "x", tokens, shared)
    return shape.tuple(tokens, logits)
  end
end

--- Rotary positions as complex numbers, half of a head for each axis.
local function angles(c, n)
  return shape.tensor("C64", n, 1, c.hidden_size // c.num_attention_heads // 2)
end

local function patches(c)
  local rows, columns, p, q = block.vision.grid(c)
  local n, all = rows * columns, c.num_channels * p * q
  return function(m, x)
    local cut = m:leaf("unfold", "Unfold", x, shape.tensor(m.dtype, x.dims[1], all, n))
    return m:linear("linear", cut:view(x.dims[1], n, all), c.hidden_size,
      { role = "embedding.patch" })
  end
end

--- Joins neighbouring patches into one, then two linear layers.
local function adapter(c, n)
  local ratio = c.pixel_shuffle_ratio
  local joined = math.floor(shape.value(n) * ratio * ratio + 0.5)
  return function(m, x)
    local y = shape.tensor(m.dtype, x.dims[1], joined, c.intermediate_size)
    return m:call("mlp", "*VisionMLP2", "x", y, function(p, z)
      z = p:linear("fc1", z, c.projector_input_dim, { role = "projector.up" })
      p:leaf("activation_fn", "GELU", z)
      z = p:linear("fc2", z:last(c.projector_output_dim), c.projector_output_dim,
        { role = "projector.down" })
      p:op("gelu", 2)
      return p:leaf("activation_fn", "GELU", z)
    end)
  end
end

local function vision(c)
  local rows, columns = block.vision.grid(c)
  local n, e = rows * columns, c.hidden_size
  local layer = block.encoder_layer.build(c, { class = "*VisionEncoderLayer",
    attention_class = "*VisionAttention", spec = "hidden_state=x, freqs_ci=",
    attention_spec = "x, freqs_ci=", attention_norm = "input_layernorm",
    ffn_norm = "post_attention_layernorm", out = "o_proj", ffn_class = "*VisionMLP",
    feed = block.mlp.build(c, { up = "fc1", down = "fc2", bias = true, act = "activation_fn",
      act_class = "GELU", activation = "gelu" }) })
  return function(m, pixels)
    local function norm(name, x, role)
      m:norm(name, x, { kind = "layer_norm", bias = true, role = "norm." .. role })
    end
    local x = m:call("patch_embedding", "*UnfoldConvolution", "x", pixels, patches(c))
    m:param("class_embedding", { e }, { role = "embedding.class", layer_type = "EmbeddingLayer" })
    m:param("positional_embedding_vlm", { n + 1, e },
      { role = "embedding.position", layer_type = "EmbeddingLayer" })
    norm("layernorm_pre", x:view(x.dims[1], 1, n + 1, e), "embedding")
    m:fact("positions", "rope")
    m.env.freqs_ci = m:leaf("rotary_embedding", "*VisionRotaryEmbedding", pixels,
      angles(c, n + 1))
    x = m:call("model", "*VisionEncoder", "x, freqs_ci=", x:view(x.dims[1], n + 1, e),
      function(b, y)
        return shape.named("last_hidden_state", b:layers("layers", c.num_hidden_layers,
          function() return "encoder" end, function(l, name, _, z) return layer(l, name, z) end, y))
      end)[2]
    norm("layernorm_post", x, "final")
    x = m:call("vision_adapter", "*VisionPixelShuffleMLP", "x", x:view(x.dims[1], n, e),
      adapter(c, n))
    return shape.named("last_hidden_state", x)
  end
end

return {
  {
    extends = "llama",
    model_types = { llama4_text = "Llama4" },
    decoder = { routers = false },
    kind = function(c, i)
      local kind = block.kinds.layer_types(c, i)
      return turned(c, i) and kind or kind .. " unturned"
    end,
    norm = { class = "*TextRMSNorm" },
    rope = function(c) return shape.tensor("C64", 1, 8, block.decoder.rope(c) // 2) end,
    attention = {
      norm_class = "*TextL2Norm", norm_weightless = true, norm_last = true,
      q_norm = "qk_norm", k_norm = "qk_norm", window = false,
      qk_norm = function(c, kind)
        return c.use_qk_norm ~= false and not kind:find "unturned" and "head"
      end,
      rope = function(_, kind) return not kind:find "unturned" end,
      chunk = function(c, kind) return kind:find "^chunked" and c.attention_chunk_size or nil end,
    },
    ffn = { width = "intermediate_size_mlp", act = "activation_fn", bias = false },
    moe = { layers = "numbered", build = experts },
    names = { ffn = "feed_forward", moe = "feed_forward" },
    classes = { model = "*TextModel", rope = "*TextRotaryEmbedding", layer = "*TextDecoderLayer",
      attention = "*TextAttention", ffn = "*TextMLP", moe = "*TextMoe" },
    calls = { rope = "ids_positional", layer = "embeddings_last",
      attention = "hidden_states=x, position_embeddings=, attention_mask=" },
    facts = { rope_layout = "interleaved" },
  },
  {
    extends = "llama",
    model_types = { llama4_vision_model = "Llama4" },
    part = "*VisionModel",
    defaults = { image_size = 448, patch_size = 14, num_channels = 3 },
    keys = { pixel_shuffle_ratio = { "number", 0.5 }, projector_input_dim = { "size", 4096 },
      projector_output_dim = { "size", 4096 }, vision_output_dim = { "size", 7680 } },
    arguments = { freqs_ci = "the angles of all patches" },
    body = vision,
    calls = { model = "pixel_values=x" },
    given = block.vision.pixels,
    facts = { stacks = "encoder", norm = "layer_norm" },
  },
  {
    extends = "qwen2_vl",
    model_types = { llama4 = "Llama4" },
    parts = { text = "llama4_text", vision_config = "llama4_vision_model" },
    heads = { ForConditionalGeneration = block.wrapper.around },
    towers = function(c, _, m)
      m:apart("vision.", function(b)
        local part = c.parts.vision_config
        b:part(part):call("vision_model", part.family.classes.model, "x",
          block.vision.pixels(part, b.dtype), part.family.body(part, part.family))
        b:param("multi_modal_projector.linear_1.weight",
          { c.language.hidden_size, part.vision_output_dim }, { role = "projector" })
      end)
    end,
    saved = {},
  },
}
