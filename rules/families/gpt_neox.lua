-- GPT-NeoX and models with its names: one projection for queries, keys and values, LayerNorm,
-- attention parallel to a feed-forward without a gate.
--- The last layer's attention has a bias that is added behind the projection.
local function biased_last(c, kind)
  local inner = block.attention.build(c, { square = true, fused = "query_key_value", out = "dense",
    bias = false, out_bias = false, weights_dropout = "attention_dropout" }, kind)
  return function(m, x)
    local out = inner(m, x)
    if kind ~= "last" then return out end
    m:param("dense_bias", { c.hidden_size }, { role = "layer.attention.output.bias" })
    return shape.tuple(out[1], out[2], shape.tensor(m.dtype, c.hidden_size))
  end
end

--- Open Assistant's reward models: one number for a text.
local function reward(m, c, f, ids)
  return m:call("", "*RewardModel", "input_ids=x", ids, function(r, y)
    local x = r:call("gpt_neox", "*Model", "x", y, f.body(c, f))[2]
    r:kind "LinearLayer"
    return shape.named("logits", r:linear("out_proj", shape.tensor(x.dtype, 1, x.dims[3]), 1,
      { bias = true, role = "head.score" }))
  end)
end

return {
  {
    extends = "llama",
    model_types = { gpt_neox = "GPTNeoX" },
    norm = { kind = "layer_norm", bias = true },
    decoder = { embedding_dropout = true },
    layout = function(c) return c.parallel_residual ~= false and "parallel_two_norms" or "pre" end,
    attention = { square = true, fused = "query_key_value", out = "dense", window = false },
    ffn = { gated = false, up = "dense_h_to_4h", down = "dense_4h_to_h", act = "act", bias = true },
    calls = { model = "x", layer = "x, attention_mask=, position_ids=, position_embeddings=",
      attention = "x, attention_mask=, position_ids=, position_embeddings=" },
    names = { model = "gpt_neox", embedding = "embed_in", embedding_dropout = "emb_dropout",
      norm = "final_layer_norm", attention = "attention", token_score = "classifier",
      questioned = "gpt_neox", attention_dropout = "post_attention_dropout",
      ffn_dropout = "post_mlp_dropout" },
    classes = { layer = "*Layer" },
    saved = { { "^lm_head", "embed_out" } },
  },
  {
    extends = "gpt_neox",
    model_types = { gpt_neox_japanese = "GPTNeoXJapanese" },
    kind = function(c, i) return i == c.num_hidden_layers - 1 and "last" or "dense" end,
    layout = "pre",
    decoder = { embedding_dropout = false, layer_weights = true },
    attention = biased_last,
    ffn = { bias = false },
    names = { model = "gpt_neox_japanese", head = "embed_out", attention_dropout = false,
      ffn_dropout = false },
    head = { tied = true },
    saved = {},
  },
  {
    extends = "gpt_neox",
    model_types = { gpt_neox_reward_model = "GPTNeoX" },
    heads = { RewardModel = reward, ForCausalLM = false, ForSequenceClassification = false,
      ForTokenClassification = false, ForQuestionAnswering = false },
    default_head = "RewardModel",
  },
}
