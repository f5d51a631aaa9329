--- The encoder of BERT and its relatives: embeddings with a norm, layers whose norms stand behind
--- (or before) their parts, one vector of the first token.
local options = {
  pooler = "flag",   -- the bare model has one
  types = "flag",    -- an embedding for the type of a token
  embedding_norm = "flag", embedding_size = "size", project = "text",
  embeddings_spec = "text",
  pre = "flag",      -- norms stand before attention and feed-forward, and one behind all layers
  weights_last = "flag", -- layers return the weights of their attention, too
  head = { "cls", "lm_head" }, -- how the head over the vocabulary is built
  seen = { "pooled", "first" }, -- what a class for the whole text is told by
  head_activation = "text", -- of that head, where it is a module
}

local function of(c, f) return options_of("bert", f.encoder, c) end

local function norm(m, name, x, role)
  return m:norm(name, x, { kind = "layer_norm", bias = true, role = role })
end

local function linear(m, name, x, width, role)
  return m:linear(name, x, width, { bias = true, role = role })
end

local function embeddings(c, o)
  local width = o.embedding_size or c.hidden_size
  return function(m, ids)
    local x = m:embedding("word_embeddings", ids, c.vocab_size, width)
    if o.types ~= false then
      m:embedding("token_type_embeddings", ids, c.type_vocab_size, width,
        { role = "embedding.type" })
    end
    m:embedding("position_embeddings", ids, c.max_position_embeddings, width,
      { role = "embedding.position" })
    if o.embedding_norm ~= false then norm(m, "LayerNorm", x, "norm.embedding") end
    return m:leaf("dropout", "Dropout", x)
  end
end

--- What stands behind attention and feed-forward: a projection, and a way around.
local function behind(c, o, role, place)
  return function(m, x)
    local y = linear(m, "dense", x, c.hidden_size, "layer." .. role)
    m:leaf("dropout", "Dropout", y)
    if not o.pre then norm(m, "LayerNorm", y, "layer.norm.after_" .. place) end
    m:op("add")
    return y
  end
end

local function attention(c, o)
  local h, e = c.num_attention_heads, c.hidden_size
  return function(m, x)
    m.env.residual = x
    if o.pre then norm(m, "LayerNorm", x, "layer.norm.attention") end
    local out = m:call("self", "*SelfAttention", "x, attention_mask", x, function(s, y)
      s:kind("AttentionLayer")
      s:fact("qk_norm", "none")
      for _, part in ipairs { "query", "key", "value" } do
        linear(s, part, y, e, "layer.attention." .. part)
      end
      s:op("attention")
      if c.is_decoder then s:cache { kind = "attention", heads = h, dim = e // h } end
      local seq = y.dims[2]
      return shape.tuple(y, shape.tensor(s.dtype, 1, h, seq, seq))
    end)
    m:call("output", "*SelfOutput", "x, residual", x,
      behind(c, o, "attention.output", "attention"))
    return out
  end
end

local function layer(c, o)
  local name = c.hidden_act or "gelu"
  local act = block.activation[name]
    or { class = "GELUActivation", operator = name, gated = "FFN_Plain" }
  return function(m, x)
    m:fact("norm_place", o.pre and "pre" or "post")
    m:fact("parallel_residual", false)
    m:fact("gated", false)
    m:fact("activation", name)
    m:call("attention", "*Attention", "x, attention_mask", x, attention(c, o))
    m.env.residual = x
    m:kind(act.plain or act.gated)
    local y = m:call("intermediate", "*Intermediate", "x", x, function(b, z)
      if o.pre then norm(b, "LayerNorm", z, "layer.norm.ffn") end
      local inner = linear(b, "dense", z, c.intermediate_size, "layer.ffn.up")
      b:op(act.operator)
      return b:leaf("intermediate_act_fn", act.class, inner)
    end)
    m:call("output", "*Output", "x, residual", y, behind(c, o, "ffn.down", "ffn"))
    return x
  end
end

local function pool(c, m, x)
  return m:call("pooler", "*Pooler", "x", x, function(p, y)
    local first = shape.tensor(p.dtype, 1, c.hidden_size)
    linear(p, "dense", first, y.dims[3], "head.pooler")
    return p:leaf("activation", "Tanh", first)
  end)
end

local function stack(c, f, pooled)
  local o = of(c, f)
  return function(m, ids)
    local seq = ids.dims[2]
    m:fact("positions", "learned")
    m.env.token_type_ids = ids
    local x = m:call("embeddings", "*Embeddings", o.embeddings_spec or "input_ids=x", ids,
      embeddings(c, o))
    if o.project and shape.value(x.dims[3]) ~= shape.value(c.hidden_size) then
      x = linear(m, o.project, x, c.hidden_size, "embedding.projection")
    end
    m.env.attention_mask = c.is_decoder and shape.tensor(m.dtype, 1, 1, seq, seq) or nil
    x = m:call("encoder", "*Encoder", "x, attention_mask", x, function(e, y)
      return shape.named("last_hidden_state", e:layers("layer", c.num_hidden_layers,
        function() return "encoder" end, function(l, name, _, z)
          return l:call(name, "*Layer", "x, attention_mask", z, layer(c, o))
        end, y))
    end)[2]
    if o.pre then norm(m, "LayerNorm", x, "norm.final") end
    return shape.named("last_hidden_state", x, "pooler_output", pooled and pool(c, m, x))
  end
end

local function labels(c) return c.label_count or c.num_labels or 2 end

--- A whole model: the body, then what `head` makes of the states and of the first token's vector.
local function whole(suffix, pooled, head)
  return function(m, c, f, ids)
    local o = of(c, f)
    if type(pooled) == "function" then pooled = pooled(o) end
    return m:call("", c.root_class or "*" .. suffix, "input_ids=x", ids, function(r, y)
      local out = r:call(f.names.model, "*Model", f.calls.model or "x", y, stack(c, f, pooled))
      return head(r, c, f, o, out[2], out[4])
    end)
  end
end

--- Tied weights stand in no file; the bias of the projection is that of the head.
local function decoder(m, c, x)
  local tied = c.tie_word_embeddings ~= false
  m:linear("decoder", x, c.vocab_size, { role = "head", tied = tied, layer_type = "LMHead",
    bias = not tied })
  if tied then m:op("aten/addmm") end
  return x:last(c.vocab_size)
end

local function head_bias(m, c)
  m:kind("LMHead")
  m:param("bias", { c.vocab_size }, { role = "head.bias", layer_type = "LMHead" })
end

local function predictions(c, o)
  local act = block.activation[c.hidden_act or "gelu"] or { class = "GELUActivation" }
  local width = o.embedding_size or c.hidden_size
  return function(m, x)
    head_bias(m, c)
    local y = m:call("transform", "*PredictionHeadTransform", "x", x, function(t, z)
      z = linear(t, "dense", z, width, "head.transform")
      t:leaf("transform_act_fn", act.class, z)
      return norm(t, "LayerNorm", z, "head.norm")
    end)
    return decoder(m, c, y)
  end
end

local function words(r, c, o, x)
  if o.head == "lm_head" then
    return r:call("lm_head", "*LMHead", "x", x, function(h, y)
      head_bias(h, c)
      y = linear(h, "dense", y, c.hidden_size, "head.transform")
      h:op("gelu")
      norm(h, "layer_norm", y, "head.norm")
      return decoder(h, c, y)
    end)
  end
  return r:call("cls", "*OnlyMLMHead", "x", x, function(h, y)
    return h:call("predictions", "*LMPredictionHead", "x", y, predictions(c, o))
  end)
end

local function language_model(suffix)
  return whole(suffix, false, function(r, c, _, o, x)
    return shape.named("logits", words(r, c, o, x))
  end)
end

local function pretraining(m, c, f, ids)
  return whole("ForPreTraining", true, function(r, _, _, o, x, pooled)
    r.env.pooled = pooled
    local out = r:call("cls", "*PreTrainingHeads", "x, pooled", x, function(h, y)
      local logits = h:call("predictions", "*LMPredictionHead", "x", y, predictions(c, o))
      return shape.tuple(logits, linear(h, "seq_relationship", pooled, 2, "head.next"))
    end)
    return shape.named("prediction_logits", out[1], "seq_relationship_logits", out[2])
  end)(m, c, f, ids)
end

local function sequence(m, c, f, ids)
  local o = of(c, f)
  return whole("ForSequenceClassification", (o.seen or "pooled") == "pooled",
    function(r, _, _, _, x, pooled)
      if pooled then
        r:leaf("dropout", "Dropout", pooled)
        return shape.named("logits", linear(r, "classifier", pooled, labels(c), "head.score"))
      end
      return shape.named("logits", r:call("classifier", "*ClassificationHead", "x", x,
        function(h)
          local first = shape.tensor(h.dtype, 1, c.hidden_size)
          h:leaf("dropout", "Dropout", first)
          linear(h, "dense", first, c.hidden_size, "head.score.dense")
          if o.head_activation then h:leaf("activation", o.head_activation, first) end
          h:leaf("dropout", "Dropout", first)
          return linear(h, "out_proj", first, labels(c), "head.score")
        end))
    end)(m, c, f, ids)
end

local token = whole("ForTokenClassification", false, function(r, c, _, _, x)
  r:leaf("dropout", "Dropout", x)
  return shape.named("logits", linear(r, "classifier", x, labels(c), "head.score"))
end)

local question = whole("ForQuestionAnswering", false, function(r, _, _, _, x)
  linear(r, "qa_outputs", x, 2, "head.score")
  local ends = shape.tensor(r.dtype, 1, x.dims[2])
  return shape.named("start_logits", ends, "end_logits", ends)
end)

local function bare(m, c, f, ids)
  return m:call("", "*Model", "input_ids=x", ids, stack(c, f, of(c, f).pooler ~= false))
end

return { options = options, language_model = language_model, pretraining = pretraining,
  sequence = sequence, token = token, question = question, bare = bare }
