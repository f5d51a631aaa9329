-- DBRX: one module holds attention and both norms; three matrices hold all experts.
-- JetMoE: experts in the attention, too; they project queries and outputs.

--- The experts of DBRX: the chosen ones are called one after the other.
local function rows_of_experts(c, n, k, width)
  local act = block.activation[c.hidden_act or "silu"]
  return function(m, x)
    m:call("mlp", "*ExpertGLU", "x, expert, expert, expert", x:flat(), function(e, tokens)
      for _, part in ipairs { { "w1", "gate" }, { "v1", "up" }, { "w2", "down" } } do
        e:param(part[1], { n * width, c.hidden_size },
          { role = "layer.experts." .. part[2], share = { k, n } })
      end
      e:times(k)
      e:leaf("activation_fn", act.class, tokens:last(width), nil, k)
      e:op(act.operator)
      e:op(act.product)
      e:op("aten/mm", 3 * k)
      return tokens
    end)
    return x
  end
end

local function experts_of_dbrx(c)
  local n, k, width = c.num_experts, c.num_experts_per_tok, c.moe_intermediate_size
  return function(m, x)
    local tokens = x:flat()
    m:kind "MoELayer"
    m:fact("gated", true)
    m:fact("activation", c.hidden_act or "silu")
    m:fact("scoring", "softmax")
    m:fact("routing_bias", false)
    m:fact("shared_gate", false)
    m:fact("top_k", k)
    local logits = m:call("router", "*Router", "x", x, function(r)
      return r:linear("layer", tokens, n, { role = "layer.router" })
    end)
    block.sparse_moe.recorded(m, logits)
    m:op "topk/router"
    m.env.chosen, m.env.scores = tokens:to("I64"):last(k), tokens:last(k)
    m.env.expert = shape.tensor(m.dtype, width, c.hidden_size)
    return m:call("experts", "*Experts", "x, chosen, scores", x, rows_of_experts(c, n, k, width))
  end
end

--- Norm, attention, norm; returns the residual and the input of the experts.
local function layer_of_dbrx(c, f, kind, m, x)
  m:fact("norm_place", "pre")
  m:call("norm_attn_norm", "*NormAttentionNorm", f.calls.attention, x, function(part, y)
    block.decoder.norm(f, part, "norm_1", y, "layer.norm.attention")
    part:call("attn", "*Attention", f.calls.attention, y, f.attention(c, kind))
    block.decoder.norm(f, part, "norm_2", y, "layer.norm.ffn")
    return shape.tuple(y, y)
  end)
  m:op("add", 2)
  m:call("ffn", "*FFN", "x", x, f.ffn(c, kind))
  return x
end

--- JetMoE's router: token positions sorted by expert, rows, weights, logits.
local function gating(m, name, tokens, n, k)
  return m:call(name, "*TopKGating", "x", tokens, function(r, y)
    local list = shape.tensor("I64", y.dims[1] * k)
    local logits = r:linear("layer", y, n, { role = "layer.router" }):to "F32"
    r:op "topk/router"
    return shape.tuple(list, list, list:to(m.dtype), false, logits)
  end)[5]
end

--- One projection of each expert, applied to the tokens that chose it.
local function parallel(m, name, x, n, k, width, role)
  m:param(name .. ".weight", { n, width, x.dims[2] }, { role = role, share = { k, n } })
  m:op("aten/mm", k)
  return m:leaf(name, "*ParallelExperts", x, x:last(width))
end

local function experts_of_jet(c)
  local n, k, width = c.num_experts, c.num_experts_per_tok, c.intermediate_size
  local act = block.activation[c.hidden_act or "silu"]
  return function(m, x)
    m:kind "MoELayer"
    m:fact("gated", true)
    m:fact("activation", c.hidden_act or "silu")
    m:fact("scoring", "softmax")
    m:fact("routing_bias", false)
    m:fact("shared_gate", false)
    m:fact("top_k", k)
    local tokens = x:flat()
    local logits = gating(m, "router", tokens, n, k)
    local rows = shape.tensor(m.dtype, tokens.dims[1] * k, c.hidden_size)
    parallel(m, "input_linear", rows, n, k, 2 * width, "layer.experts.gate_up")
    m:leaf("activation", act.class, rows:last(width))
    m:op(act.operator)
    m:op(act.product)
    parallel(m, "output_linear", rows:last(width), n, k, c.hidden_size, "layer.experts.down")
    m:param("bias", { c.hidden_size }, { role = "layer.experts.bias" })
    block.sparse_moe.recorded(m, logits)
    return x
  end
end

--- Each token has the queries of its chosen experts, which all share keys and values.
local function attention_of_jet(c)
  local n, k, kv, d = c.num_experts, c.num_experts_per_tok, c.num_key_value_heads, c.head_dim
  local h = c.num_attention_heads
  return function(m, x)
    local tokens, seq = x:flat(), x.dims[2]
    local rows = shape.tensor(m.dtype, tokens.dims[1] * k, c.hidden_size)
    m:kind "AttentionLayer"
    m:fact("qk_norm", "none")
    local logits = gating(m, "experts.router", tokens, n, k)
    local wide = parallel(m, "experts.input_linear", rows, n, k, kv * d, "layer.attention.query")
    m:linear("kv_proj", x, 2 * (kv * d), { role = "layer.attention.key_value" })
    m:op "rope"
    m:op "attention"
    parallel(m, "experts.output_linear", wide, n, k, c.hidden_size, "layer.attention.output")
    m:param("experts.bias", { c.hidden_size }, { role = "layer.attention.output.bias" })
    m:cache { kind = "attention", heads = kv, dim = d }
    block.sparse_moe.recorded(m, logits) -- twice: by the router and by the attention
    block.sparse_moe.recorded(m, logits)
    return shape.tuple(x, shape.tensor(m.dtype, x.dims[1], h, seq, seq), logits)
  end
end

return {
  {
    extends = "llama",
    model_types = { dbrx = "Dbrx" },
    aliases = { num_key_value_heads = "attn_config.kv_n_heads" },
    norm = { kind = "layer_norm" },
    calls = { rope = "ids_positional", layer = "embeddings_first", attention = "ids_last" },
    names = { model = "transformer", embedding = "wte", layers = "blocks", norm = "norm_f" },
    classes = { layer = "*Block" },
    layer = layer_of_dbrx,
    attention = { fused = "Wqkv", out = "out_proj", bias = false, out_bias = false,
      head_dim = function(c) return c.hidden_size // c.num_attention_heads end, window = false },
    moe = { layers = "all", build = experts_of_dbrx },
    facts = { renormalize = true }, -- unless the file has null there
    arguments = { expert = "a matrix of one expert" },
  },
  {
    extends = "llama",
    model_types = { jetmoe = "JetMoe" },
    calls = { rope = "ids_positional", layer = "embeddings_first" },
    attention = attention_of_jet,
    moe = { layers = "all", build = experts_of_jet },
    names = { attention = "self_attention" },
    classes = { moe = "*MoE" },
    facts = { renormalize = true, attention_kind = "routed" },
  },
}
