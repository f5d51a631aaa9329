-- wav2vec 2.0 and its relatives: encoders of waveforms, alone and with heads.

local kernels = { 10, 3, 3, 3, 3, 2, 2 }

local function encoder(options)
  return function(c)
    local o = { kernels = kernels }
    for key, value in pairs(options or {}) do
      o[key] = type(value) == "string" and key == "squeezed" and c[value] or value
    end
    return block.wave_encoder.build(c, o)
  end
end

--- The encoder; also its hidden states after the embedding and each layer if they are asked for.
local function encode(r, c, f, x, all)
  return r:call(f.names.model, "*Model", "x", x, function(m, y)
    local out = f.body(c, f)(m, y)
    if not all then return out end
    local list = { table.unpack(out, 1, out.n) }
    local states = shape.tensor(m.dtype, 1, out[2].dims[2], c.hidden_size)
    for i = 0, c.num_hidden_layers do
      table.move({ "hidden_states." .. i, states }, 1, 2, #list + 1, list)
    end
    return shape.named(table.unpack(list, 1, #list))
  end)
end

--- A whole model: `body` gets the encoder's result. `all`: the head takes the states of all layers,
--- always or if the configuration says so.
local function head(suffix, all, body)
  return function(m, c, f, wave)
    return m:call("", "*" .. suffix, "input_values=x", wave, function(r, x)
      local weighted = c.use_weighted_layer_sum == true
      if weighted and all then
        r:param("layer_weights", { c.num_hidden_layers + 1 }, { role = "head.layer_weights" })
      end
      return body(r, c, encode(r, c, f, x, all == "always" or all and weighted), f)
    end)
  end
end

local labels = block.heads.labels

local function linear(r, name, x, width, role)
  return r:linear(name, x, width, { bias = true, role = role or "head." .. name,
    layer_type = "LinearLayer" })
end

local function letters(r, c, out)
  local x = r:leaf("dropout", "Dropout", out[2])
  r:kind "LMHead"
  return shape.named("logits", r:linear("lm_head", x, c.vocab_size, { bias = true, role = "head",
    layer_type = "LMHead" }))
end

local function whole(r, c, out)
  local x = linear(r, "projector", out[2], c.classifier_proj_size)
  return shape.named("logits", linear(r, "classifier", x:view(1, c.classifier_proj_size), labels(c),
    "head.score"))
end

local function each_frame(r, c, out)
  return shape.named("logits", linear(r, "classifier", out[2], labels(c), "head.score"))
end

--- The vector of a speaker (x-vector): convolutions over frames, their mean and deviation.
local function voice(r, c, out)
  local x = linear(r, "projector", out[2], c.tdnn_dim[1])
  r.beside = true
  x = r:layers("tdnn", #c.tdnn_dim, function(i) return tostring(i) end, function(l, name, kind, y)
    local i = tonumber(kind) + 1
    local k, from = c.tdnn_kernel[i], c.tdnn_dim[math.max(i - 1, 1)]
    local z = shape.tensor(r.dtype, 1, y.dims[2] - c.tdnn_dilation[i] * (k - 1), c.tdnn_dim[i])
    return l:call(name, "TDNNLayer", "x", y, function(t)
      t:param("kernel.weight", { c.tdnn_dim[i], from * k }, { role = "head.tdnn" })
      t:param("kernel.bias", { c.tdnn_dim[i] }, { role = "head.tdnn.bias" })
      t:op "conv1d"
      return t:leaf("activation", "ReLU", z)
    end)
  end, x)
  local e = c.xvector_output_dim
  local vector = linear(r, "feature_extractor", x:view(1, 2 * x.dims[3]), e)
  r:param("objective.weight", { e, labels(c) }, { role = "head.objective" })
  return shape.named("logits", linear(r, "classifier", vector, e, "head.score"),
    "embeddings", vector)
end

--- The quantizer: code vectors in groups.
local function quantize(r, c, x)
  local groups, each = c.num_codevector_groups, c.num_codevectors_per_group
  return r:call("quantizer", "*GumbelVectorQuantizer", "x", x, function(q, y)
    q:param("codevectors", { 1, groups * each, c.codevector_dim // groups },
      { role = "head.codevectors" })
    linear(q, "weight_proj", y, groups * each)
    return shape.tuple(shape.tensor(q.dtype, 1, y.dims[2], c.codevector_dim),
      shape.tensor(q.dtype))
  end)[1]
end

local function codes(r, c, out)
  local hidden = linear(r, "project_hid", out[2], c.proj_codevector_dim)
  local x = r:leaf("dropout_features", "Dropout", out[4])
  local quantized = linear(r, "project_q", quantize(r, c, x), c.proj_codevector_dim)
  return shape.named("projected_states", hidden, "projected_quantized_states", quantized,
    "codevector_perplexity", shape.tensor(r.dtype))
end

local function codes_and_letters(r, c, out)
  local x = r:leaf("dropout_features", "Dropout", out[4])
  local quantized = linear(r, "project_q", quantize(r, c, x), c.proj_codevector_dim)
  quantized = linear(r, "project_hid", quantized, c.hidden_size)
  r:leaf("dropout", "Dropout", quantized)
  linear(r, "ctc_proj", quantized, c.num_ctc_classes)
  return shape.named("projected_states", out[2], "projected_quantized_states", quantized,
    "codevector_perplexity", shape.tensor(r.dtype))
end

--- Positions by several convolutions, each followed by a norm without weights.
local function stacked_positions(m, c, x)
  m:call("pos_conv_embed", "*PositionalConvEmbedding", "x", x, function(p)
    p.beside = true
    local k, y = shape.value(c.conv_pos_kernel_size), x:view(1, x.dims[3], x.dims[2])
    p:layers("layers", c.num_conv_pos_embeddings, function() return "conv" end,
      function(l, name)
        return l:call(name, "*PositionalConvLayer", "x", y, function(b)
          local wide = y:last(k % 2 == 0 and y.dims[3] + 1 or y.dims[3])
          block.conv.conv(b, "conv", y, wide, { c.conv_pos_kernel_size }, { bias = true,
            groups = c.num_conv_pos_embedding_groups, role = "embedding.position" })
          b:leaf("padding", "*PadLayer", wide, y)
          b:norm("layer_norm", x, { kind = "layer_norm", weightless = true })
          local act = block.activation[c.feat_extract_activation]
          b:leaf("activation", act.class, y)
          b:op(act.operator)
          return y
        end)
      end, y)
    return x
  end)
end

local lists = { conv_dim = { "list", { 512, 512, 512, 512, 512, 512, 512 } },
  conv_stride = { "list", { 5, 2, 2, 2, 2, 2, 2 } },
  tdnn_dim = { "list", { 512, 512, 512, 512, 1500 } },
  tdnn_kernel = { "list", { 5, 3, 3, 1, 1 } }, tdnn_dilation = { "list", { 1, 2, 3, 1, 1 } },
  feat_extract_norm = { "choice", "group" }, feat_extract_activation = { "choice", "gelu" },
  conv_bias = { "flag", false }, do_stable_layer_norm = { "flag", false },
  num_conv_pos_embeddings = { "size", 128 }, num_conv_pos_embedding_groups = { "size", 16 },
  conv_pos_batch_norm = { "flag", false }, feat_proj_layer_norm = { "flag", true },
  mask_time_prob = { "number", 0.05 }, mask_feature_prob = { "number", 0.0 },
  add_adapter = { "flag", false }, num_adapter_layers = { "count", 3 },
  adapter_kernel_size = { "size", 3 }, adapter_stride = { "count", 2 },
  output_hidden_size = { "size" }, adapter_attn_dim = { "size" },
  use_weighted_layer_sum = { "flag", false }, classifier_proj_size = { "size", 256 },
  xvector_output_dim = { "size", 512 }, codevector_dim = { "size", 256 },
  proj_codevector_dim = { "size", 256 }, num_codevector_groups = { "size", 2 },
  num_codevectors_per_group = { "size", 320 }, num_ctc_classes = { "size", 80 } }

return {
  {
    model_types = { wav2vec2 = "Wav2Vec2" },
    norm = { kind = "layer_norm", bias = true },
    keys = lists,
    names = { model = "*" },
    body = encoder { extracted = true },
    heads = {
      Model = function(m, c, f, wave)
        return m:call("", "*Model", "input_values=x", wave, f.body(c, f))
      end,
      ForCTC = head("ForCTC", nil, letters),
      ForPreTraining = head("ForPreTraining", nil, codes),
      ForSequenceClassification = head("ForSequenceClassification", "weighted", whole),
      ForAudioFrameClassification = head("ForAudioFrameClassification", "always", each_frame),
      ForXVector = head("ForXVector", "always", voice),
    },
    given = function(_, dtype) return shape.tensor(dtype, 1, 16000) end,
    published = { { "parametrizations%.weight%.original0", "weight_g" },
      { "parametrizations%.weight%.original1", "weight_v" } },
    facts = { norm = "layer_norm", sinks = false, stacks = "encoder" },
  },
  { extends = "wav2vec2", model_types = { hubert = "Hubert" },
    body = encoder {},
    heads = { ForPreTraining = false, ForAudioFrameClassification = false, ForXVector = false } },
  { extends = "wav2vec2", model_types = { ["data2vec-audio"] = "Data2VecAudio" },
    keys = { conv_pos_kernel_size = { "size", 19 }, num_conv_pos_embeddings = { "count", 5 } },
    body = encoder { extracted = true, after = true, conv_class = "*ConvLayer",
      positions = stacked_positions },
    heads = { ForPreTraining = false } },
  { extends = "wav2vec2", model_types = { unispeech = "UniSpeech" },
    heads = { ForPreTraining = head("ForPreTraining", nil, codes_and_letters),
      ForAudioFrameClassification = false, ForXVector = false } },
  { extends = "wav2vec2", model_types = { ["unispeech-sat"] = "UniSpeechSat" },
    heads = { ForPreTraining = false } },
  { extends = "hubert", model_types = { sew = "SEW" },
    keys = { squeeze_factor = { "size", 2 }, conv_dim = { "list",
        { 64, 128, 128, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512 } },
      conv_stride = { "list", { 5, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1 } } },
    body = encoder { squeezed = "squeeze_factor", after = true,
      kernels = { 10, 3, 1, 3, 1, 3, 1, 3, 1, 2, 1, 2, 1 } } },
}
