--- Models of images and texts: what their parts are called in files, and what a text goes through.

local described = require "tests.spec.described"
local json = require "modelsig.native.json"

local text = { hidden_size = 64, intermediate_size = 96, num_hidden_layers = 4, vocab_size = 500,
  num_attention_heads = 4, num_key_value_heads = 2, max_position_embeddings = 128 }
local vision = { hidden_size = 96, num_attention_heads = 6, intermediate_size = 200,
  num_hidden_layers = 3, image_size = 56, patch_size = 7 }

local function with(base, more)
  local out = {}
  for key, value in pairs(base) do out[key] = value end
  for key, value in pairs(more) do out[key] = value end
  return out
end

--- The tensors by name, the calls by path, and the description of a model.
local function describe_model(raw)
  local description = described.of(raw)
  return described.tensors(description), described.records(description), description
end

describe("models of images and texts", function()
  it("have layers that a text alone does not go through", function()
    local tensors, calls, description = describe_model { model_type = "mllama",
      architectures = json.array { "MllamaForConditionalGeneration" },
      text_config = with(text, { model_type = "mllama_text_model",
        cross_attention_layers = json.array { 1, 3 } }),
      vision_config = with(vision, { model_type = "mllama_vision_model", max_num_tiles = 2,
        attention_heads = 6, supported_aspect_ratios = json.array { json.array { 1, 1 } } }) }
    assert.equal("32x64", tensors["language_model.model.layers.1.cross_attn.k_proj.weight"])
    assert.equal("1", tensors["language_model.model.layers.3.cross_attn_attn_gate"])
    assert.equal("508x64", tensors["language_model.model.embed_tokens.weight"])
    assert.is_table(calls["model.language_model.layers.0.self_attn"])
    assert.is_nil(calls["model.language_model.layers.1"])
    local kinds = {}
    for _, layer in ipairs(description.cache) do kinds[layer.kind] = layer end
    assert.is_table(kinds.cross_attention)
    assert.is_table(kinds.attention)
  end)

  it("save experts one by one as a part, and together alone", function()
    local language = with(text, { model_type = "glm4v_moe_text", n_routed_experts = 4,
      num_experts_per_tok = 2, moe_intermediate_size = 32, n_shared_experts = 1, head_dim = 16,
      first_k_dense_replace = 1 })
    local tensors = describe_model(language)
    assert.equal("4x64x64", tensors["layers.1.mlp.experts.gate_up_proj"])
    tensors = describe_model { model_type = "glm4v_moe", text_config = language,
      architectures = json.array { "Glm4vMoeForConditionalGeneration" },
      vision_config = { model_type = "glm4v_moe_vision", hidden_size = 96, num_heads = 6,
        intermediate_size = 200, depth = 2, image_size = 56, patch_size = 14,
        out_hidden_size = 64 } }
    assert.equal("32x64", tensors["model.language_model.layers.1.mlp.experts.3.up_proj.weight"])
    assert.equal("64x96x2x2", tensors["model.visual.downsample.weight"])
  end)

  it("name their parts as files do", function()
    local tensors, calls = describe_model { model_type = "internvl", downsample_ratio = 0.25,
      architectures = json.array { "InternVLModel" },
      text_config = with(text, { model_type = "qwen2" }),
      vision_config = with(vision, { model_type = "internvl_vision", use_qk_norm = true }) }
    assert.is_string(tensors["language_model.model.layers.3.mlp.up_proj.weight"])
    assert.equal("96", tensors["vision_tower.encoder.layer.2.attention.q_norm.weight"])
    assert.same({ 1, 4, 64 }, calls.multi_modal_projector.output[1].shape)
  end)

  it("may stand in a class that finds documents", function()
    local tensors, calls = describe_model { model_type = "colpali", embedding_dim = 16,
      architectures = json.array { "ColPaliForRetrieval" },
      vlm_config = { model_type = "paligemma", projection_dim = 64,
        text_config = with(text, { model_type = "gemma", head_dim = 16 }),
        vision_config = with(vision, { model_type = "siglip_vision_model" }) } }
    assert.equal("16x64", tensors["embedding_proj_layer.weight"])
    assert.is_string(tensors["vlm.vision_tower.vision_model.post_layernorm.weight"])
    assert.equal("PaliGemmaModel", calls.vlm.module_type)
    assert.equal(6, #calls.vlm.output)
  end)
end)
