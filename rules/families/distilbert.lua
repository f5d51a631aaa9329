-- DistilBERT: BERT's layers under other names, without token types and pooler.
local heads = block.text_heads

local function linear(m, name, x, width, role)
  return m:linear(name, x, width, { bias = true, role = role })
end

local function body(c)
  local layer = block.encoder_layer.build(c, { post = true, class = "TransformerBlock",
    spec = "x, attention_mask", attention = "attention", attention_class = "*SelfAttention",
    attention_spec = "x, attention_mask=", q = "q_lin", k = "k_lin", v = "v_lin", out = "out_lin",
    attention_norm = "sa_layer_norm", ffn = "ffn", ffn_class = "FFN",
    ffn_norm = "output_layer_norm", feed = block.mlp.build(c, { up = "lin1", down = "lin2",
      bias = true, act = "activation", dropout = "dropout" }) })
  return function(m, ids)
    m:fact("positions", "learned")
    local x = m:call("embeddings", "Embeddings", "x", ids,
      block.bert.embeddings(c, { types = false }))
    x = m:call("transformer", "Transformer", "hidden_states=x", x, function(t, y)
      return shape.named("last_hidden_state", t:layers("layer", c.num_hidden_layers,
        function() return "encoder" end, function(l, name, _, z) return layer(l, name, z) end, y))
    end)[2]
    return shape.named("last_hidden_state", x)
  end
end

--- The head has the activation of the layers.
local function words(r, c, _, x)
  r:kind("LMHead")
  linear(r, "vocab_transform", x, c.hidden_size, "head.transform")
  local act = block.activation[c.hidden_act or "gelu"]
  r:leaf("activation", act and act.class or "GELUActivation", x)
  r:norm("vocab_layer_norm", x, { kind = "layer_norm", bias = true, role = "head.norm" })
  return r:linear("vocab_projector", x, c.vocab_size, { role = "head", layer_type = "LMHead",
    tied = c.tie_word_embeddings ~= false, bias = true })
end

--- The state of the first token, through one more projection.
local function first(r, c, x)
  local y = linear(r, "pre_classifier", shape.tensor(r.dtype, 1, c.hidden_size), x.dims[3],
    "head.score.dense")
  r:op("relu")
  return y
end

return {
  extends = "bert",
  model_types = { distilbert = "DistilBert" },
  body = body,
  calls = { model = "input_ids=x", token = "x" },
  encoder = { pooler = false, words = words, question_dropout = "dropout" },
  heads = {
    ForSequenceClassification = heads.whole("ForSequenceClassification", false,
      function(r, c, _, x)
        local y = r:leaf("dropout", "Dropout", first(r, c, x))
        return shape.named("logits", linear(r, "classifier", y, heads.labels(c), "head.score"))
      end),
    ForMultipleChoice = heads.choice(function(r, c, _, x)
      return r:leaf("dropout", "Dropout", first(r, c, x))
    end),
  },
}
