-- DeepSeek-V2: latent attention with complex rotary positions, experts without a correction bias.
return {
  extends = "deepseek_v3",
  model_types = { deepseek_v2 = "DeepseekV2" },
  classes = { moe = "*Moe" },
  rope = function(c) return shape.tensor("C64", 1, 8, c.qk_rope_head_dim // 2) end,
  ffn = { bias = "mlp_bias" },
  moe = { correction = false, scoring = "softmax", shared_bias = "mlp_bias" },
}
