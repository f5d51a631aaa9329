-- DeBERTa: BERT's layers with disentangled attention: content and relative position have their own
-- scores, if the configuration wants positions. The second version also has a convolution beside
-- the first layer, and positions in buckets.
local heads = block.text_heads

local function norm(m, name, x, role, class)
  return m:norm(name, x, { kind = "layer_norm", bias = true, role = role, class = class or nil })
end

--- Whether the configuration asks for this score, in a list or in a text like "c2p|p2c".
local function compares(c, way)
  local ways = c.raw.pos_att_type
  if type(ways) == "string" then return ways:lower():find(way, 1, true) ~= nil end
  for _, each in ipairs(type(ways) == "table" and ways or {}) do
    if each == way then return true end
  end
  return false
end

--- The number of relative positions in one direction.
local function span(c)
  local buckets = c.position_buckets
  if buckets and shape.value(buckets) > 0 then return buckets end
  local most = c.max_relative_positions
  return most and shape.value(most) >= 1 and most or c.max_position_embeddings
end

local function embeddings(c, o)
  local width = c.embedding_size or c.hidden_size
  return function(m, ids)
    local x = m:embedding("word_embeddings", ids, c.vocab_size, width)
    if c.position_biased_input then
      m:embedding("position_embeddings", ids, c.max_position_embeddings, width,
        { role = "embedding.position" })
    end
    if c.type_vocab_size and shape.value(c.type_vocab_size) > 0 then
      m:embedding("token_type_embeddings", ids, c.type_vocab_size, width,
        { role = "embedding.type" })
    end
    if shape.value(width) ~= shape.value(c.hidden_size) then
      x = m:linear("embed_proj", x, c.hidden_size, { role = "embedding.projection" })
    end
    return m:leaf("dropout", "Dropout", norm(m, "LayerNorm", x, "norm.embedding", o.norm_class))
  end
end

local function weights(m, c, x)
  return shape.tensor(m.dtype, 1, c.num_attention_heads, x.dims[2], x.dims[2])
end

--- One projection for queries, keys and values; queries and values have biases.
local function fused(c)
  local h, e, role = c.num_attention_heads, c.hidden_size, "layer.attention."
  return function(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    m:linear("in_proj", x, 3 * e, { role = role .. "qkv" })
    m:param("q_bias", { e }, { dtype = "F32", role = role .. "query.bias" })
    m:param("v_bias", { e }, { dtype = "F32", role = role .. "value.bias" })
    local across = weights(m, c, x):view(1, x.dims[2], x.dims[2], h)
    local near = m.env.rel_embeddings
    if near then
      m:leaf("pos_dropout", "Dropout", near)
      near = shape.tensor(m.dtype, 1, 2 * x.dims[2], e) -- those that this text needs
      if compares(c, "c2p") then
        m:linear("pos_proj", near, e, { role = role .. "distance_key" })
      end
      if compares(c, "p2c") then
        m:linear("pos_q_proj", near, e, { bias = true, role = role .. "distance_query" })
      end
    end
    local function talk(name, part)
      if c.talking_head then m:linear(name, across, h, { role = role .. part }) end
    end
    talk("head_logits_proj", "logits")
    m:op("attention")
    m:leaf("dropout", "Dropout", weights(m, c, x))
    talk("head_weights_proj", "weights")
    return shape.tuple(x)
  end
end

--- Separate projections; if they are shared, relative positions go through those of queries and
--- keys.
local function separate(c)
  local role = "layer.attention."
  local wide = c.num_attention_heads
    * (c.attention_head_size or c.hidden_size // c.num_attention_heads)
  return function(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    local function linear(name, y, part)
      return m:linear(name, y, wide, { bias = true, role = role .. part })
    end
    local out = linear("query_proj", x, "query")
    linear("key_proj", x, "key")
    linear("value_proj", x, "value")
    local near = m.env.rel_embeddings
    if near then
      m:leaf("pos_dropout", "Dropout", near)
      near = near:view(1, near.dims[1], near.dims[2])
      if c.share_att_key then
        for _, name in ipairs { "query_proj", "key_proj" } do
          m:leaf(name, "Linear", near, near:last(wide))
          m:op("aten/addmm")
        end
      else
        if compares(c, "c2p") then linear("pos_key_proj", near, "distance_key") end
        if compares(c, "p2c") then linear("pos_query_proj", near, "distance_query") end
      end
    end
    m:op("attention")
    m:leaf("dropout", "Dropout", weights(m, c, x))
    return shape.tuple(out)
  end
end

--- The convolution over the embedded text, beside the first layer.
local function convolution(c, m, x)
  local n, e = c.conv_kernel_size, c.hidden_size
  m:call("conv", "ConvLayer", "x, after_first, mask", x, function(v)
    local turned = x:view(1, e, x.dims[2])
    local groups = c.conv_groups or 1
    v:leaf("conv", "Conv1d", turned)
    v:kind("Conv1d")
    v:param("conv.weight", { e, e // groups, n }, { role = "layer.conv" })
    v:param("conv.bias", { e }, { role = "layer.conv.bias" })
    v:op("conv1d")
    v:leaf("dropout", "Dropout", x)
    return norm(v, "LayerNorm", x, "layer.norm.conv")
  end)
end

--- The table of relative positions; each layer reads it whole.
local function distances(c, m, x)
  local n, seq = 2 * span(c), x.dims[2]
  m:param("rel_embeddings.weight", { n, c.hidden_size },
    { role = "embedding.distance", layer_type = "EmbeddingLayer" })
  m.env.rel_embeddings = shape.tensor(m.dtype, n, c.hidden_size)
  m.env.relative_pos = shape.tensor("I64", 1, seq, seq)
end

--- The norm of relative positions exists if the configuration names it, also without positions.
local function distance_norm(c, m)
  local named = c.norm_rel_ebd and c.norm_rel_ebd:lower():find "layer_norm"
  if not named then return end
  if m.env.rel_embeddings then
    norm(m, "LayerNorm", m.env.rel_embeddings, "norm.distance")
    return
  end
  for _, part in ipairs { "weight", "bias" } do
    m:param("LayerNorm." .. part, { c.hidden_size },
      { role = "norm.distance", layer_type = "LayerNorm" })
  end
end

local function encoder(c, o)
  local call = "x, attention_mask, relative_pos=, rel_embeddings="
  o.attention_spec, o.mix_spec, o.mix_class = call, call, "DisentangledSelfAttention"
  local conv = c.conv_kernel_size and shape.value(c.conv_kernel_size) > 0
  return function(m, x)
    m.env.attention_mask = shape.tensor("F32", 1, 1, x.dims[2], x.dims[2])
    if c.relative_attention then distances(c, m, x) end
    distance_norm(c, m)
    m:layers("layer", c.num_hidden_layers, function(i)
      return conv and i == 0 and "first" or "encoder"
    end, function(l, name, kind, y)
      local out = l:call(name, "*Layer", call, y, function(b, z)
        return shape.tuple(block.bert.layer(c, o)(b, z))
      end)
      if kind == "first" then
        m.env.after_first = y
        convolution(c, m, y)
      end
      return out[1]
    end, x)
    local states = {}
    for i = 1, c.num_hidden_layers + 1 do states[i] = x end
    return shape.named("last_hidden_state", x, "hidden_states",
      shape.tuple(table.unpack(states)))
  end
end

local function body(c, f)
  local o = block.bert.of(c, f)
  return function(m, ids)
    local biased, far = c.position_biased_input, c.relative_attention
    m:fact("positions", biased and far and "learned and relative" or biased and "learned"
      or far and "relative" or "none")
    m.env.token_type_ids, m.env.mask = ids, shape.tensor("F32", 1, ids.dims[2])
    local x = m:call("embeddings", "*Embeddings", "input_ids=x, token_type_ids=, mask=", ids,
      embeddings(c, o))
    return shape.named("last_hidden_state",
      m:call("encoder", "*Encoder", "x, mask", x, encoder(c, o))[2])
  end
end

--- The state of the first token, through one more projection.
local function pool(r, c, x)
  local y = shape.tensor(r.dtype, 1, c.pooler_hidden_size or c.hidden_size)
  return r:call("pooler", "ContextPooler", "x", x, function(p)
    p:leaf("dropout", "Dropout", y)
    p:op("gelu")
    p:linear("dense", y, y.dims[2], { bias = true, role = "head.pooler" })
    return y
  end):last(c.hidden_size)
end

local function score(r, y, n)
  r:leaf("dropout", "Dropout", y)
  return shape.named("logits", r:linear("classifier", y, n, { bias = true, role = "head.score" }))
end

--- The head of newer files: its projection is the token embedding itself.
local function words(r, c, _, x)
  local act = block.activation[c.hidden_act or "gelu"] or { class = "GELUActivation" }
  return r:call("lm_predictions", "*OnlyMLMHead", "x", x, function(o)
    return o:call("lm_head", "*LMPredictionHead", "x", x, function(h)
      h:linear("dense", x, c.hidden_size, { bias = true, role = "head.transform" })
      h:leaf("transform_act_fn", act.class, x)
      norm(h, "LayerNorm", x, "head.norm")
      h:kind("LMHead")
      h:param("bias", { c.vocab_size }, { role = "head.bias" })
      h:op("aten/addmm")
      return x:last(c.vocab_size)
    end)
  end)
end

local function masked(m, c, f, ids)
  return heads.whole("ForMaskedLM", false, function(r, _, o, x)
    local out = c.legacy and heads.words(r, c, o, x) or words(r, c, o, x)
    return shape.named("logits", out)
  end)(m, c, f, ids)
end

return {
  {
    extends = "bert",
    model_types = { deberta = "Deberta" },
    names = { model = "deberta" },
    body = body,
    defaults = { type_vocab_size = 0 },
    encoder = { pooler = false, mix = fused, norm_class = "DebertaLayerNorm",
      head_prefix = "Legacy",
      head_width = function(c) return c.embedding_size or c.hidden_size end },
    arguments = { rel_embeddings = "a table of distances",
      relative_pos = "which row for two places", after_first = "what the first layer gave" },
    heads = {
      ForMaskedLM = masked,
      ForSequenceClassification = heads.whole("ForSequenceClassification", false,
        function(r, c, _, x) return score(r, pool(r, c, x), heads.labels(c)) end),
    },
    keys = { relative_attention = { "flag", false }, position_biased_input = { "flag", true },
      max_relative_positions = { "size" }, position_buckets = { "size" },
      talking_head = { "flag", false }, legacy = { "flag", true }, norm_rel_ebd = { "choice" },
      conv_kernel_size = { "size" }, conv_groups = { "count", 1 },
      share_att_key = { "flag", false }, attention_head_size = { "size" },
      pooler_hidden_size = { "size" } },
  },
  {
    extends = "deberta",
    model_types = { ["deberta-v2"] = "DebertaV2" },
    encoder = { mix = separate, norm_class = false },
    heads = { ForMultipleChoice = heads.choice(function(r, c, _, x)
      return r:leaf("dropout", "Dropout", pool(r, c, x))
    end) },
  },
}
