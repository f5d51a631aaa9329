--- Lightning attention: linear attention whose state decays at a rate of its own for each head,
--- computed in blocks of tokens, with a gate on its output.
local options = { block = "size" } -- tokens in a block

local function build(c, o)
  local h, d, size = c.num_attention_heads, c.head_dim or c.hidden_size // c.num_attention_heads,
    o.block
  local role = "layer.linear_attention."
  return function(m, x)
    m:kind("LinearAttentionLayer")
    local qkv = m:linear("qkv_proj", x, 3 * h * d, { role = role .. "qkv" })
    m:leaf("act_fn", block.activation[c.hidden_act or "silu"].class, qkv)
    m:op "silu"
    m:param("slope_rate", { h, 1, 1 }, { role = "buffer.decay" })
    m:param("query_decay", { h, size, 1 }, { role = "buffer.decay" })
    m:param("key_decay", { h, size, 1 }, { role = "buffer.decay" })
    m:param("diagonal_decay", { 1, h, size, size }, { role = "buffer.decay" })
    m:op "linear_attention"
    local y = x:last(h * d)
    m:norm("norm", y, { role = role .. "norm" })
    m:linear("output_gate", x, h * d, { role = role .. "gate" })
    m:cache { kind = "linear_state", dims = { h, d, d }, dtype = "F32" }
    local out = m:linear("out_proj", y, c.hidden_size, { role = role .. "output" })
    return shape.tuple(out, shape.tensor(m.dtype, 1, h, d, d))
  end
end

return { options = options, build = build }
