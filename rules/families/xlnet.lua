-- XLNet: attention with relative positions, and memory of earlier segments; the batch is the second
-- dimension.
local heads = block.text_heads

local function dropout(m, x) return m:leaf("dropout", "Dropout", x) end

local function norm(m, x, role)
  return m:norm("layer_norm", x, { kind = "layer_norm", bias = true, role = role })
end

--- Projections are parameters without modules, of shape (hidden, heads, head).
local function attention(c)
  local h, d, e, role = c.num_attention_heads, c.head_dim, c.hidden_size, "layer.attention."
  return function(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    for _, part in ipairs { { "q", "query" }, { "k", "key" }, { "v", "value" }, { "o", "output" },
      { "r", "distance" } } do
      m:param(part[1], { e, h, d }, { role = role .. part[2] })
      m:op("aten/mm")
    end
    for _, part in ipairs { { "r_r_bias", "distance.bias" }, { "r_s_bias", "type.bias" },
      { "r_w_bias", "query.bias" } } do
      m:param(part[1], { h, d }, { role = role .. part[2] })
    end
    m:param("seg_embed", { 2, h, d }, { role = role .. "type" })
    m:op("attention")
    dropout(m, shape.tensor(m.dtype, 1, h, x.dims[1], x.dims[1]))
    dropout(m, x)
    m:op("add")
    return shape.tuple(norm(m, x, "layer.norm.after_attention"))
  end
end

local function feed_forward(c)
  local name = c.hidden_act or "gelu"
  local act = block.activation[name] or { class = "GELUActivation", operator = name,
    gated = "FFN_Plain" }
  return function(m, x)
    m:kind(act.plain or act.gated)
    m:fact("gated", false)
    m:fact("activation", name)
    local y = m:linear("layer_1", x, c.intermediate_size, { bias = true, role = "layer.ffn.up" })
    m:leaf("activation_function", act.class, y)
    m:op(act.operator)
    dropout(m, y)
    dropout(m, m:linear("layer_2", y, c.hidden_size, { bias = true, role = "layer.ffn.down" }))
    m:op("add")
    return norm(m, x, "layer.norm.after_ffn")
  end
end

local function body(c)
  return function(m, ids)
    local seq, e = ids.dims[2], c.hidden_size
    m:fact("positions", "relative")
    m:fact("norm_place", "post")
    m:fact("parallel_residual", false)
    m:param("mask_emb", { 1, 1, e }, { role = "embedding.mask", layer_type = "EmbeddingLayer" })
    local x = m:embedding("word_embedding", ids:view(seq, 1), c.vocab_size, e)
    m.env.r = shape.tensor(m.dtype, 2 * seq, 1, e)
    dropout(m, x)
    dropout(m, m.env.r)
    m:layers("layer", c.num_hidden_layers, function() return "encoder" end, function(l, name, _, y)
      l:call(name, "*Layer", "x, r=", y, function(b, z)
        b:call("rel_attn", "*RelativeAttention", "x, -, -, -, r", z, attention(c))
        b:call("ff", "*FeedForward", "x", z, feed_forward(c))
        return shape.tuple(z)
      end)
      return y
    end, x)
    dropout(m, x)
    local mems = {}
    for i = 1, (c.mem_len or 0) > 0 and c.use_mems_eval and c.num_hidden_layers or 0 do
      mems[i] = x
    end
    m.env.mems.all = mems[1] and shape.tuple(table.unpack(mems))
    return shape.named("last_hidden_state", shape.tensor(m.dtype, 1, seq, e), "mems",
      m.env.mems.all)
  end
end

--- A classifier; the memory is its last result.
local function whole(suffix, head)
  return function(m, c, f, ids)
    m.env.mems = {}
    return heads.whole(suffix, false, function(r, _, o, x)
      local out = table.pack(head(r, c, o, x))
      out[out.n + 1], out[out.n + 2] = "mems", r.env.mems.all
      return shape.named(table.unpack(out, 1, out.n + 2))
    end)(m, c, f, ids)
  end
end

local function linear(r, name, x, width, role)
  return r:linear(name, x, width, { bias = true, role = role })
end

return {
  extends = "xlm",
  model_types = { xlnet = "XLNet" },
  body = body,
  aliases = { intermediate_size = "d_inner", hidden_act = "ff_activation" },
  keys = { mem_len = { "count", 512 }, use_mems_eval = { "flag", true }, start_n_top = { "count",
    5 }, summary_activation = { "choice", "tanh" }, summary_proj_to_labels = { "flag" },
    summary_first_dropout = { "number" }, summary_last_dropout = { "number", 0.1 } },
  heads = {
    Model = function(m, c, f, ids)
      m.env.mems = {}
      return heads.bare(m, c, f, ids)
    end,
    LMHeadModel = whole("LMHeadModel", function(r, c, _, x)
      r:kind("LMHead")
      return "logits", r:linear("lm_loss", x, c.vocab_size, { bias = true, role = "head",
        tied = c.tie_word_embeddings ~= false, layer_type = "LMHead" })
    end),
    ForSequenceClassification = whole("ForSequenceClassification", function(r, c, o, x)
      return "logits", linear(r, "logits_proj", heads.summary(r, c, o, x), heads.labels(c),
        "head.score")
    end),
    ForTokenClassification = whole("ForTokenClassification", function(r, c, _, x)
      return "logits", linear(r, "classifier", x, heads.labels(c), "head.score")
    end),
    ForQuestionAnsweringSimple = whole("ForQuestionAnsweringSimple", function(r, c, _, x)
      linear(r, "qa_outputs", x, heads.labels(c), "head.score")
      local ends = shape.tensor(r.dtype, 1, x.dims[2])
      return "start_logits", ends, "end_logits", ends
    end),
    ForQuestionAnswering = whole("ForQuestionAnswering", function(r, c, _, x)
      return block.answer.found(r, c, x)
    end),
    ForMultipleChoice = function(m, c, f, ids)
      m.env.mems = {}
      return heads.choice(heads.summary, "logits_proj")(m, c, f, ids)
    end,
  },
  default_head = "LMHeadModel",
}
