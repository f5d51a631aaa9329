-- GLM-4.5: grouped attention with the experts of DeepSeek-V3.
return {
  extends = "deepseek_v3",
  model_types = { glm4_moe = "Glm4Moe" },
  rope = function(c)
    local part = c.rope_parameters and c.rope_parameters.partial_rotary_factor or 1
    return math.floor(shape.value(c.head_dim) * part)
  end,
  attention = function(c)
    return block.attention.build(c, { bias = c.attention_bias, norm_last = true,
      qk_norm = c.use_qk_norm and "head" or nil })
  end,
  facts = { rope_layout = "half" },
}
