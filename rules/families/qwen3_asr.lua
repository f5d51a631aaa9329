-- Qwen3-ASR: chunks of a spectrogram through three convolutions, attention within windows of
-- chunks, and a Qwen 3 that writes the transcript.

local function half(n) return (n + 1) // 2 end

local function layer(c)
  return block.spectrogram_encoder.layer(c, { class = "*AudioAttention", key_bias = true,
    call = "hidden_states=x, cu_seqlens=" })
end

local function body(c)
  return function(m, features)
    local chunk = 2 * c.n_window
    local count, e, to = features.dims[3] // chunk, c.hidden_size, c.downsample_hidden_size
    local x = shape.tensor(m.dtype, count, 1, features.dims[2], chunk)
    for i = 1, 3 do
      local y = shape.tensor(m.dtype, count, to, half(x.dims[3]), half(x.dims[4]))
      x = block.conv.conv(m, "conv2d" .. i, x, y, { 3, 3 }, { bias = true, role = "conv" .. i })
      m:op "gelu"
    end
    m:fact("positions", "sinusoidal")
    local frames = x.dims[4]
    m:linear("conv_out", shape.tensor(m.dtype, count, frames, to * x.dims[3]), e,
      { role = "embedding.projection" })
    m.env.cu_seqlens = shape.tensor("I32", 2)
    x = m:layers("layers", c.num_hidden_layers, function() return "encoder" end,
      function(l, name, _, y)
        return l:call(name, "*AudioEncoderLayer", "x, cu_seqlens", y, layer(c))
      end, shape.tensor(m.dtype, count * frames, e))
    return shape.named("last_hidden_state", block.norms.layer(m, "ln_post", x, "norm.final"))
  end
end

local function given(c, dtype) return shape.tensor(dtype, 1, c.num_mel_bins, 3000) end

local function towers(c, _, m)
  m:apart("audio.", function(b)
    local part = c.parts.audio_config
    local x = given(part, b.dtype)
    b.env.mask = shape.tensor("I64", 1, x.dims[3])
    x = b:part(part):call("audio_tower", "*Encoder", "x, input_features_mask=mask", x,
      body(part))[2]
    b:call("multi_modal_projector", "*MultiModalProjector", "x", x, function(p, y)
      y = p:linear("linear_1", y, part.hidden_size, { bias = true, role = "projector.up" })
      local act = block.activation[part.hidden_act]
      p:leaf("act", act.class, y)
      p:op(act.operator)
      return p:linear("linear_2", y, part.output_dim, { bias = true, role = "projector.down" })
    end)
  end)
end

return {
  {
    extends = "llama",
    model_types = { qwen3_asr_encoder = "Qwen3ASR" },
    part = "*Encoder",
    keys = { n_window = { "count", 50 }, downsample_hidden_size = { "size", 480 },
      output_dim = { "size", 3584 } },
    body = body,
    calls = { model = "input_features=x, input_features_mask=mask" },
    given = given,
    facts = { norm = "layer_norm", stacks = "encoder" },
  },
  {
    extends = "ovis2",
    model_types = { qwen3_asr = "Qwen3ASR" },
    parts = { text = { default = "qwen3" }, audio_config = { default = "qwen3_asr_encoder" } },
    keys = { token_classification_bias = { "flag", false } },
    towers = towers,
    head = { unbiased = function(c) return not c.token_classification_bias end },
  },
}
