-- GPT-OSS: sinks in the attention, windows on every second layer, fused experts with biases and a
-- clamped gate.
local function moe(c)
  local n, k, w, e = c.num_experts, c.num_experts_per_tok, c.intermediate_size, c.hidden_size
  return function(m, x)
    m:kind("MoELayer")
    m:fact("gated", true)
    m:fact("activation", c.hidden_act)
    m:fact("scoring", "softmax")
    m:fact("routing_bias", true)
    m:fact("renormalize", true)
    m:fact("shared_gate", false)
    local tokens, scores = x:flat(), nil
    local routed = m:call("router", "*TopKRouter", "x", tokens, function(r, y)
      r:param("weight", { n, e }, { role = "layer.router" })
      r:param("bias", { n }, { role = "layer.router.bias" })
      r:op("aten/addmm")
      r:op("topk/router")
      scores = y:last(k)
      return shape.tuple(y:last(n), scores, scores:to("I64"))
    end)
    m.env.chosen, m.env.scores = routed[3], scores
    m:call("experts", "*Experts", "x, chosen, scores", tokens, function(b, y)
      local share = { k, n }
      b:param("gate_up_proj", { n, e, 2 * w }, { role = "layer.experts.gate_up", share = share })
      b:param("gate_up_proj_bias", { n, 2 * w },
        { role = "layer.experts.gate_up.bias", share = share })
      b:param("down_proj", { n, w, e }, { role = "layer.experts.down", share = share })
      b:param("down_proj_bias", { n, e }, { role = "layer.experts.down.bias", share = share })
      b:op("aten/addmm", 2 * k)
      b:op("swiglu")
      return y
    end)
    return shape.tuple(x, scores)
  end
end

return {
  extends = "llama",
  model_types = { gpt_oss = "GptOss" },
  kind = function(c, i) return c.layer_types and c.layer_types[i + 1] or "full_attention" end,
  calls = { rope = "x, position_ids" },
  rope = function(c) return c.head_dim // 2 end,
  attention = function(c, kind)
    return block.attention.build(c, { bias = c.attention_bias, out_bias = c.attention_bias,
      sinks = true, window = kind == "sliding_attention" and c.sliding_window or nil })
  end,
  ffn = function(c) return moe(c) end,
  layer = function(c, f, kind, m, x)
    block.decoder.pre_norm(c, f, kind, m, x)
    return x
  end,
  facts = { sinks = true },
}
