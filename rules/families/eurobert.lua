-- EuroBERT: Llama's layers without a causal mask, and heads around text encoders.
local heads = block.text_heads

local function linear(m, name, x, width, role)
  return m:linear(name, x, width, { bias = true, role = role })
end

local function words(r, c, _, x)
  r:kind("LMHead")
  return r:linear("lm_head", x, c.vocab_size, { role = "head", layer_type = "LMHead",
    tied = c.tie_word_embeddings == true, bias = c.mlp_bias })
end

--- A classifier on the first token, on the mean of all, or the mean of each token's logits.
local sequence = heads.whole("ForSequenceClassification", false, function(r, c, _, x)
  if c.classifier_pooling ~= "late" then x = shape.tensor(r.dtype, 1, x.dims[3]) end
  x = linear(r, "dense", x, c.hidden_size, "head.score.dense")
  r:leaf("activation", "GELU", x)
  local scores = linear(r, "classifier", x, heads.labels(c), "head.score")
  return shape.named("logits", shape.tensor(r.dtype, 1, scores.dims[#scores.dims]))
end, "sequence")

return {
  extends = "llama",
  model_types = { eurobert = "EuroBert" },
  attention = { cache = false },
  decoder = { mask = false },
  encoder = { pooler = false, words = words, token_dropout = false },
  keys = { classifier_pooling = { "choice", "late" } },
  calls = { words = "input_ids=x", sequence = "x", token = "x" },
  heads = {
    Model = heads.bare,
    ForMaskedLM = heads.language_model "ForMaskedLM",
    ForSequenceClassification = sequence,
    ForTokenClassification = heads.token,
  },
  default_head = "ForMaskedLM",
  facts = { stacks = "encoder" },
}
