--- Picks the tokens that attention looks at: small query heads are scored against one key of each
--- token, and the scores are summed with a weight for each head.
local options = {
  heads = "size", head_dim = "size", -- by default those of the configuration
  query = { "latent", "states" },    -- made from attention's low-rank query, or from the states
  scaled = "flag",                   -- queries grow with the logarithm of their position
}

--- Scales queries by a linear function of the logarithm of the position, one for each head.
local function scaling(m, x, heads)
  return m:call("softmax_scaling", "*SoftmaxScaling", "x, position_ids", x, function(s, y)
    for _, name in ipairs { "scale", "bias" } do
      s:param(name, { heads }, { role = "layer.attention.softmax_" .. name })
    end
    s:op "position_scaling"
    return y
  end)
end

--- The picked tokens of each token.
local function picked(c, x)
  local seq = x.dims[2]
  local n = math.min(c.index_topk or shape.value(seq), shape.value(seq))
  return shape.tensor("I32", x.dims[1], seq, n)
end

local function build(c, o)
  local h, d = o.heads or c.index_n_heads, o.head_dim or c.index_head_dim
  local states = o.query == "states"
  return function(m, x)
    local function linear(name, y, width, dtype)
      return m:linear(name, y, width, { role = "layer.attention.indexer." .. name, dtype = dtype })
    end
    local function norm(name, y)
      return m:norm(name, y, { kind = "layer_norm", bias = true,
        role = "layer.attention.indexer." .. name })
    end
    local q = linear("wq_b", states and norm("q_input_norm", x) or m.env.low_query, h * d)
    if o.scaled then scaling(m, q:heads(h, d), h) end
    norm("k_norm", linear("wk", x, d))
    local exact = m.dtype == "F16" and "F32" or m.dtype
    linear("weights_proj", x:to(exact), h, exact)
    m:op "topk/indexer"
    m:cache { kind = "index", latent = d }
    return picked(c, x)
  end
end

--- With the sizes of the configuration.
local function plain(c) return build(c, {}) end

return { options = options, build = build, plain = plain, picked = picked, scaling = scaling }
