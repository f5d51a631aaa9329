-- DPR: a BERT encoder for questions, one for passages, and a reader that finds the answer.

--- The encoder: the vector of the first token, projected where the file says so.
local function encoder(c, types)
  local order = types and "input_ids=x, attention_mask=mask, token_type_ids="
    or "input_ids=x, attention_mask=mask"
  local inner = { encoder = { embeddings_spec = types and "input_ids=x, token_type_ids="
    or "input_ids=x" } }
  return function(m, ids)
    m.env.token_type_ids = ids
    local bert = m:part { family = { base = "Bert" } }
    local x = bert:call("bert_model", "*Model", order, ids, block.bert.stack(c, inner, false))[2]
    local first, n = shape.tensor(m.dtype, 1, c.hidden_size), c.projection_dim
    if n and shape.value(n) > 0 then
      first = m:linear("encode_proj", first, n, { bias = true, role = "head.projection" })
    end
    return shape.named("last_hidden_state", x, "pooler_output", first)
  end
end

local function one(suffix, name)
  return function(m, c, _, ids)
    return m:call("", "*" .. suffix, "input_ids=x", ids, function(r, x)
      r.env.mask, r.env.token_type_ids = shape.tensor("BOOL", 1, ids.dims[2]), ids
      local out = r:call(name, "*Encoder", "input_ids=x, attention_mask=mask, token_type_ids=", x,
        encoder(c, true))
      return shape.named("pooler_output", out[4])
    end)
  end
end

local function reader(m, c, _, ids)
  local seq = ids.dims[2]
  local ends = shape.tensor(m.dtype, 1, seq)
  local out = shape.named("start_logits", ends, "end_logits", ends, "relevance_logits",
    shape.tensor(m.dtype, 1))
  return m:call("", "*Reader", "input_ids=x", ids, function(r, x)
    r.env.mask = shape.tensor("F32", 1, seq)
    return r:call("span_predictor", "*SpanPredictor", "x, mask", x, function(s)
      local y = s:call("encoder", "*Encoder", "x, attention_mask=mask", x, encoder(c, false))
      s:linear("qa_outputs", y[2]:last(y[4].dims[2]), 2, { bias = true, role = "head.score" })
      s:linear("qa_classifier", y[4], 1, { bias = true, role = "head.relevance" })
      return out
    end)
  end)
end

return {
  model_types = { dpr = "DPR" },
  norm = { kind = "layer_norm", bias = true },
  defaults = { type_vocab_size = 2 },
  keys = { projection_dim = { "size", 0 } },
  default_head = "QuestionEncoder",
  heads = { QuestionEncoder = one("QuestionEncoder", "question_encoder"),
    ContextEncoder = one("ContextEncoder", "ctx_encoder"), Reader = reader },
  given = function() return shape.tensor("I64", 1, 8) end,
  facts = { sinks = false, stacks = "encoder", nope_layers = "none" },
}
