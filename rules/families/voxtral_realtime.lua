-- Voxtral Realtime: a spectrogram through causal convolutions and layers with a window, several
-- frames as one, added to the tokens of a Mistral whose feed-forwards know how late it is.

local arguments = { time = "the delay of what is said, as a vector" }

--- Factors on what the feed-forward sees, by the delay.
local function late(c, m)
  local time = m.env.time or shape.tensor(m.dtype, 1, c.hidden_size)
  m:call("ada_rms_norm", "*TextAdaRmsNorm", "x", time, function(a, x)
    local y = a:linear("linear1", x, 32, { role = "layer.norm.ffn.down" })
    a:op "gelu"
    return a:linear("linear2", y, c.hidden_size, { role = "layer.norm.ffn.up" })
  end)
end

local function encoder(c, f)
  local layers = block.decoder.stack(c, f)
  return function(m, features)
    local e, n = c.hidden_size, features.dims[3]
    local x = m:call("embedder", "*Embedder", "x", features, function(b, y)
      for i, frames in ipairs { n, n // 2 } do
        y = block.conv.conv(b, "conv" .. i, y, shape.tensor(b.dtype, 1, e, frames), { 3 },
          { bias = true, role = "embedding.conv" .. i, class = "*CausalConv1d" })
        b:op "gelu"
      end
      return y:view(1, n // 2, e)
    end)
    return layers(m, x)
  end
end

local function given(c, dtype) return shape.tensor(dtype, 1, c.num_mel_bins, 3000) end

local function towers(c, _, m)
  m:apart("audio.", function(b)
    local part, k = c.parts.audio_config, c.downsample_factor
    local x = b:part(part):call("audio_tower", part.family.classes.model, "input_features=x",
      given(part, b.dtype), part.family.body(part, part.family))[2]
    b:call("multi_modal_projector", "*MultiModalProjector", "x",
      shape.tensor(b.dtype, 1, x.dims[2] // shape.value(k), part.hidden_size * k),
      block.wrapper.projector(c, { bias = false }))
  end)
end

--- The tokens, then the delay, then the language model.
local function body(c, f)
  local inner = block.wrapper.stack(c, f)
  return function(m, ids)
    local l = c.language
    local x = block.decoder.embed(l, l.family, m:part(l), ids, f.names.language .. ".")
    local delay = shape.tensor(m.dtype, 1)
    m:leaf("time_embedding", "*TimeEmbedding", delay, shape.tensor(m.dtype, l.hidden_size))
    m.env.time = shape.tensor(m.dtype, 1, l.hidden_size)
    return inner(m, x)
  end
end

return {
  {
    extends = "mistral",
    model_types = { voxtral_realtime_text = "VoxtralRealtime" },
    part = "*TextModel",
    classes = { layer = "*TextDecoderLayer", attention = "*TextAttention", ffn = "*TextMLP" },
    arguments = arguments,
    decoder = { before_ffn = late },
    calls = { layer = "x, attention_mask=, position_ids=, position_embeddings=, t_cond=time" },
  },
  {
    extends = "mistral",
    model_types = { voxtral_realtime_encoder = "VoxtralRealtime" },
    part = "*Encoder",
    attention = { bias = true, key_bias = false, out_bias = true },
    ffn = { out_bias = true },
    calls = { model = "input_features=x", layer = "ids_last" },
    names = { attention_norm = "self_attn_layer_norm", ffn_norm = "final_layer_norm" },
    classes = { layer = "*EncoderLayer" },
    body = encoder,
    given = given,
  },
  {
    extends = "llava",
    model_types = { voxtral_realtime = "VoxtralRealtime" },
    arguments = arguments,
    parts = { text = { default = "voxtral_realtime_text" },
      audio_config = { default = "voxtral_realtime_encoder" } },
    calls = { language = "inputs_embeds=x, t_cond=time" },
    keys = { downsample_factor = { "size", 4 } },
    body = body,
    towers = towers,
    head = { tied = true },
    saved = block.wrapper.saved(),
  },
}
