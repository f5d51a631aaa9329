-- Relatives of Llama that differ by options: where biases and norms stand, how projections are
-- fused.
return {
  {
    extends = "llama",
    model_types = { glm = "Glm" },
    attention = { out_bias = false },
    ffn = { fused = "gate_up_proj", bias = false, act = "activation_fn" },
    facts = { rope_layout = "interleaved" },
  },
  {
    extends = "glm",
    model_types = { glm4 = "Glm4" },
    layout = "sandwich",
    names = { after_attention = "post_self_attn_layernorm",
      ffn_norm = "post_attention_layernorm", after_ffn = "post_mlp_layernorm" },
  },
  {
    extends = "llama",
    model_types = { ernie4_5 = "Ernie4_5" },
    decoder = { turn_dtype = "F32" },
    attention = { bias = "use_bias", out_bias = "use_bias" },
    ffn = { bias = "use_bias" },
    facts = { rope_layout = "interleaved" },
  },
  {
    extends = "llama",
    model_types = { seed_oss = "SeedOss" },
    keys = { attention_out_bias = { "flag", false } },
    attention = { out_bias = "attention_out_bias" },
  },
  {
    extends = "mistral",
    model_types = { ministral3 = "Ministral3" },
  },
  {
    extends = "llama",
    model_types = { ministral = "Ministral" },
    calls = { rope = "ids_positional", layer = "embeddings_last" },
    attention = { bias = false, out_bias = false },
    ffn = { bias = false },
  },
  {
    extends = "ministral",
    model_types = { cwm = "Cwm" },
  },
  {
    extends = "llama",
    model_types = { apertus = "Apertus" },
    names = { attention_norm = "attention_layernorm", ffn_norm = "feedforward_layernorm" },
    attention = { qk_norm = "head", norm_last = true, heads_first = true },
    ffn = { gated = false, bias = false },
  },
  {
    extends = "llama",
    model_types = { bitnet = "BitNet" },
    attention = { inner_norm = "attn_sub_norm" },
    ffn = { bias = false, inner_norm = "ffn_sub_norm" },
  },
  {
    extends = "llama",
    model_types = { minicpm3 = "MiniCPM3" },
    classes = { embedding = "*ScaledWordEmbedding" },
    rope = block.ropes.latent,
    attention = function(c)
      return block.mla.build(c, { bias = c.attention_bias, expanded = true })
    end,
    head = { tied = true },
  },
  {
    extends = "minicpm3",
    model_types = { youtu = "Youtu" },
    classes = { embedding = "Embedding" },
    facts = { rope_layout = "interleaved" },
  },
  {
    extends = "stablelm",
    model_types = { persimmon = "Persimmon" },
    layout = "pre",
    names = { norm = "final_layernorm" },
    attention = { bias = true, out_bias = true, fused = "query_key_value", out = "dense",
      square = true, qk_norm = function(c) return c.use_qk_norm ~= false and "head" end,
      norm = "layer_norm", norm_bias = true, q_norm = "q_layernorm", k_norm = "k_layernorm" },
    ffn = { gated = false, up = "dense_h_to_4h", down = "dense_4h_to_h", act = "act",
      bias = true },
  },
  {
    extends = "olmo2",
    model_types = { olmo3 = "Olmo3" },
    calls = { rope = "ids_positional", layer = "embeddings_last" },
    rope = block.ropes.of_kinds,
  },
  {
    extends = "llama",
    model_types = { jais2 = "Jais2" },
    norm = { kind = "layer_norm", bias = true },
    ffn = { gated = false },
  },
  {
    extends = "llama",
    model_types = { nanochat = "NanoChat" },
    norm = { weightless = true },
    decoder = { first_norm = "norm" },
    attention = { qk_norm = "head", norm_last = true, heads_first = true, norm_weightless = true,
      out_bias = "attention_bias", window = false },
    ffn = { gated = false, up = "fc1", down = "fc2", act = "activation_fn", bias = false },
    facts = { rope_layout = "half, backwards" },
  },
}
