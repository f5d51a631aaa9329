--- The encoder-decoder of BART and its relatives: positions added to the tokens, layers with their
--- norms behind or before each part, cross attention from the decoder to the encoder's output.
local options = {
  pre = "flag",            -- norms stand before their parts
  final_norm = "flag",     -- one more stands behind all layers
  embedding_norm = "flag", -- and one behind the embedding
  embedding_class = "text",
  positions = { "learned", "sinusoidal" },
  position_class = "text", offset = "size", stored = "flag", -- false: computed, in no file
  positions_of = { "ids", "nothing", "both" }, -- what the table of positions is called with
  positions_alone = "flag",  -- the decoder's table is called with the tokens only
  gives_weights = "flag",    -- false: attention does not return its weights
  keyword = "flag",          -- attention gets its states as a keyword argument
  memory_width = "size",     -- of the states that cross attention reads, where it is another
  head_name = "text",        -- of the last projection of a decoder alone
  logits_bias = "flag",
}

local function of(c, f) return options_of("seq2seq", f.encoder, c) end

local function norm(m, name, x, role)
  return m:norm(name, x, { kind = "layer_norm", bias = true, role = role })
end

local parts = { { "q_proj", "query" }, { "k_proj", "key" }, { "v_proj", "value" } }

local function attention(c, o, heads, role, across)
  local e = c.hidden_size
  return function(m, x)
    local y = across and m.env.encoded or x
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    for i, part in ipairs(parts) do
      m:linear(part[1], i == 1 and x or y, e, { bias = true, role = role .. "." .. part[2] })
    end
    m:op("attention")
    local out = m:linear("out_proj", x, e, { bias = true, role = role .. ".output" })
    if m.env.decoding then
      m:cache { kind = across and "cross_attention" or "attention", heads = heads,
        dim = e // heads }
    end
    return shape.tuple(out, o.gives_weights ~= false
      and shape.tensor(m.dtype, 1, heads, x.dims[2], y.dims[2]))
  end
end

--- Cross attention of a decoder without an encoder: its weights are saved, and it is not called.
local function idle(m, c, o)
  local e = c.hidden_size
  local function pair(name, role, dims, layer_type)
    m:param(name .. ".weight", dims, { role = role, layer_type = layer_type })
    m:param(name .. ".bias", { e }, { role = role .. ".bias", layer_type = layer_type })
  end
  for i, part in ipairs { parts[1], parts[2], parts[3], { "out_proj", "output" } } do
    local from = (i == 2 or i == 3) and o.memory_width or e
    pair("encoder_attn." .. part[1], "layer.cross_attention." .. part[2], { e, from },
      "AttentionLayer")
  end
  pair("encoder_attn_layer_norm", "layer.norm.cross_attention", { e }, "LayerNorm")
end

local function feed_forward(m, c, x, width)
  local name = c.hidden_act or "gelu"
  local act = block.activation[name]
    or { class = "GELUActivation", operator = name, gated = "FFN_Plain" }
  m:fact("gated", false)
  m:fact("activation", name)
  m:kind(act.plain or act.gated)
  local y = m:linear("fc1", x, width, { bias = true, role = "layer.ffn.up" })
  m:leaf("activation_fn", act.class, y)
  m:op(act.operator)
  return m:linear("fc2", y, c.hidden_size, { bias = true, role = "layer.ffn.down" })
end

local function layer(c, o, heads, width, decoder)
  local place = o.pre and "" or "after_"
  local first = (o.pre or o.keyword) and "hidden_states=x" or "x"
  local function around(m, name, role, x, body)
    if o.pre then norm(m, name, x, "layer.norm." .. place .. role) end
    body()
    m:op("add")
    if not o.pre then norm(m, name, x, "layer.norm." .. place .. role) end
  end
  return function(m, x)
    m:fact("norm_place", o.pre and "pre" or "post")
    m:fact("parallel_residual", false)
    around(m, "self_attn_layer_norm", "attention", x, function()
      m:call("self_attn", "*Attention", first .. ", attention_mask=", x,
        attention(c, o, heads, "layer.attention"))
    end)
    if decoder and m.env.encoded then
      around(m, "encoder_attn_layer_norm", "cross_attention", x, function()
        m:call("encoder_attn", "*Attention", first .. ", key_value_states=encoded", x,
          attention(c, o, heads, "layer.cross_attention", true))
      end)
    elseif decoder then
      idle(m, c, o)
    end
    around(m, "final_layer_norm", "ffn", x, function() feed_forward(m, c, x, width) end)
    return x
  end
end

local function positions(m, c, o, ids, x, decoder)
  local seq, e = ids.dims[2], c.hidden_size
  local name, class = "embed_positions", o.position_class or "*LearnedPositionalEmbedding"
  m.env.ids_of_positions = shape.tensor("I64", seq)
  m.env.embedded = x
  local spec, given = "x", ids
  local result = shape.tensor(m.dtype, seq, e)
  if o.positions_of == "nothing" then
    spec = decoder and "position_ids=ids_of_positions" or "-"
  elseif o.positions_of == "both" then
    spec, result = "x, embedded", x
  else
    result = x
    if decoder and o.positions_alone then spec = "x"
    elseif decoder then spec = "x, position_ids=ids_of_positions"
    elseif not o.positions_alone then given = shape.tensor(m.dtype, 1, seq) end
  end
  m:call(name, class, spec, given, function() return result end)
  m:fact("positions", o.positions or "learned")
  if o.stored ~= false then
    m:param(name .. ".weight", { c.max_position_embeddings + (o.offset or 0), e },
      { role = "embedding.position", layer_type = "EmbeddingLayer" })
  end
  m:count "EmbeddingLayer"
  m:op "embedding"
end

--- The encoder or the decoder. A decoder alone has its own token embedding.
local function side(c, o, decoder, alone)
  local heads = decoder and c.decoder_attention_heads or c.encoder_attention_heads
    or c.num_attention_heads
  local width = decoder and c.decoder_ffn_dim or c.encoder_ffn_dim or c.intermediate_size
  local n = decoder and c.decoder_layers or c.encoder_layers or c.num_hidden_layers
  return function(m, ids)
    m.roles = alone and "" or decoder and "decoder." or "encoder."
    m.env.decoding = decoder
    local seq = ids.dims[2]
    local x = m:embedding("embed_tokens", ids, c.vocab_size, c.hidden_size,
      { tied = not alone and c.tie_word_embeddings ~= false, class = o.embedding_class })
    m.env.attention_mask = decoder and shape.tensor(m.dtype, 1, 1, seq, seq) or nil
    positions(m, c, o, ids, x, decoder)
    if o.embedding_norm then norm(m, "layernorm_embedding", x, "norm.embedding") end
    m:layers("layers", n, function() return decoder and "decoder" or "encoder" end,
      function(l, name, _, y)
        return l:call(name, decoder and "*DecoderLayer" or "*EncoderLayer",
          decoder and "x, attention_mask, encoded" or "x", y, layer(c, o, heads, width, decoder))
      end, x)
    if o.final_norm then norm(m, "layer_norm", x, "norm.final") end
    return shape.named("last_hidden_state", x)
  end
end

local function body(c, o)
  return function(m, ids)
    m:param("shared.weight", { c.vocab_size, c.hidden_size },
      { role = "embedding.token", layer_type = "EmbeddingLayer" })
    local encoded = m:call("encoder", "*Encoder", "input_ids=x", ids, side(c, o, false))[2]
    m.env.encoded = encoded
    local decoded = m:call("decoder", "*Decoder", "input_ids=x, encoder_hidden_states=encoded",
      m.env.decoder_input_ids, side(c, o, true))[2]
    return shape.named("last_hidden_state", decoded, "encoder_last_hidden_state", encoded)
  end
end

local function begin(m, suffix, ids, fn)
  m.env.decoder_input_ids = shape.tensor("I64", 1, 8)
  return m:call("", "*" .. suffix, "input_ids=x, decoder_input_ids=", ids, fn)
end

--- A whole model: the body, then `head`, which gets the states of decoder and encoder.
local function whole(suffix, head, more)
  return function(m, c, f, ids)
    local o = of(c, f)
    for key, value in pairs(more or {}) do o[key] = value end
    return begin(m, suffix, ids, function(r, x)
      local out = r:call("model", "*Model", "x, decoder_input_ids=", x, body(c, o))
      return head(r, c, o, out[2], out[4])
    end)
  end
end

local function logits(r, c, x, name)
  r:kind("LMHead")
  return r:linear(name or "lm_head", x, c.vocab_size, { role = "head",
    tied = c.tie_word_embeddings ~= false, layer_type = "LMHead" })
end

--- `more`: options of this class in place of the family's.
local function generation(suffix, more)
  return whole(suffix, function(r, c, o, decoded, encoded)
    if o.logits_bias ~= false then
      r:param("final_logits_bias", { 1, c.vocab_size }, { role = "head.bias",
        layer_type = "LMHead" })
    end
    return shape.named("logits", logits(r, c, decoded), "encoder_last_hidden_state", encoded)
  end, more)
end

local question = whole("ForQuestionAnswering", function(r, _, _, decoded, encoded)
  r:linear("qa_outputs", decoded, 2, { bias = true, role = "head.score" })
  local ends = shape.tensor(r.dtype, 1, decoded.dims[2])
  return shape.named("start_logits", ends, "end_logits", ends, "encoder_last_hidden_state",
    encoded)
end)

local sequence = whole("ForSequenceClassification", function(r, c, _, decoded, encoded)
  local x = shape.tensor(r.dtype, 1, decoded.dims[3])
  local out = r:call("classification_head", "*ClassificationHead", "x", x, function(h, y)
    h:leaf("dropout", "Dropout", y)
    h:linear("dense", y, c.hidden_size, { bias = true, role = "head.score.dense" })
    h:leaf("dropout", "Dropout", y)
    return h:linear("out_proj", y, c.label_count or 3, { bias = true, role = "head.score" })
  end)
  return shape.named("logits", out, "encoder_last_hidden_state", encoded)
end)

local function bare(m, c, f, ids) return begin(m, "Model", ids, body(c, of(c, f))) end

--- The decoder alone.
local function causal(m, c, f, ids)
  return m:call("", "*ForCausalLM", "input_ids=x", ids, function(r, y)
    local o = of(c, f)
    local x = r:call("model.decoder", "*Decoder", "input_ids=x", y, side(c, o, true, true))
    return shape.named("logits", logits(r, c, x[2], o.head_name))
  end)
end

return { options = options, generation = generation, question = question, sequence = sequence,
  bare = bare, causal = causal }
