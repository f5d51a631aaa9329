--- The encoder of BERT and its relatives: embeddings with a norm, layers whose norms stand behind
--- (or before) their parts, one vector of the first token.
local options = {
  pooler = "flag",   -- the bare model has one
  types = "flag",    -- an embedding for the type of a token
  embed_positions = "flag", -- false: there is no table of positions
  types_last = "flag", -- token types are embedded after the positions, not before
  embedding_norm = "flag", embedding_size = "size", project = "text",
  embeddings = "block", -- (c, o): other embeddings
  given = "block",      -- (c, m, ids): sets further arguments of the embeddings
  after_embeddings = "block", -- (c, m, x): what is computed from the embeddings
  class = "text",       -- of the encoder
  position_offset = "size", -- rows that the table of positions has beyond the positions
  embeddings_spec = "text", embeddings_class = "text", encoder_spec = "text",
  pre = "flag",      -- norms stand before attention and feed-forward, and one behind all layers
  attention_norm = "text", ffn_norm = "text", last_norm = "text", -- names of these norms; the last
                     -- two then stand in the layer and in the encoder
  weights = { "attention", "self", "layer", "none" }, -- the outermost part that returns attention
                                              -- weights
  weights_dropout = "flag", -- on the attention weights
  ffn_dropout = "flag", -- behind the feed-forward
  query_last = "flag", -- keys and values are projected before queries
  ones = "flag",     -- layers always get a mask, of one row
  dropout = "flag",    -- false: none behind the embeddings
  attention = "block", -- (c, o): another attention, with its output projection
  attention_name = "text", attention_class = "text",
  mix = "block",       -- (c, o): the token mixer inside attention, its class and arguments
  mix_class = "text", mix_spec = "text",
  behind_ffn = "block", output_spec = "text", -- (c, m, x): what else stands behind a feed-forward
  norm_class = "word", act = "word", -- false: the activation is no module
  before = "block",    -- (c, m, x): what the encoder computes before its layers
  layer_spec = "text", attention_spec = "text",
  cross = "flag",      -- cross attention, called only where there is another encoder
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
    local function types()
      if o.types == false then return end
      m:embedding("token_type_embeddings", ids, c.type_vocab_size, width,
        { role = "embedding.type" })
    end
    if not o.types_last then types() end
    if o.embed_positions ~= false then
      m:embedding("position_embeddings", ids,
        c.max_position_embeddings + (o.position_offset or 0), width,
        { role = "embedding.position" })
    end
    if o.types_last then types() end
    if o.embedding_norm ~= false then norm(m, "LayerNorm", x, "norm.embedding") end
    return o.dropout ~= false and m:leaf("dropout", "Dropout", x) or x
  end
end

--- What follows attention and feed-forward: a projection and the residual connection.
local function behind(c, o, role, place)
  return function(m, x)
    local y = linear(m, "dense", x, c.hidden_size, "layer." .. role)
    if place ~= "ffn" or o.ffn_dropout ~= false then m:leaf("dropout", "Dropout", y) end
    if not o.pre then
      norm(m, "LayerNorm", y, "layer.norm.after_" .. place, o.norm_class)
    end
    if place == "ffn" and o.behind_ffn then o.behind_ffn(c, m, y) end
    m:op("add")
    return y
  end
end

--- Does a part (self, attention, layer) return the attention weights?
local function gives(o, part)
  local outermost = o.weights or "attention"
  return outermost == part or outermost == "layer" or outermost == "attention" and part == "self"
end

local query_first, query_last = { "query", "key", "value" }, { "key", "value", "query" }

local function mix(c, o)
  local h, e = c.num_attention_heads, c.hidden_size
  return function(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    for _, part in ipairs(o.query_last and query_last or query_first) do
      linear(m, part, x, e, "layer.attention." .. part)
    end
    m:op("attention")
    if c.is_decoder then m:cache { kind = "attention", heads = h, dim = e // h } end
    local seq = x.dims[2]
    local weights = shape.tensor(m.dtype, 1, h, seq, seq)
    if o.weights_dropout then m:leaf("dropout", "Dropout", weights) end
    return shape.tuple(x, gives(o, "self") and weights)
  end
end

local function attention(c, o)
  return function(m, x)
    m.env.residual = x
    if o.pre then norm(m, o.attention_norm or "LayerNorm", x, "layer.norm.attention") end
    local out = m:call("self", o.mix_class or "*SelfAttention",
      o.mix_spec or "x, attention_mask=", x, (o.mix or mix)(c, o))
    m:call("output", "*SelfOutput", "x, residual", x,
      behind(c, o, "attention.output", "attention"))
    return shape.tuple(x, gives(o, "attention") and out[2])
  end
end

--- Cross attention of a model without another encoder: its weights are saved, and it is not called.
local function idle(m, c, o)
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
  local place = o.pre and "cross_attention" or "after_cross_attention"
  pair(o.pre and (o.attention_norm or "LayerNorm") or "output.LayerNorm", "layer.norm." .. place,
    { e }, "LayerNorm")
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
    local out = m:call(o.attention_name or "attention", o.attention_class or "*Attention",
      o.attention_spec or "x, attention_mask", x, (o.attention or attention)(c, o))
    if o.cross then idle(m, c, o) end
    m.env.residual = x
    if o.pre and o.ffn_norm then norm(m, o.ffn_norm, x, "layer.norm.ffn") end
    m:kind(act.plain or act.gated)
    local y = m:call("intermediate", "*Intermediate", "x", x, function(b, z)
      if o.pre and not o.ffn_norm then norm(b, "LayerNorm", z, "layer.norm.ffn") end
      local inner = linear(b, "dense", z, c.intermediate_size, "layer.ffn.up")
      b:op(act.operator)
      return o.act == false and inner or b:leaf("intermediate_act_fn", act.class, inner)
    end)
    m:call("output", "*Output", o.output_spec or "x, residual", y, behind(c, o, "ffn.down", "ffn"))
    return gives(o, "layer") and shape.tuple(x, out[2]) or x
  end
end

local function pool(c, m, x)
  return m:call("pooler", "*Pooler", "x", x, function(p, y)
    local first = shape.tensor(p.dtype, 1, c.hidden_size)
    linear(p, "dense", first, y.dims[3], "head.pooler")
    return p:leaf("activation", "Tanh", first)
  end)
end

--- The mask that layers get: of a decoder, or of one row where the class always has one.
local function mask(c, o, m, seq)
  if c.is_decoder then return shape.tensor(m.dtype, 1, 1, seq, seq) end
  return o.ones and shape.tensor(m.dtype, 1, 1, 1, seq) or nil
end

local function encoder(c, o)
  return function(m, x)
    if o.before then o.before(c, m, x) end
    m:layers("layer", c.num_hidden_layers, function() return "encoder" end,
      function(l, name, _, y)
        l:call(name, "*Layer", o.layer_spec or "x, attention_mask", y, layer(c, o))
        return y
      end, x)
    if o.pre and o.last_norm then norm(m, o.last_norm, x, "norm.final") end
    return shape.named("last_hidden_state", x)
  end
end

local function stack(c, f, pooled)
  local o = of(c, f)
  return function(m, ids)
    m:fact("positions", "learned")
    m.env.token_type_ids = ids
    if o.given then o.given(c, m, ids) end
    local x = m:call("embeddings", o.embeddings_class or "*Embeddings",
      o.embeddings_spec or "input_ids=x", ids, (o.embeddings or embeddings)(c, o))
    if o.project and shape.value(x.dims[3]) ~= shape.value(c.hidden_size) then
      x = linear(m, o.project, x, c.hidden_size, "embedding.projection")
    end
    if o.after_embeddings then o.after_embeddings(c, m, x) end
    m.env.attention_mask = mask(c, o, m, ids.dims[2])
    x = m:call("encoder", o.class or "*Encoder", o.encoder_spec or "x, attention_mask=", x,
      encoder(c, o))[2]
    if o.pre and not o.last_norm then norm(m, "LayerNorm", x, "norm.final") end
    return shape.named("last_hidden_state", x, "pooler_output", pooled and pool(c, m, x))
  end
end

return { options = options, stack = stack, embeddings = embeddings, layer = layer, mix = mix,
  pool = pool, of = of }
