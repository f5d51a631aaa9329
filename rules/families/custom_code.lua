-- Decoders whose code is published beside their weights. Sources: that code; the models of vLLM.

--- Each attention has its own rotary module; the model has none.
local in_attention = { positions = "none" }

local function reward(m, c, f, ids)
  return m:call("", "*ForRewardModel", "input_ids=x", ids, function(r, y)
    local x = r:call(f.names.model, f.classes.model or "*Model", f.calls.classified, y,
      f.body(c, f))[2]
    r:kind "LinearLayer"
    return shape.named("logits", r:linear("v_head", x, 1, { role = "head.score" }))
  end)
end

--- EXAONE wraps its attention in one more module.
local function attention_of_exaone(c, kind)
  local inner = block.attention.build(c, { bias = false, out_bias = false, out = "out_proj",
    weights = false }, kind)
  return function(m, x)
    return m:call("attention", "*SelfAttention",
      "hidden_states=x, attention_mask=, position_ids=, position_embeddings=", x, inner)
  end
end

--- MiMo: a layer of Qwen2 for multi-token prediction; it sees the next token beside the states.
local function mtp_of_mimo(c, f, m, x)
  m:norm("token_layernorm", x, { role = "norm.embedding" })
  m:norm("hidden_layernorm", x, { role = "norm.hidden" })
  m:linear("input_proj", x:last(c.hidden_size + c.hidden_size), c.hidden_size, { role = "join" })
  f.layer(c, f, "dense", m, x)
  return m:norm("final_layernorm", x, { role = "norm.final" })
end

--- Phi-3 small: block-sparse attention, except in one layer of so many.
local function blocks_of_tokens(c, i)
  local step = c.dense_attention_every_n_layers
  return step and step > 0 and (i + 1) % step == 0 and "dense" or "sparse"
end

local function attention_of_phi3small(c, kind)
  local inner = block.attention.build(c, { fused = "query_key_value", out = "dense", bias = true,
    out_bias = true, own_rope = "rotary_emb" }, kind)
  return function(m, x)
    if kind == "sparse" then m:fact("attention_kind", "block sparse") end
    return inner(m, x)
  end
end

return {
  {
    extends = "llama",
    model_types = { internlm2 = "InternLM2" },
    decoder = in_attention,
    attention = { fused = "wqkv", out = "wo", bias = "use_bias", out_bias = "use_bias",
      window = false, own_rope = "rotary_emb" },
    ffn = { gate = "w1", up = "w3", down = "w2", bias = false },
    names = { embedding = "tok_embeddings", attention = "attention", ffn = "feed_forward",
      attention_norm = "attention_norm", ffn_norm = "ffn_norm", head = "output" },
    calls = { layer = "x, attention_mask=, position_ids=",
      attention = "hidden_states=x, attention_mask=, position_ids=" },
    heads = { ForRewardModel = reward },
  },
  {
    extends = "llama",
    model_types = { exaone = "Exaone" },
    decoder = { embedding_dropout = true },
    attention = attention_of_exaone,
    ffn = { gate = "c_fc_0", up = "c_fc_1", down = "c_proj", act = "act", bias = false,
      width = function(c) return c.intermediate_size or 4 * c.hidden_size end },
    names = { model = "transformer", embedding = "wte", embedding_dropout = "drop", layers = "h",
      norm = "ln_f", rope = "rotary", attention = "attn", attention_norm = "ln_1",
      ffn_norm = "ln_2" },
    classes = { layer = "*Block", ffn = "*GatedMLP" },
    head = { tied = true },
  },
  {
    extends = "qwen2",
    model_types = { mimo = "MiMo" },
    classes = { base = "Qwen2" },
    names = { mtp = "model.mtp_layers" },
    mtp = mtp_of_mimo,
  },
  {
    extends = "llama",
    model_types = { phi3small = "Phi3Small" },
    norm = { kind = "layer_norm", bias = true },
    kind = blocks_of_tokens,
    decoder = { positions = "none", embedding_dropout = true },
    attention = attention_of_phi3small,
    ffn = { fused = "up_proj", act = false, bias = true, dropout = "dropout" },
    names = { embedding_dropout = "embedding_dropout", norm = "final_layernorm",
      token_score = "classifier" },
    calls = { layer = "x, attention_mask=, position_ids=",
      attention = "hidden_states=x, attention_mask=, position_ids=" },
    classes = { attention = "*SelfAttention" },
    keys = { dense_attention_every_n_layers = { "count", 2 } },
    head = { tied = true },
  },
}
