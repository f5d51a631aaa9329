--- Softmax attention: queries, keys and values from one projection each or from one together,
--- rotary positions where there are any, the output projection.
local options = {
  bias = "flag", out_bias = "flag", key_bias = "flag", value_bias = "flag",
  -- a norm on queries and keys: on each head, with one norm for all or many, one a head; on all at
  -- once; or a module that does nothing
  qk_norm = { "head", "many", "width", "identity" },
  norm_last = "flag",             -- that norm comes after the projections, not between them
  heads_first = "flag",           -- and takes (batch, heads, tokens, head)
  norm = "word", norm_bias = "flag", norm_class = "word", -- kind, bias and class of that norm
  norm_each = "flag",             -- each head has a weight of its own
  value_norm = { "each", "last" }, -- a norm without weight on values, too: right behind their
                                  -- projection, or with that of the keys behind both projections
  shared = "flag",                -- keys and values of an earlier layer are used
  one = "flag",                   -- one projection gives keys and values
  project = "made",               -- (m, name, x, width, options) in place of a linear map
  window = "size", chunk = "size", -- a token attends to so many before it, or to those of its chunk
  sinks = "flag", sinks_dtype = "text",
  beside = "made",                -- (m, x): what is computed after the projections
  between = "made",               -- (m, x): and between them and norms that come last
  own_rope = "text",              -- the layer has its own rotary embedding, a part of this name
  gate = "flag",                  -- half of the query projection is a gate on what comes out
  heads = "size", kv_heads = "size", head_dim = "size", width = "size", -- `width`: of the output
  value_dim = "size", -- of a head of values, where it is another
  square = "flag", -- the projections are as wide as the states, however many heads there are
  fused = "word", q = "text", k = "text", v = "text", out = "text", -- names of the projections
  saved_together = "word",        -- files have the three projections in one tensor of this name
  q_norm = "text", k_norm = "text",
  inner_norm = "word",            -- a norm before the output projection, by its name
  inner = "made",                 -- (m, x): what else stands before that projection
  norm_weightless = "flag",       -- the norms of queries and keys have no weights
  class = "text", transposed = "flag", -- of the projections
  weights_dropout = "word", dropout = "word", -- leaves on the weights and on the output
  dropout_class = "text",
  rope = "flag",                  -- false: no rotary positions in this layer
  weights = "flag",               -- false: the weights are not returned
  cache = "flag",
}

--- A norm for each head, in one module.
local function many_norms(m, o, name, seen, n, role)
  m:call(name, o.norm_class, "x", seen, function(p, x)
    local one = shape.tensor(p.dtype, x.dims[1], 1, x.dims[3], x.dims[4])
    for i = 0, shape.value(n) - 1 do
      p:norm("norms." .. i, one, { role = ("layer.attention.%s.%d"):format(role, i),
        kind = o.norm or nil, bias = o.norm_bias })
    end
    return x
  end)
end

--- The norm of queries or keys, where there is one.
local function head_norm(m, o, s, name, t, n, role)
  if not o.qk_norm then return end
  if o.qk_norm == "identity" then return m:leaf(name, "Identity", t) end
  local seen = t
  if o.qk_norm == "many" then
    return many_norms(m, o, name, t:view(1, n, t.dims[2], s.d), n, role)
  end
  if o.qk_norm == "head" then
    seen = o.heads_first and t:view(1, n, t.dims[2], s.d) or t:heads(n, s.d)
  end
  m:norm(name, seen, { role = "layer.attention." .. role, kind = o.norm or nil,
    bias = o.norm_bias, class = o.norm_class or nil, weightless = o.norm_weightless,
    heads = o.norm_each and n or nil })
end

local function both_norms(m, o, s, q, k)
  head_norm(m, o, s, o.q_norm or "q_norm", q, s.h, "query_norm")
  head_norm(m, o, s, o.k_norm or "k_norm", k, s.kv, "key_norm")
end

--- Projections with queries, keys and values apart, and norms between or after them.
local function separate(m, x, o, s)
  local linear = { bias = o.bias, class = o.class, transposed = o.transposed }
  local function project(name, width, role, bias)
    if o.saved_together then
      m:op(bias and "aten/addmm" or "aten/mm")
      return m:leaf(name, "Linear", x, x:last(width))
    end
    return (o.project or m.linear)(m, name, x, width, { bias = bias, class = linear.class,
      transposed = linear.transposed, role = "layer.attention." .. role })
  end
  local q = project(o.q or "q_proj", o.gate and 2 * s.wide or s.wide, "query", o.bias)
  if o.gate then q = q:last(s.wide) end
  if not o.norm_last then head_norm(m, o, s, o.q_norm or "q_norm", q, s.h, "query_norm") end
  if o.shared then return q end
  local key_bias = o.bias
  if o.key_bias ~= nil then key_bias = o.key_bias end
  local k = project(o.k or "k_proj", s.narrow, "key", key_bias)
  local value_bias = o.bias
  if o.value_bias ~= nil then value_bias = o.value_bias end
  local function key_norm() head_norm(m, o, s, o.k_norm or "k_norm", k, s.kv, "key_norm") end
  local late = o.norm_last or o.value_norm == "last"
  if not late then key_norm() end
  if not o.one then project(o.v or "v_proj", s.kv * s.v, "value", value_bias) end
  if o.value_norm == "last" then key_norm() end
  if o.value_norm then
    m:norm("v_norm", k:heads(s.kv, s.d), { kind = o.norm or nil, class = o.norm_class,
      weightless = true })
  end
  if o.between then o.between(m, x) end
  if o.norm_last then both_norms(m, o, s, q, k) end
  if o.saved_together then m:stored(o.saved_together, s.fused, x, o.bias, "layer.attention.qkv") end
  return q
end

local function sizes(c, o)
  local h = o.heads or c.num_attention_heads
  if o.square then
    local e = o.width or c.hidden_size
    return { h = h, kv = h, d = e // h, v = e // h, wide = e, narrow = e, fused = 3 * e }
  end
  local kv = o.kv_heads or c.num_key_value_heads or h
  local d = o.head_dim or c.head_dim or c.hidden_size // h
  return { h = h, kv = kv, d = d, v = o.value_dim or d, wide = h * d, narrow = kv * d,
    fused = h * d + 2 * kv * d }
end

--- The rotary embedding of a layer that has its own: it rotates a part of each head.
local function layer_rope(m, c, o, s, x)
  local seen = x:view(1, s.kv, x.dims[2], s.d)
  m:call(o.own_rope, "*RotaryEmbedding", "x, position_ids", seen, function(r)
    r:kind("RotaryEmb")
    local turn = x:last(block.decoder.rope(c, s.d))
    return shape.tuple(turn, turn)
  end)
end

local function norm_fact(o)
  if not o.qk_norm or o.qk_norm == "identity" then return "none" end
  return o.norm_weightless and "weightless" or o.qk_norm == "width" and "whole width" or "per head"
end

local function build(c, o)
  local s, window = sizes(c, o), o.window
  return function(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", norm_fact(o))
    if o.gate then m:fact("output_gate", true) end
    if o.sinks then m:fact("sinks", true) end
    local q
    if o.fused then
      m:linear(o.fused, x, s.fused, { bias = o.bias, class = o.class,
        transposed = o.transposed, role = "layer.attention.qkv" })
      q = x:last(s.wide)
      both_norms(m, o, s, q, x:last(s.narrow))
    else
      q = separate(m, x, o, s)
    end
    if o.beside then o.beside(m, x) end
    if o.own_rope then layer_rope(m, c, o, s, x) end
    if o.rope ~= false then m:op("rope") end
    m:op("attention")
    if o.sinks then m:param("sinks", { s.h },
      { dtype = o.sinks_dtype, role = "layer.attention.sinks" }) end
    local seq = x.dims[2]
    local weights = shape.tensor(m.dtype, x.dims[1], s.h, seq, seq)
    if o.weights_dropout then m:leaf(o.weights_dropout, "Dropout", weights) end
    if o.value_dim then q = q:last(s.h * s.v) end
    if o.inner_norm then m:norm(o.inner_norm, q, { role = "layer.attention.norm" }) end
    if o.inner then o.inner(m, q) end
    local out = (o.project or m.linear)(m, o.out or "o_proj", q, o.width or c.hidden_size,
      { bias = o.out_bias, class = o.class, transposed = o.transposed,
        role = "layer.attention.output" })
    if o.dropout then m:leaf(o.dropout, o.dropout_class or "Dropout", out) end
    if o.cache ~= false and not o.shared then
      local kind = window and "window" or o.chunk and "chunk" or "attention"
      m:cache { kind = kind, heads = s.kv, dim = s.d, value = o.value_dim or nil,
        window = window or o.chunk or nil }
    end
    return shape.tuple(out, o.weights ~= false and weights)
  end
end

--- The window of layers that have one.
local function window(c, kind)
  return kind == "sliding_attention" and c.sliding_window or nil
end

--- Beside layers with a window, those without one have no positions.
local function turned_in_window(c, kind)
  return not c.sliding_window or kind == "sliding_attention"
end

return { options = options, build = build, window = window, turned_in_window = turned_in_window }
