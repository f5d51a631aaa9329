--- The answer head of XLM and XLNet: the best start positions, for each of them the best end
--- positions, and whether there is an answer at all. Needs the keys `start_n_top` and `end_n_top`.
local function linear(m, name, x, width, role, bias)
  return m:linear(name, x, width, { bias = bias ~= false, role = "head.score." .. role })
end

local function build(m, c, x)
  local e, seq, n, k = c.hidden_size, x.dims[2], c.start_n_top, c.end_n_top
  local function states(...) return shape.tensor(m.dtype, ...) end
  local function indices(count) return shape.tensor("I64", 1, count) end
  m:call("start_logits", "*PoolerStartLogits", "x", x, function(s, y)
    linear(s, "dense", y, 1, "start")
    return states(1, seq)
  end)
  m.env.start_states = states(1, seq, n, e)
  m:call("end_logits", "*PoolerEndLogits", "x, start_states=", m.env.start_states, function(s)
    local y = linear(s, "dense_0", states(1, seq, n, 2 * e), e, "end.dense")
    s:leaf("activation", "Tanh", y)
    s:norm("LayerNorm", y, { kind = "layer_norm", bias = true, role = "head.score.end.norm" })
    linear(s, "dense_1", y, 1, "end")
    return states(1, seq, n)
  end)
  m.env.start_states = states(1, e)
  m:call("answer_class", "*PoolerAnswerClass", "x, start_states=", x, function(s)
    local y = linear(s, "dense_0", states(1, 2 * e), e, "answer.dense")
    s:leaf("activation", "Tanh", y)
    linear(s, "dense_1", y, 1, "answer", false)
    return states(1)
  end)
  return "start_top_log_probs", states(1, n), "start_top_index", indices(n),
    "end_top_log_probs", states(1, n * k), "end_top_index", indices(n * k), "cls_logits", states(1)
end

return { found = build }
