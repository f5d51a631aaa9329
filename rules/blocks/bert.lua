--- The encoder of BERT and its relatives: embeddings with a norm, layers whose norms stand behind
--- (or before) their parts, one vector of the first token.
local options = {
  pooler = "flag",   -- the bare model has one
  types = "flag",    -- an embedding for the type of a token
  positions = "flag", -- false: none are embedded
  embedding_norm = "flag", embedding_size = "size", project = "text",
  embeddings_spec = "text",
  pre = "flag",      -- norms stand before attention and feed-forward, and one behind all layers
  attention = "block", -- (c, o): another attention, with all that stands in it
  mix = "block",       -- (c, o): what looks at other tokens in it, its class and its arguments
  mix_class = "text", mix_spec = "text",
  norm_class = "word",
  before = "block",    -- (c, m, x): what the encoder computes before its layers
  layer_spec = "text", attention_spec = "text",
  cross = "flag",      -- attention across to another encoder, which is called where there is one
}

local function of(c, f) return options_of("bert", f.encoder, c) end

local function norm(m, name, x, role, class)
  return m:norm(name, x, { kind = "layer_norm", bias = true, role = role, class = class or nil })
end

local function linear(m, name, x, width, role)
  return m:linear(name, x, width, { bias = true, role = role })
end

local function embeddings(c, o)
  local width = o.embedding_size or c.hidden_size
  return function(m, ids)
    local x = m:embedding("word_embeddings", ids, c.vocab_size, width)
    if o.types ~= false then
      m:embedding("token_type_embeddings", ids, c.type_vocab_size, width,
        { role = "embedding.type" })
    end
    if o.positions ~= false then
      m:embedding("position_embeddings", ids, c.max_position_embeddings, width,
        { role = "embedding.position" })
    end
    if o.embedding_norm ~= false then norm(m, "LayerNorm", x, "norm.embedding") end
    return m:leaf("dropout", "Dropout", x)
  end
end

--- What stands behind attention and feed-forward: a projection, and a way around.
local function behind(c, o, role, place)
  return function(m, x)
    local y = linear(m, "dense", x, c.hidden_size, "layer." .. role)
    m:leaf("dropout", "Dropout", y)
    if not o.pre then
      norm(m, "LayerNorm", y, "layer.norm.after_" .. place, o.norm_class)
    end
    m:op("add")
    return y
  end
end

local function mix(c)
  local h, e = c.num_attention_heads, c.hidden_size
  return function(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    for _, part in ipairs { "query", "key", "value" } do
      linear(m, part, x, e, "layer.attention." .. part)
    end
    m:op("attention")
    if c.is_decoder then m:cache { kind = "attention", heads = h, dim = e // h } end
    local seq = x.dims[2]
    return shape.tuple(x, shape.tensor(m.dtype, 1, h, seq, seq))
  end
end

local function attention(c, o)
  return function(m, x)
    m.env.residual = x
    if o.pre then norm(m, "LayerNorm", x, "layer.norm.attention") end
    local out = m:call("self", o.mix_class or "*SelfAttention",
      o.mix_spec or "x, attention_mask=", x, (o.mix or mix)(c, o))
    m:call("output", "*SelfOutput", "x, residual", x,
      behind(c, o, "attention.output", "attention"))
    return out
  end
end

--- Attention across without another encoder: its weights are there, and nobody calls it.
local function idle(m, c)
  local e = c.hidden_size
  local function pair(name, role, dims, layer_type)
    m:param("crossattention." .. name .. ".weight", dims, { role = role, layer_type = layer_type })
    m:param("crossattention." .. name .. ".bias", { e },
      { role = role .. ".bias", layer_type = layer_type })
  end
  for _, part in ipairs { "query", "key", "value" } do
    pair("self." .. part, "layer.cross_attention." .. part, { e, e }, "AttentionLayer")
  end
  pair("output.dense", "layer.cross_attention.output", { e, e }, "AttentionLayer")
  pair("output.LayerNorm", "layer.norm.after_cross_attention", { e }, "LayerNorm")
end

local function layer(c, o)
  local name = c.hidden_act or "gelu"
  local act = block.activation[name]
    or { class = "GELUActivation", operator = name, gated = "FFN_Plain" }
  return function(m, x)
    m:fact("norm_place", o.pre and "pre" or "post")
    m:fact("parallel_residual", false)
    m:fact("gated", false)
    m:fact("activation", name)
    m:call("attention", "*Attention", o.attention_spec or "x, attention_mask", x,
      (o.attention or attention)(c, o))
    if o.cross then idle(m, c) end
    m.env.residual = x
    m:kind(act.plain or act.gated)
    local y = m:call("intermediate", "*Intermediate", "x", x, function(b, z)
      if o.pre then norm(b, "LayerNorm", z, "layer.norm.ffn") end
      local inner = linear(b, "dense", z, c.intermediate_size, "layer.ffn.up")
      b:op(act.operator)
      return b:leaf("intermediate_act_fn", act.class, inner)
    end)
    m:call("output", "*Output", "x, residual", y, behind(c, o, "ffn.down", "ffn"))
    return x
  end
end

local function pool(c, m, x)
  return m:call("pooler", "*Pooler", "x", x, function(p, y)
    local first = shape.tensor(p.dtype, 1, c.hidden_size)
    linear(p, "dense", first, y.dims[3], "head.pooler")
    return p:leaf("activation", "Tanh", first)
  end)
end

local function stack(c, f, pooled)
  local o = of(c, f)
  return function(m, ids)
    local seq = ids.dims[2]
    m:fact("positions", "learned")
    m.env.token_type_ids = ids
    local x = m:call("embeddings", "*Embeddings", o.embeddings_spec or "input_ids=x", ids,
      embeddings(c, o))
    if o.project and shape.value(x.dims[3]) ~= shape.value(c.hidden_size) then
      x = linear(m, o.project, x, c.hidden_size, "embedding.projection")
    end
    m.env.attention_mask = c.is_decoder and shape.tensor(m.dtype, 1, 1, seq, seq) or nil
    x = m:call("encoder", "*Encoder", "x, attention_mask=", x, function(e, y)
      if o.before then o.before(c, e, y) end
      return shape.named("last_hidden_state", e:layers("layer", c.num_hidden_layers,
        function() return "encoder" end, function(l, name, _, z)
          return l:call(name, "*Layer", o.layer_spec or "x, attention_mask", z, layer(c, o))
        end, y))
    end)[2]
    if o.pre then norm(m, "LayerNorm", x, "norm.final") end
    return shape.named("last_hidden_state", x, "pooler_output", pooled and pool(c, m, x))
  end
end

return { options = options, stack = stack, embeddings = embeddings, layer = layer, pool = pool,
  of = of }
