-- MobileBERT: narrow layers between wide states, several feed-forwards in a row, and norms that
-- only scale and shift.
local function norm(m, c, x, role)
  if c.normalization_type == "layer_norm" then
    return m:norm("LayerNorm", x, { kind = "layer_norm", bias = true, role = role })
  end
  local n = x.dims[#x.dims]
  m:leaf("LayerNorm", "NoNorm", x)
  for _, part in ipairs { "weight", "bias" } do
    m:param("LayerNorm." .. part, { n },
      { role = part == "bias" and role .. ".bias" or role, layer_type = "NoNorm" })
  end
  m:count "NoNorm"
  m:op "mul"
  return x
end

local function linear(m, x, width, role)
  return m:linear("dense", x, width, { bias = true, role = role })
end

local function width(c)
  return c.true_hidden_size or c.use_bottleneck and c.intra_bottleneck_size or c.hidden_size
end

local function embeddings(c)
  local e, n = c.hidden_size, c.embedding_size
  local wide = c.trigram_input and 3 * n or n
  return function(m, ids)
    local x = m:embedding("word_embeddings", ids, c.vocab_size, n)
    local role = { bias = true, role = "embedding.projection" }
    if c.trigram_input or shape.value(n) ~= shape.value(e) then
      x = m:linear("embedding_transformation", x:last(wide), e, role)
    else
      m:param("embedding_transformation.weight", { e, wide }, { role = role.role })
      m:param("embedding_transformation.bias", { e }, { role = role.role .. ".bias" })
    end
    m:embedding("position_embeddings", ids, c.max_position_embeddings, e,
      { role = "embedding.position" })
    m:embedding("token_type_embeddings", ids, c.type_vocab_size, e, { role = "embedding.type" })
    return m:leaf("dropout", "Dropout", norm(m, c, x, "norm.embedding"))
  end
end

--- The output projection of a part and its residual; `last`: the projection back to full width.
local function behind(m, c, name, class, inner, x, role, last)
  m.env.around, m.env.states = x, last
  local y = last or x
  m:call(name, class, last and "x, around, states" or "x, around", inner, function(o, z)
    local out = linear(o, z, x.dims[3], role)
    if not c.use_bottleneck and class ~= "FFNOutput" then o:leaf("dropout", "Dropout", out) end
    norm(o, c, out, (role:gsub("^layer%.([%w_]+).*$", "layer.norm.after_%1")))
    o:op("add")
    if last and c.use_bottleneck then
      o:call("bottleneck", "OutputBottleneck", "x, states", out, function(b, v)
        v = linear(b, v, c.hidden_size, "layer.bottleneck.output")
        b:leaf("dropout", "Dropout", v)
        b:op("add")
        return norm(b, c, v, "layer.norm.after_bottleneck")
      end)
    end
    return y
  end)
  return y
end

--- Narrow states: for queries and keys, for values, and for the residual.
local function bottleneck(c, m, x)
  local narrow = x:last(width(c))
  local function one(b, name)
    b:call(name, "BottleneckLayer", "x", x, function(o, y)
      return norm(o, c, linear(o, y, width(c), "layer.bottleneck." .. name),
        "layer.norm.bottleneck_" .. name)
    end)
    return narrow
  end
  local out
  m:call("bottleneck", "Bottleneck", "x", x, function(b)
    local input = one(b, "input")
    local shared = c.key_query_shared_bottleneck
    if c.use_bottleneck_attention then
      out = shape.tuple(input, input, input, input)
      for _, part in ipairs(shared and { "dense", "LayerNorm" } or {}) do
        local dims = part == "dense" and { width(c), c.hidden_size } or { width(c) }
        b:param(("attention.%s.weight"):format(part), dims, { role = "layer.bottleneck.attention" })
        b:param(("attention.%s.bias"):format(part), { width(c) },
          { role = "layer.bottleneck.attention.bias" })
      end
    elseif shared then
      local seen = one(b, "attention")
      out = shape.tuple(seen, seen, x, input)
    else
      out = shape.tuple(x, x, x, input)
    end
    return out
  end)
  return out
end

local function attention(c, parts)
  local h, e = c.num_attention_heads, width(c)
  return function(m)
    m.env.keys, m.env.values = parts[2], parts[3]
    m:call("self", "*SelfAttention", "x, keys, values", parts[1], function(s)
      s:kind("AttentionLayer")
      s:fact("qk_norm", "none")
      for i, part in ipairs { "query", "key", "value" } do
        s:linear(part, parts[i], e, { bias = true, role = "layer.attention." .. part })
      end
      s:op("attention")
      local x = parts[4]
      m.env.weights = shape.tensor(s.dtype, 1, h, x.dims[2], x.dims[2])
      return shape.tuple(x:last(e), m.env.weights)
    end)
    local x = behind(m, c, "output", "*SelfOutput", parts[4], parts[4], "layer.attention.output")
    return shape.tuple(x, m.env.weights)
  end
end

local function intermediate(c, m, x)
  local name = c.hidden_act or "relu"
  local act = block.activation[name] or { class = "ReLU", operator = name, gated = "FFN_Plain" }
  m:kind(act.plain or act.gated)
  m:fact("gated", false)
  m:fact("activation", name)
  return m:call("intermediate", "*Intermediate", "x", x, function(b, y)
    y = linear(b, y, c.intermediate_size, "layer.ffn.up")
    b:op(act.operator)
    return b:leaf("intermediate_act_fn", act.class, y)
  end)
end

--- No published model has more feed-forwards in a layer.
local most = 64

local function layer(c)
  local n = c.num_feedforward_networks
  if n > most then
    error(("num_feedforward_networks is %d"):format(n), 0)
  end
  return function(m, x)
    m:fact("norm_place", "post")
    m:fact("parallel_residual", false)
    local parts = c.use_bottleneck and bottleneck(c, m, x) or shape.tuple(x, x, x, x)
    m.env.keys, m.env.values, m.env.around = parts[2], parts[3], parts[4]
    m:call("attention", "*Attention", "x, keys, values, around", parts[1], attention(c, parts))
    local y = parts[4]
    for i = 0, n - 2 do
      m:call("ffn." .. i, "FFNLayer", "x", y, function(f, z)
        return behind(f, c, "output", "FFNOutput", intermediate(c, f, z), z, "layer.ffn.down")
      end)
    end
    behind(m, c, "output", "*Output", intermediate(c, m, y), y, "layer.ffn.down", x)
    return x
  end
end

local function body(c, _, pooled)
  return function(m, ids)
    m:fact("positions", "learned")
    local x = m:call("embeddings", "*Embeddings", "input_ids=x", ids, embeddings(c))
    x = m:call("encoder", "*Encoder", "x", x, function(e, y)
      e:layers("layer", c.num_hidden_layers, function() return "encoder" end,
        function(l, name, _, z) return l:call(name, "*Layer", "x", z, layer(c)) end, y)
      return shape.named("last_hidden_state", y)
    end)[2]
    local vector = pooled and m:call("pooler", "*Pooler", "x", x, function(p)
      local first = shape.tensor(p.dtype, 1, c.hidden_size)
      return c.classifier_activation and linear(p, first, c.hidden_size, "head.pooler") or first
    end)
    return shape.named("last_hidden_state", x, "pooler_output", vector)
  end
end

--- The head multiplies by the token embedding and by a matrix for the rest of the width.
local function predictions(c)
  local act = block.activation[c.hidden_act or "relu"] or { class = "ReLU" }
  return function(m, x)
    m:kind("LMHead")
    m:param("bias", { c.vocab_size }, { role = "head.bias" })
    local rest = c.hidden_size - c.embedding_size
    if shape.value(rest) > 0 then
      m:param("dense.weight", { rest, c.vocab_size }, { role = "head.rest" })
    end
    if c.tie_word_embeddings == false then
      m:param("decoder.weight", { c.vocab_size, c.embedding_size }, { role = "head" })
      m:param("decoder.bias", { c.vocab_size }, { role = "head.bias" })
    end
    m:op("aten/mm")
    m:call("transform", "*PredictionHeadTransform", "x", x, function(t, y)
      linear(t, y, c.hidden_size, "head.transform")
      t:leaf("transform_act_fn", act.class, y)
      return t:norm("LayerNorm", y, { kind = "layer_norm", bias = true, role = "head.norm" })
    end)
    return x:last(c.vocab_size)
  end
end

return {
  extends = "bert",
  model_types = { mobilebert = "MobileBert" },
  body = body,
  defaults = { embedding_size = 128 },
  encoder = { predictions = predictions },
  arguments = { keys = "states that keys are made of", values = "states that values are made of",
    around = "states that go around a part", states = "states that go around a layer" },
  keys = { true_hidden_size = { "size" }, trigram_input = { "flag", true },
    use_bottleneck = { "flag", true },
    intra_bottleneck_size = { "size", 128 }, use_bottleneck_attention = { "flag", false },
    key_query_shared_bottleneck = { "flag", true }, num_feedforward_networks = { "count", 4 },
    normalization_type = { "choice", "no_norm" }, classifier_activation = { "flag", true } },
}
