-- T5 and its relatives: encoder and decoder with relative position biases.

local dtypes = { float32 = "F32", float16 = "F16", bfloat16 = "BF16" }

--- In Switch Transformers one layer in so many has experts.
local function sparse(c, i, n, decoder)
  local side = decoder and "decoder" or "encoder"
  local step, wanted = c.raw[side .. "_sparse_step"], c["num_sparse_" .. side .. "_layers"]
  if math.type(step) ~= "integer" then step = wanted > 0 and n // wanted or n end
  return step == 1 or step > 0 and i % step == 1
end

--- One expert for each token. In the traced calls all tokens choose the first expert.
local function experts(c, class, dense)
  local n, e, width = c.num_experts, c.hidden_size, c.intermediate_size
  return function(m, x)
    m:kind "MoELayer"
    m:fact("scoring", "softmax")
    m:fact("routing_bias", false)
    m:fact("renormalize", false)
    m:fact("top_k", 1)
    local seq, rows = x.dims[2], x:flat()
    m:call("router", "*Top1Router", "x", x, function(r)
      local logits = r:linear("classifier", x:to(dtypes[c.router_dtype]), n,
        { role = "layer.router", bias = c.router_bias })
      r:op("topk/router")
      return shape.tuple(shape.tensor("I64", 1, seq, n), x:last(1), logits)
    end)
    m:each_expert("experts", n, 1, function(one)
      one:kind "FFN_ReLU"
      one:param("wi.weight", { width, e }, { role = "layer.experts.up" })
      one:param("wo.weight", { e, width }, { role = "layer.experts.down" })
    end)
    m.env.chosen = shape.tensor("I64", seq, 1, n)
    m.env.scores = rows:last(1)
    m:call("experts", "*Experts", "x, chosen, scores", rows, function(all, y)
      all.repeated = true
      return all:call("expert_0", class, "x", y, dense)
    end)
    return x
  end
end
return {
  {
    model_types = { t5 = "T5" },
    norm = { kind = "rms_norm" },
    heads = block.t5.heads { share = true },
    default_head = "ForConditionalGeneration",
    given = function() return shape.tensor("I64", 1, 8) end,
    facts = { sinks = false, stacks = "encoder and decoder", nope_layers = "none" },
  },
  { extends = "t5", model_types = { mt5 = "MT5" } },
  { extends = "t5", model_types = { umt5 = "UMT5" }, heads = block.t5.heads {} },
  {
    extends = "t5",
    model_types = { switch_transformers = "SwitchTransformers" },
    keys = { num_sparse_encoder_layers = { "count", 3 }, num_sparse_decoder_layers = { "count", 3 },
      router_bias = { "flag", false }, router_dtype = { "choice", "float32" } },
    heads = block.t5.heads { share = true, ones = true, sparse = sparse, experts = experts },
    saved = { { "%.experts%.\2", ".experts.expert_\2" } },
  },
}
