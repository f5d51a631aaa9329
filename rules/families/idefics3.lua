-- Idefics and SmolVLM: a vision encoder over tiles of images. Each square of patches becomes a
-- token, or a few learned queries attend to all patches (Idefics 2).
local function images(c, _, m)
  m:apart("vision.", function(b)
    local part, n = c.parts.vision_config, c.scale_factor
    local rows, columns = block.vision.grid(part)
    b.env.patch_attention_mask = shape.tensor("BOOL", 1, rows, columns)
    local x = block.wrapper.images(b, part, "vision_model",
      "pixel_values=x, patch_attention_mask=")[2]
    b:call("connector", "*Connector", "x", x, function(k)
      local side = math.floor(shape.value(rows * columns) ^ 0.5) // n
      local y = shape.tensor(k.dtype, 1, side * side, part.hidden_size * (n * n))
      return k:call("modality_projection", "*SimpleMLP", "x", y, function(p, z)
        return p:linear("proj", z, c.hidden_size, { role = "projector" })
      end)
    end)
  end)
end

--- One layer of the resampler: queries attend to the patches and to each other.
local function resampler_layer(o, n)
  return function(m, x)
    local e, seen = o.hidden_size, m.env.context
    local function norm(name, y, role) m:norm(name, y, { role = role }) end
    norm("input_latents_norm", x, "layer.norm.attention")
    norm("input_context_norm", seen, "layer.norm.context")
    m:call("self_attn", "*PerceiverAttention", "latents=x, context=", x, function(a, y)
      local h, d = o.resampler_n_heads, o.resampler_head_dim
      local both = shape.tensor(a.dtype, 1, n + seen.dims[2], e)
      a:kind "AttentionLayer"
      local q = a:linear("q_proj", y, h * d, { role = "layer.attention.query" })
      a:linear("k_proj", both, o.num_key_value_heads * d, { role = "layer.attention.key" })
      a:linear("v_proj", both, o.num_key_value_heads * d, { role = "layer.attention.value" })
      a:op "attention"
      return shape.tuple(a:linear("o_proj", q, e, { role = "layer.attention.output" }),
        shape.tensor(a.dtype, 1, h, n, both.dims[2]))
    end)
    norm("post_attention_layernorm", x, "layer.norm.ffn")
    m:op("add", 2)
    return m:call("mlp", "*MLP", "x", x, o.mlp)
  end
end

--- Values of the resampler's configuration; those that it lacks are the class's defaults.
local function questions(c)
  local o = { hidden_size = c.hidden_size, resampler_n_latents = 64, resampler_depth = 3,
    resampler_n_heads = 16, resampler_head_dim = 96, num_key_value_heads = 4 }
  local given = rawget(c, "outer").perceiver_config
  for key, value in pairs(type(given) == "table" and given or {}) do
    if math.type(value) == "integer" then o[key] = value end
  end
  o.mlp = block.gated_mlp.build(c, { width = 4 * o.hidden_size, out = o.hidden_size,
    activation = "silu" })
  return o
end

--- Idefics 2: a feed-forward for each patch, then the resampler.
local function resampled(c, _, m)
  m:apart("vision.", function(b)
    local part, o = c.parts.vision_config, questions(c)
    local rows, columns = block.vision.grid(part)
    b.env.patch_attention_mask = shape.tensor("BOOL", 1, rows, columns)
    local x = block.wrapper.images(b, part, "vision_model",
      "pixel_values=x, patch_attention_mask=")[2]
    b.env.attention_mask = shape.tensor("BOOL", 1, rows * columns)
    b:call("connector", "*Connector", "x, attention_mask=", x, function(k, y)
      y = k:call("modality_projection", "*MLP", "x", y, block.gated_mlp.build(c,
        { width = c.intermediate_size, out = c.hidden_size, role = "projector" }))
      return k:call("perceiver_resampler", "*PerceiverResampler", "context=x, attention_mask=", y,
        function(r, z)
          local n, e = o.resampler_n_latents, o.hidden_size
          r.roles = r.roles .. "resampler."
          r.env.context = z
          r:param("latents", { n, e }, { role = "questions", layer_type = "EmbeddingLayer" })
          local out = r:layers("layers", o.resampler_depth, function() return "encoder" end,
            function(l, name, _, w)
              return l:call(name, "*PerceiverLayer", "x, context", w, resampler_layer(o, n))
            end, shape.tensor(r.dtype, 1, n, e))
          return r:norm("norm", out, { role = "norm.final" })
        end)
    end)
  end)
end

--- Aria: learned queries, whose number depends on that of the patches, and a feed-forward.
local function questioned(c, _, m)
  m:apart("vision.", function(b)
    local part, asked, most = c.parts.vision_config, nil, 1
    local x = block.wrapper.images(b, part, "vision_tower", "x")[2]
    local e = part.hidden_size
    for patches, n in pairs(c.projector_patch_to_query_dict) do
      most = math.max(most, n)
      if math.tointeger(patches) == shape.value(x.dims[2]) then asked = n end
    end
    b.env.asked = shape.tensor(b.dtype, 1, asked or most, e)
    b:call("multi_modal_projector", "*Projector", "x", x, function(p, y)
      p:param("query", { most, e }, { role = "projector.questions",
        layer_type = "EmbeddingLayer" })
      local function norm(q, name, z, role)
        q:norm(name, z, { kind = "layer_norm", bias = true, role = "projector." .. role })
      end
      local q = p:call("cross_attn", "*CrossAttention", "x, asked", y, function(a, z)
        local w = a.env.asked
        norm(a, "layer_norm", w, "norm.query")
        a:linear("q_proj", w, e, { role = "projector.query" })
        norm(a, "layer_norm_kv", z, "norm.key")
        a:linear("k_proj", z, e, { role = "projector.key" })
        a:linear("v_proj", z, e, { role = "projector.value" })
        a.env.keys = z
        a:call("multihead_attn", "MultiheadAttention", "x, keys, keys", w, function(h, v)
          for name, dims in pairs { in_proj_weight = { 3 * e, e }, in_proj_bias = { 3 * e },
            ["out_proj.weight"] = { e, e }, ["out_proj.bias"] = { e } } do
            h:param(name, dims, { role = "projector.attention." .. name })
          end
          h:op "attention"
          return shape.tuple(v, shape.tensor(h.dtype, 1, v.dims[2], z.dims[2]))
        end)
        a:linear("linear", w, e, { bias = true, role = "projector.output" })
        return a:leaf("dropout", "Dropout", w)
      end)
      norm(p, "layer_norm", q, "norm")
      return p:call("feed_forward", "*ProjectorMLP", "x", q, block.mlp.build(c,
        { up = "linear_in", down = "linear_out", act = "act", activation = "gelu_new",
          width = c.hidden_size, out = c.hidden_size, role = "projector" }))
    end)
  end)
end

return {
  {
    extends = "vit",
    model_types = { idefics2_vision = "Idefics2", idefics3_vision = "Idefics3",
      smolvlm_vision = "SmolVLM" },
    part = "*VisionTransformer",
    vision = { base = "*", embeddings_class = "*VisionEmbeddings", patch_module = false,
      token = false, positions = "table", dropout = false, patch_mask = true,
      embeddings_spec = "pixel_values=x, patch_attention_mask=", encoder = "encoder",
      final_norm = "post_layernorm", pooler = false, no_pool = true },
    encoder_layer = { class = "*EncoderLayer", attention = "self_attn",
      attention_class = "*VisionAttention", attention_spec = "hidden_states=x",
      ffn_class = "*VisionMLP", attention_norm = "layer_norm1", ffn_norm = "layer_norm2",
      out = "out_proj", bias = true, dropout = false },
  },
  {
    extends = "llava",
    model_types = { idefics3 = "Idefics3" },
    parts = { vision_config = { default = "idefics3_vision" } },
    keys = { scale_factor = { "count", 2 } },
    names = { language = "text_model" },
    towers = images,
    saved = {},
  },
  {
    extends = "idefics3",
    model_types = { smolvlm = "SmolVLM" },
    parts = { vision_config = { default = "smolvlm_vision" } },
  },
  {
    extends = "idefics3",
    model_types = { idefics2 = "Idefics2" },
    parts = { text = { default = "mistral" }, vision_config = { default = "idefics2_vision" } },
    arguments = { context = "the patches that are attended to" },
    towers = resampled,
  },
  {
    extends = "llava",
    model_types = { aria = "Aria" },
    parts = { text = { default = "aria_text" }, vision_config = { default = "idefics3_vision" } },
    keys = { projector_patch_to_query_dict = { "record", { ["1225"] = 128, ["4900"] = 256 } },
      vision_feature_layer = { "list", -1 } },
    arguments = { asked = "learned questions", keys = "the patches that are attended to" },
    towers = questioned,
    saved = block.wrapper.saved(),
  },
}
