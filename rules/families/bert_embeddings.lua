-- Relatives of BERT that embed more than words: shapes and pronunciation of characters, images,
-- entities, tasks.
local heads = block.text_heads

local function table_of(m, name, ids, rows, width, role)
  return m:embedding(name, ids, rows, width, { role = "embedding." .. role })
end

--- RoCBERT: also shape and pronunciation of a character. Both tables are always saved; without the
--- projection that joins them they need their own inputs.
local function looks_and_sounds(c)
  local plain = block.bert.embeddings(c, {})
  return function(m, ids)
    local wide = c.hidden_size
    local function also(wanted, name, rows, width, role)
      if wanted and c.concat_input then
        table_of(m, name, ids, rows, width, role)
        wide = wide + width
      else
        m:param(name .. ".weight", { rows, width },
          { role = "embedding." .. role, layer_type = "EmbeddingLayer" })
      end
    end
    local function both()
      also(c.enable_shape, "shape_embed", c.shape_vocab_size, c.shape_embed_dim, "shape")
      also(c.enable_pronunciation, "pronunciation_embed", c.pronunciation_vocab_size,
        c.pronunciation_embed_dim, "sound")
    end
    if not c.concat_input then
      both()
      return plain(m, ids)
    end
    local x = table_of(m, "word_embeddings", ids, c.vocab_size, c.hidden_size, "token")
    both()
    x = m:linear("map_inputs_layer", x:last(wide), c.hidden_size,
      { bias = true, role = "embedding.join" })
    table_of(m, "token_type_embeddings", ids, c.type_vocab_size, c.hidden_size, "type")
    table_of(m, "position_embeddings", ids, c.max_position_embeddings, c.hidden_size, "position")
    m:norm("LayerNorm", x, { kind = "layer_norm", bias = true, role = "norm.embedding" })
    return m:leaf("dropout", "Dropout", x)
  end
end

--- VisualBERT: the embeddings of image features, which a pass over a text does not call.
local function beside_images(c, o)
  local text = block.bert.embeddings(c, o)
  return function(m, ids)
    local e, image = c.hidden_size, "EmbeddingLayer"
    local function param(name, dims, role)
      m:param(name, dims, { role = "vision.embedding." .. role, layer_type = image })
    end
    param("visual_token_type_embeddings.weight", { c.type_vocab_size, e }, "type")
    param("visual_position_embeddings.weight", { c.max_position_embeddings, e }, "position")
    param("visual_projection.weight", { e, c.visual_embedding_dim }, "projection")
    param("visual_projection.bias", { e }, "projection.bias")
    return text(m, ids)
  end
end

--- A classifier on the vector of text and image.
local function scored(suffix)
  return heads.whole(suffix, true, function(r, c, _, _, pooled)
    r:leaf("dropout", "Dropout", pooled)
    return shape.named("logits", r:linear("cls", pooled, heads.labels(c),
      { bias = true, role = "head.score" }))
  end)
end

--- LUKE: embeddings and query projections of entities, which a pass over words does not call.
local function entities(c, m)
  local e, n = c.hidden_size, c.entity_emb_size
  local function param(name, dims, role)
    m:param("entity_embeddings." .. name, dims,
      { role = "entity.embedding." .. role, layer_type = "EmbeddingLayer" })
  end
  param("entity_embeddings.weight", { c.entity_vocab_size, n }, "token")
  if shape.value(n) ~= shape.value(e) then
    param("entity_embedding_dense.weight", { e, n }, "projection")
  end
  param("position_embeddings.weight", { c.max_position_embeddings, e }, "position")
  param("token_type_embeddings.weight", { c.type_vocab_size, e }, "type")
  param("LayerNorm.weight", { e }, "norm")
  param("LayerNorm.bias", { e }, "norm.bias")
end

local function aware_of_entities(c, o)
  local mix, e = block.bert.mix(c, o), c.hidden_size
  return function(m, x)
    local out = mix(m, x)
    for _, way in ipairs(c.use_entity_aware_attention and { "w2e", "e2w", "e2e" } or {}) do
      local role = "layer.attention." .. way
      m:param(way .. "_query.weight", { e, e }, { role = role })
      m:param(way .. "_query.bias", { e }, { role = role .. ".bias" })
    end
    return out
  end
end

--- The entity head is saved; without entities it is not called.
local function words_and_entities(r, c, _, x)
  local e, n = c.hidden_size, c.entity_emb_size
  local function param(name, dims, role)
    r:param("entity_predictions." .. name, dims, { role = "entity.head." .. role })
  end
  param("bias", { c.entity_vocab_size }, "bias")
  param("transform.dense.weight", { n, e }, "transform")
  param("transform.dense.bias", { n }, "transform.bias")
  param("transform.LayerNorm.weight", { n }, "norm")
  param("transform.LayerNorm.bias", { n }, "norm.bias")
  return r:call("lm_head", "*LMHead", "x", x, function(h, y)
    h:kind("LMHead")
    h:linear("dense", y, e, { bias = true, role = "head.transform" })
    h:op("gelu")
    h:norm("layer_norm", y, { kind = "layer_norm", bias = true, role = "head.norm" })
    return h:linear("decoder", y, c.vocab_size, { bias = true, role = "head",
      layer_type = "LMHead" })
  end)
end

--- A classifier on the states of entities, or of a span's two ends and its entity.
local function about_entities(suffix, states, bias)
  return heads.whole(suffix, true, function(r, c)
    local x = shape.tensor(r.dtype, 1, states * c.hidden_size)
    r:leaf("dropout", "Dropout", x)
    return shape.named("logits", r:linear("classifier", x, heads.labels(c),
      { bias = bias, role = "head.score" }))
  end)
end

--- ERNIE: also an embedding of the task.
local function with_task(c, o)
  local plain = block.bert.embeddings(c, o)
  return function(m, ids)
    if not c.use_task_id then return plain(m, ids) end
    local e = c.hidden_size
    local x = table_of(m, "word_embeddings", ids, c.vocab_size, e, "token")
    table_of(m, "token_type_embeddings", ids, c.type_vocab_size, e, "type")
    table_of(m, "position_embeddings", ids, c.max_position_embeddings, e, "position")
    table_of(m, "task_type_embeddings", ids, c.task_type_vocab_size, e, "task")
    m:norm("LayerNorm", x, { kind = "layer_norm", bias = true, role = "norm.embedding" })
    return m:leaf("dropout", "Dropout", x)
  end
end

return {
  {
    extends = "bert",
    model_types = { roc_bert = "RoCBert" },
    encoder = { embeddings = looks_and_sounds },
    keys = { enable_shape = { "flag", true }, enable_pronunciation = { "flag", true },
      concat_input = { "flag", true }, shape_vocab_size = { "size", 24858 },
      shape_embed_dim = { "size", 512 }, pronunciation_vocab_size = { "size", 910 },
      pronunciation_embed_dim = { "size", 768 } },
    heads = { ForCausalLM = heads.language_model "ForCausalLM",
      ForPreTraining = heads.language_model("ForPreTraining", true) },
  },
  {
    extends = "bert",
    model_types = { visual_bert = "VisualBert" },
    encoder = { embeddings = beside_images, ones = true, weights = "none", weights_dropout = true,
      mix_spec = "x, attention_mask" },
    keys = { visual_embedding_dim = { "size", 512 } },
    heads = {
      ForQuestionAnswering = scored "ForQuestionAnswering",
      ForVisualReasoning = scored "ForVisualReasoning",
      ForMultipleChoice = heads.choice(nil, "cls"),
    },
    default_head = "Model",
  },
  {
    extends = "roberta",
    model_types = { luke = "Luke" },
    encoder = { types_last = true, given = entities, mix = aware_of_entities, weights = "none",
      weights_dropout = true, embeddings_spec = "input_ids=x, token_type_ids=",
      words = words_and_entities, query_last = true, seen = "pooled" },
    calls = { model = "input_ids=x" },
    heads = {
      ForMaskedLM = heads.language_model("ForMaskedLM", true),
      ForEntityClassification = about_entities("ForEntityClassification", 1, true),
      ForEntityPairClassification = about_entities("ForEntityPairClassification", 2, false),
      ForEntitySpanClassification = about_entities("ForEntitySpanClassification", 3, true),
    },
    keys = { entity_vocab_size = { "size", 500000 }, entity_emb_size = { "size", 256 },
      use_entity_aware_attention = { "flag", true } },
  },
  {
    extends = "bert",
    model_types = { ernie = "Ernie" },
    encoder = { embeddings = with_task },
    keys = { use_task_id = { "flag", false }, task_type_vocab_size = { "size", 3 } },
    heads = { ForCausalLM = heads.language_model "ForCausalLM" },
  },
}
