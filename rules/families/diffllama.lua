-- DiffLlama and Doge: Llamas with differential attention, or with a dynamic attention mask.

--- Differential attention: of each pair of heads, the second times a learned factor is subtracted.
local function factors(c)
  return function(m)
    for _, name in ipairs { "lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2" } do
      m:param(name, { c.head_dim }, { role = "layer.attention." .. name })
    end
  end
end

local function pairs_norm(c)
  return function(m, x)
    m:op "sub"
    m:norm("groupnorm", x:heads(c.num_attention_heads // 2, 2 * c.head_dim),
      { class = "RMSNorm", weightless = true })
  end
end

--- The mask follows from the values, by a projection and a factor for each head.
local function dynamic_mask(c)
  return function(m, x)
    local kv = c.num_key_value_heads
    m:param("A", { kv }, { role = "layer.attention.mask" })
    m:linear("dt_proj", x:last(kv * c.head_dim), kv,
      { bias = c.attention_bias, role = "layer.attention.mask.step" })
    m:op "topk/tokens"
  end
end

--- Experts of one vector each, found by the product of two keys, beside a feed-forward.
local function vectors(c)
  local shared = block.gated_mlp.build(c, { bias = "mlp_bias", role = "layer.shared_experts" })
  local n, k = c.num_experts, c.num_experts_per_tok
  return function(m, x)
    m:kind "MoELayer"
    m:fact("scoring", "softmax")
    m:fact("routing_bias", false)
    m:fact("top_k", k)
    local keys = 2 * math.floor(math.sqrt(shape.value(n)))
    m:linear("router_gate", x, keys, { role = "layer.router" })
    m:op("topk/router", 2)
    local chosen = shape.tensor("I64", x.dims[1] * x.dims[2], k)
    m:embedding("down_embed", chosen, n, c.hidden_size, { role = "layer.experts.down" })
    m:embedding("up_embed", chosen, n, c.hidden_size, { role = "layer.experts.up" })
    m:leaf("act_fn", block.activation[c.hidden_act].class, shape.tensor(m.dtype, chosen.dims[1], k))
    shared(m, x)
    return shape.tuple(x, shape.tensor(m.dtype, 2, chosen.dims[1], keys // 2))
  end
end

return {
  {
    extends = "llama",
    model_types = { diffllama = "DiffLlama" },
    attention = { beside = factors, inner = pairs_norm, window = false },
    ffn = { bias = false },
    facts = { attention_kind = "differential" },
  },
  {
    extends = "llama",
    model_types = { doge = "Doge" },
    attention = { qk_norm = "head", beside = dynamic_mask, window = false },
    calls = { layer = "embeddings_last", attention = "embeddings_first" },
    layer = function(c, f, kind, m, x)
      for _, part in ipairs { "input", "post_attention" } do
        m:param(part .. "_residual", { c.hidden_size }, { role = "layer.residual." .. part })
      end
      m:op("mul", 2)
      return block.decoder.layer(c, f, kind, m, x)
    end,
    moe = { layers = function(c) return c.enable_moe_block == true end, build = vectors },
    classes = { moe = "*CDMoE" },
    aliases = { enable_moe_block = "is_moe" },
    facts = { attention_kind = "masked by values", renormalize = true },
  },
}
