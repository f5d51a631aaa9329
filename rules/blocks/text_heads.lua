--- Classes around an encoder of text: heads on its states, and on the pooled vector of the whole
--- text. `f.body(c, f, pooled)` is the encoder; it gives both by their names.
local options = {
  head = { "cls", "lm_head" }, -- how the head over the vocabulary is built
  words = "block",             -- (r, c, o, x): another head over the vocabulary
  predictions = "block",       -- (c, o): what stands in `cls.predictions`
  head_class = "text",         -- of `lm_head`
  head_prefix = "text",        -- begins the classes of `cls` and of its parts
  head_norm = "text",          -- name of its norm
  head_width = "size",         -- of its inner states, where they are of another width
  head_bias = { "apart", "own", "only" }, -- `apart`: a bias beside the projection, and in it where
                               -- it is not tied; `own`: in the projection; `only`: beside it
  always_pooled = "flag",      -- the vector is computed for every class
  seen = { "pooled", "first" }, -- what the class of a text is predicted from
  head_activation = "text",    -- in that head, where it is a module
  token_dropout = "word",      -- in the head that classifies tokens
  question_dropout = "word", question = "text", -- in the head for answers; its projection
}

local function of(c, f) return options_of("text_heads", f.encoder, c) end

local function norm(m, name, x, role)
  return m:norm(name, x, { kind = "layer_norm", bias = true, role = role })
end

local function linear(m, name, x, width, role)
  return m:linear(name, x, width, { bias = true, role = role })
end

local labels = block.heads.labels

--- Calls the encoder in a whole model; returns its states, and the pooled vector where asked for.
local function encoded(r, c, f, ids, pooled, call)
  pooled = pooled or f.encoder.always_pooled
  local spec = f.calls[call or "model"] or f.calls.model or "x"
  local out = r:call(f.names.model, f.classes.model or "*Model", spec, ids, f.body(c, f, pooled))
  return out[2], out[4]
end

--- A whole model: the encoder, then `head`, which gets the states and the vector. `call` names the
--- order of arguments, where classes differ.
local function whole(suffix, pooled, head, call)
  return function(m, c, f, ids)
    local o = of(c, f)
    return m:call("", c.root_class or "*" .. suffix, "input_ids=x", ids, function(r, y)
      local x, vector = encoded(r, c, f, y, pooled, call)
      return head(r, c, o, x, vector)
    end)
  end
end

--- Tied weights stand in no file; the bias of the projection is that of the head.
local function decoder(m, c, o, x)
  local tied = c.tie_word_embeddings ~= false
  local own = o.head_bias == "own"
  m:linear("decoder", x, c.vocab_size, { role = "head", tied = tied, layer_type = "LMHead",
    bias = not tied and o.head_bias ~= "only" })
  if tied then m:op("aten/addmm") end
  if tied and own then
    m:param("decoder.bias", { c.vocab_size }, { role = "head.bias", layer_type = "LMHead" })
  end
  return x:last(c.vocab_size)
end

local function head_bias(m, c, o)
  m:kind("LMHead")
  if o.head_bias == "own" then return end
  m:param("bias", { c.vocab_size }, { role = "head.bias", layer_type = "LMHead" })
end

--- The head of BERT, in its parts.
local function predictions(c, o)
  local act = block.activation[c.hidden_act or "gelu"] or { class = "GELUActivation" }
  local prefix = o.head_prefix or ""
  return function(m, x)
    head_bias(m, c, o)
    local y = m:call("transform", prefix .. "*PredictionHeadTransform", "x", x, function(t, z)
      z = linear(t, "dense", z, o.head_width or c.hidden_size, "head.transform")
      t:leaf("transform_act_fn", act.class, z)
      return norm(t, o.head_norm or "LayerNorm", z, "head.norm")
    end)
    return decoder(m, c, o, y)
  end
end

local function words(r, c, o, x)
  if o.words then return o.words(r, c, o, x) end
  if o.head == "lm_head" then
    return r:call("lm_head", o.head_class or "*LMHead", "x", x, function(h, y)
      head_bias(h, c, o)
      y = linear(h, "dense", y, o.head_width or c.hidden_size, "head.transform")
      h:op("gelu")
      norm(h, o.head_norm or "layer_norm", y, "head.norm")
      return decoder(h, c, o, y)
    end)
  end
  local prefix = o.head_prefix or ""
  return r:call("cls", prefix .. "*OnlyMLMHead", "x", x, function(h, y)
    return h:call("predictions", prefix .. "*LMPredictionHead", "x", y,
      (o.predictions or predictions)(c, o))
  end)
end

--- `pooled`: the vector is computed, too, though unused.
local function language_model(suffix, pooled)
  return whole(suffix, pooled or false, function(r, c, o, x)
    return shape.named("logits", words(r, c, o, x))
  end, "words")
end

local pretraining = whole("ForPreTraining", true, function(r, c, o, x, pooled)
  r.env.pooled = pooled
  local out = r:call("cls", "*PreTrainingHeads", "x, pooled", x, function(h, y)
    local logits = h:call("predictions", "*LMPredictionHead", "x", y,
      (o.predictions or predictions)(c, o))
    return shape.tuple(logits, linear(h, "seq_relationship", pooled, 2, "head.next"))
  end)
  return shape.named("prediction_logits", out[1], "seq_relationship_logits", out[2])
end)

--- Does the second text follow the first?
local next_sentence = whole("ForNextSentencePrediction", true, function(r, _, _, _, pooled)
  return shape.named("logits", r:call("cls", "*OnlyNSPHead", "x", pooled, function(h, y)
    return linear(h, "seq_relationship", y, 2, "head.next")
  end))
end)

--- Classifies a text by its first token, in a module of its own.
local function by_first(r, c, o, x)
  return r:call("classifier", "*ClassificationHead", "x", x, function(h)
    local first = shape.tensor(h.dtype, 1, c.hidden_size)
    h:leaf("dropout", "Dropout", first)
    linear(h, "dense", first, c.hidden_size, "head.score.dense")
    if o.head_activation then h:leaf("activation", o.head_activation, first) end
    h:leaf("dropout", "Dropout", first)
    return linear(h, "out_proj", first, labels(c), "head.score")
  end)
end

local function sequence(m, c, f, ids)
  local first = of(c, f).seen == "first"
  return whole("ForSequenceClassification", not first, function(r, _, o, x, pooled)
    if first then return shape.named("logits", by_first(r, c, o, x)) end
    r:leaf("dropout", "Dropout", pooled)
    return shape.named("logits", linear(r, "classifier", pooled, labels(c), "head.score"))
  end, "sequence")(m, c, f, ids)
end

local token = whole("ForTokenClassification", false, function(r, c, o, x)
  if o.token_dropout ~= false then r:leaf(o.token_dropout or "dropout", "Dropout", x) end
  return shape.named("logits", linear(r, "classifier", x, labels(c), "head.score"))
end, "token")

--- Where an answer begins and ends.
local function answer(suffix)
  return whole(suffix, false, function(r, c, o, x)
    if o.question_dropout then r:leaf(o.question_dropout, "Dropout", x) end
    linear(r, o.question or "qa_outputs", x, labels(c), "head.score")
    local ends = shape.tensor(r.dtype, 1, x.dims[2])
    return shape.named("start_logits", ends, "end_logits", ends)
  end, "question")
end

--- Multiple choice: a score for each text. `vector` makes a vector from the states in place of the
--- pooled one; `name` is that of the projection.
local function choice(vector, name)
  return function(m, c, f, ids)
    local o = of(c, f)
    local each = ids:view(1, 1, ids.dims[2])
    return m:call("", c.root_class or "*ForMultipleChoice", "input_ids=x", each, function(r)
      local x, y = encoded(r, c, f, ids, not vector, "choice")
      if vector then y = vector(r, c, o, x) else r:leaf("dropout", "Dropout", y) end
      return shape.named("logits", linear(r, name or "classifier", y, 1, "head.score"))
    end)
  end
end

--- Config keys of the sequence summary of XLM, with the defaults of a class.
local function summary_keys(own)
  return { summary_use_proj = { "flag", own.use_proj },
    summary_activation = { "choice", own.activation },
    summary_proj_to_labels = { "flag", own.proj_to_labels },
    summary_first_dropout = { "number", own.first_dropout },
    summary_last_dropout = { "number", own.last_dropout } }
end

local function or_identity(m, name, class, x) m:leaf(name, class or "Identity", x) end

--- One vector of a text: that of one token, projected where the file says so.
local function summary(r, c, _, x)
  local function dropout(s, name, y)
    local rate = c["summary_" .. name]
    or_identity(s, name, rate and rate > 0 and "Dropout", y)
  end
  local y = shape.tensor(r.dtype, 1, x.dims[3])
  return r:call("sequence_summary", "*SequenceSummary", "x", x, function(s)
    dropout(s, "first_dropout", y)
    if c.summary_use_proj then
      local n = c.summary_proj_to_labels and labels(c) or c.hidden_size
      y = linear(s, "summary", y, n, "head.summary")
    else
      or_identity(s, "summary", nil, y)
    end
    local act = c.summary_activation and block.activation[c.summary_activation]
    or_identity(s, "activation", act and act.class, y)
    dropout(s, "last_dropout", y)
    return y
  end)
end

local function bare(m, c, f, ids)
  local pooled = f.encoder.pooler ~= false
  return m:call("", c.root_class or "*Model", "input_ids=x", ids, f.body(c, f, pooled))
end

return { options = options, whole = whole, labels = labels, words = words, decoder = decoder,
  head_bias = head_bias, first = by_first,
  language_model = language_model, pretraining = pretraining, next_sentence = next_sentence,
  summary = summary, summary_keys = summary_keys, sequence = sequence, token = token,
  question = answer "ForQuestionAnswering", answer = answer, choice = choice, bare = bare }
