-- GPT-OSS: sinks in the attention, windows on every second layer, fused experts with biases and a
-- clamped gate. And an encoder made of it.

--- `dtype`: of what the router gives, where it is not that of the states.
local function moe(c, dtype)
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
      y = dtype and y:to(dtype) or y
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
  {
    extends = "llama",
    model_types = { gpt_oss = "GptOss" },
    calls = { rope = "ids_positional" },
    rope = function(c) return c.head_dim // 2 end,
    attention = { sinks = true },
    ffn = function(c) return moe(c) end,
  },
  {
    extends = "gpt_oss",
    model_types = { openai_privacy_filter = "OpenAIPrivacyFilter" },
    classes = { layer = "*EncoderLayer" },
    calls = { layer = "embeddings_first", attention = "embeddings_first" },
    attention = { window = "sliding_window", sinks_dtype = "F32", cache = false },
    heads = { Model = block.heads.bare, ForCausalLM = false, ForSequenceClassification = false,
      ForQuestionAnswering = false },
    ffn = function(c) return moe(c, "F32") end,
    decoder = { mask = false },
    facts = { rope_layout = "interleaved", stacks = "encoder" },
  },
}
