-- Diffusion transformers for images and videos with cross-attention to the text. Source: the models
-- of diffusers.

local d = block.diffusion

local function alike() return "dense" end

-- Wan: videos.

local function wan_layer(c)
  local e = d.wide(c)
  return function(m, x)
    m:param("scale_shift_table", { 1, 6, e }, { role = "layer.modulation" })
    local class = "WanAttention"
    local norm = "rms_norm"
    m:norm("norm1", x, { kind = "layer_norm", class = "FP32LayerNorm", weightless = true })
    d.attention(m, "attn1", x, { class = class, wide = e, norm = norm, norm_width = e })
    if c.cross_attn_norm then
      m:norm("norm2", x, { kind = "layer_norm", class = "FP32LayerNorm", bias = true,
        role = "layer.norm.cross_attention" })
    else
      m:leaf("norm2", "Identity", x)
    end
    d.attention(m, "attn2", x, { class = class, wide = e, norm = norm, norm_width = e,
      from = m.env.words, role = "cross_attention", added_keys = true,
      added = c.added_kv_proj_dim and d.states(m, c.added_kv_proj_dim) })
    m:norm("norm3", x, { kind = "layer_norm", class = "FP32LayerNorm", weightless = true })
    d.feed_forward(m, "ffn", x, c.intermediate_size, "layer.ffn")
    m:op("add", 3)
    return x
  end
end

local function wan_conditions(m, c, e)
  return m:call("condition_embedder", "WanTimeTextImageEmbedding", "x",
    shape.tensor(m.dtype, 1), function(t)
      d.time(t, "time_embedder", c.freq_dim, e)
      d.linear(t, "time_proj", shape.tensor(t.dtype, 1, e), 6 * e, "embedding.time.modulation")
      local words = d.projected(t, "text_embedder", "PixArtAlphaTextProjection",
        d.states(t, c.text_dim), e, e, "embedding.words")
      if c.image_dim then
        t:call("image_embedder", "WanImageEmbedding", "x", d.states(t, c.image_dim), function(i, y)
          if c.pos_embed_seq_len then
            i:param("pos_embed", { 1, c.pos_embed_seq_len, c.image_dim },
              { role = "embedding.position" })
          end
          block.norms.layer(i, "norm1", y, "norm.image")
          i:call("ff", "FeedForward", "x", y, function(f, z)
            f:call("net.0", "GELU", "x", z, function(g, w)
              return d.linear(g, "proj", w, c.image_dim, "embedding.image.up")
            end)
            f:leaf("net.1", "Dropout", z)
            return d.linear(f, "net.2", z, e, "embedding.image.down")
          end)
          block.norms.layer(i, "norm2", y:last(e), "norm.image_out")
          return y:last(e)
        end)
      end
      return words
    end)
end

--- A list in the file; the vocabulary has one number under this key.
local function sizes_of_patch(c)
  local list = c.raw.patch_size
  if type(list) == "table" then return list[1], list[2], list[3] end
  if list == nil then return 1, 2, 2 end
  return list, list, list
end

local function wan(m, c, x)
  local e = d.wide(c)
  local frames, rows, columns = sizes_of_patch(c)
  m:fact("positions", "rope")
  m:param("scale_shift_table", { 1, 2, e }, { role = "norm.final.modulation" })
  m:param("patch_embedding.weight", { e, c.num_channels, frames, rows, columns },
    { role = "embedding.patch" })
  m:param("patch_embedding.bias", { e }, { role = "embedding.patch.bias" })
  m:op "conv3d"
  m.env.words = wan_conditions(m, c, e)
  x = d.layers(m, "blocks", c.num_hidden_layers, "WanTransformerBlock", alike,
    function() return wan_layer(c) end, d.states(m, e, x.dims[3]))
  m:norm("norm_out", x, { kind = "layer_norm", class = "FP32LayerNorm", weightless = true })
  return d.linear(m, "proj_out", x, d.outputs(c) * (frames * rows * columns), "head")
end

-- HunyuanDiT: two text encoders, and skip connections from the first half of the layers into the
-- second.

local function pooler(c)
  local e = c.cross_attention_dim_t5
  return function(m)
    m:kind "AttentionLayer"
    m:param("positional_embedding", { c.text_len_t5 + 1, e }, { role = "pool.positions" })
    local x = d.states(m, e)
    for _, part in ipairs { "k", "q", "v" } do
      d.linear(m, part .. "_proj", x, e, "pool." .. part)
    end
    return d.linear(m, "c_proj", shape.tensor(m.dtype, 1, e), c.pooled_projection_dim,
      "pool.output")
  end
end

local function hunyuan_conditions(m, c, e)
  return m:call("time_extra_emb", "HunyuanCombinedTimestepTextSizeStyleEmbedding", "x",
    shape.tensor(m.dtype, 1), function(t)
      local out = d.time(t, "timestep_embedder", 256, e)
      t:call("pooler", "HunyuanDiTAttentionPool", "x", d.states(t, c.cross_attention_dim_t5),
        pooler(c))
      local known = c.pooled_projection_dim
      if c.use_style_cond_and_image_meta_size then
        t:embedding("style_embedder", shape.tensor("I64", 1), 1, e, { role = "embedding.style" })
        known = known + e + 256 * 6
      end
      d.projected(t, "extra_embedder", "PixArtAlphaTextProjection",
        shape.tensor(t.dtype, 1, known), 4 * e, e, "embedding.extra")
      return out
    end)
end

local function hunyuan_layer(c, skips)
  local e = d.wide(c)
  local inner = math.floor(shape.value(c.hidden_size) * c.mlp_ratio)
  return function(m, x)
    local function norm(name, t, role)
      m:norm(name, t, { kind = "layer_norm", class = "FP32LayerNorm", bias = true,
        role = "layer.norm." .. role })
    end
    local o = { wide = e, norm = "layer_norm", norm_width = c.head_dim, norm_class = "LayerNorm" }
    local function with(more)
      for key, value in pairs(o) do more[key] = value end
      return more
    end
    if skips then
      norm("skip_norm", x:last(2 * c.hidden_size), "skip")
      d.linear(m, "skip_linear", x:last(2 * c.hidden_size), c.hidden_size, "layer.skip")
    end
    d.modulated(m, "norm1", "AdaLayerNormShift", x, m.env.time, e, true)
    d.attention(m, "attn1", x, with {})
    norm("norm2", x, "cross_attention")
    d.attention(m, "attn2", x, with { from = m.env.words, role = "cross_attention" })
    norm("norm3", x, "ffn")
    d.feed_forward(m, "ff", x, inner, "layer.ffn")
    m:op("add", 3)
    return x
  end
end

local function hunyuan(m, c, x)
  local e, half = c.hidden_size, c.num_hidden_layers // 2
  local words = c.cross_attention_dim
  m:fact("positions", "rope")
  m:param("text_embedding_padding", { c.text_len + c.text_len_t5, words },
    { role = "embedding.padding" })
  d.projected(m, "text_embedder", "PixArtAlphaTextProjection",
    d.states(m, c.cross_attention_dim_t5), 4 * c.cross_attention_dim_t5, words, "embedding.words")
  m.env.words = d.states(m, words)
  x = d.patches(m, "pos_embed", "PatchEmbed", x, c, e)
  m.env.time = hunyuan_conditions(m, c, e)
  x = d.layers(m, "blocks", c.num_hidden_layers, "HunyuanDiTBlock", function(i)
    return i > half and "skips" or "dense"
  end, function(k) return hunyuan_layer(c, k == "skips") end, x)
  local out = c.num_channels * (c.learn_sigma and 2 or 1)
  return d.ending(m, x, m.env.time, e, c.patch_size * c.patch_size * out)
end

--- A video of a few frames.
local function film(c, dtype) return shape.tensor(dtype, 1, c.num_channels, 4, 8, 8) end

return {
  {
    extends = "AutoencoderKL",
    model_types = { WanTransformer3DModel = "WanTransformer3DModel" },
    keys = { text_dim = { "size", 4096 }, freq_dim = { "size", 256 },
      cross_attn_norm = { "flag", true }, image_dim = { "size" }, added_kv_proj_dim = { "size" },
      pos_embed_seq_len = { "size" }, out_channels = { "size", 16 } },
    defaults = { num_channels = 16, num_hidden_layers = 40, head_dim = 128,
      num_attention_heads = 40, intermediate_size = 13824 },
    given = film,
    classes = { model = "WanTransformer3DModel" },
    heads = { Model = d.whole(wan) },
  },
  {
    extends = "AutoencoderKL",
    model_types = { HunyuanDiT2DModel = "HunyuanDiT2DModel" },
    keys = { mlp_ratio = { "number", 4.0 }, learn_sigma = { "flag", true },
      cross_attention_dim = { "size", 1024 }, cross_attention_dim_t5 = { "size", 2048 },
      pooled_projection_dim = { "size", 1024 }, text_len = { "size", 77 },
      text_len_t5 = { "size", 256 }, use_style_cond_and_image_meta_size = { "flag", true } },
    defaults = { num_hidden_layers = 28, head_dim = 88, num_attention_heads = 16,
      hidden_size = 1152 },
    classes = { model = "HunyuanDiT2DModel" },
    heads = { Model = d.whole(hunyuan) },
  },
}
