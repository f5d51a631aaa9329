--- Mixture of experts. In memory the experts are fused; saved they stand one by one, each with
--- projections of its own.
local options = {
  experts = "size", top_k = "size", width = "size",
  gate = "text", up = "text", down = "text", -- names of the saved projections of an expert
  saved = "list",         -- the three in one table
  fused = "flag",         -- saved as in memory: two tensors for all experts
  experts_class = "text",
  router = "text", router_class = "text", router_dtype = "text",
  correction = "flag",    -- a bias on the scores, in F32
  score_dtype = "text", raw_logits = "flag",
  scoring = { "softmax", "sigmoid" },
  whole = "flag",         -- router and shared experts see tokens in rows, not in one list
  shared = "block",       -- the feed-forward that each token meets, or by its size:
  shared_experts = "size", -- so many experts wide
  shared_width = "size",  -- of this width
  shared_name = "text", shared_class = "text", shared_gate = "flag", shared_first = "flag",
}

--- The feed-forward that each token meets, or nil.
local function shared_of(c, o, width)
  if o.shared then return o.shared end
  local n = shape.value(o.shared_experts)
  local wide = o.shared_width or n and n > 0 and width * o.shared_experts
  if not wide then return nil end
  return block.gated_mlp.build(c, { width = wide, role = "layer.shared_experts" })
end

local function build(c, o)
  local n, k = o.experts or c.num_experts, o.top_k or c.num_experts_per_tok
  local width = o.width or c.moe_intermediate_size
  local shared_mlp = shared_of(c, o, width)
  local act = block.activation[c.hidden_act or "silu"]
    or { "SiLUActivation", tostring(c.hidden_act), "FFN_Gated", "gated" }
  local saved = o.saved or { gate = o.gate or "gate_proj", up = o.up or "up_proj",
    down = o.down or "down_proj" }
  local function router(m, x)
    local tokens, score = x:flat(), o.score_dtype or m.dtype
    m:param("weight", { n, c.hidden_size }, { role = "layer.router" })
    if o.correction then
      m:param("e_score_correction_bias", { n },
        { dtype = "F32", role = "layer.router.correction" })
    end
    m:op("aten/mm")
    m:op("topk/router")
    return shape.tuple(tokens:to(o.raw_logits and m.dtype or score):last(n),
      tokens:to(score):last(k), tokens:to("I64"):last(k))
  end
  local function experts(m, x)
    if o.fused then
      m:param("gate_up_proj", { n, 2 * width, c.hidden_size },
        { role = "layer.experts.gate_up", share = { k, n } })
      m:param("down_proj", { n, c.hidden_size, width },
        { role = "layer.experts.down", share = { k, n } })
    end
    local chosen = shape.tensor(m.dtype, x.dims[1] * k, width)
    m:leaf("act_fn", act.class, chosen)
    m:op(act.operator)
    m:op(act.product)
    m:op("aten/mm", 3 * k)
    return x
  end
  return function(m, x)
    m:kind("MoELayer")
    m:fact("gated", true)
    m:fact("activation", c.hidden_act)
    m:fact("scoring", o.scoring or "softmax")
    m:fact("routing_bias", o.correction or false)
    m:fact("shared_gate", o.shared_gate or false)
    m:fact("top_k", k)
    local tokens = x:flat()
    local function shared()
      m:call(o.shared_name or "shared_experts", o.shared_class or "*MLP", "x",
        o.whole and x or tokens, shared_mlp)
    end
    if shared_mlp and o.shared_first then shared() end
    local routed = m:call(o.router or "gate", o.router_class or "*TopKRouter", "x",
      o.whole and x or tokens, router)
    m.env.scores, m.env.chosen = routed[2], routed[3]
    m:call("experts", o.experts_class or "*Experts", "x, chosen, scores", tokens, experts)
    if not o.fused then m:each_expert("experts", n, k, function(e)
      e:param(saved.gate .. ".weight", { width, c.hidden_size }, { role = "layer.experts.gate" })
      e:param(saved.up .. ".weight", { width, c.hidden_size }, { role = "layer.experts.up" })
      e:param(saved.down .. ".weight", { c.hidden_size, width }, { role = "layer.experts.down" })
    end) end
    if shared_mlp and not o.shared_first then shared() end
    if o.shared_gate then
      m:linear("shared_expert_gate", tokens, 1, { role = "layer.shared_experts.router" })
    end
    return x
  end
end
return { options = options, build = build }
