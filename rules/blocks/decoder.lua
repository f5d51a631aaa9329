-- The common decoder-only language model: embedding, rotary positions, layers, a last norm.
-- `f` is the family with its slots.
local function stack(c, f)
  return function(m, ids)
    local x = m:embedding("embed_tokens", ids, c.vocab_size, c.hidden_size,
      { class = f.classes.embedding })
    local env = m.env
    local d, times = f.rope(c)
    env.position_ids = shape.tensor("I64", 1, 8)
    if c.is_causal ~= false and c.use_bidirectional_attention ~= true then
      env.attention_mask = shape.tensor(m.dtype, 1, 1, 8, 8)
    end
    local turn = shape.is_tensor(d) and d or shape.tensor(m.dtype, 1, 8, d)
    env.position_embeddings = m:call("rotary_emb", "*RotaryEmbedding", f.calls.rope, x, function(r)
      r:kind("RotaryEmb")
      if times then r:times(times) end
      return shape.is_tensor(d) and d or shape.tuple(turn, turn)
    end)
    local function kind_of(i) return f.kind(c, i) end
    x = m:layers("layers", c.num_hidden_layers, kind_of, function(l, name, kind, y)
      return l:call(name, "*DecoderLayer", f.calls.layer, y, function(layer, z)
        return f.layer(c, f, kind, layer, z)
      end)
    end, x)
    x = m:norm("norm", x, { role = "norm.final", kind = f.facts.norm })
    return shape.named("last_hidden_state", x)
  end
end

--- Norm, attention, norm, feed-forward, each added to what goes past.
local function pre_norm(c, f, kind, m, x)
  local h = m:norm("input_layernorm", x, { role = "layer.norm.attention", kind = f.facts.norm })
  local a = m:call("self_attn", f.classes.attention or "*Attention", f.calls.attention, h,
    f.attention(c, kind))
  h = m:norm("post_attention_layernorm", x + a[1],
    { role = "layer.norm.ffn", kind = f.facts.norm })
  m:op("add", 2)
  return h + m:call("mlp", f.mlp_class(c, kind), "x", h, f.ffn(c, kind))
end

local function body(m, c, f, spec, ids, path)
  local inner = stack(c, f)
  return m:call(path, f.classes.model or "*Model", spec, ids, inner)[2]
end

local function causal_lm(m, c, f, ids)
  return m:call("", "*ForCausalLM", "input_ids=x", ids, function(r, y)
    local x = body(r, c, f, "input_ids=x", y, "model")
    r:kind("LMHead")
    return shape.named("logits", r:linear("lm_head", x, c.vocab_size,
      { role = "head", tied = c.tie_word_embeddings, layer_type = "LMHead" }))
  end)
end

local function classification(m, c, f, ids)
  local labels = math.type(c.raw.num_labels) == "integer" and c.raw.num_labels or c.label_count or 2
  return m:call("", "*ForSequenceClassification", "input_ids=x", ids, function(r, y)
    local x = body(r, c, f, "x", y, "model")
    r:kind("LinearLayer")
    local scores = r:linear("score", x, labels, { role = "head.score", layer_type = "LinearLayer" })
    return shape.named("logits", scores:view(1, labels))
  end)
end

local function bare(m, c, f, ids)
  return m:call("", f.classes.model or "*Model", "input_ids=x", ids, stack(c, f))
end

return { causal_lm = causal_lm, classification = classification, bare = bare, pre_norm = pre_norm }
