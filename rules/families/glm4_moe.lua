-- GLM-4.5: grouped attention with the experts of DeepSeek-V3; its small relative has the latent
-- attention, too.
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
    moe_layers = "listed",
  },
}
