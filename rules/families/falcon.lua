-- Falcon: one projection for queries, keys and values, LayerNorm; in most models attention and
-- feed-forward are parallel.

--- With ALiBi the rotary embedding is computed, too, but not applied.
local function with_alibi(c, m, x)
  if not c.alibi then return end
  local seq = x.dims[2]
  m.env.attention_mask = shape.tensor(m.dtype, 1, c.num_attention_heads, seq, seq)
  m.env.position_embeddings = m:call("rotary_emb", "*RotaryEmbedding", "x, position_ids=", x,
    function(r)
      r:kind "RotaryEmb"
      return shape.tuple(x:last(c.head_dim), x:last(c.head_dim))
    end)
end

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
        return shape.tensor(m.dtype, 1, c.num_attention_heads, 1, ids.dims[2])
      end, beside = with_alibi },
    attention = { fused = "query_key_value", out = "dense", class = "*Linear", window = false,
      bias = "use_bias", out_bias = "use_bias",
      weights_dropout = function(c) return c.alibi and "attention_dropout" end,
      kv_heads = function(c)
        local all = not c.new_decoder_architecture and c.multi_query == false
        return all and c.num_attention_heads or c.num_key_value_heads
      end,
      rope = function(c) return not c.alibi end },
    ffn = { gated = false, up = "dense_h_to_4h", down = "dense_4h_to_h", act = "act",
      class = "*Linear", bias = "use_bias",
      width = function(c)
        return c.raw.ffn_hidden_size and c.intermediate_size or 4 * c.hidden_size
      end },
    calls = { model = "x",
      layer = "x, attention_mask=, position_ids=, alibi=, position_embeddings=",
      attention = "x, attention_mask=, position_ids=, alibi=, position_embeddings=" },
    names = { model = "transformer", embedding = "word_embeddings", layers = "h", norm = "ln_f",
      attention = "self_attention", token_score = "classifier" },
    head = { tied = true },
    keys = { num_ln_in_parallel_attn = { "count" } },
  },
  {
    -- by the code that stood beside its weights
    extends = "falcon",
    model_types = { RefinedWeb = "RW" },
    decoder = { positions = function(c) return c.alibi and "alibi" or "none" end, beside = false,
      alibi = function(c, m, ids)
        return shape.tensor(m.dtype, c.num_attention_heads, 1, ids.dims[2])
      end },
    attention = { class = "Linear", weights_dropout = false },
    ffn = { class = "Linear" },
    calls = { layer = "x, attention_mask=, alibi=", attention = "x, attention_mask=, alibi=" },
    classes = { layer = "DecoderLayer", attention = "Attention", ffn = "MLP" },
  },
  {
    extends = "RefinedWeb",
    model_types = { RefinedWebModel = "RW" },
  },
}
