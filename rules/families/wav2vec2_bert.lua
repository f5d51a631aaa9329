-- Wav2Vec2-BERT: conformer layers over audio features, with the heads of wav2vec 2.0.

local ln = block.norms.layer

local function feed(c, role)
  return block.mlp.build(c, { up = "intermediate_dense", down = "output_dense", bias = true,
    act = "intermediate_act_fn", inner_dropout = "intermediate_dropout",
    dropout = "output_dropout", role = role })
end

--- Relative positions of the kind that the configuration names; adapters have none.
local function attention(c, kind)
  local e, h = c.hidden_size, c.num_attention_heads
  return block.attention.build(c, { square = true, bias = true, out_bias = true, q = "linear_q",
    k = "linear_k", v = "linear_v", out = "linear_out", cache = false, rope = kind == "rotary",
    beside = function()
      return function(m, x)
        if kind == "relative" then
          m:linear("linear_pos", x, e, { role = "layer.attention.relative" })
          m:param("pos_bias_u", { h, e // h }, { role = "layer.attention.bias_u" })
          m:param("pos_bias_v", { h, e // h }, { role = "layer.attention.bias_v" })
        elseif kind == "relative_key" then
          m:param("distance_embedding.weight",
            { c.left_max_position_embeddings + c.right_max_position_embeddings + 1, e // h },
            { role = "layer.attention.relative", layer_type = "EmbeddingLayer" })
        end
      end
    end })
end

local function convolutions(c)
  local e, act = c.hidden_size, block.activation[c.hidden_act] or block.activation.silu
  return function(m, x)
    local turned = x:view(1, e, x.dims[2])
    local function conv(name, from, to, kernel, groups, role)
      block.conv.conv(m, name, from, to, { kernel }, { groups = groups,
        role = "layer.conv." .. role })
    end
    ln(m, "layer_norm", x, "layer.norm.conv")
    local wide = x:view(1, 2 * e, x.dims[2])
    conv("pointwise_conv1", turned, wide, 1, nil, "in")
    m:leaf("glu", "GLU", wide, turned)
    conv("depthwise_conv", turned, turned, c.conv_depthwise_kernel_size, e, "wide")
    ln(m, "depthwise_layer_norm", x, "layer.norm.inner_conv")
    m:leaf("activation", act.class, turned)
    m:op(act.operator)
    conv("pointwise_conv2", turned, turned, 1, nil, "out")
    return m:leaf("dropout", "Dropout", x)
  end
end

local function layer(c)
  local mix = attention(c, c.position_embeddings_type)
  return function(m, x)
    m:fact("norm_place", "pre")
    ln(m, "ffn1_layer_norm", x, "layer.norm.ffn_before")
    m:call("ffn1", "*FeedForward", "x", x, feed(c, "layer.ffn_before"))
    ln(m, "self_attn_layer_norm", x, "layer.norm.attention")
    m:call("self_attn", "*SelfAttention", "hidden_states=x", x, mix)
    m:leaf("self_attn_dropout", "Dropout", x)
    m:call("conv_module", "*ConvolutionModule", "x", x, convolutions(c))
    ln(m, "ffn2_layer_norm", x, "layer.norm.ffn")
    m:call("ffn2", "*FeedForward", "x", x, feed(c, "layer.ffn"))
    m:op("add", 4)
    return ln(m, "final_layer_norm", x, "layer.norm.last")
  end
end

--- An adapter layer: attention and its residual, both over fewer frames.
local function adapter_layer(c, e)
  local mix = block.attention.build(c, { square = true, bias = true, out_bias = true,
    q = "linear_q", k = "linear_k", v = "linear_v", out = "linear_out", cache = false,
    rope = false })
  local ffn = block.mlp.build(c, { up = "intermediate_dense", down = "output_dense", bias = true,
    act = "intermediate_act_fn", inner_dropout = "intermediate_dropout", out = e,
    dropout = "output_dropout", activation = c.adapter_act, role = "adapter.ffn" })
  return function(m, x)
    local k, step = c.adapter_kernel_size, c.adapter_stride
    local n = (x.dims[2] + 2 * (step // 2) - shape.value(k)) // step + 1
    local from, wide = x:view(1, e, x.dims[2]), x:view(1, 2 * e, n)
    for _, part in ipairs { "residual", "self_attn" } do
      ln(m, part .. "_layer_norm", x, "adapter.norm." .. part)
      block.conv.conv(m, part .. "_conv", from, wide, { k },
        { bias = true, role = "adapter.conv." .. part })
      m:leaf("activation", "GLU", wide, x:view(1, e, n))
    end
    local y = x:view(1, n, e)
    m:call("self_attn", "*SelfAttention", "x", y, mix)
    m:leaf("self_attn_dropout", "Dropout", y)
    ln(m, "ffn_layer_norm", y, "adapter.norm.ffn")
    m:call("ffn", "*FeedForward", "x", y, ffn)
    return y
  end
end

local function adapter(c)
  return function(m, x)
    local e = c.output_hidden_size or c.hidden_size
    m.roles, m.beside = "adapter.", true
    if shape.value(e) ~= shape.value(c.hidden_size) then
      x = m:linear("proj", x, e, { bias = true, role = "projection" })
      ln(m, "proj_layer_norm", x, "norm")
    end
    for i = 0, c.num_adapter_layers - 1 do
      x = m:call("layers." .. i, "*AdapterLayer", "x", x, adapter_layer(c, e))
    end
    return x
  end
end

local function body(c)
  return function(m, features)
    local e = c.hidden_size
    if (c.mask_time_prob or 0) > 0 or (c.mask_feature_prob or 0) > 0 then
      m:param("masked_spec_embed", { e },
        { role = "embedding.mask", layer_type = "EmbeddingLayer" })
    end
    m:fact("positions", c.position_embeddings_type == "rotary" and "rope" or "relative")
    local x = m:call("feature_projection", "*FeatureProjection", "x", features, function(p, y)
      ln(p, "layer_norm", y, "norm.features")
      local z = p:linear("projection", y, e, { bias = true, role = "embedding.projection" })
      return shape.tuple(p:leaf("dropout", "Dropout", z), y)
    end)[1]
    x = m:call("encoder", "*Encoder", "x", x, function(n, y)
      n:leaf("dropout", "Dropout", y)
      return shape.named("last_hidden_state", n:layers("layers", c.num_hidden_layers,
        function() return "encoder" end, function(l, name, _, z)
          return l:call(name, "*EncoderLayer", "x", z, layer(c))
        end, y))
    end)[2]
    if c.use_intermediate_ffn_before_adapter then
      m:call("intermediate_ffn", "*FeedForward", "x", x, feed(c, "adapter.before"))
    end
    if c.add_adapter then x = m:call("adapter", "*Adapter", "x", x, adapter(c)) end
    return shape.named("last_hidden_state", x, "extract_features", features)
  end
end

return {
  extends = "wav2vec2",
  model_types = { ["wav2vec2-bert"] = "Wav2Vec2Bert" },
  keys = { feature_projection_input_dim = { "size", 160 }, position_embeddings_type = { "choice",
    "relative_key" }, left_max_position_embeddings = { "size", 64 },
    right_max_position_embeddings = { "size", 8 }, conv_depthwise_kernel_size = { "size", 31 },
    adapter_act = { "choice", "relu" }, num_adapter_layers = { "count", 1 },
    use_intermediate_ffn_before_adapter = { "flag", false }, classifier_proj_size = { "size",
    768 } },
  body = body,
  heads = { ForPreTraining = false },
  given = function(c, dtype) return shape.tensor(dtype, 1, 200, c.feature_projection_input_dim) end,
}
