--- Options of encoders of images that the default configurations of published types do not use.

local described = require "tests.spec.described"
local json = require "modelsig.native.json"

local small = { hidden_size = 96, num_attention_heads = 6, intermediate_size = 200,
  num_hidden_layers = 3, image_size = 64, patch_size = 8 }

--- The tensors and the calls of a small model, by name and by path.
local function small_model(model_type, class, more)
  local raw = { model_type = model_type, architectures = json.array { class } }
  for key, value in pairs(small) do raw[key] = value end
  for key, value in pairs(more or {}) do raw[key] = value end
  local description = described.of(raw)
  return described.tensors(description), described.records(description), description
end

describe("encoders of images", function()
  it("have gate and up of a feed-forward in one tensor of their files", function()
    local tensors, calls = small_model("dinov2", "Dinov2Model", { use_swiglu_ffn = true })
    assert.equal("512x96", tensors["encoder.layer.0.mlp.weights_in.weight"])
    assert.is_nil(tensors["encoder.layer.0.mlp.gate_proj.weight"])
    assert.equal("Linear", calls["encoder.layer.0.mlp.gate_proj"].module_type)
  end)

  it("have registers with or without positions", function()
    local tensors = small_model("dinov2_with_registers", "Dinov2WithRegistersModel",
      { num_register_tokens = 4 })
    assert.equal("1x4x96", tensors["embeddings.register_tokens"])
    assert.equal("1x65x96", tensors["embeddings.position_embeddings"])
    tensors = small_model("dinov3_vit", "DINOv3ViTModel", { num_register_tokens = 0 })
    assert.equal("1x0x96", tensors["embeddings.register_tokens"])
  end)

  it("give the states that a file names as maps of features", function()
    local _, calls = small_model("dinov2", "Dinov2Backbone",
      { out_features = { "stage1", "stage3" } })
    assert.equal(2, calls.layernorm.calls)
    assert.same({ 1, 96, 8, 8 }, calls[""].output[2].shape)
  end)

  it("share their relative positions, or have them in each layer", function()
    local tensors, _, description = small_model("beit", "BeitModel",
      { use_relative_position_bias = true, use_shared_relative_position_bias = true })
    assert.equal("228x6", tensors["encoder.relative_position_bias.relative_position_bias_table"])
    assert.equal("228x6", tensors["encoder.layer.2.attention.attention.relative_position_bias."
      .. "relative_position_bias_table"])
    assert.equal("relative", description.facts.positions)
  end)

  it("drop paths in all layers but the first", function()
    local _, calls = small_model("data2vec-vision", "Data2VecVisionModel", { drop_path_rate = 0.2 })
    assert.equal("Identity", calls["encoder.layer.0.drop_path"].module_type)
    assert.equal("Data2VecVisionDropPath", calls["encoder.layer.1.drop_path"].module_type)
  end)

  it("make the image again from the patches that they saw", function()
    local tensors, calls = small_model("vit_mae", "ViTMAEForPreTraining",
      { mask_ratio = 0.5, decoder_hidden_size = 48, decoder_num_attention_heads = 4,
        decoder_num_hidden_layers = 2, decoder_intermediate_size = 60 })
    assert.equal("60x48", tensors["decoder.decoder_encoder.layer.1.intermediate.dense.weight"])
    assert.same({ 1, 33, 96 }, calls["vit.layers.0"].input[1].shape)
    assert.same({ 1, 64, 192 }, calls.decoder.output[1].shape)
  end)

  it("cut a spectrogram into patches that overlap", function()
    local tensors = small_model("audio-spectrogram-transformer", "ASTForAudioClassification",
      { max_length = 200, num_mel_bins = 128, frequency_stride = 5, time_stride = 10,
        patch_size = 16 })
    assert.equal("1x439x96",
      tensors["audio_spectrogram_transformer.embeddings.position_embeddings"])
  end)
end)
