-- MiniMax 01: lightning attention, softmax attention in some layers, and experts. M2: only softmax
-- attention, with norms over all heads at once; experts chosen by a sigmoid and a correction bias.
-- M3: norms by head; in some layers an indexer picks blocks of tokens.

--- The indexer of blocks: some heads of queries and one of keys, each with a norm.
local function picks(c, kind)
  if not kind:find "sparse" then return false end
  return function(m, x)
    m:call("indexer", "*Indexer", "x, position_embeddings, -, position_ids", x, function(s, y)
      local d = c.index_head_dim
      for _, part in ipairs { { "q", c.index_n_heads }, { "k", 1 } } do
        local role = "layer.attention.indexer." .. part[1]
        local z = s:linear(part[1] .. "_proj", y, part[2] * d, { role = role })
        s:norm(part[1] .. "_norm", z:heads(part[2], d),
          { kind = "rms_norm_1p", role = role .. "_norm" })
      end
      s:op "topk/indexer"
      s:cache { kind = "index", latent = d }
      return shape.tensor("I64", 1, c.index_n_heads, x.dims[2], 1)
    end)
  end
end

return {
  {
    extends = "mixtral",
    model_types = { minimax = "MiniMax" },
    calls = { rope = "ids_positional", layer = "ids_last" },
    kind = function(c, i)
      if c.layer_types then return c.layer_types[i + 1] or "dense" end
      return i % 2 == 1 and "linear_attention" or "full_attention"
    end,
    mixers = { linear_attention = { block = "lightning", class = "*LightningAttention",
      call = "hidden_states=x, position_embeddings=, position_ids=",
      layer_call = "x, position_embeddings=, position_ids=", options = { block = "block_size" } } },
    attention = { window = false },
    keys = { block_size = { "size", 256 } },
  },
  {
    extends = "mixtral",
    model_types = { minimax_m2 = "MiniMaxM2" },
    attention = { qk_norm = "width", window = false },
    moe = { scoring = "sigmoid", correction = true, own_bias = "e_score_correction_bias",
      plain_correction = true },
  },
  {
    extends = "mixtral",
    model_types = { minimax_m3_vl_text = "MiniMaxM3VL" },
    norm = { kind = "rms_norm_1p" },
    attention = { qk_norm = "head", norm = "rms_norm_1p", window = false, beside = picks },
    ffn = { fused = "gate_up_proj", act = false, width = "dense_intermediate_size" },
    moe = { layers = block.sparse_moe.listed_from(0), scoring = "sigmoid", correction = true,
      plain_correction = true, fused = true, plain_act = true, shared_first = true,
      shared_width = "shared_expert_intermediate_size", shared_fused = "gate_up_proj",
      shared_class = "*DenseMLP" },
    keys = { dense_intermediate_size = { "size", 12288 } },
    defaults = { shared_expert_intermediate_size = 3072 },
    classes = { model = "*TextModel", ffn = "*DenseMLP" },
    saved = {},
  },
}
