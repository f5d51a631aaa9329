-- Parakeet and LASR: conformer encoders of speech, alone or with a CTC head or a transducer.

local function half(n) return (n + 1) // 2 end

--- Attention with relative positions: their projection, and two biases for each head.
local function relative(c)
  local e, h = c.hidden_size, c.num_attention_heads
  local beside = function()
    return function(m)
      m:param("bias_u", { h, e // h }, { role = "layer.attention.bias_u" })
      m:param("bias_v", { h, e // h }, { role = "layer.attention.bias_v" })
      m:linear("relative_k_proj", m.env.position_embeddings, e,
        { role = "layer.attention.relative" })
    end
  end
  return block.attention.build(c, { bias = c.attention_bias, out_bias = c.attention_bias,
    beside = beside, rope = false, cache = false })
end

local function layer(c, o)
  return block.conformer_layer.build(c, { class = "*EncoderBlock",
    ffn_class = "*EncoderFeedForward", attention_class = "*EncoderAttention",
    conv_class = "*EncoderConvolutionModule", spec = "x, attention_mask=, position_embeddings=",
    attention_spec = "hidden_states=x, attention_mask=, position_embeddings=",
    attention = o.attention, bias = c.attention_bias, norm_bias = o.norm_bias,
    conv_bias = c.convolution_bias, kernel = c.conv_kernel_size })
end

local function layers(c, o, m, x)
  local body = layer(c, o)
  return m:layers("layers", c.num_hidden_layers, function() return "encoder" end,
    function(l, name, _, y) return body(l, name, y) end, x)
end

--- Convolutions that each halve frames and frequencies.
local function subsampling(c)
  return function(m, x)
    local to, k = c.subsampling_conv_channels, c.subsampling_conv_kernel_size
    local y = shape.tensor(m.dtype, 1, 1, x.dims[2], x.dims[3])
    local at = 0
    local function conv(result, kernel, groups)
      y = block.conv.conv(m, "layers." .. at, y, result, { kernel, kernel },
        { bias = true, groups = groups, role = "embedding.conv" .. at })
      at = at + 1
    end
    local function halved()
      return shape.tensor(m.dtype, 1, to, half(y.dims[3]), half(y.dims[4]))
    end
    local factor, first = c.subsampling_factor, true
    while factor > 1 do
      conv(halved(), k, not first and to or nil)
      if not first then conv(y, 1) end
      m:leaf("layers." .. at, "ReLU", y)
      m:op "relu"
      at, factor, first = at + 1, factor // 2, false
    end
    return m:linear("linear", shape.tensor(m.dtype, 1, y.dims[3], to * y.dims[4]), c.hidden_size,
      { bias = true, role = "embedding.projection" })
  end
end

local function parakeet(c)
  return function(m, x)
    x = m:call("subsampling", "*EncoderSubsamplingConv2D", "x", x, subsampling(c))
    m:fact("positions", "relative")
    m.env.position_embeddings = m:call("encode_positions", "*EncoderRelPositionalEncoding", "x", x,
      function() return shape.tensor(m.dtype, 1, 2 * x.dims[2] - 1, c.hidden_size) end)
    return shape.named("last_hidden_state", layers(c, { attention = relative(c) }, m, x))
  end
end

local function lasr_subsampling(c)
  return function(m, x)
    local e, k, step = c.hidden_size, c.subsampling_conv_kernel_size, c.subsampling_conv_stride
    local function act(y)
      m:leaf("act_fn", "ReLU", y)
      m:op "relu"
    end
    local function conv(name, y, to)
      local n = (y.dims[3] - shape.value(k)) // step + 1
      y = block.conv.conv(m, name, y, shape.tensor(m.dtype, 1, to, n), { k },
        { bias = true, role = "embedding." .. name })
      act(y)
      return y
    end
    local y = m:linear("dense_0", x, e, { bias = true, role = "embedding.dense_0" })
    act(y)
    y = conv("conv_0", y:view(1, e, y.dims[2]), e)
    y = conv("conv_1", y, c.subsampling_conv_channels)
    return m:linear("dense_1", y:view(1, y.dims[3], y.dims[2]), e,
      { bias = true, role = "embedding.dense_1" })
  end
end

local function lasr(c)
  return function(m, x)
    x = m:call("subsampler", "*EncoderSubsampling", "x", x, lasr_subsampling(c))
    m:fact("positions", "rope")
    m.env.position_ids = shape.tensor("I64", 1, x.dims[2])
    local turn = shape.tensor(m.dtype, 1, x.dims[2], block.decoder.rope(c))
    m.env.position_embeddings = m:call("rotary_emb", "*EncoderRotaryEmbedding", "x, position_ids",
      x, function() return shape.tuple(turn, turn) end)
    local attention = block.attention.build(c, { bias = c.attention_bias,
      out_bias = c.attention_bias, cache = false })
    x = layers(c, { attention = attention, norm_bias = false }, m, x)
    m:norm("out_norm", x, { kind = "layer_norm", role = "norm.final" })
    return shape.named("last_hidden_state", x)
  end
end

local function encoded(r, c, x)
  local part = c.parts.encoder_config
  return r:part(part):call("encoder", part.family.classes.model, "input_features=x", x,
    part.family.body(part, part.family))[2]
end

--- The CTC head: a token for each frame.
local function letters(m, c, _, x)
  return m:call("", "*ForCTC", "input_features=x", x, function(r, y)
    local seen = encoded(r, c, y)
    r:kind "LMHead"
    local logits = seen:last(c.vocab_size)
    r:leaf("ctc_head", "*EncoderCTCHead", seen, logits) -- a convolution that turns both
    r:param("ctc_head.weight", { c.vocab_size, seen.dims[3], 1 }, { role = "head" })
    r:param("ctc_head.bias", { c.vocab_size }, { role = "head.bias" })
    r:op "conv1d"
    return shape.named("logits", logits)
  end)
end

--- A transducer: an LSTM over the tokens so far, joined with the encoder for each frame and token.
local function decoder(c)
  return function(m, ids)
    local e, n = c.decoder_hidden_size, c.num_decoder_layers
    local x = m:embedding("embedding", ids, c.vocab_size, e)
    m.env.state = shape.tensor(m.dtype, n, 1, e)
    m:leaf("lstm", "LSTM", x, shape.tuple(x, shape.tuple(m.env.state, m.env.state)))
    for i = 0, n - 1 do
      for _, part in ipairs { "ih", "hh" } do
        m:param(("lstm.weight_%s_l%d"):format(part, i), { 4 * e, e },
          { role = "decoder.lstm" .. i .. "." .. part })
        m:param(("lstm.bias_%s_l%d"):format(part, i), { 4 * e },
          { role = "decoder.lstm" .. i .. "." .. part .. ".bias" })
      end
    end
    m:op("lstm", n)
    m:cache { kind = "state", dims = { n, e } }
    return m:linear("decoder_projector", x, e, { bias = true, role = "decoder.projection" })
  end
end

local function transducer(m, c, _, x)
  m.env.decoder_input_ids = shape.tensor("I64", 1, 8)
  return m:call("", "*ForRNNT", "input_features=x, decoder_input_ids=", x, function(r, y)
    local seen, e = encoded(r, c, y), c.decoder_hidden_size
    local heard = r:linear("encoder_projector", seen, e, { bias = true, role = "projector" })
    r:call("decoder", "*RNNTDecoder", "x", r.env.decoder_input_ids, decoder(c))
    local n = seen.dims[2]
    r.env.decoder_hidden_states = shape.tensor(r.dtype, 1, 1, 8, e)
    local logits = r:call("joint", "*RNNTJointNetwork",
      "encoder_hidden_states=x, decoder_hidden_states=", shape.tensor(r.dtype, 1, n, 1, e),
      function(j)
        local both = shape.tensor(j.dtype, 1, n, 8, e)
        local act = block.activation[c.hidden_act]
        j:leaf("activation", act.class, both)
        j:op(act.operator)
        j:kind "LMHead"
        return j:linear("head", both, c.vocab_size,
          { bias = true, role = "head", layer_type = "LMHead" })
      end)
    return shape.named("last_hidden_state", seen, "pooler_output", heard, "logits", logits)
  end)
end

local function given(c, dtype)
  local part = c.parts.encoder_config or c
  return shape.tensor(dtype, 1, 200, part.num_mel_bins)
end

local function alone(m, c, f, x)
  return m:call("", f.classes.model, "input_features=x", x, f.body(c, f))
end

return {
  {
    extends = "llama",
    model_types = { parakeet_encoder = "Parakeet" },
    part = "*Encoder",
    keys = { conv_kernel_size = { "size", 9 }, convolution_bias = { "flag", true },
      subsampling_factor = { "count", 8 },
      subsampling_conv_channels = { "size", 256 }, subsampling_conv_kernel_size = { "size", 3 },
      subsampling_conv_stride = { "count", 2 } },
    body = parakeet,
    heads = { Model = alone },
    given = given,
    facts = { norm = "layer_norm", stacks = "encoder" },
  },
  { extends = "parakeet_encoder", model_types = { lasr_encoder = "Lasr" }, body = lasr,
    keys = { conv_kernel_size = { "size", 32 }, convolution_bias = { "flag", false },
      subsampling_conv_kernel_size = { "size", 5 } } },
  {
    model_types = { parakeet_ctc = "Parakeet" },
    parts = { encoder_config = { default = "parakeet_encoder" } },
    heads = { ForCTC = letters },
    given = given,
    facts = { norm = "layer_norm", stacks = "encoder" },
  },
  {
    extends = "parakeet_ctc",
    model_types = { parakeet_rnnt = "Parakeet" },
    arguments = { decoder_hidden_states = "what the letters so far say" },
    keys = { decoder_hidden_size = { "size", 640 }, num_decoder_layers = { "count", 2 } },
    heads = { ForRNNT = transducer, ForCTC = false },
    facts = { stacks = "encoder and decoder" },
  },
  { extends = "parakeet_ctc", model_types = { lasr_ctc = "Lasr" },
    parts = { encoder_config = { default = "lasr_encoder" } } },
}
