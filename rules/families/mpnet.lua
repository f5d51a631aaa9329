-- MPNet: BERT without token types; its attention has a relative position bias that all layers
-- share.
local function attention(c)
  local h, e = c.num_attention_heads, c.hidden_size
  local function inner(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    for _, part in ipairs { { "q", "query" }, { "k", "key" }, { "v", "value" } } do
      m:linear(part[1], x, e, { bias = true, role = "layer.attention." .. part[2] })
    end
    m:op("attention")
    local seq = x.dims[2]
    m:leaf("dropout", "Dropout", shape.tensor(m.dtype, 1, h, seq, seq))
    return shape.tuple(m:linear("o", x, e, { bias = true, role = "layer.attention.output" }))
  end
  return function(m, x)
    m:call("attn", "*SelfAttention", "x, -, distances", x, inner)
    m:leaf("dropout", "Dropout", x)
    m:norm("LayerNorm", x, { kind = "layer_norm", bias = true,
      role = "layer.norm.after_attention" })
    m:op("add")
    return shape.tuple(x)
  end
end

local function distances(c, m, x)
  local seq, h = x.dims[2], c.num_attention_heads
  m:embedding("relative_attention_bias", shape.tensor("I64", seq, seq),
    c.relative_attention_num_buckets or 32, h, { role = "embedding.distance" })
  m:fact("positions", "learned and relative")
  m.env.distances = shape.tensor(m.dtype, 1, h, seq, seq)
end

return {
  extends = "roberta",
  model_types = { mpnet = "MPNet" },
  arguments = { distances = "a bias by distance" },
  encoder = { types = false, attention = attention, before = distances,
    layer_spec = "x, -, distances", attention_spec = "x, -, position_bias=distances",
    token_dropout = "dropout" },
}
