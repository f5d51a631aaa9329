-- Qwen3: a norm on each head of queries and keys.
local function attention(c, kind)
  return block.attention.build(c, { bias = c.attention_bias, out_bias = c.attention_bias,
    qk_norm = "head", window = kind == "sliding_attention" and c.sliding_window or nil })
end

return {
  {
    extends = "llama",
    model_types = { qwen3 = "Qwen3" },
    calls = { rope = "x, position_ids" },
    kind = function(c, i) return c.layer_types and c.layer_types[i + 1] or "dense" end,
    attention = attention,
    ffn = function(c) return block.gated_mlp.build(c, { width = c.intermediate_size }) end,
  },
  {
    extends = "llama",
    model_types = { qwen3_moe = "Qwen3Moe" },
    calls = { layer = "x, attention_mask=, position_ids=, position_embeddings=" },
    kind = function(c, i)
      for _, dense in ipairs(c.mlp_only_layers or {}) do
        if dense == i then return "dense" end
      end
      local step = c.decoder_sparse_step or 1
      return c.num_experts and step > 0 and (i + 1) % step == 0 and "moe" or "dense"
    end,
    attention = attention,
    mlp_class = function(_, kind) return kind == "moe" and "*SparseMoeBlock" or "*MLP" end,
    ffn = function(c, kind)
      if kind == "dense" then
        return block.gated_mlp.build(c, { width = c.intermediate_size })
      end
      return block.sparse_moe.build(c, {})
    end,
  },
}
