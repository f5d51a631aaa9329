-- ChatGLM2, ChatGLM3 and GLM-4, as in their own code: rotary positions on half of each head. The
-- first ChatGLM has the same model type and other layers.

local function norm_of(c, f)
  if c.rmsnorm ~= false then return f end
  return setmetatable({ norm = { kind = "layer_norm", bias = true, class = "LayerNorm" } },
    { __index = f })
end

--- The rotary table for half a head, as the class keeps it: a pair of numbers for each angle.
local function angles(c, m, ids)
  local half = c.head_dim // 4
  return m:call("rotary_pos_emb", "RotaryEmbedding", "-", ids, function(r)
    r:kind "RotaryEmb"
    r:param("inv_freq", { half }, { role = "rope.frequencies" })
    return shape.tensor(r.dtype, ids.dims[2], half, 2)
  end)
end

local function body(c, f)
  local own = norm_of(c, f)
  local stack = block.decoder.stack(c, own)
  return function(m, ids)
    m:fact("norm", own.norm.kind)
    local x = m:call("embedding", "Embedding", "x", ids, function(e, y)
      return e:embedding("word_embeddings", y, c.vocab_size, c.hidden_size)
    end)
    local turn = angles(c, m, ids)
    return m:call("encoder", "GLMTransformer", "x", x, function(e, y)
      e.env.position_embeddings = turn
      return stack(e, y)
    end)
  end
end

--- Published configurations name the class without a head; their code loads the one with it.
local function words(m, c, f, ids)
  return m:call("", "ChatGLMForConditionalGeneration", "input_ids=x", ids, function(r, y)
    return block.heads.words(r, c, f, nil, y)
  end)
end

local function classes(m, c, f, ids)
  return m:call("", "ChatGLMForSequenceClassification", "input_ids=x", ids, function(r, y)
    local x = r:call("transformer", "ChatGLMModel", "input_ids=x", y, f.body(c, f))[2]
    r:kind "LinearLayer"
    local n = block.heads.labels(c)
    r:uncalled(function()
      r:linear("transformer.output_layer", x, c.vocab_size, { role = "head" })
    end)
    return shape.named("logits", r:linear("classifier_head", x, n,
      { bias = true, role = "head.score" }):view(1, n))
  end)
end

return {
  extends = "llama",
  model_types = { chatglm = "ChatGLM" },
  described = function(raw)
    return raw.position_encoding_2d == nil and raw.inner_hidden_size == nil
      and raw.vision_config == nil
  end,
  body = body,
  norm = { class = "RMSNorm" },
  decoder = { positions = "none", final_norm = "post_layer_norm" },
  attention = { fused = "query_key_value", out = "dense", window = false, weights = false,
    bias = function(c) return c.add_bias_linear or c.attention_bias end,
    out_bias = "add_bias_linear",
    inner = function() return function(m, q) m:leaf("core_attention", "CoreAttention", q) end end },
  ffn = { fused = "dense_h_to_4h", down = "dense_4h_to_h", act = false, activation = "silu",
    bias = "add_bias_linear" },
  names = { model = "transformer", norm = "final_layernorm", attention = "self_attention",
    head = "transformer.output_layer" },
  calls = { layer = "x, attention_mask, position_embeddings",
    attention = "x, attention_mask, position_embeddings" },
  classes = { layer = "GLMBlock", attention = "SelfAttention", ffn = "MLP" },
  keys = { rmsnorm = { "flag", true }, post_layer_norm = { "flag", true },
    add_bias_linear = { "flag", false } },
  head = { apart = true },
  heads = { ForConditionalGeneration = words, Model = words, ForCausalLM = false,
    ForSequenceClassification = classes, ForTokenClassification = false,
    ForQuestionAnswering = false },
  default_head = "ForConditionalGeneration",
  facts = { rope_layout = "interleaved", partial_rotary = 0.5 },
}
