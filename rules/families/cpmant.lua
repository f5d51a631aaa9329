-- CPM-Ant: tokens after a learned prompt, a bias by segment and distance in place of positions, RMS
-- norms.

--- A norm, then a part of the layer.
local function behind_norm(m, name, x)
  return m:norm(name, x, { class = "*LayerNorm", role = name:find "ffn" and "layer.norm.ffn"
    or "layer.norm.attention" })
end

--- Dropout modules, which the class leaves out if their probability is zero.
local function drop(c, m, x)
  if type(c.raw.dropout_p) == "number" and c.raw.dropout_p ~= 0 then
    m:leaf("dropout", "Dropout", x)
  end
end

local function attention(c)
  local h, d = c.num_attention_heads, c.head_dim
  return function(m, x)
    m:kind "AttentionLayer"
    m:fact("qk_norm", "none")
    for _, part in ipairs { { "q", "query" }, { "k", "key" }, { "v", "value" } } do
      m:linear("project_" .. part[1], x, h * d, { role = "layer.attention." .. part[2] })
    end
    m:op "attention"
    local scores = shape.tensor(m.dtype, x.dims[1], h, x.dims[2], x.dims[2])
    m:leaf("softmax", "Softmax", scores)
    m:leaf("dropout", "Dropout", scores)
    m:cache { kind = "attention", heads = h, dim = d }
    return m:linear("attention_out", x:last(h * d), c.hidden_size,
      { role = "layer.attention.output" })
  end
end

local function feed_forward(c)
  local width = c.intermediate_size
  return function(m, x)
    m:kind "FFN_GeGLU"
    m:fact("gated", true)
    m:fact("activation", "gelu")
    local y = m:call("w_in", "*DenseGatedACT", "x", x, function(w, z)
      local gate = w:linear("w_0", z, width, { role = "layer.ffn.gate" })
      w:leaf("act", "GELU", gate)
      w:op "gelu"
      w:op "geglu"
      return w:linear("w_1", z, width, { role = "layer.ffn.up" })
    end)
    m:leaf("dropout", "Dropout", y)
    return m:linear("w_out", y, c.hidden_size, { role = "layer.ffn.down" })
  end
end

local function layer(c)
  return function(m, x)
    m:fact("norm_place", "pre")
    m:call("self_att", "*SelfAttentionBlock", "x, attention_mask=, position_bias=bias", x,
      function(b, y)
        behind_norm(b, "layernorm_before_attention", y)
        b:call("self_attention", "*Attention", "x, x, attention_mask, bias", y, attention(c))
        drop(c, b, y)
        return y
      end)
    m:call("ffn", "*FFNBlock", "x", x, function(b, y)
      behind_norm(b, "layernorm_before_ffn", y)
      b:call("ffn", "*FeedForward", "x", y, feed_forward(c))
      drop(c, b, y)
      return y
    end)
    m:op("add", 2)
    return x
  end
end

--- The prompt stands before the tokens; the result is that of the tokens alone.
local function body(c)
  local kinds, h, e = c.segment_types, c.num_attention_heads, c.hidden_size
  return function(m, ids)
    local tokens = ids.dims[2]
    local n = c.prompt_length + tokens
    local seen = shape.tensor("I32", 1, n)
    local x = m:embedding("input_embedding", seen,
      c.vocab_size + c.prompt_types * c.prompt_length, e)
    m:embedding("segment_embedding", seen, kinds, e, { role = "embedding.segment" })
    m.env.attention_mask = shape.tensor("I32", 1, n, n)
    m.env.bias = m:call("position_bias", "*SegmentPositionEmbedding", "x, x, x, x", seen,
      function(p)
        p:param("relative_attention_bias", { kinds * kinds + c.position_bias_num_buckets, h },
          { role = "embedding.position" })
        return shape.tensor(m.dtype, 1, h, n, n)
      end)
    m:call("encoder", "*Encoder", "x, attention_mask, bias", x, function(r, y)
      y = r:layers("layers", c.num_hidden_layers, function() return "dense" end,
        function(l, name, _, z)
          return l:call(name, "*TransformerBlock", "x, attention_mask, bias", z, layer(c))
        end, y)
      return r:norm("output_layernorm", y, { class = "*LayerNorm", role = "norm.final" })
    end)
    return shape.named("last_hidden_state", shape.tensor(m.dtype, 1, tokens, e))
  end
end

return {
  extends = "llama",
  model_types = { cpmant = "CpmAnt" },
  aliases = { head_dim = "dim_head", intermediate_size = "dim_ff" },
  defaults = { head_dim = 128, intermediate_size = 10240 },
  body = body,
  calls = { model = "x" },
  names = { model = "cpmant" },
  head = { apart = true },
  keys = { prompt_types = { "size", 32 }, prompt_length = { "size", 32 },
    segment_types = { "size", 32 }, position_bias_num_buckets = { "size", 512 } },
  facts = { positions = "relative", nope_layers = "none" },
}
