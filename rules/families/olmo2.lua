-- OLMo 2: norms after attention and feed-forward, none before; queries and keys normalised over
-- their whole width.
local function post_norm(c, f, kind, m, x)
  local a = m:call("self_attn", "*Attention", f.calls.attention, x, f.attention(c, kind))
  m:norm("post_attention_layernorm", a[1], { role = "layer.norm.after_attention" })
  local y = m:call("mlp", "*MLP", "x", x, f.ffn(c, kind))
  m:op("add", 2)
  return m:norm("post_feedforward_layernorm", y, { role = "layer.norm.after_ffn" })
end

return {
  extends = "llama",
  model_types = { olmo2 = "Olmo2" },
  layer = post_norm,
  attention = function(c)
    return block.attention.build(c, { bias = c.attention_bias, out_bias = c.attention_bias,
      qk_norm = "width" })
  end,
  ffn = function(c) return block.gated_mlp.build(c, { width = c.intermediate_size }) end,
  facts = { norm_place = "post" },
}
