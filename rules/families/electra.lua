-- ELECTRA: BERT with narrow embeddings, as a generator (masked words) and as a discriminator (which
-- words were replaced).
local heads = block.text_heads

local function linear(m, name, x, width, role)
  return m:linear(name, x, width, { bias = true, role = role })
end

local function activation(c)
  local act = block.activation[c.hidden_act or "gelu"]
  return act and act.class or "GELUActivation"
end

--- The head's activation is GELU, whatever that of the layers is.
local function words(r, c, _, x)
  r:kind("LMHead")
  local y = r:call("generator_predictions", "*GeneratorPredictions", "x", x, function(g, z)
    z = linear(g, "dense", z, c.embedding_size, "head.transform")
    g:leaf("activation", "GELUActivation", z)
    return g:norm("LayerNorm", z, { kind = "layer_norm", bias = true, role = "head.norm" })
  end)
  return r:linear("generator_lm_head", y, c.vocab_size, { role = "head", bias = true,
    layer_type = "LMHead", tied = c.tie_word_embeddings ~= false })
end

local replaced = heads.whole("ForPreTraining", false, function(r, c, _, x)
  local scores = shape.tensor(r.dtype, 1, x.dims[2])
  r:call("discriminator_predictions", "*DiscriminatorPredictions", "x", x, function(d, y)
    linear(d, "dense", y, c.hidden_size, "head.score.dense")
    d:leaf("activation", activation(c), y)
    linear(d, "dense_prediction", y, 1, "head.score")
    return scores
  end)
  return shape.named("logits", scores)
end)

return {
  extends = "bert",
  model_types = { electra = "Electra" },
  defaults = { embedding_size = 128 },
  keys = heads.summary_keys { use_proj = true, activation = "gelu", last_dropout = 0.1 },
  encoder = { pooler = false, embedding_size = "embedding_size", project = "embeddings_project",
    words = words, seen = "first", head_activation = "GELUActivation" },
  heads = {
    ForCausalLM = heads.language_model "ForCausalLM",
    ForPreTraining = replaced,
    ForMultipleChoice = heads.choice(heads.summary),
  },
}
