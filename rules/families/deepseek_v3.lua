-- DeepSeek-V3, Kimi K2 and their relatives: latent attention, experts chosen in groups with a
-- correction bias, shared experts, and layers beyond the last one that predict further tokens.
return {
  {
    extends = "llama",
    model_types = { deepseek_v3 = "DeepseekV3", kimi_k2 = "DeepseekV3" },
    decoder = { routers = false },
    aliases = { num_experts = "n_routed_experts", num_shared_experts = "n_shared_experts" },
    calls = { rope = "ids_positional", layer = "embeddings_first" },
    classes = { moe = "*MoE" },
    rope = block.ropes.latent,
    attention = { block = "mla", bias = "attention_bias", expanded = true },
    ffn = { bias = false },
    moe = { layers = "after_first", router_class = "*TopkRouter", correction = true,
      score_dtype = "F32", whole = true, scoring = "sigmoid",
      shared_experts = "num_shared_experts" },
    mtp = function(c, f, m, x)
      m:norm("enorm", x, { role = "norm.embedding" })
      m:norm("hnorm", x, { role = "norm.hidden" })
      m:linear("eh_proj", x:last(c.hidden_size + c.hidden_size), c.hidden_size, { role = "join" })
      m:param("embed_tokens.weight", { c.vocab_size, c.hidden_size }, { role = "embedding" })
      m:norm("shared_head.norm", x, { role = "norm.final" })
      m:param("shared_head.head.weight", { c.vocab_size, c.hidden_size }, { role = "head" })
      return f.layer(c, f, "moe", m, x)
    end,
    facts = { rope_layout = "interleaved" },
  },
  {
    extends = "deepseek_v3",
    model_types = { axk1 = "AXK1" },
    moe = { layers = "listed", last_norm = "post_mlp_layernorm" },
    saved = { { "%.mlp%.post_mlp_layernorm", ".post_mlp_layernorm" } },
  },
  {
    extends = "deepseek_v3",
    model_types = { mistral4 = "Mistral4" },
    moe = { scoring = "softmax", correction = false, score_dtype = false, fused = true },
  },
}
