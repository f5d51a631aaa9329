-- Mixtral and Qwen2-MoE: experts instead of the feed-forward.
local order = "x, attention_mask=, position_ids=, position_embeddings="

return {
  {
    extends = "llama",
    model_types = { mixtral = "Mixtral" },
    calls = { layer = order,
      attention = "hidden_states=x, position_embeddings=, attention_mask=, position_ids=" },
    attention = function(c) return block.attention.build(c, { window = c.sliding_window }) end,
    mlp_class = function() return "*SparseMoeBlock" end,
    ffn = function(c)
      return block.sparse_moe.build(c, { width = c.intermediate_size,
        score_dtype = "F32", raw_logits = true,
        saved = { gate = "w1", up = "w3", down = "w2" } })
    end,
    saved = { { "%.mlp%.", ".block_sparse_moe." } },
    facts = { renormalize = true },
  },
  {
    extends = "qwen3_moe",
    model_types = { qwen2_moe = "Qwen2Moe" },
    calls = { rope = "x, position_ids" },
    attention = function(c, kind)
      return block.attention.build(c, { bias = true,
        window = kind == "sliding_attention" and c.sliding_window or nil })
    end,
    ffn = function(c, kind)
      if kind == "dense" then
        return block.gated_mlp.build(c, { width = c.intermediate_size })
      end
      return block.sparse_moe.build(c, { shared_first = true, shared_name = "shared_expert",
        shared_gate = true, shared = block.gated_mlp.build(c,
          { width = c.shared_expert_intermediate_size, role = "layer.shared_experts" }) })
    end,
  },
}
