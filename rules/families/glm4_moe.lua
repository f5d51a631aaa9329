-- GLM-4.5: grouped-query attention with the experts of DeepSeek-V3; GLM-4 MoE Lite also has its
-- latent attention.
return {
  {
    extends = "deepseek_v3",
    model_types = { glm4_moe = "Glm4Moe" },
    rope = block.decoder.rope,
    attention = { block = "attention", bias = "attention_bias", norm_last = true,
      qk_norm = function(c) return c.use_qk_norm and "head" end },
    facts = { rope_layout = "half" },
  },
  {
    extends = "glm4_moe",
    model_types = { solar_open = "SolarOpen" },
    attention = { norm_last = false, qk_norm = false, window = false },
    moe = { layers = "all" },
  },
  {
    extends = "deepseek_v3",
    model_types = { glm4_moe_lite = "Glm4MoeLite" },
    moe = { layers = "listed" },
  },
}
