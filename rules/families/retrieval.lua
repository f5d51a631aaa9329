-- ColPali, ColQwen 2 and ShieldGemma 2: classes around an image-text model. They embed
-- each token for document retrieval, or classify whether an image is safe.

--- An embedding for each token.
local function vectors(r, c, x)
  return shape.named("embeddings", r:linear("embedding_proj_layer", x, c.embedding_dim,
    { bias = true, role = "head.retrieval" }))
end

local function colpali(m, c, f, ids)
  return m:call("", "*ForRetrieval", "input_ids=x", ids, function(r, y)
    r.base = "PaliGemma"
    rawset(c, "all_states", true)
    return vectors(r, c, r:call("vlm", "*Model", "input_ids=x", y, f.body(c, f))[2])
  end)
end

--- Tokens are embedded before the model is called.
local function colqwen(m, c, f, ids)
  return m:call("", "*ForRetrieval", "input_ids=x", ids, function(r, y)
    r.base = "Qwen2VL"
    local l = c.language
    local x = block.decoder.embed(l, l.family, r:part(l), y, "vlm.language_model.")
    return vectors(r, c, r:call("vlm", "*Model", "inputs_embeds=x", x, f.body(c, f))[2])
  end)
end

--- Whether an image is safe, by the logits of two tokens.
local function guard(m, c, f, ids)
  return m:call("", "*ForImageClassification", "input_ids=x", ids, function(r, y)
    r.base = "Gemma3"
    r:call("model", "*ForConditionalGeneration", "input_ids=x", y, function(g, z)
      local x = g:call("model", "*Model", f.calls.model, z, f.body(c, f))[2]
      g:kind "LMHead"
      return shape.named("logits", g:linear("lm_head", x, c.vocab_size,
        { role = "head", tied = c.tie_word_embeddings ~= false, layer_type = "LMHead" }))
    end)
    local two = shape.tensor(r.dtype, 1, 2)
    return shape.named("logits", two, "probabilities", two)
  end)
end

--- Renames of an inner model's tensors, under its prefix in the whole model.
local function below(name, renames)
  local out = { table.unpack(block.wrapper.saved_nested) }
  for _, rename in ipairs(renames) do
    out[#out + 1] = { "^" .. name .. "%." .. rename[1], name .. "." .. rename[2] }
  end
  return out
end

return {
  {
    extends = "paligemma",
    model_types = { colpali = "ColPali" },
    keys = { embedding_dim = { "size", 128 } },
    heads = { ForRetrieval = colpali, ForConditionalGeneration = false, Model = false },
    default_head = "ForRetrieval",
    saved = below("vlm", { { "language_model%.", "language_model.model." } }),
  },
  {
    extends = "qwen2_vl",
    model_types = { colqwen2 = "ColQwen2" },
    keys = { embedding_dim = { "size", 128 } },
    heads = { ForRetrieval = colqwen, ForConditionalGeneration = false, Model = false },
    default_head = "ForRetrieval",
    saved = { { "^vlm%.", "vlm.model." } },
  },
  {
    extends = "gemma3",
    model_types = { shieldgemma2 = "ShieldGemma2" },
    heads = { ForImageClassification = guard, ForConditionalGeneration = false, Model = false },
    default_head = "ForImageClassification",
    saved = below("model", { { "lm_head", "language_model.lm_head" },
      { "model%.language_model%.", "language_model.model." }, { "model%.", "" } }),
  },
}
