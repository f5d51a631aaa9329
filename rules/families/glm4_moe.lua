-- GLM-4.5: grouped-query attention with the experts of DeepSeek-V3; GLM-4 MoE Lite also has its
-- latent attention.
return {
  {
    extends = "deepseek_v3",
    model_types = { glm4_moe = "Glm4Moe" },
    rope = block.decoder.rope,
    attention = function(c, kind)
      return block.attention.build(c, { bias = c.attention_bias, norm_last = true,
        qk_norm = c.use_qk_norm and "head" or nil }, kind)
    end,
    facts = { rope_layout = "half" },
  },
  {
    extends = "deepseek_v3",
    model_types = { glm4_moe_lite = "Glm4MoeLite" },
    moe = { layers = "listed" },
  },
}
