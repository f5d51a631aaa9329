-- Diffusion transformers for images: latents and text have separate weights and joint attention,
-- then (FLUX) layers on one sequence of both. Source: the models of diffusers.

local d = block.diffusion

--- The norm of queries and keys, if the configuration names one.
local function head_norm(c) return type(c.raw.qk_norm) == "string" and "rms_norm" end

local function conditions(m, c, e)
  local class = c.guidance_embeds and "CombinedTimestepGuidanceTextProjEmbeddings"
    or "CombinedTimestepTextProjEmbeddings"
  return m:call("time_text_embed", class, "x", shape.tensor(m.dtype, 1), function(t)
    local out = d.time(t, "timestep_embedder", 256, e)
    if c.guidance_embeds then d.time(t, "guidance_embedder", 256, e) end
    d.projected(t, "text_embedder", "PixArtAlphaTextProjection",
      shape.tensor(t.dtype, 1, c.pooled_projection_dim), e, e, "embedding.pooled")
    return out
  end)
end

--- A layer for both. `o`: `last`, it gives no text; `dual`, latents have a second attention.
local function double(c, o)
  local e = d.wide(c)
  return function(m, x)
    local words, time = m.env.words, m.env.time
    d.modulated(m, "norm1", o.dual and "SD35AdaLayerNormZeroX" or "AdaLayerNormZero", x, time,
      (o.dual and 9 or 6) * e)
    d.modulated(m, "norm1_context", o.last and "AdaLayerNormContinuous" or "AdaLayerNormZero",
      words, time, (o.last and 2 or 6) * e)
    local norms = { class = o.class, wide = e, norm = o.norm, norm_width = c.head_dim }
    local function with(more)
      for key, value in pairs(norms) do more[key] = value end
      return more
    end
    d.attention(m, "attn", x, with { added = words, added_out = not o.last })
    if o.dual then d.attention(m, "attn2", x, with { role = "second_attention" }) end
    m:norm("norm2", x, { kind = "layer_norm", weightless = true })
    d.feed_forward(m, "ff", x, 4 * e, "layer.ffn")
    if not o.last then
      m:norm("norm2_context", words, { kind = "layer_norm", weightless = true })
      d.feed_forward(m, "ff_context", words, 4 * e, "layer.words_ffn")
    end
    m:op("add", 2)
    return x
  end
end

--- FLUX: attention and feed-forward are parallel.
local function single(c)
  local e = d.wide(c)
  return function(m, x)
    d.modulated(m, "norm", "AdaLayerNormZeroSingle", x, m.env.time, 3 * e)
    local inner = d.linear(m, "proj_mlp", x, 4 * e, "layer.ffn.up")
    m:leaf("act_mlp", "GELU", inner)
    m:op "gelu"
    d.attention(m, "attn", x, { class = "FluxAttention", wide = e, norm = "rms_norm",
      norm_width = c.head_dim, out = false })
    return d.linear(m, "proj_out", x:last(5 * e), e, "layer.ffn.down")
  end
end

local function alike() return "dense" end

local function flux(m, c, x)
  local e = d.wide(c)
  m:fact("positions", "rope")
  local patch = c.patch_size * c.patch_size
  m.env.time = conditions(m, c, e)
  m.env.words = d.linear(m, "context_embedder", d.states(m, c.joint_attention_dim), e,
    "embedding.words")
  x = d.linear(m, "x_embedder", x, e, "embedding.patch")
  x = d.layers(m, "transformer_blocks", c.num_hidden_layers, "FluxTransformerBlock", alike,
    function() return double(c, { class = "FluxAttention", norm = "rms_norm" }) end, x)
  x = d.layers(m, "single_transformer_blocks", c.num_single_layers, "FluxSingleTransformerBlock",
    alike, function() return single(c) end, x)
  return d.ending(m, x, m.env.time, e, patch * d.outputs(c))
end

local function sd3(m, c, x)
  local e, size = d.wide(c), c.pos_embed_max_size
  m:fact("positions", "sinusoidal")
  x = d.patches(m, "pos_embed", "PatchEmbed", x, c, e, size * size)
  m.env.time = conditions(m, c, e)
  m.env.words = d.linear(m, "context_embedder", d.states(m, c.joint_attention_dim),
    c.caption_projection_dim, "embedding.words")
  local twice, last = {}, c.num_hidden_layers - 1
  for _, i in ipairs(c.dual_attention_layers or {}) do twice[i] = true end
  x = d.layers(m, "transformer_blocks", c.num_hidden_layers, "JointTransformerBlock", function(i)
    return (i == last and "last" or "dense") .. (twice[i] and " dual" or "")
  end, function(k)
    return double(c, { last = k:find "last", dual = k:find "dual",
      norm = head_norm(c) })
  end, x)
  return d.ending(m, x, m.env.time, e, c.patch_size * c.patch_size * d.outputs(c))
end

local function row(c, dtype) return shape.tensor(dtype, 1, 16, c.num_channels) end

return {
  {
    extends = "AutoencoderKL",
    model_types = { FluxTransformer2DModel = "FluxTransformer2DModel" },
    keys = { num_single_layers = { "count", 38 }, joint_attention_dim = { "size", 4096 },
      pooled_projection_dim = { "size", 768 }, guidance_embeds = { "flag", false },
      out_channels = { "size" } },
    defaults = { patch_size = 1, num_channels = 64, num_hidden_layers = 19, head_dim = 128,
      num_attention_heads = 24 },
    given = row,
    classes = { model = "FluxTransformer2DModel" },
    heads = { Model = d.whole(flux) },
  },
  {
    extends = "AutoencoderKL",
    model_types = { SD3Transformer2DModel = "SD3Transformer2DModel" },
    keys = { joint_attention_dim = { "size", 4096 }, caption_projection_dim = { "size", 1152 },
      pooled_projection_dim = { "size", 2048 }, pos_embed_max_size = { "size", 96 },
      dual_attention_layers = { "list" }, guidance_embeds = { "flag", false },
      out_channels = { "size", 16 } },
    defaults = { patch_size = 2, num_channels = 16, num_hidden_layers = 18, head_dim = 64,
      num_attention_heads = 18 },
    classes = { model = "SD3Transformer2DModel" },
    heads = { Model = d.whole(sd3) },
  },
}
