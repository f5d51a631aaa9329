-- Softmax attention over separate query, key and value projections, with rotary positions.
-- Options: bias (q, k, v), out_bias, qk_norm ("head" or "width"), heads_first and norm_last (how
-- and when that norm is called), norm (its kind), sinks, window.
local function build(c, o)
  local d = c.head_dim or c.hidden_size // c.num_attention_heads
  local h, kv = c.num_attention_heads, c.num_key_value_heads or c.num_attention_heads
  return function(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", o.qk_norm == "head" and "per head" or o.qk_norm and "whole width" or "none")
    local function norm(name, t, n, role)
      if o.qk_norm == "head" then
        local heads = o.heads_first and t:view(1, n, t.dims[2], d) or t:heads(n, d)
        m:norm(name, heads, { role = role, kind = o.norm })
      elseif o.qk_norm then
        m:norm(name, t, { role = role, kind = o.norm })
      end
    end
    local q = m:linear("q_proj", x, h * d, { bias = o.bias, role = "layer.attention.query" })
    if not o.norm_last then norm("q_norm", q, h, "layer.attention.query_norm") end
    local k = m:linear("k_proj", x, kv * d, { bias = o.bias, role = "layer.attention.key" })
    if not o.norm_last then norm("k_norm", k, kv, "layer.attention.key_norm") end
    m:linear("v_proj", x, kv * d, { bias = o.bias, role = "layer.attention.value" })
    if o.norm_last then
      norm("q_norm", q, h, "layer.attention.query_norm")
      norm("k_norm", k, kv, "layer.attention.key_norm")
    end
    m:op("rope")
    m:op("attention")
    if o.sinks then m:param("sinks", { h }, { role = "layer.attention.sinks" }) end
    local out = m:linear("o_proj", q, c.hidden_size,
      { bias = o.out_bias, role = "layer.attention.output" })
    m:cache { kind = o.window and "window" or "attention", heads = kv, dim = d, window = o.window }
    local seq = x.dims[2]
    return shape.tuple(out, shape.tensor(m.dtype, 1, h, seq, seq))
  end
end
return { build = build }
