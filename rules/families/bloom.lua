-- BLOOM and MPT: ALiBi in place of positions, LayerNorm.
return {
  {
    extends = "gpt_neox",
    model_types = { bloom = "Bloom" },
    layout = "pre",
    decoder = { positions = "alibi", position_ids = false, embedding_norm = true,
      embedding_dropout = false, layer_weights = true,
      alibi = function(c, m, ids)
        return shape.tensor(m.dtype, c.num_attention_heads, 1, ids.dims[2])
      end },
    attention = { bias = true, out_bias = true, weights_dropout = "attention_dropout",
      rope = false },
    ffn = { act = "gelu_impl", act_class = "*Gelu",
      width = function(c) return 4 * c.hidden_size end },
    calls = { layer = "x, attention_mask=, alibi=",
      attention = "x, residual, attention_mask=, alibi=", ffn = "x, residual" },
    names = { model = "transformer", embedding = "word_embeddings",
      embedding_norm = "word_embeddings_layernorm", layers = "h", norm = "ln_f",
      attention = "self_attention", questioned = "transformer", attention_dropout = false,
      ffn_dropout = false },
    classes = { layer = "*Block" },
    head = { tied = true },
    saved = {},
    facts = { nope_layers = "none" },
  },
  {
    extends = "bloom",
    model_types = { mpt = "Mpt" },
    norm = { bias = false },
    decoder = { embedding_norm = false, mask_dtype = "BOOL",
      alibi = function(c)
        return shape.tensor("F32", c.num_attention_heads, 1, c.max_position_embeddings)
      end },
    attention = { bias = false, out_bias = false, fused = "Wqkv", out = "out_proj",
      weights_dropout = false },
    ffn = { bias = false, up = "up_proj", down = "down_proj", act = "act", act_class = "GELU" },
    calls = { layer = "x, attention_mask=, position_bias=alibi",
      attention = "x, position_bias=alibi, attention_mask=" },
    names = { embedding = "wte", layers = "blocks", norm = "norm_f", attention = "attn",
      ffn = "ffn", attention_norm = "norm_1", ffn_norm = "norm_2",
      attention_dropout = "resid_attn_dropout" },
  },
}
