-- XLM and FlauBERT: the model holds a list for each part of its layers; norms after (or before)
-- each part.
local heads = block.text_heads

local function norm(m, name, x, role)
  return m:norm(name, x, { kind = "layer_norm", bias = true, role = role })
end

local function linear(m, name, x, width, role)
  return m:linear(name, x, width, { bias = true, role = role })
end

local function attention(c)
  return block.attention.build(c, { square = true, bias = true, out_bias = true, q = "q_lin",
    k = "k_lin", v = "v_lin", out = "out_lin", rope = false, cache = c.is_encoder == false,
    weights = false })
end

--- All layers share one activation module; the first layer holds it.
local function feed_forward(c, root)
  local name = c.gelu_activation and "gelu" or "relu"
  local act = block.activation[name]
  return function(m, x)
    m:kind(act.plain)
    m:fact("gated", false)
    m:fact("activation", name)
    local y = linear(m, "lin1", x, 4 * c.hidden_size, "layer.ffn.up")
    root:leaf("ffns.0.act", act.class, y)
    m:op(act.operator)
    return linear(m, "lin2", y, c.hidden_size, "layer.ffn.down")
  end
end

local function layers(c, m, x)
  m:fact("norm_place", c.pre_norm and "pre" or "post")
  m:fact("parallel_residual", false)
  local place = c.pre_norm and "" or "after_"
  return m:layers("attentions", c.num_hidden_layers, function() return "encoder" end,
    function(root, name, _, y)
      local function part(other) return (name:gsub("attentions", other)) end
      local function around(list, role, body)
        if c.pre_norm then norm(root, part(list), y, "layer.norm." .. role) end
        body()
        root:op("add")
        if not c.pre_norm then norm(root, part(list), y, "layer.norm." .. place .. role) end
      end
      around("layer_norm1", "attention", function()
        root:call(name, "MultiHeadAttention", "x, mask", y, attention(c))
      end)
      around("layer_norm2", "ffn", function()
        root:call(part "ffns", "TransformerFFN", "x", y, feed_forward(c, root))
      end)
      return y
    end, x)
end

local function body(c)
  return function(m, ids)
    local seq, e = ids.dims[2], c.hidden_size
    m:fact("positions", "learned")
    m.env.mask = c.causal and shape.tensor("BOOL", 1, seq, seq) or shape.tensor("BOOL", 1, seq)
    local x = m:embedding("embeddings", ids, c.vocab_size, e)
    m:embedding("position_embeddings", ids, c.max_position_embeddings, e,
      { role = "embedding.position" })
    if c.use_lang_emb and (c.n_langs or 1) > 1 then
      m:param("lang_embeddings.weight", { c.n_langs, e },
        { role = "embedding.language", layer_type = "EmbeddingLayer" })
    end
    norm(m, "layer_norm_emb", x, "norm.embedding")
    return shape.named("last_hidden_state", layers(c, m, x))
  end
end

local function words(r, c, _, x)
  return r:call("pred_layer", "*PredLayer", "x", x, function(p, y)
    p:kind("LMHead")
    return p:linear("proj", y, c.vocab_size, { role = "head", bias = true,
      tied = c.tie_word_embeddings ~= false, layer_type = "LMHead" })
  end)
end

local answer = heads.whole("ForQuestionAnswering", false, function(r, c, _, x)
  return r:call("qa_outputs", "*SQuADHead", "x", x, function(s)
    return shape.named(block.answer.found(s, c, x))
  end)
end)

return {
  {
    model_types = { xlm = "XLM" },
    norm = { kind = "layer_norm", bias = true },
    body = body,
    names = { model = "transformer" },
    aliases = { vocab_size = "n_words" },
    encoder = { words = words },
    arguments = { start_states = "states where answers may begin" },
    keys = { gelu_activation = { "flag", true }, causal = { "flag", false },
      n_langs = { "count", 1 }, use_lang_emb = { "flag", true }, pre_norm = { "flag", false },
      is_encoder = { "flag", true }, start_n_top = { "count", 5 }, end_n_top = { "count", 5 },
      summary_use_proj = { "flag", true }, summary_activation = { "choice" },
      summary_proj_to_labels = { "flag", true }, summary_first_dropout = { "number", 0.1 },
      summary_last_dropout = { "number" } },
    heads = {
      Model = heads.bare,
      WithLMHeadModel = heads.language_model "WithLMHeadModel",
      ForSequenceClassification = heads.whole("ForSequenceClassification", false,
        function(r, c, o, x) return shape.named("logits", heads.summary(r, c, o, x)) end),
      ForTokenClassification = heads.token,
      ForQuestionAnsweringSimple = heads.answer "ForQuestionAnsweringSimple",
      ForQuestionAnswering = answer,
      ForMultipleChoice = heads.choice(heads.summary, "logits_proj"),
    },
    default_head = "WithLMHeadModel",
    given = function() return shape.tensor("I64", 1, 8) end,
    facts = { sinks = false, stacks = "encoder", nope_layers = "none" },
  },
  { extends = "xlm", model_types = { flaubert = "Flaubert" } },
}
