-- DeepSeek-V2: latent attention with complex rotary positions, experts without a correction bias.
return {
  extends = "deepseek_v3",
  model_types = { deepseek_v2 = "DeepseekV2" },
  rope = function(c) return shape.tensor("C64", 1, 8, c.qk_rope_head_dim // 2) end,
  mlp_class = function(_, kind) return kind == "moe" and "*Moe" or "*MLP" end,
  ffn = function(c, kind)
    if kind == "dense" then return block.gated_mlp.build(c, { width = c.intermediate_size }) end
    local n = c.num_shared_experts
    return block.sparse_moe.build(c, { router_class = "*TopkRouter", score_dtype = "F32",
      whole = true, shared = n and n > 0 and block.gated_mlp.build(c,
        { width = c.moe_intermediate_size * n, role = "layer.shared_experts" }) or nil })
  end,
}
