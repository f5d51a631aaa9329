--- Models of images whose code stands beside their weights: which tensors they have, by that code.

local family = require "modelsig.family.families"
local described = require "tests.spec.described"
local json = require "modelsig.native.json"
local listed = require "tests.spec.listed"

local function same(raw, text) return listed.same(json.decode(raw), text) end

--- CLIP's encoder of images, by the name before it and how many layers it has.
local function clip(name, e, inner, layers, patch, places)
  local text = ([[
    NAME.embeddings.class_embedding EE
    NAME.embeddings.patch_embedding.weight EEx3xPPxPP
    NAME.embeddings.position_embedding.weight TTxEE
    NAME.pre_layrnorm.weight EE
    NAME.pre_layrnorm.bias EE
    NAME.post_layernorm.weight EE
    NAME.post_layernorm.bias EE
    L=0-LAST NAME.encoder.layers.L.layer_norm1.weight EE
    L=0-LAST NAME.encoder.layers.L.layer_norm1.bias EE
    L=0-LAST NAME.encoder.layers.L.layer_norm2.weight EE
    L=0-LAST NAME.encoder.layers.L.layer_norm2.bias EE
    L=0-LAST NAME.encoder.layers.L.mlp.fc1.weight FFxEE
    L=0-LAST NAME.encoder.layers.L.mlp.fc1.bias FF
    L=0-LAST NAME.encoder.layers.L.mlp.fc2.weight EExFF
    L=0-LAST NAME.encoder.layers.L.mlp.fc2.bias EE
  ]])
  for _, part in ipairs { "q_proj", "k_proj", "v_proj", "out_proj" } do
    text = text .. ("\nL=0-LAST NAME.encoder.layers.L.self_attn.%s.weight EExEE"):format(part)
      .. ("\nL=0-LAST NAME.encoder.layers.L.self_attn.%s.bias EE"):format(part)
  end
  return (text:gsub("NAME", name):gsub("LAST", layers - 1):gsub("EE", e):gsub("FF", inner)
    :gsub("PP", patch):gsub("TT", places)) .. "\n"
end

describe("models of images with code of their own", function()
  it("InternVL: any language model with its head, and an encoder of images", function()
    same([[{ "model_type": "internvl_chat", "architectures": ["InternVLChatModel"],
      "downsample_ratio": 0.5, "select_layer": -1,
      "llm_config": { "model_type": "internlm2", "architectures": ["InternLM2ForCausalLM"],
        "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4,
        "num_key_value_heads": 2, "intermediate_size": 96, "vocab_size": 300, "bias": false },
      "vision_config": { "model_type": "intern_vit_6b", "hidden_size": 32, "image_size": 28,
        "num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 48,
        "patch_size": 7, "norm_type": "rms_norm", "qk_normalization": true,
        "qkv_bias": false } }]], [[
      language_model.output.weight 300x64
      language_model.model.tok_embeddings.weight 300x64
      language_model.model.norm.weight 64
      language_model.model.layers.0.attention.wqkv.weight 128x64
      language_model.model.layers.0.attention.wo.weight 64x64
      language_model.model.layers.0.attention_norm.weight 64
      language_model.model.layers.0.ffn_norm.weight 64
      language_model.model.layers.0.feed_forward.w1.weight 96x64
      language_model.model.layers.0.feed_forward.w3.weight 96x64
      language_model.model.layers.0.feed_forward.w2.weight 64x96
      mlp1.0.weight 128
      mlp1.0.bias 128
      mlp1.1.weight 64x128
      mlp1.1.bias 64
      mlp1.3.weight 64x64
      mlp1.3.bias 64
      vision_model.embeddings.class_embedding 1x1x32
      vision_model.embeddings.patch_embedding.weight 32x3x7x7
      vision_model.embeddings.patch_embedding.bias 32
      vision_model.embeddings.position_embedding 1x17x32
      N=0-1 vision_model.encoder.layers.N.norm1.weight 32
      N=0-1 vision_model.encoder.layers.N.norm2.weight 32
      N=0-1 vision_model.encoder.layers.N.attn.qkv.weight 96x32
      N=0-1 vision_model.encoder.layers.N.attn.q_norm.weight 32
      N=0-1 vision_model.encoder.layers.N.attn.k_norm.weight 32
      N=0-1 vision_model.encoder.layers.N.attn.proj.weight 32x32
      N=0-1 vision_model.encoder.layers.N.attn.proj.bias 32
      N=0-1 vision_model.encoder.layers.N.mlp.fc1.weight 48x32
      N=0-1 vision_model.encoder.layers.N.mlp.fc1.bias 48
      N=0-1 vision_model.encoder.layers.N.mlp.fc2.weight 32x48
      N=0-1 vision_model.encoder.layers.N.mlp.fc2.bias 32
      N=0-1 vision_model.encoder.layers.N.ls1 32
      N=0-1 vision_model.encoder.layers.N.ls2 32
    ]])
  end)

  it("Phi-3 vision: an encoder of images that its file names", function()
    local text = [[{ "model_type": "phi3_v", "architectures": ["Phi3VForCausalLM"],
      "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, "vocab_size": 300,
      "num_key_value_heads": 2, "intermediate_size": 96, "embd_layer": { "embedding_cls": "image",
        "projection_cls": "%s", "use_hd_transform": %s, "with_learnable_separator": %s },
      "img_processor": { "name": "clip_vision_model", "image_dim_out": 1024,
        "model_name": "openai/clip-vit-large-patch14-336", "num_img_tokens": 144 } }]]
    local rest = clip("model.vision_embed_tokens.img_processor.vision_model", 1024, 4096, 24, 14,
      577) .. [[
      lm_head.weight 300x64
      model.embed_tokens.weight 300x64
      model.norm.weight 64
      model.layers.0.input_layernorm.weight 64
      model.layers.0.post_attention_layernorm.weight 64
      model.layers.0.self_attn.qkv_proj.weight 128x64
      model.layers.0.self_attn.o_proj.weight 64x64
      model.layers.0.mlp.gate_up_proj.weight 192x64
      model.layers.0.mlp.down_proj.weight 64x96
    ]]
    same(text:format("mlp", "true", "true"), rest .. [[
      model.vision_embed_tokens.glb_GN 1x1x4096
      model.vision_embed_tokens.sub_GN 1x1x1x4096
      model.vision_embed_tokens.img_projection.0.weight 64x4096
      model.vision_embed_tokens.img_projection.0.bias 64
      model.vision_embed_tokens.img_projection.2.weight 64x64
      model.vision_embed_tokens.img_projection.2.bias 64
    ]])
    same(text:format("linear", "false", "false"), rest .. [[
      model.vision_embed_tokens.img_projection.weight 64x1024
      model.vision_embed_tokens.img_projection.bias 64
    ]])
    assert.is_nil(family.choose(json.decode((text:format("mlp", "true", "true")
      :gsub("large%-patch14", "base-patch16")))))
  end)

  it("the check of images: how near an image is to some concepts", function()
    same([[{ "model_type": "clip", "architectures": ["StableDiffusionSafetyChecker"],
      "projection_dim": 24, "vision_config": { "model_type": "clip_vision_model",
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 48, "image_size": 28, "patch_size": 7 } }]],
      clip("vision_model.vision_model", 32, 48, 2, 7, 17) .. [[
      visual_projection.weight 24x32
      concept_embeds 17x24
      concept_embeds_weights 17
      special_care_embeds 3x24
      special_care_embeds_weights 3
    ]])
  end)

  it("DeepSeek-OCR: two encoders of images, experts and plain attention", function()
    local text = [[{ "model_type": "DeepseekOCR", "architectures": ["DeepseekOCRForCausalLM"],
      "use_mla": %s, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
      "num_key_value_heads": 2, "intermediate_size": 96, "moe_intermediate_size": 24,
      "n_routed_experts": 3, "n_shared_experts": 2, "num_experts_per_tok": 2,
      "first_k_dense_replace": 1, "vocab_size": 300, "kv_lora_rank": null,
      "projector_config": { "projector_type": "linear", "input_dim": 2048, "n_embed": 64 },
      "vision_config": { "model_name": "deeplip_b_l" } }]]
    local ocr = described.of(json.decode(text:format "false"))
    local t = described.tensors(ocr)
    assert.equal("32x64", t["model.layers.0.self_attn.k_proj.weight"])
    assert.equal("96x64", t["model.layers.0.mlp.gate_proj.weight"])
    assert.equal("24x64", t["model.layers.1.mlp.experts.2.up_proj.weight"])
    assert.equal("48x64", t["model.layers.1.mlp.shared_experts.up_proj.weight"])
    assert.equal("64x2048", t["model.projector.layers.weight"])
    assert.equal("1024x512x3x3", t["model.sam_model.net_3.weight"])
    assert.equal("127x64", t["model.sam_model.blocks.2.attn.rel_pos_h"])
    local last = "model.vision_model.transformer.layers.23."
    assert.equal("3072x1024", t[last .. "self_attn.qkv_proj.weight"])
    assert.equal(1, #ocr.cache)
    assert.is_nil(family.choose(json.decode(text:format "true")))
  end)
end)
