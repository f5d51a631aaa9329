-- Qwen-Omni: the thinker for text, images and audio; the talker, whose tokens are codec codes; and
-- the vocoder: a diffusion transformer over spectrograms, then convolutions (BigVGAN).

--- The audio encoder: chunks of a spectrogram through two convolutions, attention within each
--- chunk, and the average of each two frames.
local function audio(c)
  local layer = block.spectrogram_encoder.layer(c, { class = "*AudioAttention",
    call = "hidden_states=x, cu_seqlens=", weights = false, heads = c.num_attention_heads,
    width = c.encoder_ffn_dim })
  return function(m, features)
    local e, chunk = c.hidden_size, 2 * c.n_window
    local frames = shape.value(features.dims[2])
    local chunks = -(-frames // chunk)
    local x = shape.tensor(m.dtype, chunks, features.dims[1], chunk)
    for i, n in ipairs { chunk, chunk // 2 } do
      x = block.conv.conv(m, "conv" .. i, x, shape.tensor(m.dtype, chunks, e, n), { 3 },
        { bias = true, role = "conv" .. i })
      m:op "gelu"
    end
    m:fact("positions", "sinusoidal")
    m.env.cu_seqlens = shape.tensor("I32", chunks + 1)
    m:layers("layers", c.num_hidden_layers, function() return "encoder" end,
      function(l, name, _, y)
        return l:call(name, "*AudioEncoderLayer", "x, cu_seqlens=", y, function(b, z)
          return shape.tuple(layer(b, z))
        end)[1]
      end, shape.tensor(m.dtype, frames // 2, e))
    x = shape.tensor(m.dtype, frames // 4, e)
    x = m:linear("proj", block.norms.layer(m, "ln_post", x, "norm.final"), c.output_dim,
      { bias = true, role = "projector" })
    m:uncalled(function(u)
      u:embedding("audio_bos_eos_token", shape.tensor("I64", 2), 2, c.output_dim,
        { role = "embedding.ends" })
    end)
    return shape.named("last_hidden_state", x, "pooler_output", x)
  end
end

local function spectrogram(c, dtype) return shape.tensor(dtype, c.num_mel_bins, 3000) end

local hear = "x, feature_lens=lengths, aftercnn_lens=lengths"

local function towers(c, _, m)
  m:apart("vision.", function(b)
    block.grid_vision.tower(b, c.parts.vision_config, "visual")
  end)
  m:apart("audio.", function(b)
    local part = c.parts.audio_config
    b.env.lengths = shape.tensor("I64", 1)
    b:part(part):call("audio_tower", "*AudioEncoder", hear, spectrogram(part, b.dtype), audio(part))
  end)
end

--- The talker: the thinker's states in the talker's width; it predicts the next codec code.
local function talk(r, part, x)
  local f = part.family
  local given = part.embedding_size or part.hidden_size
  x = r:linear("thinker_to_talker_proj", x:last(given), part.hidden_size,
    { bias = true, role = "embedding.projection" })
  local y = r:call("model", "*TalkerModel", "inputs_embeds=x", x, function(m, z)
    m:embedding("embed_tokens", shape.tensor("I64", 1, x.dims[2]), part.vocab_size, given)
    return f.body(part, f)(m, z)
  end)[2]
  return r:linear("codec_head", y, part.vocab_size, { role = "head" })
end

--- A convolution by its name, from one number of channels to another.
local function conv(m, name, from, to, k, role, bias)
  return block.conv.conv(m, name, shape.tensor(m.dtype, 1, from, 1),
    shape.tensor(m.dtype, 1, to, 1), { k }, { bias = bias ~= false, role = role })
end

--- The speaker encoder (ECAPA-TDNN): dilated convolutions over time, and pooled statistics.
local function speaker(m, c)
  local channels, kernels = c.enc_channels, c.enc_kernel_sizes
  local last = #channels
  local function delays(name, from, to, k) conv(m, name .. ".conv", from, to, k, name) end
  delays("blocks.0", c.mel_dim, channels[1], kernels[1])
  for i = 1, last - 2 do
    local name, to = "blocks." .. i .. ".", channels[i + 1]
    local part = to // c.enc_res2net_scale
    delays(name .. "tdnn1", channels[i], to, 1)
    for j = 0, shape.value(c.enc_res2net_scale) - 2 do
      delays(name .. "res2net_block.blocks." .. j, part, part, kernels[i + 1])
    end
    delays(name .. "tdnn2", to, to, 1)
    conv(m, name .. "se_block.conv1", to, c.enc_se_channels, 1, name .. "se_block.conv1")
    conv(m, name .. "se_block.conv2", c.enc_se_channels, to, 1, name .. "se_block.conv2")
  end
  delays("mfa", channels[last], channels[last], kernels[last])
  delays("asp.tdnn", 3 * channels[last], c.enc_attention_channels, 1)
  conv(m, "asp.conv", c.enc_attention_channels, channels[last], 1, "asp.conv")
  conv(m, "fc", 2 * channels[last], c.enc_dim, 1, "fc")
end

--- A layer of the diffusion transformer: the time step gives the factors of its norms.
local function diffusion_layer(c)
  local e, wide = c.hidden_size, c.num_attention_heads * c.head_dim
  return function(m, x)
    local function linear(name, y, width, role)
      return m:linear(name, y, width, { bias = true, role = "layer." .. role })
    end
    linear("attn_norm.linear", x, 6 * e, "norm.modulation")
    linear("attn.to_q", x, wide, "attention.query")
    linear("attn.to_k", x, wide, "attention.key")
    linear("attn.to_v", x, wide, "attention.value")
    m:op "rope"
    m:op "attention"
    linear("attn.to_out.0", x:last(wide), e, "attention.output")
    linear("ff.ff.3", linear("ff.ff.0", x, c.ff_mult * e, "ffn.up"), e, "ffn.down")
    return x
  end
end

local function diffusion(m, c)
  local e = c.hidden_size
  local x = shape.tensor(m.dtype, 1, 1, e)
  local function linear(name, from, to)
    return m:linear(name, x:last(from), to, { bias = true, role = name })
  end
  linear("time_embed.time_mlp.0", 256, e)
  linear("time_embed.time_mlp.2", e, e)
  m:embedding("text_embed.codec_embed", shape.tensor("I64", 1, 1), c.num_embeds + 1, c.emb_dim)
  linear("input_embed.proj", c.mel_dim + c.enc_dim + c.enc_emb_dim + c.emb_dim, e)
  m:call("input_embed.spk_encoder", "ECAPA_TimeDelayNet", "x", x, function(s)
    speaker(s, c)
    return x
  end)
  m:layers("transformer_blocks", c.num_hidden_layers, function() return "dit" end,
    function(l, name, _, y)
      return l:call(name, "DiTDecoderLayer", "x", y, diffusion_layer(c))
    end, x)
  linear("norm_out.linear", e, 2 * e)
  linear("proj_out", e, c.mel_dim)
end

--- The SnakeBeta activation, with two parameters for each channel.
local function snake(m, name, channels)
  for _, slope in ipairs { "alpha", "beta" } do
    m:param(name .. ".act." .. slope, { channels }, { role = name .. "." .. slope })
  end
  m:op "snake"
end

--- BigVGAN: each upsampling step halves the channels and has a stack of convolutions for each
--- kernel.
local function waves(m, c)
  local width, steps, kernels = c.upsample_initial_channel, #c.upsample_rates,
    c.resblock_kernel_sizes
  conv(m, "conv_pre", c.mel_dim, width, 7, "conv_pre")
  for i = 0, steps - 1 do
    local from, to = width // (1 << i), width // (2 << i)
    m:param(("ups.%d.0.weight"):format(i), { from, to, c.upsample_kernel_sizes[i + 1] },
      { role = "ups." .. i, layer_type = "ConvTranspose1d" })
    m:param(("ups.%d.0.bias"):format(i), { to },
      { role = ("ups.%d.bias"):format(i), layer_type = "ConvTranspose1d" })
    m:op "conv_transpose1d"
    for j, k in ipairs(kernels) do
      local stack = ("resblocks.%d."):format(i * #kernels + j - 1)
      for n = 0, 2 do
        for _, list in ipairs { "convs1.", "convs2." } do
          conv(m, stack .. list .. n, to, to, k, stack .. list .. n)
        end
      end
      for n = 0, 5 do snake(m, stack .. "activations." .. n, to) end
    end
  end
  local last = width // (1 << steps)
  snake(m, "activation_post", last)
  conv(m, "conv_post", last, 1, 7, "conv_post", false)
end

--- A part that a pass over a text does not call.
local function silent(r, roles, name, class, x, body)
  r:apart(roles, function(b)
    b:uncalled(function(u) u:call(name, class, "x", x, body) end)
  end)
end

local function speech(c, r)
  local x = shape.tensor(r.dtype, 1, 8, c.language.hidden_size)
  local talker, sound = c.parts.talker_config, c.parts.token2wav_config
  silent(r, "talker.", "talker", "*TalkerForConditionalGeneration", x, function(m, y)
    return talk(m:part(talker), talker, y)
  end)
  silent(r, "sound.", "token2wav", "*Token2WavModel", x, function(m, y)
    m.dtype = "F32" -- whatever the file says
    m:call("code2wav_dit_model", "*Token2WavDiTModel", "x", y, function(d, z)
      diffusion(d, sound.parts.dit_config)
      return z
    end)
    return m:call("code2wav_bigvgan_model", "*Token2WavBigVGANModel", "x", y, function(d, z)
      waves(d, sound.parts.bigvgan_config)
      return z
    end)
  end)
end

local function whole(m, c, f, ids)
  return m:call("", "*ForConditionalGeneration", "input_ids=x", ids, function(r, x)
    local out = r:call("thinker", "*ThinkerForConditionalGeneration", "input_ids=x", x,
      function(t, y) return block.heads.words(t, c, f, nil, y) end)
    if c.enable_audio_output then speech(c, r) end
    return out
  end)
end

local saved = { { "model%.language_model%.", "model." }, { "model%.visual%.", "visual." },
  { "model%.audio_tower%.", "audio_tower." } }

return {
  {
    extends = "qwen2_vl_text",
    model_types = { qwen2_5_omni_text = "Qwen2_5Omni" },
    classes = { model = "*ThinkerTextModel" },
  },
  {
    extends = "qwen2_5_omni_text",
    model_types = { qwen2_5_omni_talker = "Qwen2_5Omni" },
    classes = { model = "*TalkerModel" },
    heads = { TalkerForConditionalGeneration = function(m, c, _, ids)
      return m:call("", "*TalkerForConditionalGeneration", "inputs_embeds=x",
        shape.tensor(m.dtype, 1, ids.dims[2], c.embedding_size or c.hidden_size),
        function(r, x) return shape.named("logits", talk(r, c, x)) end)
    end },
  },
  {
    extends = "qwen2_5_vl_vision",
    model_types = { qwen2_5_omni_vision_encoder = "Qwen2_5Omni" },
    classes = { model = "*VisionEncoder" },
    body = function(c)
      return block.grid_vision.build(c, { width = c.hidden_size, out = c.out_hidden_size,
        inner = c.intermediate_size, patch_class = "Qwen2_5_VisionPatchEmbed", ffn_class = "*MLP",
        merger_class = "*PatchMerger", merger = "sequence", norm = "rms_norm",
        norm_class = "Qwen2RMSNorm", gated = true, ffn_bias = true, window = true, apart = true })
    end,
  },
  {
    extends = "llama",
    model_types = { qwen2_5_omni_audio_encoder = "Qwen2_5Omni" },
    part = "*AudioEncoder",
    keys = { n_window = { "count", 100 }, output_dim = { "size", 3584 } },
    body = audio,
    calls = { model = "input_features=" .. hear },
    given = spectrogram,
    facts = { norm = "layer_norm", stacks = "encoder" },
  },
  {
    extends = "qwen2_vl",
    model_types = { qwen2_5_omni_thinker = "Qwen2_5Omni" },
    classes = { model = "*ThinkerModel" },
    heads = { ThinkerForConditionalGeneration =
      block.heads.causal_lm "ThinkerForConditionalGeneration" },
    default_head = "ThinkerForConditionalGeneration",
    parts = { text = "qwen2_5_omni_text", vision_config = "qwen2_5_omni_vision_encoder",
      audio_config = "qwen2_5_omni_audio_encoder" },
    towers = towers,
    saved = saved,
  },
  {
    extends = "llama", -- and of its own parts
    model_types = { qwen2_5_omni_token2wav = "Qwen2_5Omni" },
    keys = { ff_mult = { "size", 2 }, emb_dim = { "size", 512 }, mel_dim = { "size", 80 },
      enc_dim = { "size", 128 }, enc_emb_dim = { "size", 192 }, num_embeds = { "size", 8193 },
      enc_channels = { "list", { 256, 256, 256, 256, 768 } },
      enc_kernel_sizes = { "list", { 5, 3, 3, 3, 1 } }, enc_se_channels = { "size", 64 },
      enc_attention_channels = { "size", 64 }, enc_res2net_scale = { "size", 2 },
      upsample_initial_channel = { "size", 1536 }, resblock_kernel_sizes = { "list", { 3, 7, 11 } },
      upsample_rates = { "list", { 5, 3, 2, 2, 2, 2 } },
      upsample_kernel_sizes = { "list", { 11, 7, 4, 4, 4, 4 } } },
  },
  {
    extends = "qwen2_5_omni_thinker",
    model_types = { qwen2_5_omni = "Qwen2_5Omni" },
    keys = { enable_audio_output = { "flag", true } },
    heads = { ForConditionalGeneration = whole, ThinkerForConditionalGeneration = false },
    default_head = "ForConditionalGeneration",
    parts = { talker_config = "qwen2_5_omni_talker", token2wav_config = "qwen2_5_omni_token2wav" },
  },
}
