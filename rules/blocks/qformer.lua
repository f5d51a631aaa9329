--- A transformer of questions (BLIP-2): learned questions look at each other and, in some layers,
--- at what an encoder says, which is `m.env.encoded`. One row of questions is for all of its rows.
local options = {
  base = "text",         -- what begins the names of the classes
  every = "size",        -- one of so many layers looks at the encoder
  encoder_size = "size", -- the width of what it says
  text = "flag",         -- there is a feed-forward for words, which questions don't go through
}

local function pair(m, name, x, e, role)
  return m:linear(name, x, e, { bias = true, role = role })
end

--- What stands behind attention and feed-forward: a projection, and a way around.
local function behind(c, role, place)
  return function(m, x)
    local y = pair(m, "dense", x, c.hidden_size, "layer." .. role)
    m:leaf("dropout", "Dropout", y)
    m:op "add"
    return m:norm("LayerNorm", y, { kind = "layer_norm", bias = true,
      role = "layer.norm.after_" .. place })
  end
end

--- Attention among the questions, or to what the encoder says.
local function attention(c, o, across)
  local e, h = c.hidden_size, c.num_attention_heads
  local place = across and "cross_attention" or "attention"
  local spec = "hidden_states=x" .. (across and ", encoder_hidden_states=encoded" or "")
  return spec, function(m, x)
    local seen = across and m.env.encoded:last(o.encoder_size) or x
    local result = x:view(seen.dims[1], x.dims[2], e)
    m:call("attention", o.base .. "QFormerMultiHeadAttention", spec, x, function(s, y)
      s:kind "AttentionLayer"
      s:fact("qk_norm", "none")
      local role = "layer." .. place .. "."
      pair(s, "query", y, e, role .. "query")
      pair(s, "key", seen, e, role .. "key")
      pair(s, "value", seen, e, role .. "value")
      s:op "attention"
      return shape.tuple(result, shape.tensor(s.dtype, seen.dims[1], h, x.dims[2], seen.dims[2]))
    end)
    m.env.residual = x
    return m:call("output", o.base .. "QFormerSelfOutput", "x, residual", result,
      behind(c, place .. ".output", place))
  end
end

--- `suffix`: of the names of the two modules.
local function feed(m, c, o, x, suffix)
  local act = block.activation[c.hidden_act or "gelu"]
  m.env.residual = x
  local role = suffix == "" and "ffn_of_words" or "ffn"
  local y = m:call("intermediate" .. suffix, o.base .. "QFormerIntermediate", "x", x,
    function(b, z)
      b:kind(act.plain or act.gated)
      z = pair(b, "dense", z, c.intermediate_size, "layer." .. role .. ".up")
      b:op(act.operator)
      return b:leaf("intermediate_act_fn", act.class, z)
    end)
  return m:call("output" .. suffix, o.base .. "QFormerOutput", "x, residual", y,
    behind(c, role .. ".down", role))
end

local function layer(c, o, across)
  return function(m, x)
    m:fact("norm_place", "post")
    m:fact("parallel_residual", false)
    m:fact("gated", false)
    m:fact("activation", c.hidden_act or "gelu")
    local function look(name, to_encoder, y)
      local spec, body = attention(c, o, to_encoder)
      return m:call(name, o.base .. "QFormerAttention", spec, y, body)
    end
    local y = look("attention", false, x)
    if across then y = look("crossattention", true, y) end
    if o.text then m:uncalled(function(b) feed(b, c, o, y, "") end) end
    return feed(m, c, o, y, "_query")
  end
end

--- `x`: the questions, one row.
local function build(c, o)
  local function kind(i)
    return (i % o.every == 0 and "across" or "alone") .. (i > 0 and "" or " 0")
  end
  return function(m, x)
    m:norm("layernorm", x, { kind = "layer_norm", bias = true, role = "norm.embedding" })
    m:leaf("dropout", "Dropout", x)
    local y = m:call("encoder", o.base .. "QFormerEncoder", "x, encoder_hidden_states=encoded", x,
      function(n, z)
        return shape.named("last_hidden_state", n:layers("layer", c.num_hidden_layers, kind,
          function(l, name, k, w)
            return l:call(name, o.base .. "QFormerLayer", "x, -, encoded", w,
              layer(c, o, k:find "across" ~= nil))
          end, z))
      end)[2]
    return shape.named("last_hidden_state", y, "pooler_output",
      shape.tensor(m.dtype, y.dims[1], y.dims[3]))
  end
end

return { options = options, build = build }
