-- Latent attention to tokens that an indexer picks, with the experts of DeepSeek-V3.

--- Layers that pick, and those that take what an earlier one picked. The first has none before it.
local function picking(c, i)
  local shared = c.indexer_types and c.indexer_types[i + 1] == "shared"
  return i == 0 and "first" or shared and "shared" or "full"
end

return {
  {
    extends = "deepseek_v3",
    model_types = { deepseek_v32 = "DeepseekV32" },
    calls = { rope = "ids_keyword", layer = "ids_last" },
    attention = function(c)
      return block.mla.build(c, { bias = c.attention_bias, expanded = true,
        indexer = block.indexer.build(c, {}) })
    end,
    moe_layers = "listed",
  },
  {
    extends = "deepseek_v32",
    model_types = { glm_moe_dsa = "GlmMoeDsa" },
    kind = picking,
    decoder = { handed = "prev_topk_indices" },
    calls = {
      layer = "x, attention_mask=, position_embeddings=, position_ids=, prev_topk_indices=",
      attention = "hidden_states=x, attention_mask=, position_ids=, position_embeddings=, "
        .. "prev_topk_indices=",
    },
    attention = function(c, kind)
      return block.mla.build(c, { bias = c.attention_bias, expanded = true, hand_on = true,
        indexer = kind ~= "shared" and block.indexer.build(c, {}) })
    end,
  },
}
