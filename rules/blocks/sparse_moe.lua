-- Mixture of experts. In memory the experts are fused; saved they stand one by one, each with the
-- projections named by `saved`. Options: router ("gate"), router_class, experts_class, flat (the
-- router sees tokens in one list), correction (a bias on the scores, F32), score_dtype, width,
-- shared (a block), shared_name, shared_gate, scoring, logits (also returned), saved.
local function build(c, o)
  local n, k, width = c.num_experts, c.num_experts_per_tok, o.width or c.moe_intermediate_size
  local act = block.activation[c.hidden_act or "silu"]
    or { "SiLUActivation", tostring(c.hidden_act), "FFN_Gated", "gated" }
  local saved = o.saved or { gate = "gate_proj", up = "up_proj", down = "down_proj" }
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
    local chosen = shape.tensor(m.dtype, x.dims[1] * k, width)
    m:leaf("act_fn", act[1], chosen)
    m:op(act[2])
    m:op(act[4])
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
      m:call(o.shared_name or "shared_experts", "*MLP", "x", o.whole and x or tokens, o.shared)
    end
    if o.shared and o.shared_first then shared() end
    local routed = m:call(o.router or "gate", o.router_class or "*TopKRouter", "x",
      o.whole and x or tokens, router)
    m.env.scores, m.env.chosen = routed[2], routed[3]
    m:call("experts", "*Experts", "x, chosen, scores", tokens, experts)
    m:each_expert("experts", n, k, function(e)
      e:param(saved.gate .. ".weight", { width, c.hidden_size }, { role = "layer.experts.gate" })
      e:param(saved.up .. ".weight", { width, c.hidden_size }, { role = "layer.experts.up" })
      e:param(saved.down .. ".weight", { c.hidden_size, width }, { role = "layer.experts.down" })
    end)
    if o.shared and not o.shared_first then shared() end
    if o.shared_gate then
      m:linear("shared_expert_gate", tokens, 1, { role = "layer.shared_experts.router" })
    end
    return x
  end
end
return { build = build }
