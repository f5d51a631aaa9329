-- Falcon: one projection for queries, keys and values, LayerNorm; in most models attention and
-- feed-forward are parallel.
return {
  {
    extends = "llama",
    model_types = { falcon = "Falcon" },
    norm = { kind = "layer_norm", bias = true },
    layout = function(c)
      if c.new_decoder_architecture then
        return c.num_ln_in_parallel_attn == 1 and "parallel" or "parallel_early"
      end
      return c.parallel_residual ~= false and "parallel" or "pre"
    end,
    decoder = { positions = function(c) return c.alibi and "alibi" or "rope" end,
      layer_weights = true,
      alibi = function(c, m, ids)
        return shape.tensor(m.dtype, c.num_attention_heads, 1, ids.dims[2])
      end },
    attention = { fused = "query_key_value", out = "dense", class = "*Linear", window = false,
      bias = "use_bias", out_bias = "use_bias",
      rope = function(c) return not c.alibi end },
    ffn = { gated = false, up = "dense_h_to_4h", down = "dense_4h_to_h", act = "act",
      class = "*Linear", bias = "use_bias",
      width = function(c)
        return c.raw.ffn_hidden_size and c.intermediate_size or 4 * c.hidden_size
      end },
    calls = { model = "x",
      layer = "x, alibi=, attention_mask=, position_ids=, position_embeddings=",
      attention = "x, attention_mask=, position_ids=, alibi=, position_embeddings=" },
    names = { model = "transformer", embedding = "word_embeddings", layers = "h", norm = "ln_f",
      attention = "self_attention", token_score = "classifier", questioned = "transformer" },
    head = { tied = true },
    keys = { num_ln_in_parallel_attn = { "count" } },
  },
  {
    -- by the code that stood beside its weights
    extends = "falcon",
    model_types = { RefinedWeb = "RW" },
    decoder = { positions = function(c) return c.alibi and "alibi" or "none" end },
    attention = { class = "Linear" },
    ffn = { class = "Linear" },
    calls = { layer = "x, attention_mask=, alibi=", attention = "x, attention_mask=, alibi=" },
    classes = { layer = "DecoderLayer", attention = "Attention", ffn = "MLP" },
  },
  {
    extends = "RefinedWeb",
    model_types = { RefinedWebModel = "RW" },
  },
}
