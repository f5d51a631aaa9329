-- Gemma 4's audio encoder: subsampling convolutions, then layers of local attention, a convolution
-- and two feed-forwards.

local function audio_feed(c)
  return function(m, x)
    local linear, act = block.clipped_linear.map(c), block.activation[c.hidden_act]
    m:norm("pre_layer_norm", x, { role = "layer.norm.ffn" })
    local y = linear(m, "ffw_layer_1", x, 4 * c.hidden_size, { role = "layer.ffn.up" })
    m:kind(act.plain or act.gated)
    m:leaf("act_fn", act.class, y)
    m:op(act.operator)
    linear(m, "ffw_layer_2", y, c.hidden_size, { role = "layer.ffn.down" })
    m:norm("post_layer_norm", x, { role = "layer.norm.after_ffn" })
    m:op "add"
    return x
  end
end

local function audio_attention(c)
  local linear, e = block.clipped_linear.map(c), c.hidden_size
  return function(m, x)
    m:kind "AttentionLayer"
    for _, part in ipairs { { "q_proj", "query" }, { "k_proj", "key" }, { "v_proj", "value" } } do
      linear(m, part[1], x, e, { role = "layer.attention." .. part[2] })
    end
    m:linear("relative_k_proj", m.env.position_embeddings, e, { role = "layer.attention.relative" })
    m:param("per_dim_scale", { e // c.num_attention_heads }, { role = "layer.attention.scale" })
    m:op "attention"
    linear(m, "post", x, e, { role = "layer.attention.output" })
    local mask = m.env.attention_mask.dims
    return shape.tuple(x, shape.tensor("F32", 1, c.num_attention_heads, mask[3], mask[4], mask[5]))
  end
end

local function audio_conv(c)
  local linear, act, e = block.clipped_linear.map(c), block.activation[c.hidden_act], c.hidden_size
  return function(m, x)
    m:norm("pre_layer_norm", x, { role = "layer.norm.conv" })
    linear(m, "linear_start", x, 2 * e, { role = "layer.conv.in" })
    local turned = shape.tensor(m.dtype, 1, e, x.dims[2])
    block.conv.conv(m, "depthwise_conv1d", turned, turned, { c.conv_kernel_size },
      { groups = e, class = "*AudioCausalConv1d", role = "layer.conv" })
    m:norm("conv_norm", x, { role = "layer.norm.inner_conv" })
    m:leaf("act_fn", act.class, x)
    m:op(act.operator)
    linear(m, "linear_end", x, e, { role = "layer.conv.out" })
    m:op "add"
    return x
  end
end

local function audio_layer(c)
  return function(m, x)
    m:fact("norm_place", "both")
    m:call("feed_forward1", "*AudioFeedForward", "x", x, audio_feed(c))
    m:norm("norm_pre_attn", x, { role = "layer.norm.attention" })
    m:call("self_attn", "*AudioAttention", "hidden_states=x, position_embeddings=, attention_mask=",
      x, audio_attention(c))
    m:norm("norm_post_attn", x, { role = "layer.norm.after_attention" })
    m:op "add"
    m:call("lconv1d", "*AudioLightConv1d", "x", x, audio_conv(c))
    m.roles = m.roles .. "second."
    m:call("feed_forward2", "*AudioFeedForward", "x", x, audio_feed(c))
    m:norm("norm_out", x, { role = "layer.norm.last" })
    return x
  end
end

--- Two convolutions; each halves frames and frequencies.
local function subsampled(c, m, x)
  local channels = c.subsampling_conv_channels
  return m:call("subsample_conv_projection", "*AudioSubSampleConvProjection", "x, mask", x,
    function(s)
      local y = shape.tensor(s.dtype, 1, 1, x.dims[2], x.dims[3])
      for i = 0, 1 do
        y = s:call("layer" .. i, "*AudioSubSampleConvProjectionLayer", "x, mask", y,
          function(l, z)
            local t, f = (z.dims[3] + 1) // 2, (z.dims[4] + 1) // 2
            local to = channels[i + 1]
            local role = "embedding.conv" .. i
            z = block.conv.conv(l, "conv", z, shape.tensor(l.dtype, 1, to, t, f), { 3, 3 },
              { role = role })
            l:norm("norm", shape.tensor(l.dtype, 1, t, f, to),
              { kind = "layer_norm", role = role .. ".norm" })
            l:leaf("act", "ReLU", z)
            l:op "relu"
            s.env.mask = shape.tensor("BOOL", 1, t)
            return shape.tuple(z, s.env.mask)
          end)[1]
      end
      local wide = shape.tensor(s.dtype, 1, y.dims[3], channels[1] // 4 * channels[2])
      return shape.tuple(s:linear("input_proj_linear", wide, c.hidden_size,
        { role = "embedding.projection" }), s.env.mask)
    end)
end

local function audio(c)
  return function(m, x)
    m:fact("positions", "relative")
    local made = subsampled(c, m, x)
    x = made[1]
    local past, ahead = c.attention_context_left - 1, c.attention_context_right
    local chunk, n = c.attention_chunk_size, shape.value(x.dims[2])
    local reach = shape.value(chunk) + past + ahead
    m.env.position_embeddings = m:call("rel_pos_enc", "*AudioRelPositionalEncoding", "x", x,
      function() return shape.tensor(m.dtype, 1, reach // 2 + 1, c.hidden_size) end)
    m.env.attention_mask = shape.tensor(m.dtype, 1, 1, -(-n // shape.value(chunk)), chunk, reach)
    x = m:layers("layers", c.num_hidden_layers, function() return "encoder" end,
      function(l, name, _, y)
        return l:call(name, "*AudioLayer", "x, attention_mask=, position_embeddings=", y,
          audio_layer(c))
      end, x)
    local out = m:linear("output_proj", x, c.output_proj_dims, { bias = true, role = "projection" })
    return shape.named("last_hidden_state", out, "attention_mask", made[2])
  end
end

local function spectrogram(_, dtype) return shape.tensor(dtype, 1, 3000, 128) end

return {
  {
    extends = "llama",
    model_types = { gemma4_audio = "Gemma4" },
    part = "*AudioModel",
    keys = { use_clipped_linears = { "flag", true }, conv_kernel_size = { "size", 5 },
      subsampling_conv_channels = { "list", { 128, 32 } },
      attention_context_left = { "count", 13 }, attention_context_right = { "count", 0 },
      output_proj_dims = { "size", 1536 } },
    body = audio,
    calls = { model = "input_features=x" },
    given = spectrogram,
  },
  { extends = "gemma4_audio", model_types = { gemma4_unified_audio = "Gemma4Unified" },
    keys = { audio_embed_dim = { "size", 640 } } },
}
