-- ModernBERT: an encoder whose layers have local or global attention; norms before each part, none
-- before the first attention. Its decoder is causal.
local heads = block.text_heads

local function norm(m, c, name, x, role)
  return m:norm(name, x, { kind = "layer_norm", bias = c.norm_bias, role = role })
end

local function embeddings(c)
  return function(m, ids)
    local x = m:embedding("tok_embeddings", ids, c.vocab_size, c.hidden_size)
    return m:leaf("drop", "Dropout", norm(m, c, "norm", x, "norm.embedding"))
  end
end

local function feed_forward(c)
  return block.gated_mlp.build(c, { fused = "Wi", down = "Wo", bias = c.mlp_bias, act = "act",
    inner_dropout = "drop" })
end

local function dropout(m, c, x)
  local rate = c.attention_dropout
  m:leaf("out_drop", rate and rate > 0 and "Dropout" or "Identity", x)
end

--- The window counts the tokens to one side, and the token itself.
local function window(c, kind)
  return kind:find "sliding" and c.sliding_window and c.sliding_window + 1 or nil
end

local function attention(c, kind)
  local mix = block.attention.build(c, { fused = "Wqkv", out = "Wo", square = true,
    bias = c.attention_bias, out_bias = c.attention_bias, window = window(c, kind), cache = false })
  return function(m, x)
    local out = mix(m, x)
    dropout(m, c, x)
    return out
  end
end

local function layer(c, f, kind, m, x)
  m:fact("norm_place", "pre")
  m:fact("parallel_residual", false)
  if kind:find "first" then m:leaf("attn_norm", "Identity", x)
  else norm(m, c, "attn_norm", x, "layer.norm.attention") end
  local out = m:call("attn", "*Attention", f.calls.attention, x, f.attention(c, kind))
  norm(m, c, "mlp_norm", x, "layer.norm.ffn")
  m:op("add", 2)
  m:call("mlp", "*MLP", "x", x, feed_forward(c))
  return x, out[2]
end

--- The projection and norm that all heads begin with.
local function head(name, c, r, x, class)
  local act = block.activation[c.classifier_activation]
  return r:call(name, class, "x", x, function(h, y)
    h:linear("dense", y, c.hidden_size, { bias = c.classifier_bias, role = "head.transform" })
    h:leaf("act", act and act.class or "GELUActivation", y)
    return norm(h, c, "norm", y, "head.norm")
  end)
end

local function words(name)
  return function(r, c, _, x)
    head(name, c, r, x, "*PredictionHead")
    r:kind("LMHead")
    return r:linear("decoder", x, c.vocab_size, { role = "head", layer_type = "LMHead",
      bias = c.decoder_bias, tied = c.tie_word_embeddings ~= false })
  end
end

local function score(r, c, x, bias)
  r:leaf("drop", "Dropout", head("head", c, r, x, "*PredictionHead"))
  return r:linear("classifier", x, heads.labels(c), { bias = bias, role = "head.score" })
end

local function pooled(r, x) return shape.tensor(r.dtype, 1, x.dims[3]) end

--- The last norm has a bias if the configuration says so.
local function body(c, f, pooled_too)
  local stack = block.rope_encoder.stack(c, f, pooled_too)
  return function(m, ids)
    local x = norm(m, c, "final_norm", stack(m, ids)[2], "norm.final")
    return shape.named("last_hidden_state", x)
  end
end

--- The decoder's attention: separate projections, a causal window, and a cache.
local function looking_back(c, kind)
  return block.attention.build(c, { square = true, bias = c.attention_bias, out = "Wo",
    out_bias = c.attention_bias, window = kind:find "sliding" and c.sliding_window or nil,
    dropout = "out_drop" })
end

--- Where an answer begins and ends.
local function answer(r, c, _, x)
  score(r, c, x, true)
  local ends = shape.tensor(r.dtype, 1, x.dims[2])
  return shape.named("start_logits", ends, "end_logits", ends)
end

return {
  {
    extends = "llama",
    model_types = { modernbert = "ModernBert" },
    body = body,
    layer = layer,
    attention = attention,
    norm = { kind = "layer_norm", bias = false },
    kind = function(c, i) return (i == 0 and "first " or "") .. block.kinds.layer_types(c, i) end,
    rope = block.ropes.of_kinds,
    decoder = { mask = false },
    encoder = { pooler = false, embed = embeddings, embeddings_call = "input_ids=x",
      words = words "head" },
    names = { norm = false },
    classes = { layer = "*EncoderLayer" },
    keys = { norm_bias = { "flag", false }, decoder_bias = { "flag", true },
      classifier_bias = { "flag", false }, classifier_activation = { "choice", "gelu" },
      attention_dropout = { "number", 0 } },
    calls = { question = "x", rope = "ids_positional", layer = "x, position_embeddings=",
      attention = "x, position_embeddings=" },
    heads = {
      Model = heads.bare,
      ForMaskedLM = heads.language_model "ForMaskedLM",
      ForSequenceClassification = heads.whole("ForSequenceClassification", false,
        function(r, c, _, x)
          return shape.named("logits", score(r, c, pooled(r, x), true))
        end),
      ForTokenClassification = heads.whole("ForTokenClassification", false,
        function(r, c, _, x) return shape.named("logits", score(r, c, x, true)) end),
      ForQuestionAnswering = heads.whole("ForQuestionAnswering", false, answer, "question"),
      ForMultipleChoice = heads.choice(function(r, c, _, x)
        local y = head("head", c, r, pooled(r, x), "*PredictionHead")
        return r:leaf("drop", "Dropout", y)
      end),
    },
    default_head = "ForMaskedLM",
    facts = { stacks = "encoder" },
  },
  {
    extends = "modernbert",
    model_types = { ["modernbert-decoder"] = "ModernBertDecoder" },
    attention = looking_back,
    decoder = { mask = true },
    encoder = { words = words "lm_head" },
    classes = { layer = "*Layer" },
    calls = { layer = "x, attention_mask=, position_embeddings=, position_ids=", sequence = "x",
      attention = "hidden_states=x, position_embeddings=, attention_mask=, position_ids=" },
    heads = {
      ForCausalLM = heads.language_model "ForCausalLM",
      ForSequenceClassification = heads.whole("ForSequenceClassification", false,
        function(r, c, _, x)
          local y = score(r, c, x, c.classifier_bias)
          return shape.named("logits", y:view(1, y.dims[3]))
        end, "sequence"),
    },
    default_head = "ForCausalLM",
    facts = { stacks = "decoder" },
  },
}
