-- T5Gemma: an encoder and a decoder of Gemma 2's layers, each with its own configuration; the
-- decoder has cross-attention between attention and feed-forward.
local function norm(m, name, x, role)
  return m:norm(name, x, { kind = "rms_norm_1p", role = role })
end

local function window(c, kind) return block.attention.window(c, kind) end

local function attention(c, kind, decoder)
  return block.attention.build(c, { bias = "attention_bias", out_bias = "attention_bias",
    window = window(c, kind), cache = decoder })
end

--- Cross-attention: queries of the decoder, keys and values of the encoder's states.
local function across(c)
  local h, kv, d = c.num_attention_heads, c.num_key_value_heads, c.head_dim
  return function(m, x)
    local seen, role = m.env.encoded, "layer.cross_attention."
    local function linear(name, y, width, part)
      return m:linear(name, y, width, { bias = c.attention_bias, role = role .. part })
    end
    m:kind("AttentionLayer")
    local q = linear("q_proj", x, h * d, "query")
    linear("k_proj", seen, kv * d, "key")
    linear("v_proj", seen, kv * d, "value")
    m:op("attention")
    m:cache { kind = "cross_attention", heads = kv, dim = d }
    return shape.tuple(linear("o_proj", q, c.hidden_size, "output"),
      shape.tensor(m.dtype, 1, h, x.dims[2], seen.dims[2]))
  end
end

local own = "hidden_states=x, position_embeddings=, attention_mask=, position_ids="

local function layer(c, kind, decoder)
  return function(m, x)
    m:fact("norm_place", "both")
    m:fact("parallel_residual", false)
    local function around(part, role, body)
      norm(m, ("pre_%s_layernorm"):format(part), x, "layer.norm." .. role)
      body()
      norm(m, ("post_%s_layernorm"):format(part), x, "layer.norm.after_" .. role)
      m:leaf("dropout", "Dropout", x)
      m:op("add")
    end
    around("self_attn", "attention", function()
      m:call("self_attn", "*SelfAttention", own, x, attention(c, kind, decoder))
    end)
    if decoder then
      around("cross_attn", "cross_attention", function()
        m:call("cross_attn", "*CrossAttention", "hidden_states=x, encoder_hidden_states=encoded",
          x, across(c))
      end)
    end
    around("feedforward", "ffn", function()
      m:call("mlp", "*MLP", "x", x, block.gated_mlp.build(c, { inner_dropout = "dropout" }))
    end)
    return x
  end
end

--- The encoder or the decoder, with its own configuration.
local function side(c, decoder)
  local order = decoder and "x, position_embeddings, attention_mask, position_ids, -, -, encoded"
    or "x, position_embeddings, -, position_ids"
  return function(m, ids)
    m.roles = decoder and "decoder." or "encoder."
    local seq = ids.dims[2]
    local x = m:embedding("embed_tokens", ids, c.vocab_size, c.hidden_size)
    m:fact("positions", "rope")
    m.env.position_ids = shape.tensor("I64", 1, seq)
    m.env.attention_mask = decoder and shape.tensor(m.dtype, 1, 1, seq, seq) or nil
    m:leaf("dropout", "Dropout", x)
    m.env.position_embeddings = m:call("rotary_emb", "*RotaryEmbedding", "x, position_ids", x,
      function(r)
        r:kind("RotaryEmb")
        local turn = x:last(c.head_dim)
        return shape.tuple(turn, turn)
      end)
    m:layers("layers", c.num_hidden_layers, function(i) return block.kinds.layer_types(c, i) end,
      function(l, name, kind, y)
        return l:call(name, decoder and "*DecoderLayer" or "*EncoderLayer", order, y,
          layer(c, kind, decoder))
      end, x)
    norm(m, "norm", x, "norm.final")
    m:leaf("dropout", "Dropout", x)
    return shape.named("last_hidden_state", x)
  end
end

local function encoder_of(c)
  return c.parts.encoder or error("the file has no object 'encoder'", 0)
end

local function both(c)
  return function(m, ids)
    local encoded = m:call("encoder", "*Encoder", "input_ids=x", ids,
      side(encoder_of(c), false))[2]
    m.env.encoded = encoded
    local x = m:call("decoder", "*Decoder", "input_ids=x, encoder_hidden_states=encoded",
      m.env.decoder_input_ids, side(c, true))[2]
    return shape.named("last_hidden_state", x, "decoder_hidden_states", shape.tuple(x),
      "encoder_last_hidden_state", encoded)
  end
end

local function encoder(c)
  return function(m, ids)
    return m:call("encoder", "*Encoder", "input_ids=x", ids, side(encoder_of(c), false))
  end
end

local function whole(suffix, head)
  return function(m, c, _, ids)
    local order = "input_ids=x, decoder_input_ids="
    m.env.decoder_input_ids = shape.tensor("I64", 1, 8)
    return m:call("", "*" .. suffix, order, ids, function(r, x)
      return head(r, c, r:call("model", "*Model", order, x, both(c)))
    end)
  end
end

--- A classifier of the text or of each token; without the decoder if the configuration says so.
local function scored(suffix, shaped)
  return function(m, c, f, ids)
    local function score(r, x, width)
      local n = block.heads.labels(c)
      local y = r:call("score", "*ClassificationHead", "x", x, function(s, z)
        s:leaf("dropout", "Dropout", z)
        return s:linear("out_proj", z:last(width), n, { bias = true, role = "head.score" })
      end)
      return shape.named("logits", shaped(y, n))
    end
    if c.top.is_encoder_decoder == false then
      return m:call("", "*" .. suffix, "input_ids=x", ids, function(r, x)
        local out = r:call("model", "*EncoderModel", "x", x, encoder(c))
        return score(r, out[2], c.parts.encoder.hidden_size)
      end)
    end
    return whole(suffix, function(r, _, out)
      return score(r, out[2], c.hidden_size)
    end)(m, c, f, ids)
  end
end

local function bare(m, c, _, ids)
  m.env.decoder_input_ids = shape.tensor("I64", 1, 8)
  return m:call("", "*Model", "input_ids=x, decoder_input_ids=", ids, both(c))
end

return {
  model_types = { t5gemma = "T5Gemma" },
  norm = { kind = "rms_norm_1p" },
  heads = {
    Model = bare,
    EncoderModel = function(m, c, _, ids)
      return m:call("", "*EncoderModel", "input_ids=x", ids, encoder(c))
    end,
    ForConditionalGeneration = whole("ForConditionalGeneration", function(r, c, out)
      local logits = r:call("lm_head", "*LMHead", "x", out[2], function(h, x)
        h:kind("LMHead")
        return h:linear("out_proj", x, c.vocab_size, { role = "head", layer_type = "LMHead",
          tied = c.tie_word_embeddings ~= false })
      end)
      return shape.named("logits", logits, "decoder_hidden_states", out[4],
        "encoder_last_hidden_state", out[6])
    end),
    ForSequenceClassification = scored("ForSequenceClassification", function(_, n)
      return shape.tensor("F32", 1, n)
    end),
    ForTokenClassification = scored("ForTokenClassification", function(y) return y end),
  },
  default_head = "ForConditionalGeneration",
  given = function() return shape.tensor("I64", 1, 8) end,
  facts = { rope_layout = "half", sinks = false, stacks = "encoder and decoder" },
}
