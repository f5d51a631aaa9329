--- The encoder-decoder of T5: relative position biases in place of positions, one norm before each
--- part, projections without biases, heads of any width.

--- `share`: all layers use the relative position bias of the first; else each has its own.
local function attention(c, o, role)
  local h, d = c.num_attention_heads, c.head_dim or c.hidden_size // c.num_attention_heads
  return function(m, x)
    local seen = o.across and m.env.encoded or x
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    local function linear(name, y, width, part)
      return m:linear(name, y, width, { role = "layer." .. role .. "." .. part })
    end
    local q = linear("q", x, h * d, "query")
    linear("k", seen, h * d, "key")
    linear("v", seen, h * d, "value")
    local rows, columns = x.dims[2], seen.dims[2]
    if o.distances then
      m:embedding("relative_attention_bias", shape.tensor("I64", rows, columns),
        c.relative_attention_num_buckets or 32, h, { role = "layer." .. role .. ".distance" })
    end
    m:op("attention")
    linear("o", q, c.hidden_size, "output")
    if m.env.decoding then
      m:cache { kind = o.across and "cross_attention" or "attention", heads = h, dim = d }
    end
    local weights = shape.tensor(m.dtype, 1, h, rows, columns)
    if o.share then return shape.tuple(x, weights, weights) end
    return shape.tuple(x, weights)
  end
end

--- A norm whose result has the dtype of its weight, also where the states have another.
local function norm(m, name, x, role)
  m:leaf(name, "*LayerNorm", x, x:to(m.dtype))
  m:param(name .. ".weight", { x.dims[3] }, { role = role, layer_type = "RMSNorm" })
  m:count "RMSNorm"
  m:op "rms_norm"
  return x:to(m.dtype)
end

--- The second projection stays in single precision where the model is in half, and with it the
--- states behind it.
local function kept(m) return m.dtype == "F16" and "F32" or m.dtype end

--- A norm, attention and a dropout.
local function attends(c, o, name, spec, role)
  return function(m, x)
    local y = norm(m, "layer_norm", x, "layer.norm." .. role)
    local out = m:call(name, "*Attention", spec, y, attention(c, o, role))
    m:leaf("dropout", "Dropout", y)
    m:op("add")
    out[1] = x
    return out
  end
end

--- The activation that a word like "gated-gelu" means; where the file also has the two keys that
--- follow from it, they count.
local function activation(c)
  local raw, word = c.raw, c.raw.feed_forward_proj
  local gated, name = c.is_gated_act, c.hidden_act
  if type(word) == "string" then
    if raw.is_gated_act == nil then gated = word:find("^gated%-") ~= nil end
    if raw.dense_act_fn == nil then
      name = word == "gated-gelu" and "gelu_new" or word:gsub("^gated%-", "")
    end
  end
  return gated, name or "relu"
end

--- A feed-forward: its class, and what it computes. `role` begins the roles of its weights.
local function dense(c, o, role)
  local gated, name = activation(c)
  local act = block.activation[name] or { class = "GELUActivation", operator = name,
    gated = "FFN_Gated", product = "gated" }
  local width = c.intermediate_size
  return gated and "*DenseGatedActDense" or "*DenseActDense", function(f, y)
    f:kind(gated and act.gated or act.plain or act.gated)
    f:fact("gated", gated or false)
    f:fact("activation", name)
    local last = o.experts and f.dtype or kept(f)
    local inner = f:linear(gated and "wi_0" or "wi", y, width,
      { role = role .. (gated and ".gate" or ".up") })
    f:leaf("act", act.class, inner)
    f:op(act.operator)
    if gated then
      f:linear("wi_1", y, width, { role = role .. ".up" })
      f:op(act.product)
    end
    f:leaf("dropout", "Dropout", inner)
    return f:linear("wo", inner:to(last), c.hidden_size, { dtype = last, role = role .. ".down" })
  end
end

local function feed_forward(c, o, sparse)
  local class, body = dense(c, o, "layer.ffn")
  return function(m, x)
    local seen = norm(m, "layer_norm", x, "layer.norm.ffn")
    if sparse then
      m:call("mlp", "*SparseMLP", "x", seen, o.experts(c, dense(c, o, "layer.experts")))
    else
      m:call(o.experts and "mlp" or "DenseReluDense", class, "x", seen, body)
    end
    local y = o.experts and x or x:to(kept(m))
    m:leaf("dropout", "Dropout", y)
    m:op("add")
    return y
  end
end

local orders = {
  shared = { block = "x, mask, bias, encoded, -, cross_bias", own = "mask", mask = "mask=mask",
    self = "x, attention_mask=mask, position_bias=bias",
    self_inner = "x, mask=, position_bias=bias",
    cross = "x, key_value_states=encoded, position_bias=cross_bias" },
  own = { block = "x, mask, encoded", self = "x, attention_mask=mask",
    self_inner = "x, attention_mask=mask", cross = "x, encoder_hidden_states=encoded" },
}

--- One block: attention, attention across in a decoder, feed-forward.
local function layer(c, o, first, sparse)
  local spec = o.share and orders.shared or orders.own
  local distances = first or not o.share
  return function(m, x)
    m:fact("norm_place", "pre")
    m:fact("parallel_residual", false)
    local mix = { share = o.share, distances = distances }
    local a = m:call("layer.0", "*LayerSelfAttention", spec.self, x,
      attends(c, mix, "SelfAttention", spec.self_inner, "attention"))
    local b
    if m.env.encoded then
      b = m:call("layer.1", "*LayerCrossAttention", spec.cross, x,
        attends(c, { share = o.share, across = true }, "EncDecAttention", spec.cross,
          "cross_attention"))
    end
    x = m:call(b and "layer.2" or "layer.1", "*LayerFF", "x", x,
      feed_forward(c, o, sparse))
    if not o.share then return x end
    return shape.tuple(x, a[3], b and b[3])
  end
end

local function stack(c, o, n)
  return function(m, ids)
    m:fact("positions", "relative")
    local seq, h = ids.dims[2], c.num_attention_heads
    local x = m:embedding("embed_tokens", ids, c.vocab_size, c.hidden_size, { tied = true })
    local decoding = m.env.encoded ~= nil
    m.env.decoding = decoding
    m.env.mask = decoding and shape.tensor(m.dtype, 1, 1, seq, seq) or nil
    m.roles = decoding and "decoder." or "encoder."
    m:leaf("dropout", "Dropout", x)
    local spec = o.share and orders.shared or orders.own
    -- empty places: an encoder has neither a mask nor states of an encoder
    local given = spec.block
    if o.ones then
      m.env.mask = m.env.mask or shape.tensor(m.dtype, 1, 1, 1, seq)
      if not decoding then given = "x, mask, bias" end
    elseif not decoding then
      given = o.share and "x, -, bias" or "x"
    end
    x = m:layers("block", n, function(i)
      local sparse = o.sparse and o.sparse(c, i, n, decoding)
      return (i == 0 and "first" or "later") .. (sparse and " moe" or "")
    end,
      function(l, name, kind, y)
        local first = kind:find "first" ~= nil
        if o.share then
          local bias = shape.tensor(l.dtype, 1, h, seq, seq)
          l.env.bias = not first and bias or nil
          l.env.cross_bias = not first and decoding
            and shape.tensor(l.dtype, 1, h, seq, m.env.encoded.dims[2]) or nil
        end
        local order = given
        if first and o.share and decoding then order = "x, mask, -, encoded" end
        local out = l:call(name, "*Block", order, y,
          layer(c, o, first, kind:find "moe"))
        return shape.is_tensor(out) and out or out[1]
      end, x)
    x = norm(m, "final_layer_norm", x, "norm.final")
    m:leaf("dropout", "Dropout", x)
    return shape.named("last_hidden_state", x)
  end
end

--- Encoder and decoder as parts of `r`; returns the states of both. The shared embedding is saved,
--- and not called.
local function parts(r, c, o, ids, decoder_ids)
  r:param("shared.weight", { c.vocab_size, c.hidden_size },
    { role = "embedding.token", layer_type = "EmbeddingLayer" })
  local encoded = r:call("encoder", "*Stack", "input_ids=x", ids,
    stack(c, o, c.num_hidden_layers))[2]
  if not decoder_ids then return encoded end
  r.env.encoded = encoded
  local n = c.decoder_layers or c.num_hidden_layers
  return encoded, r:call("decoder", "*Stack", "input_ids=x, encoder_hidden_states=encoded",
    decoder_ids, stack(c, o, n))[2]
end

local function both(suffix, o, head)
  return function(m, c, _, ids)
    local decoder_ids = shape.tensor("I64", 1, 8)
    m.env.decoder_input_ids = decoder_ids
    return m:call("", "*" .. suffix, "input_ids=x, decoder_input_ids=", ids, function(r, x)
      local encoded, decoded = parts(r, c, o, x, decoder_ids)
      return head(r, c, encoded, decoded)
    end)
  end
end

local function generation(r, c, encoded, decoded)
  r:kind("LMHead")
  return shape.named("logits", r:linear("lm_head", decoded, c.vocab_size, { role = "head",
    tied = c.tie_word_embeddings ~= false, layer_type = "LMHead" }),
    "encoder_last_hidden_state", encoded)
end

local function bare(_, _, encoded, decoded)
  return shape.named("last_hidden_state", decoded, "encoder_last_hidden_state", encoded)
end

local function question(r, c, encoded, decoded)
  r:linear("qa_outputs", decoded, block.heads.labels(c), { bias = true, role = "head.score" })
  local ends = shape.tensor(r.dtype, 1, decoded.dims[2])
  return shape.named("start_logits", ends, "end_logits", ends, "encoder_last_hidden_state",
    encoded)
end

local function encode(c, o)
  return function(r, x) return shape.named("last_hidden_state", (parts(r, c, o, x))) end
end

local function encoder(o)
  return function(m, c, _, ids)
    return m:call("", "*EncoderModel", "input_ids=x", ids, encode(c, o))
  end
end

local function token(o)
  return function(m, c, _, ids)
    return m:call("", "*ForTokenClassification", "input_ids=x", ids, function(r, y)
      local x = r:call("transformer", "*EncoderModel", "x", y, encode(c, o))[2]
      r:leaf("dropout", "Dropout", x)
      return shape.named("logits", r:linear("classifier", x, block.heads.labels(c),
        { bias = true, role = "head.score" }))
    end)
  end
end

local function sequence(o)
  return function(m, c, _, ids)
    m.env.decoder_input_ids = shape.tensor("I64", 1, 8)
    local order = "input_ids=x, decoder_input_ids="
    return m:call("", "*ForSequenceClassification", order, ids, function(r, y)
      local encoded
      local x = r:call("transformer", "*Model", "x, decoder_input_ids=", y, function(t, z)
        local decoded
        encoded, decoded = parts(t, c, o, z, r.env.decoder_input_ids)
        return bare(t, c, encoded, decoded)
      end)[2]
      x = shape.tensor(r.dtype, 1, x.dims[3])
      local logits = r:call("classification_head", "*ClassificationHead", "x", x, function(h, z)
        h:leaf("dropout", "Dropout", z)
        h:linear("dense", z, c.hidden_size, { bias = true, role = "head.score.dense" })
        h:leaf("dropout", "Dropout", z)
        return h:linear("out_proj", z, block.heads.labels(c), { bias = true, role = "head.score" })
      end)
      return shape.named("logits", logits, "encoder_last_hidden_state", encoded)
    end)
  end
end

--- The heads of a model type. Options: `share` as in `attention`; `ones`: an encoder has a mask of
--- one row; `sparse`: `(c, i, n, decoder)` says which layers have experts; `experts`: their block.
local function heads(o)
  return {
    ForConditionalGeneration = both("ForConditionalGeneration", o, generation),
    Model = both("Model", o, bare),
    ForQuestionAnswering = both("ForQuestionAnswering", o, question),
    EncoderModel = encoder(o), ForTokenClassification = token(o),
    ForSequenceClassification = sequence(o),
  }
end

return { heads = heads }
