--- Encoders of text: what their classes add, and what no recorded pass shows: choices between
--- texts, attention across that nobody calls, layers that share weights.

local family_says = require "tests.spec.described"
local json = require "modelsig.native.json"

local function raw(model_type, class, more)
  local out = { model_type = model_type, architectures = json.array { class }, hidden_size = 32,
    num_hidden_layers = 2, num_attention_heads = 4, intermediate_size = 48, vocab_size = 50,
    max_position_embeddings = 16, type_vocab_size = 2 }
  for key, value in pairs(more or {}) do out[key] = value end
  return out
end

local described, tensors = family_says.of, family_says.tensors

local function call(description, path)
  for _, record in ipairs(description.records()) do
    if record.path == path then return record end
  end
end

describe("encoders of text", function()
  it("score each of several texts", function()
    local description = described(raw("bert", "BertForMultipleChoice"))
    local saved = tensors(description)
    assert.equal("1x32", saved["classifier.weight"])
    assert.equal("32x32", saved["bert.pooler.dense.weight"])
    assert.same({ 1, 1, 8 }, call(description, "").kwargs[1].shape)
    assert.same({ 1, 8 }, call(description, "bert").input[1].shape)
    assert.same({ 1, 1 }, call(description, "").output[1].shape)
  end)

  it("say whether a text follows another", function()
    local description = described(raw("bert", "BertForNextSentencePrediction"))
    assert.equal("2x32", tensors(description)["cls.seq_relationship.weight"])
    assert.same({ 1, 2 }, call(description, "").output[1].shape)
  end)

  it("save attention across where the file wants it", function()
    local name = "bert.encoder.layer.1.crossattention.self.key.weight"
    local file = raw("bert", "BertLMHeadModel", { is_decoder = true })
    assert.is_nil(tensors(described(file))[name])
    file.add_cross_attention = true
    assert.equal("32x32", tensors(described(file))[name])
    assert.is_nil(call(described(file), "bert.encoder.layer.1.crossattention"))
  end)

  it("sum a text up as the file says", function()
    local file = raw("electra", "ElectraForMultipleChoice", { embedding_size = 16 })
    local summary = "sequence_summary."
    assert.equal("32x32", tensors(described(file))[summary .. "summary.weight"])
    assert.equal("GELUActivation", call(described(file), summary .. "activation").module_type)
    file.summary_use_proj, file.summary_activation = false, ""
    assert.is_nil(tensors(described(file))[summary .. "summary.weight"])
    assert.equal("Identity", call(described(file), summary .. "activation").module_type)
  end)

  it("call the layers of a group as often as there are layers that share them", function()
    local description = described(raw("albert", "AlbertModel", { embedding_size = 16,
      num_hidden_layers = 5, num_hidden_groups = 2, inner_group_num = 2 }))
    local group = "encoder.albert_layer_groups.%d.albert_layers.1.ffn"
    assert.equal(3, call(description, group:format(0)).calls)
    assert.equal(2, call(description, group:format(1)).calls)
    local saved = tensors(description)
    assert.equal("48x32", saved[group:format(1) .. ".weight"])
    assert.is_nil(saved[group:format(2) .. ".weight"])
    assert.equal(10, description.operators.attention)
  end)

  it("tell a bias by distance beside learned positions", function()
    assert.equal("learned and relative", described(raw("mpnet", "MPNetModel")).facts.positions)
    assert.equal("learned", described(raw("bert", "BertModel")).facts.positions)
  end)

  it("turn queries and keys where the file says so, and nowhere else", function()
    local file = raw("esm", "EsmModel", { position_embedding_type = "rotary" })
    assert.same({ "rope", 1 }, { described(file).facts.positions,
      described(file).facts.partial_rotary })
    assert.equal("32", tensors(described(raw("esm", "EsmModel")))
      ["encoder.layer.0.LayerNorm.gamma"])
    assert.equal("learned", described(raw("esm", "EsmModel")).facts.positions)
  end)

  it("compare distances in the ways that the file lists", function()
    local file = raw("deberta-v2", "DebertaV2Model", { relative_attention = true,
      pos_att_type = "p2c|c2p", position_buckets = 8, conv_kernel_size = 3 })
    local saved = tensors(described(file))
    assert.equal("16x32", saved["encoder.rel_embeddings.weight"])
    assert.equal("32x32", saved["encoder.layer.1.attention.self.pos_query_proj.weight"])
    assert.equal("32x32x3", saved["encoder.conv.conv.weight"])
    file.pos_att_type, file.share_att_key = "c2p", true
    saved = tensors(described(file))
    assert.is_nil(saved["encoder.layer.1.attention.self.pos_key_proj.weight"])
    local path = "encoder.layer.1.attention.self.query_proj"
    assert.equal(2, call(described(file), path).calls)
  end)

  it("fill a text up to whole windows", function()
    local file = raw("longformer", "LongformerModel",
      { attention_window = json.array { 6, 12 } })
    assert.same({ 1, 12 }, call(described(file), "embeddings").kwargs[1].shape)
    assert.same({ 1, 8, 32 }, call(described(file), "").output[1].shape)
  end)

  it("save what stands together in a file as one", function()
    local saved = tensors(described(raw("gte", "GteModel")))
    assert.equal("96x32", saved["new.encoder.layer.0.attention.qkv_proj.weight"])
    assert.equal("96x32", saved["new.encoder.layer.0.mlp.up_gate_proj.weight"])
    assert.is_nil(saved["new.encoder.layer.0.attention.q_proj.weight"])
  end)
end)
