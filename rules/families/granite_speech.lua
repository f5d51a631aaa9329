-- Granite Speech: a conformer over spectrograms, a Q-Former over windows of its frames, and a
-- Granite decoder.

--- A feed-forward of half weight, with its norm and dropouts inside.
local function feed_forward(c, i)
  local feed = block.mlp.build(c, { width = c.hidden_size * c.feedforward_mult, bias = true,
    activation = "silu", act = "silu", act_class = "SiLU", inner_dropout = "dropout",
    dropout = "dropout", role = i == 1 and "layer.ffn_before" or "layer.ffn" })
  return function(m, x)
    block.norms.layer(m, "pre_norm", x, i == 1 and "layer.norm.ffn_before" or "layer.norm.ffn")
    return feed(m, x)
  end
end

--- Attention within blocks of frames, with a table of relative positions.
local function attention(c)
  local e, wide = c.hidden_size, c.num_attention_heads * c.head_dim
  return function(m, x)
    m:kind "AttentionLayer"
    block.norms.layer(m, "pre_norm", x, "layer.norm.attention")
    local n, size = shape.value(x.dims[2]), shape.value(c.context_size)
    local whole = x:view(x.dims[1], -(-n // size) * size, e)
    m:linear("to_q", whole, wide, { role = "layer.attention.query" })
    m:linear("to_kv", whole, 2 * wide, { role = "layer.attention.key_value" })
    m:embedding("rel_pos_emb", m.env.attention_dists, 2 * c.max_pos_emb + 1, c.head_dim,
      { role = "layer.attention.positions" })
    m:op "attention"
    m:linear("to_out", x:last(wide), e, { bias = true, role = "layer.attention.output" })
    return m:leaf("dropout", "Dropout", x)
  end
end

local function convolutions(c)
  local e, wide, k = c.hidden_size, c.hidden_size * c.conv_expansion_factor, c.conv_kernel_size
  return function(m, x)
    block.norms.layer(m, "norm", x, "layer.norm.conv")
    local function rows(width, n) return x:view(x.dims[1], width, n or x.dims[2]) end
    local y = block.conv.conv(m, "up_conv", rows(e), rows(2 * wide), { 1 },
      { bias = true, role = "layer.conv.in" })
    y = m:leaf("glu", "GLU", y, rows(wide))
    m:op "glu"
    m:call("depth_conv", "*ConformerDepthWiseConv1d", "x", y, function(d)
      return block.conv.conv(d, "conv", rows(wide, x.dims[2] + k - 1), y, { k },
        { groups = wide, role = "layer.conv.wide" })
    end)
    block.conformer_layer.batch_norm(m, "batch_norm", y, wide, "layer.norm.inner_conv")
    m:leaf("silu", "SiLU", y)
    m:op "silu"
    block.conv.conv(m, "down_conv", y, rows(e), { 1 }, { bias = true, role = "layer.conv.out" })
    return m:leaf("dropout", "Dropout", x)
  end
end

local function layer(c)
  return function(m, x)
    m:fact("norm_place", "pre")
    m:fact("parallel_residual", false)
    m:call("ff1", "*ConformerFeedForward", "x", x, feed_forward(c, 1))
    m:call("attn", "*ConformerAttention", "x, attention_dists=", x, attention(c))
    m:call("conv", "*ConformerConvModule", "x", x, convolutions(c))
    m:call("ff2", "*ConformerFeedForward", "x", x, feed_forward(c, 2))
    m:op("add", 4)
    return block.norms.layer(m, "post_norm", x, "layer.norm.last")
  end
end

--- After the middle layer the CTC logits are projected back into the states.
local function ctc_feedback(m, c, x)
  local logits = m:linear("out", x, c.output_dim, { bias = true, role = "middle.out" })
  m:linear("out_mid", logits, c.hidden_size, { bias = true, role = "middle.back" })
end

local function body(c)
  local middle = c.num_hidden_layers // 2
  return function(m, features)
    m:fact("positions", "relative")
    m.env.attention_dists = shape.tensor("I64", c.context_size, c.context_size)
    local x = m:linear("input_linear", features, c.hidden_size,
      { bias = true, role = "embedding.projection" })
    m:layers("layers", c.num_hidden_layers,
      function(i) return i + 1 == middle and "middle" or "encoder" end,
      function(l, name, kind, y)
        l:call(name, "*ConformerBlock", "x, attention_dists=", y, layer(c))
        if kind == "middle" then ctc_feedback(l, c, y) end
        return y
      end, x)
    if middle == 0 then m:uncalled(function(u) ctc_feedback(u, c, x) end) end
    return shape.named("last_hidden_state", x)
  end
end

local function given(c, dtype) return shape.tensor(dtype, 1, 3000, c.num_mel_bins) end

local function towers(c, _, m)
  m:apart("audio.", function(b)
    local part, asking = c.parts.encoder_config, c.parts.projector_config
    local x = given(part, b.dtype)
    x = b:part(part):call("encoder", "*CTCEncoder", "x", x, body(part))[2]
    b:call("projector", "*EncoderProjector", "x", x, function(p)
      local size, count = shape.value(c.window_size), c.window_size // c.downsample_rate
      local windows = -(-shape.value(x.dims[2]) // size)
      p:param("query", { 1, count, asking.hidden_size }, { role = "projector.questions" })
      p.env.encoded = shape.tensor(p.dtype, windows, size, part.hidden_size)
      p:part(asking):call("qformer", asking.family.classes.model,
        "query_embeds=x, encoder_hidden_states=encoded",
        shape.tensor(p.dtype, 1, count, asking.hidden_size),
        asking.family.body(asking, asking.family))
      return p:linear("linear", shape.tensor(p.dtype, 1, windows * count, asking.hidden_size),
        c.language.hidden_size, { bias = true, role = "projector" })
    end)
  end)
end

return {
  {
    extends = "llama",
    model_types = { granite_speech_encoder = "GraniteSpeech" },
    part = "*CTCEncoder",
    aliases = { hidden_size = "hidden_dim", num_mel_bins = "input_dim", head_dim = "dim_head" },
    keys = { feedforward_mult = { "size", 4 }, output_dim = { "size", 42 },
      context_size = { "size", 200 }, max_pos_emb = { "size", 512 },
      conv_kernel_size = { "size", 15 }, conv_expansion_factor = { "size", 2 } },
    body = body,
    calls = { model = "hidden_states=x" },
    given = given,
    facts = { norm = "layer_norm", stacks = "encoder" },
  },
  {
    extends = "llava",
    model_types = { granite_speech = "GraniteSpeech" },
    parts = { text = { default = "granite" },
      encoder_config = { default = "granite_speech_encoder" },
      projector_config = { default = "blip_2_qformer" } },
    keys = { downsample_rate = { "size", 5 }, window_size = { "size", 15 } },
    towers = towers,
    head = { tied = true },
  },
}
