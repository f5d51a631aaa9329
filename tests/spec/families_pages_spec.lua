--- Switches of models that read pages and write about images, which no published model turns.

local described = require "tests.spec.described"
local json = require "modelsig.native.json"

local function of(text) return described.of(json.decode(text)) end

describe("LayoutLMv3", function()
  local text = [[{ "model_type": "layoutlmv3", "architectures": ["LayoutLMv3%s"],
    "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, "vocab_size": 300,
    "intermediate_size": 96, "coordinate_size": 12, "shape_size": 8, %s }]]

  it("has numbers for distances, and patches, where its file says so", function()
    local all = of(text:format("Model", [["input_size": 32, "patch_size": 8]]))
    local t, calls = described.tensors(all), described.records(all)
    assert.equal("4x32", t["encoder.rel_pos_bias.weight"])
    assert.equal("1x17x64", t.pos_embed)
    assert.equal("1024x12", t["embeddings.x_position_embeddings.weight"])
    assert.equal(2, calls["embeddings.y_position_embeddings"].calls)
    local none = of(text:format("Model", [["has_relative_attention_bias": false,
      "has_spatial_attention_bias": false, "visual_embed": false]]))
    t = described.tensors(none)
    assert.is_nil(t["encoder.rel_pos_bias.weight"])
    assert.is_nil(t["encoder.rel_pos_x_bias.weight"])
    assert.is_nil(t["patch_embed.proj.weight"])
    assert.equal("learned", none.facts.positions)
  end)

  it("scores tokens by one map, or by two where there are many classes", function()
    local few = described.tensors(of(text:format("ForTokenClassification", [["num_labels": 9]])))
    assert.equal("9x64", few["classifier.weight"])
    local many = described.tensors(of(text:format("ForTokenClassification",
      [["num_labels": 10]])))
    assert.equal("10x64", many["classifier.out_proj.weight"])
    assert.equal("64x64", many["classifier.dense.weight"])
  end)
end)

describe("GIT", function()
  it("keeps keys and values, and has a number for each image of a film", function()
    local git = of [[{ "model_type": "git", "architectures": ["GitForCausalLM"],
      "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 300,
      "intermediate_size": 96, "num_image_with_embedding": 3, "tie_word_embeddings": true,
      "vision_config": { "hidden_size": 32, "num_hidden_layers": 1, "image_size": 32,
        "patch_size": 8, "num_attention_heads": 2, "intermediate_size": 48 } }]]
    local t = described.tensors(git)
    assert.equal("1x1x32", t["git.img_temporal_embedding.2"])
    assert.is_nil(t["git.img_temporal_embedding.3"])
    assert.is_nil(t["output.weight"])
    assert.equal("300", t["output.bias"])
    assert.equal("17x32", t["git.image_encoder.vision_model.embeddings.position_embedding.weight"])
    assert.equal(2, git.cache[1].layers)
    assert.is_nil(described.records(git)["git.image_encoder"])
  end)
end)
