--- Networks that remove noise from images, as diffusers has them: their tensors, whose names and
--- shapes are those of that library for the same configuration.

local family = require "modelsig.family.families"
local described = require "tests.spec.described"
local json = require "modelsig.native.json"
local listed = require "tests.spec.listed"

local function same(raw, text) return listed.same(json.decode(raw), text) end

--- How many tensors there are, and how many numbers in them.
local function totals(raw)
  local description, tensors = described.of(json.decode(raw)), 0
  description.expand(function() tensors = tensors + 1 end)
  return { tensors, description.params.total }
end

describe("transformers that remove noise", function()
  it("FLUX: images and words side by side, then in one row", function()
    same([[{"_class_name": "FluxTransformer2DModel", "attention_head_dim": 16,
      "num_attention_heads": 2, "in_channels": 8, "out_channels": 12,
      "joint_attention_dim": 20, "num_layers": 2, "num_single_layers": 1, "patch_size": 2,
      "pooled_projection_dim": 6, "axes_dims_rope": [4, 6, 6]}]], [[
      time_text_embed.timestep_embedder.linear_1.weight 32x256
      time_text_embed.timestep_embedder.linear_1.bias 32
      time_text_embed.timestep_embedder.linear_2.weight 32x32
      time_text_embed.timestep_embedder.linear_2.bias 32
      time_text_embed.text_embedder.linear_1.weight 32x6
      time_text_embed.text_embedder.linear_1.bias 32
      time_text_embed.text_embedder.linear_2.weight 32x32
      time_text_embed.text_embedder.linear_2.bias 32
      context_embedder.weight 32x20
      context_embedder.bias 32
      x_embedder.weight 32x8
      x_embedder.bias 32
      N=0-1 transformer_blocks.N.norm1.linear.weight 192x32
      N=0-1 transformer_blocks.N.norm1.linear.bias 192
      N=0-1 transformer_blocks.N.norm1_context.linear.weight 192x32
      N=0-1 transformer_blocks.N.norm1_context.linear.bias 192
      N=0-1 transformer_blocks.N.attn.norm_q.weight 16
      N=0-1 transformer_blocks.N.attn.norm_k.weight 16
      N=0-1 transformer_blocks.N.attn.to_q.weight 32x32
      N=0-1 transformer_blocks.N.attn.to_q.bias 32
      N=0-1 transformer_blocks.N.attn.to_k.weight 32x32
      N=0-1 transformer_blocks.N.attn.to_k.bias 32
      N=0-1 transformer_blocks.N.attn.to_v.weight 32x32
      N=0-1 transformer_blocks.N.attn.to_v.bias 32
      N=0-1 transformer_blocks.N.attn.to_out.0.weight 32x32
      N=0-1 transformer_blocks.N.attn.to_out.0.bias 32
      N=0-1 transformer_blocks.N.attn.norm_added_q.weight 16
      N=0-1 transformer_blocks.N.attn.norm_added_k.weight 16
      N=0-1 transformer_blocks.N.attn.add_q_proj.weight 32x32
      N=0-1 transformer_blocks.N.attn.add_q_proj.bias 32
      N=0-1 transformer_blocks.N.attn.add_k_proj.weight 32x32
      N=0-1 transformer_blocks.N.attn.add_k_proj.bias 32
      N=0-1 transformer_blocks.N.attn.add_v_proj.weight 32x32
      N=0-1 transformer_blocks.N.attn.add_v_proj.bias 32
      N=0-1 transformer_blocks.N.attn.to_add_out.weight 32x32
      N=0-1 transformer_blocks.N.attn.to_add_out.bias 32
      N=0-1 transformer_blocks.N.ff.net.0.proj.weight 128x32
      N=0-1 transformer_blocks.N.ff.net.0.proj.bias 128
      N=0-1 transformer_blocks.N.ff.net.2.weight 32x128
      N=0-1 transformer_blocks.N.ff.net.2.bias 32
      N=0-1 transformer_blocks.N.ff_context.net.0.proj.weight 128x32
      N=0-1 transformer_blocks.N.ff_context.net.0.proj.bias 128
      N=0-1 transformer_blocks.N.ff_context.net.2.weight 32x128
      N=0-1 transformer_blocks.N.ff_context.net.2.bias 32
      single_transformer_blocks.0.norm.linear.weight 96x32
      single_transformer_blocks.0.norm.linear.bias 96
      single_transformer_blocks.0.proj_mlp.weight 128x32
      single_transformer_blocks.0.proj_mlp.bias 128
      single_transformer_blocks.0.proj_out.weight 32x160
      single_transformer_blocks.0.proj_out.bias 32
      single_transformer_blocks.0.attn.norm_q.weight 16
      single_transformer_blocks.0.attn.norm_k.weight 16
      single_transformer_blocks.0.attn.to_q.weight 32x32
      single_transformer_blocks.0.attn.to_q.bias 32
      single_transformer_blocks.0.attn.to_k.weight 32x32
      single_transformer_blocks.0.attn.to_k.bias 32
      single_transformer_blocks.0.attn.to_v.weight 32x32
      single_transformer_blocks.0.attn.to_v.bias 32
      norm_out.linear.weight 64x32
      norm_out.linear.bias 64
      proj_out.weight 48x32
      proj_out.bias 48
    ]])
  end)

  it("Wan: words and images looked at by a second attention", function()
    same([[{"_class_name": "WanTransformer3DModel", "patch_size": [1, 2, 2],
      "num_attention_heads": 2, "attention_head_dim": 16, "in_channels": 6,
      "out_channels": 4, "text_dim": 20, "freq_dim": 24, "ffn_dim": 48, "num_layers": 2,
      "cross_attn_norm": false, "qk_norm": null, "image_dim": 10, "added_kv_proj_dim": 32,
      "pos_embed_seq_len": 5}]], [[
      scale_shift_table 1x2x32
      patch_embedding.weight 32x6x1x2x2
      patch_embedding.bias 32
      condition_embedder.time_embedder.linear_1.weight 32x24
      condition_embedder.time_embedder.linear_1.bias 32
      condition_embedder.time_embedder.linear_2.weight 32x32
      condition_embedder.time_embedder.linear_2.bias 32
      condition_embedder.time_proj.weight 192x32
      condition_embedder.time_proj.bias 192
      condition_embedder.text_embedder.linear_1.weight 32x20
      condition_embedder.text_embedder.linear_1.bias 32
      condition_embedder.text_embedder.linear_2.weight 32x32
      condition_embedder.text_embedder.linear_2.bias 32
      condition_embedder.image_embedder.pos_embed 1x5x10
      condition_embedder.image_embedder.norm1.weight 10
      condition_embedder.image_embedder.norm1.bias 10
      condition_embedder.image_embedder.ff.net.0.proj.weight 10x10
      condition_embedder.image_embedder.ff.net.0.proj.bias 10
      condition_embedder.image_embedder.ff.net.2.weight 32x10
      condition_embedder.image_embedder.ff.net.2.bias 32
      condition_embedder.image_embedder.norm2.weight 32
      condition_embedder.image_embedder.norm2.bias 32
      N=0-1 blocks.N.scale_shift_table 1x6x32
      N=0-1 blocks.N.attn1.to_q.weight 32x32
      N=0-1 blocks.N.attn1.to_q.bias 32
      N=0-1 blocks.N.attn1.to_k.weight 32x32
      N=0-1 blocks.N.attn1.to_k.bias 32
      N=0-1 blocks.N.attn1.to_v.weight 32x32
      N=0-1 blocks.N.attn1.to_v.bias 32
      N=0-1 blocks.N.attn1.to_out.0.weight 32x32
      N=0-1 blocks.N.attn1.to_out.0.bias 32
      N=0-1 blocks.N.attn1.norm_q.weight 32
      N=0-1 blocks.N.attn1.norm_k.weight 32
      N=0-1 blocks.N.attn2.to_q.weight 32x32
      N=0-1 blocks.N.attn2.to_q.bias 32
      N=0-1 blocks.N.attn2.to_k.weight 32x32
      N=0-1 blocks.N.attn2.to_k.bias 32
      N=0-1 blocks.N.attn2.to_v.weight 32x32
      N=0-1 blocks.N.attn2.to_v.bias 32
      N=0-1 blocks.N.attn2.to_out.0.weight 32x32
      N=0-1 blocks.N.attn2.to_out.0.bias 32
      N=0-1 blocks.N.attn2.norm_q.weight 32
      N=0-1 blocks.N.attn2.norm_k.weight 32
      N=0-1 blocks.N.attn2.add_k_proj.weight 32x32
      N=0-1 blocks.N.attn2.add_k_proj.bias 32
      N=0-1 blocks.N.attn2.add_v_proj.weight 32x32
      N=0-1 blocks.N.attn2.add_v_proj.bias 32
      N=0-1 blocks.N.attn2.norm_added_k.weight 32
      N=0-1 blocks.N.ffn.net.0.proj.weight 48x32
      N=0-1 blocks.N.ffn.net.0.proj.bias 48
      N=0-1 blocks.N.ffn.net.2.weight 32x48
      N=0-1 blocks.N.ffn.net.2.bias 32
      proj_out.weight 16x32
      proj_out.bias 16
    ]])
  end)

  it("Stable Diffusion 3: a second attention in some layers", function()
    assert.same({ 127, 132952 }, totals [[{"_class_name": "SD3Transformer2DModel",
      "attention_head_dim": 16,
      "num_attention_heads": 2, "caption_projection_dim": 32, "in_channels": 4,
      "out_channels": 6, "joint_attention_dim": 20, "num_layers": 3, "patch_size": 2,
      "pooled_projection_dim": 12, "pos_embed_max_size": 10, "sample_size": 16, "qk_norm":
      "rms_norm", "dual_attention_layers": [0, 2]}]])
  end)

  it("HunyuanDiT: ways from the first half into the second", function()
    assert.same({ 216, 119961 }, totals [[{"_class_name": "HunyuanDiT2DModel",
      "num_attention_heads": 2, "attention_head_dim":
      16, "in_channels": 4, "patch_size": 2, "hidden_size": 32, "num_layers": 5,
      "mlp_ratio": 3.3, "learn_sigma": false, "cross_attention_dim": 24,
      "cross_attention_dim_t5": 40, "pooled_projection_dim": 12, "text_len": 5,
      "text_len_t5": 7, "use_style_cond_and_image_meta_size": false, "sample_size": 16}]])
  end)
end)

describe("convolutions that remove noise", function()
  it("an image becomes a smaller one, and an image again", function()
    same([[{"_class_name": "AutoencoderKL", "block_out_channels": [32], "layers_per_block": 1,
      "norm_num_groups": 8, "in_channels": 1, "out_channels": 2, "use_quant_conv": true,
      "use_post_quant_conv": false}]], [[
      encoder.conv_in.weight 32x1x3x3
      encoder.conv_in.bias 32
      encoder.down_blocks.0.resnets.0.norm1.weight 32
      encoder.down_blocks.0.resnets.0.norm1.bias 32
      encoder.down_blocks.0.resnets.0.conv1.weight 32x32x3x3
      encoder.down_blocks.0.resnets.0.conv1.bias 32
      encoder.down_blocks.0.resnets.0.norm2.weight 32
      encoder.down_blocks.0.resnets.0.norm2.bias 32
      encoder.down_blocks.0.resnets.0.conv2.weight 32x32x3x3
      encoder.down_blocks.0.resnets.0.conv2.bias 32
      encoder.mid_block.attentions.0.group_norm.weight 32
      encoder.mid_block.attentions.0.group_norm.bias 32
      encoder.mid_block.attentions.0.to_q.weight 32x32
      encoder.mid_block.attentions.0.to_q.bias 32
      encoder.mid_block.attentions.0.to_k.weight 32x32
      encoder.mid_block.attentions.0.to_k.bias 32
      encoder.mid_block.attentions.0.to_v.weight 32x32
      encoder.mid_block.attentions.0.to_v.bias 32
      encoder.mid_block.attentions.0.to_out.0.weight 32x32
      encoder.mid_block.attentions.0.to_out.0.bias 32
      encoder.mid_block.resnets.0.norm1.weight 32
      encoder.mid_block.resnets.0.norm1.bias 32
      encoder.mid_block.resnets.0.conv1.weight 32x32x3x3
      encoder.mid_block.resnets.0.conv1.bias 32
      encoder.mid_block.resnets.0.norm2.weight 32
      encoder.mid_block.resnets.0.norm2.bias 32
      encoder.mid_block.resnets.0.conv2.weight 32x32x3x3
      encoder.mid_block.resnets.0.conv2.bias 32
      encoder.mid_block.resnets.1.norm1.weight 32
      encoder.mid_block.resnets.1.norm1.bias 32
      encoder.mid_block.resnets.1.conv1.weight 32x32x3x3
      encoder.mid_block.resnets.1.conv1.bias 32
      encoder.mid_block.resnets.1.norm2.weight 32
      encoder.mid_block.resnets.1.norm2.bias 32
      encoder.mid_block.resnets.1.conv2.weight 32x32x3x3
      encoder.mid_block.resnets.1.conv2.bias 32
      encoder.conv_norm_out.weight 32
      encoder.conv_norm_out.bias 32
      encoder.conv_out.weight 8x32x3x3
      encoder.conv_out.bias 8
      decoder.conv_in.weight 32x4x3x3
      decoder.conv_in.bias 32
      decoder.up_blocks.0.resnets.0.norm1.weight 32
      decoder.up_blocks.0.resnets.0.norm1.bias 32
      decoder.up_blocks.0.resnets.0.conv1.weight 32x32x3x3
      decoder.up_blocks.0.resnets.0.conv1.bias 32
      decoder.up_blocks.0.resnets.0.norm2.weight 32
      decoder.up_blocks.0.resnets.0.norm2.bias 32
      decoder.up_blocks.0.resnets.0.conv2.weight 32x32x3x3
      decoder.up_blocks.0.resnets.0.conv2.bias 32
      decoder.up_blocks.0.resnets.1.norm1.weight 32
      decoder.up_blocks.0.resnets.1.norm1.bias 32
      decoder.up_blocks.0.resnets.1.conv1.weight 32x32x3x3
      decoder.up_blocks.0.resnets.1.conv1.bias 32
      decoder.up_blocks.0.resnets.1.norm2.weight 32
      decoder.up_blocks.0.resnets.1.norm2.bias 32
      decoder.up_blocks.0.resnets.1.conv2.weight 32x32x3x3
      decoder.up_blocks.0.resnets.1.conv2.bias 32
      decoder.mid_block.attentions.0.group_norm.weight 32
      decoder.mid_block.attentions.0.group_norm.bias 32
      decoder.mid_block.attentions.0.to_q.weight 32x32
      decoder.mid_block.attentions.0.to_q.bias 32
      decoder.mid_block.attentions.0.to_k.weight 32x32
      decoder.mid_block.attentions.0.to_k.bias 32
      decoder.mid_block.attentions.0.to_v.weight 32x32
      decoder.mid_block.attentions.0.to_v.bias 32
      decoder.mid_block.attentions.0.to_out.0.weight 32x32
      decoder.mid_block.attentions.0.to_out.0.bias 32
      decoder.mid_block.resnets.0.norm1.weight 32
      decoder.mid_block.resnets.0.norm1.bias 32
      decoder.mid_block.resnets.0.conv1.weight 32x32x3x3
      decoder.mid_block.resnets.0.conv1.bias 32
      decoder.mid_block.resnets.0.norm2.weight 32
      decoder.mid_block.resnets.0.norm2.bias 32
      decoder.mid_block.resnets.0.conv2.weight 32x32x3x3
      decoder.mid_block.resnets.0.conv2.bias 32
      decoder.mid_block.resnets.1.norm1.weight 32
      decoder.mid_block.resnets.1.norm1.bias 32
      decoder.mid_block.resnets.1.conv1.weight 32x32x3x3
      decoder.mid_block.resnets.1.conv1.bias 32
      decoder.mid_block.resnets.1.norm2.weight 32
      decoder.mid_block.resnets.1.norm2.bias 32
      decoder.mid_block.resnets.1.conv2.weight 32x32x3x3
      decoder.mid_block.resnets.1.conv2.bias 32
      decoder.conv_norm_out.weight 32
      decoder.conv_norm_out.bias 32
      decoder.conv_out.weight 2x32x3x3
      decoder.conv_out.bias 2
      quant_conv.weight 8x8x1x1
      quant_conv.bias 8
    ]])
    assert.same({ 136, 813877 }, totals [[{"_class_name": "AutoencoderKL",
      "block_out_channels": [32, 64], "down_block_types":
      ["DownEncoderBlock2D", "DownEncoderBlock2D"], "up_block_types": ["UpDecoderBlock2D",
      "UpDecoderBlock2D"], "layers_per_block": 2, "norm_num_groups": 8, "latent_channels":
      6, "mid_block_add_attention": false}]])
  end)

  it("blocks of other depths, and more that says what is wanted", function()
    assert.same({ 368, 1066563 }, totals [[{"_class_name": "UNet2DConditionModel",
      "block_out_channels": [32, 64],
      "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"], "up_block_types":
      ["UpBlock2D", "CrossAttnUpBlock2D"], "in_channels": 9, "out_channels": 3,
      "cross_attention_dim": 20, "attention_head_dim": 8, "layers_per_block": 1,
      "transformer_layers_per_block": 3, "norm_num_groups": 8}]])
    assert.same({ 974, 7885684 }, totals [[{"_class_name": "UNet2DConditionModel",
      "block_out_channels": [32, 64, 96],
      "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
      "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
      "cross_attention_dim": 20, "attention_head_dim": [2, 4, 8], "layers_per_block": [1,
      2, 3], "transformer_layers_per_block": [1, 2, 3], "norm_num_groups": 8,
      "use_linear_projection": true, "encoder_hid_dim": 11, "encoder_hid_dim_type":
      "text_proj", "addition_embed_type": "text_time", "addition_time_embed_dim": 4,
      "projection_class_embeddings_input_dim": 30}]])
  end)

  it("are not described where their modules are others", function()
    local function chosen(more)
      return family.choose(json.decode('{ "_class_name": "UNet2DConditionModel"' .. more .. " }"))
    end
    assert.is_table(chosen "")
    assert.is_table(chosen ', "class_embed_type": null, "only_cross_attention": false')
    assert.is_nil(chosen ', "class_embed_type": "timestep"')
    assert.is_nil(chosen ', "only_cross_attention": [true, false]')
    assert.is_nil(chosen ', "down_block_types": ["SimpleCrossAttnDownBlock2D"]')
  end)
end)
