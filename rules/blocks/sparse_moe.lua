--- Mixture of experts. In memory the experts are fused; saved they stand one by one, each with
--- projections of its own.
local options = {
  experts = "size", top_k = "size", width = "size",
  gate = "text", up = "text", down = "text", -- names of the saved projections of an expert
  saved = "list",         -- these three names in one table
  fused = "flag",         -- saved as in memory: two tensors for all experts
  split = "flag",         -- then gate and up apart, each with the ending of a module's weight
  experts_class = "text",
  router = "text", router_class = "text", router_dtype = "text", -- of its weight
  route = "made",         -- (m, x): another router, which gives logits, scores and choice
  before = "made",        -- (m, x): what tokens pass between router and experts
  correction = "flag",    -- a bias on the scores, in F32
  correction_module = "text", -- a part of the router adds it
  score_dtype = "word", raw_logits = "flag",
  logits_dtype = "word",  -- where it is another than that of the scores
  plain_correction = "flag", -- in the type of the other weights
  renormalize = "flag",   -- the scores of the chosen experts add up to one
  scoring = { "softmax", "sigmoid", "sqrtsoftplus", "sparsemixer" },
  score_class = "text",   -- of the module that makes scores of the router's result
  looked_up = "size",     -- a table of so many rows, by token id, names the experts
  gated = "flag",         -- false: experts without a gate
  latent = "size",        -- experts work at this width, between two projections of these names;
  latent_in = "text", latent_out = "text", -- identities without a size
  latent_bias = "flag",
  own_bias = "text",      -- name of the correction, if it is the block's and the router gets it
  plain_act = "flag",     -- the activation is no module
  looped = "flag",        -- it is called for one expert after another
  whole = "flag",         -- router and shared experts take tokens by batch, not a flat list
  shared = "block",       -- the shared feed-forward, or its size:
  shared_experts = "size", -- so many experts wide
  shared_width = "size",  -- of this width
  shared_bias = "flag", shared_fused = "word", -- its gate and input in one projection so called
  shared_name = "text", shared_class = "text", shared_gate = "flag", shared_first = "flag",
  shared_second = "flag", -- between the router and the experts
  router_whole = "flag", shared_whole = "flag", -- only one of them takes tokens so
  router_linear = "text", -- it has a projection of this name
  turned = "flag",        -- tensors of fused experts are saved with their inputs first
  last_norm = "word",     -- a norm on what comes out, by its name
}

--- The shared feed-forward, or nil.
local function shared_of(c, o, width)
  if o.shared then return o.shared end
  local n = shape.value(o.shared_experts)
  local wide = o.shared_width or n and n > 0 and width * o.shared_experts
  if not wide then return nil end
  return block.gated_mlp.build(c, { width = wide, bias = o.shared_bias,
    fused = o.shared_fused, act = not o.plain_act and "act_fn" or false,
    role = "layer.shared_experts" })
end

--- Keeps the logits of a router, for models that return them.
local function recorded(m, logits)
  if m.env.routers then table.insert(m.env.routers, logits) end
end

local function build(c, o)
  local n, k = o.experts or c.num_experts, o.top_k or c.num_experts_per_tok
  local width = o.width or c.moe_intermediate_size
  local shared_mlp = shared_of(c, o, width)
  local act = block.activation[c.hidden_act or "silu"]
    or { "SiLUActivation", tostring(c.hidden_act), "FFN_Gated", "gated" }
  local gated, e = o.gated ~= false, o.latent or c.hidden_size
  local saved = o.saved or { gate = o.gate or "gate_proj", up = o.up or "up_proj",
    down = o.down or "down_proj" }
  local function correction(m, name)
    local t = shape.tensor(o.plain_correction and m.dtype or "F32", n)
    m:param(name, o.correction_module and { 1, n } or t.dims,
      { dtype = t.dtype, role = "layer.router.correction" })
    return t
  end
  local function corrected(m, tokens)
    if not o.correction_module then return correction(m, "e_score_correction_bias") end
    m:call(o.correction_module, "*Statics", "x", tokens:last(n):to "F32", function(s, y)
      correction(s, "e_score_correction_bias")
      return y
    end)
  end
  local function router(m, x)
    local tokens, score = x:flat(), o.score_dtype or m.dtype
    if o.router_linear then
      m:linear(o.router_linear, tokens:to(o.router_dtype or m.dtype), n,
        { role = "layer.router", dtype = o.router_dtype })
    else
      m:param("weight", { n, c.hidden_size }, { role = "layer.router", dtype = o.router_dtype })
      m:op("aten/mm")
    end
    if o.looked_up then
      m:param("tid2eid", { o.looked_up, k }, { dtype = "I64", role = "layer.router.table" })
    elseif o.correction and not o.own_bias then
      corrected(m, tokens)
    end
    if o.score_class then m:leaf("score_fn", o.score_class, tokens:last(n)) end
    m:op(o.looked_up and "embedding" or "topk/router")
    return shape.tuple(tokens:to(o.logits_dtype or o.raw_logits and m.dtype or score):last(n),
      tokens:to(score):last(k), tokens:to("I64"):last(k))
  end
  local function experts(m, x)
    if o.fused then
      local function param(name, out, from, role)
        if o.split then name = name .. ".weight" end
        if o.turned then out, from = from, out end
        m:param(name, { n, out, from }, { role = "layer.experts." .. role, share = { k, n } })
      end
      if o.split then
        param("gate_proj", width, c.hidden_size, "gate")
        param("up_proj", width, c.hidden_size, "up")
      else
        param("gate_up_proj", 2 * width, c.hidden_size, "gate_up")
      end
      param("down_proj", c.hidden_size, width, "down")
    end
    local chosen = shape.tensor(m.dtype, o.looped and x.dims[1] or x.dims[1] * k, width)
    if not o.plain_act then m:leaf("act_fn", act.class, chosen, nil, o.looped and k) end
    m:op(act.operator)
    if gated then m:op(act.product) end
    m:op("aten/mm", (gated and 3 or 2) * k)
    return x
  end
  --- Projects to the width of the experts, or back.
  local function bridge(m, name, x, width_there)
    if not name then return x end
    if not o.latent then return m:leaf(name, "Identity", x) end
    return m:linear(name, x, width_there, { bias = o.latent_bias, role = "layer.experts." .. name })
  end
  return function(m, x)
    m:kind("MoELayer")
    m:fact("gated", gated)
    m:fact("activation", c.hidden_act)
    m:fact("scoring", o.scoring or "softmax")
    if not o.looked_up then m:fact("routing_bias", o.correction or false) end
    if o.renormalize ~= nil then m:fact("renormalize", o.renormalize) end
    m:fact("shared_gate", o.shared_gate or false)
    m:fact("top_k", k)
    local tokens = x:flat()
    local function shared()
      m:call(o.shared_name or "shared_experts", o.shared_class or "*MLP", "x",
        (o.whole or o.shared_whole) and x or tokens, shared_mlp)
    end
    if shared_mlp and o.shared_first then shared() end
    if o.correction and o.own_bias then
      m.env.correction = correction(m, o.own_bias)
    end
    local routed = m:call(o.router or "gate", o.router_class or "*TopKRouter",
      o.looked_up and "x, input_ids" or "x, correction",
      (o.whole or o.router_whole) and x or tokens, o.route or router)
    recorded(m, routed[1])
    m.env.scores, m.env.chosen = routed[2], routed[3]
    if shared_mlp and o.shared_second then shared() end
    if o.before then o.before(m, tokens) end
    local narrow = bridge(m, o.latent_in, tokens, e)
    m:call("experts", o.experts_class or "*Experts", "x, chosen, scores", narrow, experts)
    bridge(m, o.latent_out, narrow, c.hidden_size)
    if not o.fused then m:each_expert("experts", n, k, function(one)
      if gated then
        one:param(saved.gate .. ".weight", { width, e }, { role = "layer.experts.gate" })
      end
      one:param(saved.up .. ".weight", { width, e }, { role = "layer.experts.up" })
      one:param(saved.down .. ".weight", { e, width }, { role = "layer.experts.down" })
    end) end
    if shared_mlp and not o.shared_first and not o.shared_second then shared() end
    if o.shared_gate then
      m:linear("shared_expert_gate", tokens, 1, { role = "layer.shared_experts.router" })
    end
    if o.last_norm then m:norm(o.last_norm, x, { role = "layer.norm.after_ffn" }) end
    return x
  end
end

--- Which layers have experts: those that the configuration lists; all from this one where it lists
--- none.
local function listed_from(first)
  return function(c, i)
    if c.mlp_layer_types then return c.mlp_layer_types[i + 1] == "sparse" end
    return i >= first
  end
end

return { options = options, build = build, recorded = recorded, listed_from = listed_from }
