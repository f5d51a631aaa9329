-- Whisper: an encoder of spectrograms, and a text decoder with cross-attention.
local function attention(c, heads, role, other)
  local e = c.hidden_size
  return function(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    local y = other and m.env.encoder or x
    local q = m:linear("q_proj", x, e, { bias = true, role = role .. ".query" })
    m:linear("k_proj", y, e, { role = role .. ".key" })
    m:linear("v_proj", y, e, { bias = true, role = role .. ".value" })
    m:op("attention")
    local out = m:linear("out_proj", q, e, { bias = true, role = role .. ".output" })
    if m.env.decoding then
      m:cache { kind = other and "cross_attention" or "attention", heads = heads, dim = e // heads,
        tokens = other and c.max_source_positions or nil }
    end
    return shape.tuple(out, shape.tensor(m.dtype, 1, heads, x.dims[2], y.dims[2]))
  end
end

local ln = block.norms.layer

local function feed_forward(c, m, x, width)
  local act = block.activation[c.hidden_act or "gelu"] or block.activation.gelu
  m:fact("gated", false)
  m:fact("activation", c.hidden_act or "gelu")
  local h = ln(m, "final_layer_norm", x, "layer.norm.ffn")
  local kind = act.plain or act.gated
  m:kind(kind)
  h = m:linear("fc1", h, width, { bias = true, role = "layer.ffn.up" })
  m:leaf("activation_fn", act.class, h)
  m:op(act.operator)
  m:op("add", 2)
  return m:linear("fc2", h, c.hidden_size, { bias = true, role = "layer.ffn.down" })
end

local function encoder(c)
  local body = block.spectrogram_encoder.build(c, { called = true, layers = c.encoder_layers,
    heads = c.encoder_attention_heads, width = c.encoder_ffn_dim })
  return function(m, x)
    m.roles = "encoder."
    local last, states = body(m, x)[2], {}
    if not m.env.all_states then return shape.named("last_hidden_state", last) end
    for i = 1, c.encoder_layers + 1 do states[i] = last end
    return shape.named("last_hidden_state", last, "hidden_states",
      shape.tuple(table.unpack(states)))
  end
end

--- Cross-attention without audio: its weights are declared, and it is never called.
local function deaf(b, c)
  local e = c.hidden_size
  local function param(name, dims, role)
    b:param(name, dims, { role = role, layer_type = "AttentionLayer" })
  end
  for _, part in ipairs { { "q_proj", "query" }, { "k_proj", "key" }, { "v_proj", "value" },
    { "out_proj", "output" } } do
    local name, role = "encoder_attn." .. part[1], "layer.cross_attention." .. part[2]
    param(name .. ".weight", { e, e }, role)
    if part[2] ~= "key" then param(name .. ".bias", { e }, role .. ".bias") end
  end
  param("encoder_attn_layer_norm.weight", { e }, "layer.norm.cross_attention")
  param("encoder_attn_layer_norm.bias", { e }, "layer.norm.cross_attention.bias")
end

local function decoder_layer(c)
  local heads = c.decoder_attention_heads or c.num_attention_heads
  return function(b, x)
    local hears = b.env.encoder
    local h = ln(b, "self_attn_layer_norm", x, "layer.norm.attention")
    b:call("self_attn", "*Attention", "x, attention_mask=", h,
      attention(c, heads, "layer.attention"))
    if hears then
      h = ln(b, "encoder_attn_layer_norm", x, "layer.norm.cross_attention")
      b:call("encoder_attn", "*Attention", "x, key_value_states=encoder", h,
        attention(c, heads, "layer.cross_attention", true))
      b:op("add")
    else
      deaf(b, c)
    end
    return feed_forward(c, b, x, c.decoder_ffn_dim)
  end
end

local function decoder(c)
  return function(m, ids)
    m.roles = "decoder."
    m.env.decoding = true
    local x = m:embedding("embed_tokens", ids, c.vocab_size, c.hidden_size)
    m.env.position_ids = shape.tensor("I64", 1, 8)
    m.env.attention_mask = shape.tensor(m.dtype, 1, 1, 8, 8)
    m:embedding("embed_positions", ids, c.max_target_positions, c.hidden_size,
      { class = "*PositionalEmbedding", spec = "x, position_ids=", role = "embedding.position" })
    x = m:layers("layers", c.decoder_layers, function() return "decoder" end,
      function(l, name, _, z)
        return l:call(name, "*DecoderLayer", "x, attention_mask, encoder", z, decoder_layer(c))
      end, x)
    return shape.named("last_hidden_state", ln(m, "layer_norm", x, "norm.final"))
  end
end

local function body(c)
  return function(m, features)
    local encoded = m:call("encoder", "*Encoder", "x", features, encoder(c))[2]
    m.env.encoder = encoded
    local decoded = m:call("decoder", "*Decoder", "input_ids=x, encoder_hidden_states=encoder",
      m.env.decoder_input_ids, decoder(c))[2]
    return shape.named("last_hidden_state", decoded, "encoder_last_hidden_state", encoded)
  end
end

--- Audio classification: by the mean of all frames; of a weighted sum of all layers if the
--- configuration says so.
local function classification(m, c, _, features)
  local states = c.use_weighted_layer_sum
  return m:call("", "*ForAudioClassification", "input_features=x", features, function(r, x)
    r.env.all_states = states
    local encoded = r:call("encoder", "*Encoder", "x", x, encoder(c))
    r.roles = ""
    if states then
      r:param("layer_weights", { c.encoder_layers + 1 }, { role = "head.layer_weights" })
    end
    local y = r:linear("projector", encoded[2], c.classifier_proj_size,
      { bias = true, role = "head.projection" })
    y = r:linear("classifier", shape.tensor(r.dtype, 1, y.dims[3]), block.heads.labels(c),
      { bias = true, role = "head.score" })
    return shape.named("logits", y, "hidden_states", encoded[4])
  end)
end

local function head(r, c, x)
  r:kind("LMHead")
  return r:linear("proj_out", x, c.vocab_size, { role = "head",
    tied = c.tie_word_embeddings ~= false, layer_type = "LMHead" })
end

--- The decoder alone.
local function causal(m, c)
  local ids = shape.tensor("I64", 1, 8)
  return m:call("", "*ForCausalLM", "input_ids=x", ids, function(r, x)
    local y = r:call("model.decoder", "*Decoder", "input_ids=x", x, decoder(c))[2]
    return shape.named("logits", head(r, c, y))
  end)
end

return {
  model_types = { whisper = "Whisper" },
  heads = {
    ForConditionalGeneration = function(m, c, _, features)
      m.env.decoder_input_ids = shape.tensor("I64", 1, 8)
      return m:call("", "*ForConditionalGeneration", "input_features=x, decoder_input_ids=",
        features, function(r, x)
          local out = r:call("model", "*Model", "x, decoder_input_ids=", x, body(c))
          return shape.named("logits", head(r, c, out[2]), "encoder_last_hidden_state", out[4])
        end)
    end,
    ForAudioClassification = classification,
    ForCausalLM = causal,
    Model = function(m, c, _, features)
      m.env.decoder_input_ids = shape.tensor("I64", 1, 8)
      return m:call("", "*Model", "input_features=x, decoder_input_ids=", features, body(c))
    end,
  },
  defaults = { num_mel_bins = 80, max_source_positions = 1500, max_target_positions = 448 },
  keys = { use_weighted_layer_sum = { "flag", false }, classifier_proj_size = { "size", 256 } },
  default_head = "ForConditionalGeneration",
  given = block.spectrogram_encoder.given,
  facts = { norm = "layer_norm", norm_place = "pre", positions = "learned", nope_layers = "none",
    parallel_residual = false, sinks = false, stacks = "encoder and decoder" },
}
