-- ALBERT: narrow embeddings, and layers that share their weights in groups.
local heads = block.text_heads

local function linear(m, name, x, width, role)
  return m:linear(name, x, width, { bias = true, role = role })
end

local function norm(m, name, x, role)
  return m:norm(name, x, { kind = "layer_norm", bias = true, role = role })
end

local function activation(c)
  local name = c.hidden_act or "gelu_new"
  return block.activation[name] or { class = "GELUActivation", operator = name,
    gated = "FFN_Plain" }, name
end

local function attention(c)
  local mix = block.attention.build(c, { square = true, bias = true, out_bias = true, q = "query",
    k = "key", v = "value", out = "dense", dropout = "output_dropout", rope = false,
    cache = false })
  return function(m, x)
    local out = mix(m, x)
    norm(m, "LayerNorm", x, "layer.norm.after_attention")
    m:op("add")
    return out
  end
end

local function layer(c)
  local act, name = activation(c)
  return function(m, x)
    m:fact("norm_place", "post")
    m:fact("parallel_residual", false)
    m:fact("gated", false)
    m:fact("activation", name)
    m:call("attention", "*Attention", "x", x, attention(c))
    m:kind(act.plain or act.gated)
    local y = linear(m, "ffn", x, c.intermediate_size, "layer.ffn.up")
    m:leaf("activation", act.class, y)
    m:op(act.operator)
    linear(m, "ffn_output", y, c.hidden_size, "layer.ffn.down")
    m:op("add")
    return norm(m, "full_layer_layer_norm", x, "layer.norm.after_ffn")
  end
end

--- More layers in a group are taken as a mistake.
local most_inner = 1000

--- The layers in order; each calls the group whose weights it shares.
local function layers(c, m, x)
  local n, groups = c.num_hidden_layers, c.num_hidden_groups
  if c.inner_group_num > most_inner then
    error(("inner_group_num is %d"):format(c.inner_group_num), 0)
  end
  m:layers("layer", n, function(i) return tostring(i * groups // n) end, function(_, _, group, y)
    return m:call("albert_layer_groups." .. group, "*LayerGroup", "x", y, function(g, z)
      for i = 0, c.inner_group_num - 1 do
        g:call("albert_layers." .. i, "*Layer", "x", z, layer(c))
      end
      return z
    end)
  end, x)
end

local function body(c, _, pooled)
  local width = c.embedding_size
  return function(m, ids)
    m:fact("positions", "learned")
    local x = m:call("embeddings", "*Embeddings", "x", ids,
      block.bert.embeddings(c, { embedding_size = width }))
    x = m:call("encoder", "*Transformer", "x", x, function(e, y)
      y = linear(e, "embedding_hidden_mapping_in", y, c.hidden_size, "embedding.projection")
      layers(c, e, y)
      return shape.named("last_hidden_state", y)
    end)[2]
    if not pooled then return shape.named("last_hidden_state", x) end
    local first = linear(m, "pooler", shape.tensor(m.dtype, 1, c.hidden_size), c.hidden_size,
      "head.pooler")
    m:leaf("pooler_activation", "Tanh", first)
    return shape.named("last_hidden_state", x, "pooler_output", first)
  end
end

local function words(r, c, o, x)
  return r:call("predictions", "*MLMHead", "x", x, function(h, y)
    heads.head_bias(h, c, o)
    y = linear(h, "dense", y, c.embedding_size, "head.transform")
    h:leaf("activation", activation(c).class, y)
    return heads.decoder(h, c, o, norm(h, "LayerNorm", y, "head.norm"))
  end)
end

--- Sentence order: which of two texts comes first.
local order = heads.whole("ForPreTraining", true, function(r, c, o, x, pooled)
  local logits = words(r, c, o, x)
  return shape.named("prediction_logits", logits, "sop_logits",
    r:call("sop_classifier", "*SOPHead", "x", pooled, function(h, y)
      h:leaf("dropout", "Dropout", y)
      return linear(h, "classifier", y, heads.labels(c), "head.next")
    end))
end)

return {
  extends = "bert",
  model_types = { albert = "Albert" },
  body = body,
  calls = { words = "input_ids=x", sequence = "input_ids=x",
    question = "input_ids=x" },
  defaults = { embedding_size = 128 },
  keys = { num_hidden_groups = { "count", 1 }, inner_group_num = { "count", 1 } },
  encoder = { words = words },
  heads = { ForPreTraining = order },
}
