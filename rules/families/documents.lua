-- Relatives of BERT for documents: each word also has a position on a page or in a tree.
local function table_of(m, name, ids, rows, width, role)
  return m:embedding(name, ids, rows, width, { role = "embedding." .. role })
end

local function norm(m, x, role)
  return m:norm("LayerNorm", x, { kind = "layer_norm", bias = true, role = role })
end

local function finish(m, x)
  return m:leaf("dropout", "Dropout", norm(m, x, "norm.embedding"))
end

local function boxes(_, m, ids) block.page.given(m, ids) end

local function on_a_page(c)
  return function(m, ids)
    local e = c.hidden_size
    local x = table_of(m, "word_embeddings", ids, c.vocab_size, e, "token")
    table_of(m, "position_embeddings", ids, c.max_position_embeddings, e, "position")
    block.page.box(m, c, ids, e, e)
    table_of(m, "token_type_embeddings", ids, c.type_vocab_size, e, "type")
    return finish(m, x)
  end
end

--- MarkupLM: the path from the root of the tree to the word; each step has an embedding.
local function path(c)
  local n, e, unit = c.max_depth, c.hidden_size, c.xpath_unit_hidden_size
  local function step(m, name, kind, ids)
    table_of(m, (name:gsub("tag", kind)), ids, c[("max_xpath_%s_unit_embeddings"):format(kind)],
      unit, "path." .. kind)
  end
  return function(m, x)
    m.beside = true -- steps are no layers
    m:layers("xpath_tag_sub_embeddings", shape.value(n), function() return "step" end,
      function(l, name, _, ids)
        step(l, name, "tag", ids)
        step(l, name, "subs", ids)
        return ids
      end, shape.tensor("I64", 1, x.dims[2]))
    m:param("xpath_unitseq2_embeddings.weight", { e, unit * n }, { role = "embedding.path.unused" })
    m:param("xpath_unitseq2_embeddings.bias", { e }, { role = "embedding.path.unused.bias" })
    local y = shape.tensor(m.dtype, 1, x.dims[2], unit * n)
    y = m:linear("xpath_unitseq2_inner", y, 4 * e, { bias = true, role = "embedding.path.up" })
    m:leaf("activation", "ReLU", y)
    m:leaf("dropout", "Dropout", y)
    return m:linear("inner2emb", y, e, { bias = true, role = "embedding.path.down" })
  end
end

local function in_a_tree(c)
  return function(m, ids)
    local e, seq = c.hidden_size, ids.dims[2]
    local x = table_of(m, "word_embeddings", ids, c.vocab_size, e, "token")
    table_of(m, "position_embeddings", ids, c.max_position_embeddings, e, "position")
    table_of(m, "token_type_embeddings", ids, c.type_vocab_size, e, "type")
    m.env.subscripts = shape.tensor("I64", 1, seq, c.max_depth)
    m:call("xpath_embeddings", "XPathEmbeddings", "x, subscripts", m.env.subscripts, function(p)
      return path(c)(p, x)
    end)
    return finish(m, x)
  end
end

local function narrow(c, width) return width // c.channel_shrink_ratio end

--- LiLT: the layout goes through its own layers, beside those of the words.
local function places(c)
  return function(m, ids)
    local e = narrow(c, c.hidden_size)
    local width = c.hidden_size // 6
    block.page.box(m, c, ids, width, width)
    m:linear("box_linear_embeddings", shape.tensor(m.dtype, 1, ids.dims[2], 6 * width), e,
      { bias = true, role = "embedding.place.join" })
    return finish(m, table_of(m, "box_position_embeddings", ids, c.max_position_embeddings, e,
      "place.position"))
  end
end

--- The output projection of a part and its residual; `inner` is its input width.
local function behind(m, name, class, x, inner, role, place)
  m.env.residual = x
  m:call(name, class, "x, residual", x:last(inner), function(o, y)
    local z = o:linear("dense", y, x.dims[3], { bias = true, role = role })
    o:leaf("dropout", "Dropout", z)
    o:op("add")
    return norm(o, z, "layer.norm.after_" .. place)
  end)
end

local function both_attention(c)
  local h, e = c.num_attention_heads, c.hidden_size
  local thin = narrow(c, e)
  return function(m, x)
    local layout = m.env.layout
    local function project(s, y, prefix, parts, width, role)
      for _, part in ipairs(parts) do
        s:linear(prefix .. part, y, width, { bias = true, role = role .. part })
      end
    end
    m:call("self", "*SelfAttention", "x, layout", x, function(s)
      s:kind("AttentionLayer")
      s:fact("qk_norm", "none")
      project(s, layout, "layout_", { "value", "key", "query" }, thin, "layer.place_attention.")
      project(s, x, "", { "query", "key", "value" }, e, "layer.attention.")
      s:op("attention", 2)
      for _ = 1, 2 do
        s:leaf("dropout", "Dropout", shape.tensor(s.dtype, 1, h, x.dims[2], x.dims[2]))
      end
      return shape.tuple(x, layout)
    end)
    behind(m, "output", "*SelfOutput", x, e, "layer.attention.output", "attention")
    behind(m, "layout_output", "*SelfOutput", layout, thin, "layer.place_attention.output",
      "place_attention")
    return shape.tuple(x, layout)
  end
end

local function both_ffn(c, m, y, prefix, inner, role)
  local name = c.hidden_act or "gelu"
  local act = block.activation[name] or { class = "GELUActivation", operator = name }
  m:call(prefix .. "intermediate", "*Intermediate", "x", y, function(b, z)
    z = b:linear("dense", z, inner, { bias = true, role = role .. ".up" })
    b:op(act.operator)
    return b:leaf("intermediate_act_fn", act.class, z)
  end)
  behind(m, prefix .. "output", "*Output", y, inner, role .. ".down", role:match "[%w_]+$")
end

local function both_layer(c)
  local name = c.hidden_act or "gelu"
  local act = block.activation[name] or { gated = "FFN_Plain" }
  return function(m, x)
    m:fact("norm_place", "post")
    m:fact("parallel_residual", false)
    m:fact("gated", false)
    m:fact("activation", name)
    m:call("attention", "*Attention", "x, layout", x, both_attention(c))
    m:kind(act.plain or act.gated)
    both_ffn(c, m, x, "", c.intermediate_size, "layer.ffn")
    both_ffn(c, m, m.env.layout, "layout_", narrow(c, c.intermediate_size), "layer.place_ffn")
    return shape.tuple(x, m.env.layout)
  end
end

local function words_and_places(c, _, pooled)
  return function(m, ids)
    m:fact("positions", "learned")
    m.env.token_type_ids, m.env.position_ids = ids, ids
    boxes(c, m, ids)
    local words = block.bert.embeddings(c, {})
    local x = m:call("embeddings", "*TextEmbeddings", "input_ids=x, token_type_ids=", ids,
      function(e, y) return shape.tuple(words(e, y), ids) end)[1]
    m.env.layout = m:call("layout_embeddings", "*LayoutEmbeddings", "bbox=, position_ids=x", ids,
      places(c))
    x = m:call("encoder", "*Encoder", "x, layout", x, function(e, y)
      e:layers("layer", c.num_hidden_layers, function() return "encoder" end,
        function(l, name, _, z)
          l:call(name, "*Layer", "x, layout", z, both_layer(c))
          return z
        end, y)
      return shape.named("last_hidden_state", y)
    end)[2]
    return shape.named("last_hidden_state", x, "pooler_output",
      pooled and block.bert.pool(c, m, x))
  end
end

local page = { max_2d_position_embeddings = { "size", 1024 } }

return {
  {
    extends = "bert",
    model_types = { layoutlm = "LayoutLM" },
    encoder = { embeddings = on_a_page, given = boxes, always_pooled = true, ones = true,
      weights = "self", embeddings_spec = "input_ids=x, bbox=, token_type_ids=",
      encoder_spec = "x, attention_mask", attention_spec = "x, attention_mask=" },
    calls = { sequence = "input_ids=x", token = "input_ids=x", question = "input_ids=x" },
    keys = page,
    arguments = { bbox = "where words stand on a page" },
  },
  {
    extends = "bert",
    model_types = { markuplm = "MarkupLM" },
    encoder = { embeddings = in_a_tree, ones = true, weights = "self", token_dropout = false,
      embeddings_spec = "input_ids=x, token_type_ids=", encoder_spec = "x, attention_mask",
      attention_spec = "x, attention_mask=" },
    keys = { max_depth = { "size", 50 }, xpath_unit_hidden_size = { "size", 32 },
      max_xpath_tag_unit_embeddings = { "size", 256 },
      max_xpath_subs_unit_embeddings = { "size", 1024 } },
    arguments = { subscripts = "which child each step takes" },
    default_head = "Model",
  },
  {
    extends = "bert",
    model_types = { lilt = "Lilt" },
    body = words_and_places,
    encoder = { seen = "first" },
    keys = { max_2d_position_embeddings = page.max_2d_position_embeddings,
      channel_shrink_ratio = { "count", 4 } },
    arguments = { bbox = "where words stand on a page", layout = "the states of places" },
    default_head = "Model",
  },
}
