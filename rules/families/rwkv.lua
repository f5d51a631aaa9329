-- RWKV 4: time mixing with a decay for each channel, and channel mixing; both see a token and the
-- one before it.
local function mixed(m, part, c, names)
  for _, name in ipairs(names) do
    m:param("time_mix_" .. name, { 1, 1, c.hidden_size },
      { role = "layer." .. part .. ".mix." .. name })
  end
end

local function shift(m, x) return m:leaf("time_shift", "ZeroPad2d", x) end

local function time_mix(c)
  local e, wide = c.hidden_size, c.attention_hidden_size or c.hidden_size
  return function(m, x)
    m:kind "LinearAttentionLayer"
    local role = "layer.linear_attention."
    m:param("time_decay", { wide }, { role = role .. "decay" })
    m:param("time_first", { wide }, { role = role .. "first" })
    mixed(m, "linear_attention", c, { "key", "value", "receptance" })
    shift(m, x)
    local k = m:linear("key", x, wide, { role = role .. "key" })
    m:linear("value", x, wide, { role = role .. "value" })
    m:linear("receptance", x, wide, { role = role .. "receptance" })
    m:op "linear_attention"
    -- the state: the previous token for each mix; numerator, denominator, maximum of exponents
    m:cache { kind = "token_shift", dims = { 2 * e } }
    m:cache { kind = "linear_state", dims = { 3, wide }, dtype = "F32" }
    return m:linear("output", k, e, { role = role .. "output" })
  end
end

local function channel_mix(c)
  local e, wide = c.hidden_size, c.intermediate_size or 4 * c.hidden_size
  return function(m, x)
    m:kind "FFN_ReLU2"
    m:fact("gated", true)
    m:fact("activation", "relu2")
    mixed(m, "ffn", c, { "key", "receptance" })
    shift(m, x)
    local k = m:linear("key", x, wide, { role = "layer.ffn.up" })
    m:op "relu2"
    local y = m:linear("value", k, e, { role = "layer.ffn.down" })
    m:linear("receptance", x, e, { role = "layer.ffn.gate" })
    return y
  end
end

return {
  extends = "llama",
  model_types = { rwkv = "Rwkv" },
  norm = { kind = "layer_norm", bias = true },
  kind = function(_, i) return i == 0 and "first" or "dense" end,
  decoder = { positions = "none", mask = false, position_ids = false },
  attention = function(c) return time_mix(c) end,
  ffn = function(c) return channel_mix(c) end,
  layer = function(c, f, kind, m, x)
    if kind == "first" then
      m:norm("pre_ln", x, { kind = "layer_norm", bias = true, role = "norm.embedding" })
    end
    return block.decoder.layer(c, f, kind, m, x)
  end,
  calls = { model = "x", layer = "x", attention = "x" },
  names = { model = "rwkv", embedding = "embeddings", layers = "blocks", norm = "ln_out",
    attention = "attention", ffn = "feed_forward", attention_norm = "ln1", ffn_norm = "ln2",
    head = "head" },
  classes = { layer = "*Block", attention = "*SelfAttention", ffn = "*FeedForward" },
  keys = { attention_hidden_size = { "size" } },
  facts = { positions = "none", nope_layers = "all", qk_norm = "none",
    mixer = "fading mix" },
}
