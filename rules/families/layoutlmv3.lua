-- LayoutLMv3: words with their places on a page, and how far words are from each other in the text
-- and on the page; beside them the patches of the page.
local heads = block.text_heads

local function table_of(m, name, ids, rows, width, role)
  return m:embedding(name .. "_embeddings", ids, rows, width, { role = "embedding." .. role })
end

local function on_a_page(c)
  return function(m, ids)
    local e = c.hidden_size
    local x = table_of(m, "word", ids, c.vocab_size, e, "token")
    table_of(m, "token_type", ids, c.type_vocab_size, e, "type")
    table_of(m, "position", ids, c.max_position_embeddings, e, "position")
    block.page.box(m, c, ids, c.coordinate_size, c.shape_size)
    block.norms.layer(m, "LayerNorm", x, "norm.embedding")
    return m:leaf("dropout", "Dropout", x)
  end
end

local function given(c, m, ids)
  block.page.given(m, ids)
  if c.has_spatial_attention_bias then m.env.boxes = m.env.bbox end
  if c.has_relative_attention_bias then m.env.position_ids = ids end
end

--- Numbers for each distance, which are added to the weights of the attention.
local function distances(c, m, x)
  local h, seq = c.num_attention_heads, x.dims[2]
  local function numbers(name, bins)
    m:param(name .. "_bias.weight", { h, bins },
      { role = "position." .. name, layer_type = "EmbeddingLayer" })
    return shape.tensor(m.dtype, 1, h, seq, seq)
  end
  if c.has_relative_attention_bias then
    m:fact("positions", "learned and relative")
    m.env.rel_pos = numbers("rel_pos", c.rel_pos_bins)
  end
  if c.has_spatial_attention_bias then
    numbers("rel_pos_x", c.rel_2d_pos_bins)
    m.env.rel_2d_pos = numbers("rel_pos_y", c.rel_2d_pos_bins)
  end
end

--- What the patches of a page go through on their way beside the words.
local function patches(c, m)
  if not c.visual_embed then return end
  m:apart("vision.", function(b)
    local e, p = c.hidden_size, c.patch_size
    local side = c.input_size // p
    local function pair(name, dims, role, layer_type)
      b:param(name .. ".weight", dims, { role = role, layer_type = layer_type })
      b:param(name .. ".bias", { dims[1] }, { role = role .. ".bias", layer_type = layer_type })
    end
    pair("patch_embed.proj", { e, c.num_channels or 3, p, p }, "embedding.patch",
      "EmbeddingLayer")
    b:param("cls_token", { 1, 1, e }, { role = "embedding.cls_token" })
    b:param("pos_embed", { 1, side * side + 1, e }, { role = "embedding.position" })
    pair("LayerNorm", { e }, "norm.joined", "LayerNorm")
    pair("norm", { e }, "norm.embedding", "LayerNorm")
  end)
end

--- Classes of a token, of all, or of where an answer begins and ends.
local function score(r, name, c, x)
  return r:call(name, "*ClassificationHead", "x", x, function(h, y)
    h:leaf("dropout", "Dropout", y, nil, 2)
    h:linear("dense", y, c.hidden_size, { bias = true, role = "head.score.dense" })
    h:op "tanh"
    return h:linear("out_proj", y, heads.labels(c), { bias = true, role = "head.score" })
  end)
end

local function token(r, c, _, x)
  r:leaf("dropout", "Dropout", x)
  local n = heads.labels(c)
  if shape.value(n) >= 10 then return shape.named("logits", score(r, "classifier", c, x)) end
  return shape.named("logits", r:linear("classifier", x, n,
    { bias = true, role = "head.score" }))
end

local function sequence(r, c)
  return shape.named("logits",
    score(r, "classifier", c, shape.tensor(r.dtype, 1, c.hidden_size)))
end

local function answer(r, c, _, x)
  score(r, "qa_outputs", c, x)
  local ends = shape.tensor(r.dtype, 1, x.dims[2])
  return shape.named("start_logits", ends, "end_logits", ends)
end

local distant = "x, attention_mask, rel_pos=, rel_2d_pos="

return {
  extends = "bert",
  model_types = { layoutlmv3 = "LayoutLMv3" },
  described = function(raw) return raw.text_embed ~= false end,
  keys = { max_2d_position_embeddings = { "size", 1024 }, coordinate_size = { "size", 128 },
    shape_size = { "size", 128 }, has_relative_attention_bias = { "flag", true },
    has_spatial_attention_bias = { "flag", true }, rel_pos_bins = { "size", 32 },
    rel_2d_pos_bins = { "size", 64 }, visual_embed = { "flag", true },
    input_size = { "size", 224 } },
  defaults = { patch_size = 16, num_channels = 3 },
  encoder = { pooler = false, embeddings = on_a_page, given = given, before = distances,
    after_embeddings = patches, weights = "self", weights_dropout = true,
    embeddings_class = "*TextEmbeddings",
    embeddings_spec = "input_ids=x, bbox=, token_type_ids=",
    encoder_spec = "x, bbox=boxes, position_ids=", layer_spec = distant,
    attention_spec = distant, mix_spec = distant },
  heads = { LMHeadModel = false, ForMaskedLM = false, ForPreTraining = false,
    ForNextSentencePrediction = false, ForMultipleChoice = false,
    ForTokenClassification = heads.whole("ForTokenClassification", false, token),
    ForSequenceClassification = heads.whole("ForSequenceClassification", false, sequence),
    ForQuestionAnswering = heads.whole("ForQuestionAnswering", false, answer) },
  default_head = "Model",
  arguments = { bbox = "where words stand on a page", boxes = "the same, where it is asked for",
    rel_pos = "how far words are from each other", rel_2d_pos = "the same on the page" },
}
