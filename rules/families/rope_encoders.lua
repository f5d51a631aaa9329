-- Text encoders with rotary positions and norms after attention and feed-forward. Files have fused
-- projections, named as in the code that trained them.
local heads = block.text_heads

local function classes(family)
  return {
    Model = heads.bare,
    ForMaskedLM = heads.language_model "ForMaskedLM",
    ForSequenceClassification = heads.sequence,
    ForTokenClassification = heads.token,
    ForQuestionAnswering = family.question,
  }
end

return {
  {
    extends = "llama",
    model_types = { nomic_bert = "NomicBert" },
    body = block.rope_encoder.stack,
    layout = "post",
    norm = { kind = "layer_norm", bias = true },
    defaults = { type_vocab_size = 2 },
    attention = { bias = false, out_bias = false, kv_heads = "num_attention_heads", window = false,
      cache = false, saved_together = "Wqkv" },
    ffn = { bias = false },
    decoder = { mask = false },
    encoder = { pooler = false, head_norm = "layer_norm" },
    names = { model = "*", norm = false, after_attention = "post_attention_layernorm",
      after_ffn = "post_mlp_layernorm", attention_dropout = "post_attention_dropout",
      ffn_dropout = "post_mlp_dropout" },
    classes = { layer = "*Layer" },
    calls = { model = "x", rope = "ids_positional",
      layer = "x, position_embeddings=, position_ids=",
      attention = "x, position_embeddings=, position_ids=" },
    heads = classes {},
    default_head = "ForMaskedLM",
    facts = { stacks = "encoder" },
    saved = { { "layers%.", "encoder.layers." }, { "embeddings%.LayerNorm", "emb_ln" },
      { "self_attn%.o_proj", "attn.out_proj" }, { "self_attn%.", "attn." },
      { "up_proj", "fc11" }, { "gate_proj", "fc12" }, { "down_proj", "fc2" },
      { "post_attention_layernorm", "norm1" }, { "post_mlp_layernorm", "norm2" } },
  },
  {
    extends = "nomic_bert",
    model_types = { gte = "Gte" },
    defaults = { type_vocab_size = 1 },
    attention = { bias = true, out_bias = true, saved_together = "qkv_proj" },
    ffn = { out_bias = true, saved_together = "up_gate_proj", inner_dropout = "dropout" },
    encoder = { head = "lm_head", head_bias = "own" },
    calls = { words = "input_ids=x", layer = "x, position_embeddings=",
      attention = "x, position_embeddings=" },
    saved = { { "layers%.", "encoder.layer." }, { "self_attn%.", "attention." },
      { "post_attention_layernorm", "attn_ln" }, { "post_mlp_layernorm", "mlp_ln" },
      { "lm_head%.layer_norm", "lm_head.norm" }, { "^", "new." } },
  },
  {
    extends = "nomic_bert",
    model_types = { jina_embeddings_v3 = "JinaEmbeddingsV3" },
    defaults = { type_vocab_size = 1 },
    attention = { bias = true, out_bias = true },
    ffn = { gated = false, bias = true, up = "fc1", down = "fc2", act = "activation_fn" },
    encoder = { pooler = true, head = "lm_head", seen = "first" },
    names = { model = "roberta" },
    calls = { words = "input_ids=x", layer = "x, position_embeddings=",
      attention = "x, position_embeddings=" },
    heads = classes { question = heads.question },
    saved = { { "layers%.", "encoder.layers." }, { "embeddings%.LayerNorm", "emb_ln" },
      { "self_attn%.o_proj", "mixer.out_proj" }, { "self_attn%.", "mixer." },
      { "post_attention_layernorm", "norm1" }, { "post_mlp_layernorm", "norm2" } },
  },
}
