-- Audio-text models: an encoder of spectrograms as in Whisper, a projector, and any language
-- model.

local function encoder(options)
  return function(c) return block.spectrogram_encoder.build(c, options) end
end

--- Calls the encoder with a spectrogram; `spec` is the form of the call.
local function heard(b, part, spec)
  local x = part.family.given(part, b.dtype)
  b.env.mask = shape.tensor("BOOL", 1, x.dims[3])
  return b:part(part):call("audio_tower", part.family.classes.model, spec, x,
    part.family.body(part, part.family))[2]
end

--- The projector: it joins so many frames into one; then its parts.
local function towers(spec, joined, project)
  return function(c, _, m)
    m:apart("audio.", function(b)
      local part = c.parts.audio_config
      local x = heard(b, part, spec)
      b:call("multi_modal_projector", "*MultiModalProjector", "x", joined(c, part, x),
        project(c, part))
    end)
  end
end

local function as_is(_, _, x) return x end

--- Joins so many frames into one vector.
local function in_groups(of)
  return function(c, part, x)
    local k = of(c, part)
    return shape.tensor(x.dtype, x.dims[2] // k, part.hidden_size * k)
  end
end

local function two_maps(c, bias) return block.wrapper.projector(c, { bias = bias }) end

return {
  {
    extends = "llama",
    model_types = { qwen2_audio_encoder = "Qwen2Audio" },
    part = "*Encoder",
    body = encoder { pool = "avg_pooler" },
    calls = { model = "input_features=x" },
    given = block.spectrogram_encoder.given,
    facts = { norm = "layer_norm", stacks = "encoder" },
  },
  { extends = "qwen2_audio_encoder", model_types = { audioflamingo3_encoder = "AudioFlamingo3" } },
  { extends = "qwen2_audio_encoder", model_types = { voxtral_encoder = "Voxtral" },
    body = encoder { positions_dtype = "F32" } },
  { extends = "qwen2_audio_encoder",
    model_types = { moss_transcribe_diarize_audio = "MossTranscribeDiarize" },
    classes = { model = "*AudioModel" }, body = encoder {} },

  {
    extends = "llava",
    model_types = { qwen2_audio = "Qwen2Audio" },
    parts = { text = { default = "qwen2" }, vision_config = { default = "llama", optional = true },
      audio_config = { default = "qwen2_audio_encoder" } },
    towers = towers("x", as_is, function(c)
      return function(p, y)
        return p:linear("linear", y, c.hidden_size, { bias = true, role = "projector" })
      end
    end),
  },
  {
    extends = "qwen2_audio",
    model_types = { voxtral = "Voxtral" },
    parts = { text = { default = "llama" }, audio_config = { default = "voxtral_encoder" } },
    towers = towers("x", in_groups(function(_, part)
      return part.intermediate_size // part.hidden_size
    end), function(c) return two_maps(c, false) end),
  },
  {
    extends = "qwen2_audio",
    model_types = { audioflamingo3 = "AudioFlamingo3" },
    keys = { projector_bias = { "flag", true } },
    parts = { audio_config = { default = "audioflamingo3_encoder" } },
    towers = towers("x, input_features_mask=mask", as_is,
      function(c) return two_maps(c, c.projector_bias) end),
  },
  { extends = "audioflamingo3", model_types = { musicflamingo = "MusicFlamingo" },
    outside = { head_dim = "the angles of the sound's positions",
      max_position_embeddings = "as far as they reach" } },
  {
    extends = "audioflamingo3",
    model_types = { moss_transcribe_diarize = "MossTranscribeDiarize" },
    parts = { text = { default = "qwen3" },
      audio_config = { default = "moss_transcribe_diarize_audio" } },
    keys = { audio_merge_size = { "size", 4 } },
    towers = towers("x", in_groups(function(c) return c.audio_merge_size end), function(c)
      return function(p, y)
        two_maps(c, c.projector_bias)(p, y)
        return p:norm("norm", y:last(c.hidden_size), { kind = "layer_norm", bias = true,
          role = "projector.norm" })
      end
    end),
    head = { tied = true },
    saved = {},
  },
}
