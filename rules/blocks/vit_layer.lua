--- A layer as the first ViT had it: attention and its projection in modules of their own, the
--- feed-forward in two.
local options = {
  order = "list", -- of the projections
  bias = "flag", key_bias = "flag",
  weights = "flag", -- false: the weights of the attention are not returned
  weights_dropout = "word", drop_path = "word", drop_class = "text",
  relative = "made", -- (m): a table of relative positions
  scale_param = "word", -- factors on what attention and feed-forward give
  straight = "flag", -- the output module does not get the residual
}

local function attention(c, o)
  local e, h = c.hidden_size, c.num_attention_heads
  return function(m, x)
    local out = m:call("attention", "*SelfAttention",
      "x, -, relative_position_bias", x, function(s, y)
      s:kind "AttentionLayer"
      s:fact("qk_norm", "none")
      for _, part in ipairs(o.order or { "query", "key", "value" }) do
        local bias = o.bias
        if part == "key" and o.key_bias ~= nil then bias = o.key_bias end
        s:linear(part, y, e, { bias = bias, role = "layer.attention." .. part })
      end
      if o.relative then o.relative(s) end
      s:op "attention"
      local weights = shape.tensor(s.dtype, 1, h, y.dims[2], y.dims[2])
      if o.weights_dropout then s:leaf(o.weights_dropout, "Dropout", weights) end
      return shape.tuple(y, o.weights ~= false and weights)
    end)
    m.env.residual = x
    return m:call("output", "*SelfOutput", "x, residual", out[1], function(s, y)
      y = s:linear("dense", y, e, { bias = true, role = "layer.attention.output" })
      return s:leaf("dropout", "Dropout", y)
    end)
  end
end

local function build(c, o)
  local act = block.activation[c.hidden_act or "gelu"] or block.activation.gelu
  local function norm(m, name, x, role)
    m:norm(name, x, { kind = "layer_norm", bias = true, role = "layer.norm." .. role })
  end
  local function behind(m, i, x)
    if o.scale_param then
      m:param(o.scale_param .. i, { c.hidden_size }, { role = i == 1 and "layer.scale.attention"
        or "layer.scale.ffn" })
    end
    if o.drop_path then m:leaf(o.drop_path, o.drop_class or "Identity", x) end
    m:op "add"
  end
  return function(m, name, x)
    return m:call(name, "*Layer", "x, relative_position_bias=", x, function(l, y)
      l:fact("norm_place", "pre")
      l:fact("parallel_residual", false)
      l:fact("gated", false)
      l:fact("activation", c.hidden_act or "gelu")
      norm(l, "layernorm_before", y, "attention")
      l:call("attention", "*Attention", "x, relative_position_bias=", y, attention(c, o))
      behind(l, 1, y)
      norm(l, "layernorm_after", y, "ffn")
      l:kind(act.plain or act.gated)
      local z = l:call("intermediate", "*Intermediate", "x", y, function(f, w)
        w = f:linear("dense", w, c.intermediate_size, { bias = true, role = "layer.ffn.up" })
        f:op(act.operator)
        return f:leaf("intermediate_act_fn", act.class, w)
      end)
      l.env.residual = not o.straight and y or nil
      z = l:call("output", "*Output", "x, residual", z, function(f, w)
        w = f:linear("dense", w, c.hidden_size, { bias = true, role = "layer.ffn.down" })
        return f:leaf("dropout", "Dropout", w)
      end)
      behind(l, 2, z)
      return z
    end)
  end
end

return { options = options, build = build }
