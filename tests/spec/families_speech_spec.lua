--- Models that listen and speak: which parts they have, and what their switches do.

local described = require "tests.spec.described"
local features = require "modelsig.model.features"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local transcript = require "tests.spec.transcript"

local text = { hidden_size = 64, intermediate_size = 96, num_hidden_layers = 2, vocab_size = 500,
  num_attention_heads = 4, num_key_value_heads = 2, max_position_embeddings = 128 }

local function with(base, more)
  local out = {}
  for key, value in pairs(base) do out[key] = value end
  for key, value in pairs(more) do out[key] = value end
  return out
end

local function omni(more)
  return with({ model_type = "qwen2_5_omni", dtype = "bfloat16",
    architectures = json.array { "Qwen2_5OmniForConditionalGeneration" },
    thinker_config = { model_type = "qwen2_5_omni_thinker", tie_word_embeddings = false,
      text_config = with(text, { model_type = "qwen2_5_omni_text", tie_word_embeddings = true }),
      audio_config = { model_type = "qwen2_5_omni_audio_encoder", d_model = 48, encoder_layers = 2,
        encoder_attention_heads = 4, encoder_ffn_dim = 80, output_dim = 64, num_mel_bins = 20 },
      vision_config = { model_type = "qwen2_5_omni_vision_encoder", hidden_size = 96, depth = 2,
        num_heads = 6, intermediate_size = 120, out_hidden_size = 64, patch_size = 14 } },
    talker_config = with(text, { model_type = "qwen2_5_omni_talker", embedding_size = 64,
      hidden_size = 40, head_dim = 12 }),
    token2wav_config = { model_type = "qwen2_5_omni_token2wav",
      dit_config = { model_type = "qwen2_5_omni_dit", hidden_size = 80, num_attention_heads = 5,
        head_dim = 24, num_hidden_layers = 3 },
      bigvgan_config = { model_type = "qwen2_5_omni_bigvgan", upsample_initial_channel = 64,
        upsample_rates = json.array { 5, 2 }, upsample_kernel_sizes = json.array { 11, 4 },
        resblock_kernel_sizes = json.array { 3, 7 } } } }, more)
end

describe("models that speak", function()
  it("have a thinker, a talker and what makes waves", function()
    local tensors = described.tensors(described.of(omni {}))
    assert.equal("64x48", tensors["thinker.audio_tower.proj.weight"])
    assert.equal("96x96", tensors["thinker.visual.blocks.1.attn.q.weight"])
    assert.equal("40x64", tensors["talker.thinker_to_talker_proj.weight"])
    assert.equal("48x40", tensors["talker.model.layers.1.self_attn.q_proj.weight"])
    assert.equal("120x80",
      tensors["token2wav.code2wav_dit_model.transformer_blocks.2.attn.to_q.weight"])
    assert.equal("16x16x7", tensors["token2wav.code2wav_bigvgan_model.resblocks.3.convs1.2.weight"])
    local dtypes = {}
    described.of(omni {}).expand(function(name, _, dtype)
      dtypes[name:match "^%w+"] = dtype
    end)
    assert.same({ thinker = "BF16", talker = "BF16", token2wav = "F32" }, dtypes)
  end)

  it("have none of it where the file says so", function()
    for name in pairs(described.tensors(described.of(omni { enable_audio_output = false }))) do
      assert.matches("^thinker%.", name)
    end
  end)

  it("are tied as the class around the language model says", function()
    local folder = transcript.folder()
    local found = assert(modelsig.open { folder:write("omni.json", json.encode(omni {})),
      fast = true })
    folder:remove()
    assert.same({ value = false, evidence = "family" }, features.compute(found).tied_embeddings)
  end)
end)

describe("models that listen", function()
  local function granite(more)
    return { model_type = "granite_speech", tie_word_embeddings = false,
      architectures = json.array { "GraniteSpeechForConditionalGeneration" },
      text_config = with(text, { model_type = "granite" }),
      encoder_config = { model_type = "granite_speech_encoder", hidden_dim = 48, num_layers = 4,
        num_heads = 4, input_dim = 20, context_size = 50, output_dim = 30 },
      projector_config = with({ model_type = "blip_2_qformer", hidden_size = 32,
        num_attention_heads = 4, num_hidden_layers = 4, intermediate_size = 72,
        encoder_hidden_size = 48 }, more) }
  end

  it("ask what is said by learned questions", function()
    local description = described.of(granite { cross_attention_frequency = 3 })
    local tensors, calls = described.tensors(description), described.records(description)
    assert.equal("1x3x32", tensors["projector.query"])
    local layer = "projector.qformer.encoder.layer."
    assert.equal("32x48", tensors[layer .. "3.crossattention.attention.key.weight"])
    assert.is_nil(tensors[layer .. "2.crossattention.attention.key.weight"])
    assert.is_nil(tensors[layer .. "2.intermediate.dense.weight"])
    assert.same({ 200, 3, 32 }, calls["model.projector.qformer"].output[1].shape)
    assert.is_table(calls["model.encoder.out"])
    assert.is_string(described.tensors(described.of(granite { use_qformer_text_input = true }))[
      layer .. "2.intermediate.dense.weight"])
  end)
end)
