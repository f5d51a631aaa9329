--- What a missing key means: class defaults as of transformers 5.23, vision and audio towers.
---
--- `defaults_decoders.lua` describes the form of the rows and the names outside the vocabulary.

return {
  columns = "hidden_size num_hidden_layers num_attention_heads num_key_value_heads head_dim " ..
    "intermediate_size vocab_size max_position_embeddings hidden_act norm_eps " ..
    "tie_word_embeddings rope_theta",
  rows = [[
aimv2_vision_model 1024 24 8 - - 2816 - - silu 1e-5 - - attention_bias=no image_size=224 mlp_bias=no
    num_channels=3 patch_size=14
audio-spectrogram-transformer 768 12 12 - - 3072 - - gelu 1e-12 - - attention_bias=yes patch_size=16
audioflamingo3_encoder 1280 32 20 - - 5120 - - gelu - - - max_source_positions=1500 num_mel_bins=128
    scale_embedding=no
beit 768 12 12 - - 3072 8192 - gelu 1e-12 - - image_size=224 num_channels=3 patch_size=16
blip_2_vision_model 1408 39 16 - - 6144 - - gelu 1e-6 - - attention_bias=yes
blip_vision_model 768 12 12 - - 3072 - - gelu 1e-5 - -
blt_global_transformer 2048 25 16 16 128 5632 - 4096 silu 1e-5 no 500000
bridgetower_vision_model 768 12 - - - - - - - 1e-5 - -
chinese_clip_vision_model 768 12 12 - - 3072 - - quick_gelu 1e-5 - - image_size=224 num_channels=3
    patch_size=32
clap_audio_model 768 4 [4,8,16,32] - - - - - gelu 1e-5 - - attention_bias=yes sliding_window=8
clipseg_vision_model 768 12 12 - - 3072 - - quick_gelu 1e-5 - - image_size=224 num_channels=3
    patch_size=32
cohere_compass_vision 1152 - 16 - - 4304 - - gelu_pytorch_tanh - - 10000 rope_type=axial
cosmos3_edge_vision 1152 27 16 - - 4304 - - gelu_pytorch_tanh 1e-6 - - num_channels=3
dac 1024 - - - - - - - - - - -
data2vec-vision 768 12 12 - - 3072 - - gelu 1e-12 - - image_size=224 num_channels=3 patch_size=16
deit 768 12 12 - - 3072 - - gelu 1e-12 - - attention_bias=yes image_size=224 num_channels=3
    patch_size=16
detr 256 6 8 - - 2048 - - relu - - - decoder_attention_heads=8 decoder_ffn_dim=2048
    decoder_layers=6 encoder_attention_heads=8 encoder_ffn_dim=2048 encoder_layers=6
    is_encoder_decoder=yes
dinov2 768 12 12 - - - - - gelu 1e-6 - - attention_bias=yes image_size=224 num_channels=3
    patch_size=14
dinov2_with_registers 768 12 12 - - - - - gelu 1e-6 - - attention_bias=yes image_size=224
    num_channels=3 patch_size=16
dinov3_vit 384 12 6 - - 1536 - - gelu 1e-5 - 100 image_size=224 mlp_bias=yes num_channels=3
    patch_size=16
dots3_note_audio_encoder 1280 32 20 20 64 5120 - 6000 silu - - 10000 attention_bias=yes
    rope_partial=0.5
dots3_note_vision_encoder 1536 42 24 - - 4224 - - silu 1e-5 - 10000 attention_bias=no mlp_bias=no
    moe_intermediate_size=2112 num_experts=64 num_experts_per_tok=2 rope_type=axial
edgetam_mask_decoder 256 2 8 - - 2048 - - gelu - - -
edgetam_prompt_encoder 256 - - - - - - - gelu 1e-6 - -
edgetam_vision_model - - - - - - - - gelu 1e-6 - -
exaone4_5_vision 3584 - 16 8 - 3420 - - silu - - 10000 rope_type=axial sliding_window=112
florence_vision - - [4,8,16,32] - - - - 50 gelu - - - attention_bias=yes sliding_window=12
fun_asr_nano_encoder 512 70 4 - - 2048 - 2049 relu 1e-5 - -
gemma4_audio 1024 12 8 - - - - - silu 1e-6 - - attention_chunk_size=12
gemma4_vision 768 16 12 12 64 3072 - 131072 gelu_pytorch_tanh 1e-6 - 100.0 attention_bias=no
    rope_type=axial
glm4v_moe_vision 1536 - 12 - - 13696 - - silu 1e-5 - 10000 attention_bias=no rope_type=axial
glm4v_vision 1536 - 12 - - 13696 - - silu 1e-5 - 10000 attention_bias=no rope_type=axial
glm5_next_vision 1024 - 16 - - 4096 - - silu 1e-5 - 10000 attention_bias=yes rope_type=axial
    swiglu_limit=10.0
glm_image_vision 1536 - 16 - - 6144 - - gelu 1e-6 - - attention_bias=yes
glm_ocr_vision 1024 - 16 - - 4096 - - silu 1e-5 - 10000 attention_bias=yes rope_type=axial
got_ocr2_vision 768 12 12 - - 3072 - - gelu 1e-6 - - attention_bias=yes num_channels=3
    sliding_window=14
granite_docling_vision 768 12 12 - - 3072 - - gelu_pytorch_tanh 1e-6 - -
groupvit_vision_model 384 12 6 - - 1536 - - gelu 1e-5 - -
hgnet_v2 - - - - - - - - relu - - -
hunyuan_vl_vision 1152 27 16 16 - 4304 - - gelu 1e-5 - -
idefics2_perceiver 4096 - - 4 - - - - silu 1e-6 - -
idefics2_vision 768 12 12 - - 3072 - - gelu_pytorch_tanh 1e-6 - - image_size=224 num_channels=3
    patch_size=32
idefics3_vision 1152 12 16 - - 3072 - - gelu_pytorch_tanh 1e-6 - - image_size=224 num_channels=3
    patch_size=32
idefics_vision - 32 16 - - 5120 - - gelu 1e-5 - -
inkling2_vision 1024 23 16 - - 4096 - - gelu 1e-5 - 10000 rope_type=axial
instructblip_vision_model 1408 39 16 - - 6144 - - gelu 1e-6 - - attention_bias=yes
instructblipvideo_vision_model 1408 39 16 - - 6144 - - gelu 1e-6 - - attention_bias=yes
janus_vision_model 1024 24 16 - - - - - gelu 1e-6 - - attention_bias=yes use_qk_norm=no
internvl_vision 1024 24 16 - - 4096 - - gelu 1e-6 - - attention_bias=no image_size=448
    normalization=layer_norm num_channels=3 patch_size=14 use_qk_norm=no
janus_vqgan - 2 - - - - - - gelu - - -
kimi_k25_vision 1152 27 16 - - 4304 - - gelu_pytorch_tanh - - 10000 rope_type=axial
kosmos_2_vision_model 1024 24 16 - - 4096 - - quick_gelu 1e-5 - -
lasr_ctc - - - - - - 512 - - - - -
lasr_encoder 512 17 8 - - 2048 - 10000 silu 1e-6 - 10000 attention_bias=no num_mel_bins=128
lfm3_vl_vision 1024 14 16 8 - 2560 - - - 1e-5 - 1e6 layer_types_cycle=full,conv
    layer_types_first=conv,conv patch_size=16 rope_type=axial
llama4_vision_model 768 34 16 - - 5632 - - gelu 1e-5 - 10000
metaclip_2_vision_model 768 12 12 - - 3072 - - quick_gelu 1e-5 - - image_size=224 num_channels=3
    patch_size=32
mimi 512 8 8 8 64 2048 - 8000 gelu 1e-5 yes 10000 attention_bias=no sliding_window=250
minicpm_ocr_vision 768 12 12 - - 3072 - - gelu_pytorch_tanh 1e-6 - - num_channels=3
minicpmv4_6_vision 768 12 12 - - 3072 - - gelu_pytorch_tanh 1e-6 - - num_channels=3
minicpmv4_7_vision 768 12 12 - - 3072 - - gelu_pytorch_tanh 1e-6 - - num_channels=3
mlcd_vision_model 1664 48 16 - - 8192 - - gelu 1e-5 - 10000 image_size=336 num_channels=3
    patch_size=14 rope_type=axial
mllama_vision_model 1280 32 16 - - 5120 - - gelu 1e-5 - - image_size=448 num_channels=3
    patch_size=14
molmo2_adapter 1152 - 16 16 72 18944 - - silu - - - attention_bias=yes mlp_bias=no
molmo2_vision 1152 25 16 16 72 4304 - - gelu_pytorch_tanh 1e-6 - - attention_bias=yes
moonshine_streaming_encoder 320 6 8 8 40 1280 - 4096 gelu - - - attention_bias=no
moss_transcribe_diarize_audio 1024 24 16 - - 4096 - - gelu - - - max_source_positions=1500
    num_mel_bins=80
muse_glimmer_vision 1536 50 16 - - 8960 - 1024 gelu 1e-5 - 10000 rope_type=axial
muse_spark_audio - 4 - - - - - - gelu 1e-6 - -
muse_spark_vision 1536 50 16 - - 8960 - 1024 gelu 1e-5 - 10000 rope_type=axial
nemotron3_5_transcribe_asr_audio 1280 32 10 10 - 5120 - 5000 gelu - - 10000 rope_partial=0.5
nemotron3_diarization_audio 512 31 8 8 - 2048 - 5000 gelu - - 10000 rope_partial=1.0
nemotron_asr_streaming_encoder 1024 24 8 8 - 4096 - 5000 silu - - - attention_bias=yes
    sliding_window=71
paddleocr_vl_vision 1152 27 16 - - 4304 - - gelu_pytorch_tanh 1e-6 - 10000 num_channels=3
    rope_type=axial
parakeet_ctc - - - - - - 1025 - - - - -
parakeet_encoder 1024 24 8 8 - 4096 - 5000 silu - - - attention_bias=yes num_mel_bins=80
pe_audio_encoder 1792 6 14 14 128 4800 - 10000 silu 1e-5 - 20000 attention_bias=no
pe_audio_video_encoder 1792 6 14 14 128 4800 - 10000 silu 1e-5 - 20000 attention_bias=no
pe_video_encoder 1792 6 14 14 128 4800 - 10000 silu 1e-5 - 20000 attention_bias=no
pix2struct_vision_model 768 12 12 - 64 2048 - 4096 gelu_new 1e-6 - -
pocket_tts_audio_tokenizer 512 2 8 8 64 2048 - 8000 gelu_pytorch_tanh 1e-5 - 10000
    attention_bias=no sliding_window=250
pocket_tts_audio_tokenizer_decoder 512 2 8 8 64 2048 - 8000 gelu_pytorch_tanh 1e-5 - 10000
    attention_bias=no sliding_window=250
pp_chart2table_vision 768 12 12 - - 3072 - - gelu 1e-6 - - attention_bias=yes num_channels=3
pp_lcnet_v3 - - - - - - - - hardswish - - -
pp_lcnet_v4 - - - - - - - - relu - - -
qianfan_ocr_vision 1024 24 16 - - 4096 - - gelu 1e-6 - - attention_bias=yes normalization=layer_norm
    num_channels=3 use_qk_norm=no
qwen2_5_omni_audio_encoder 1280 32 20 - - 5120 - - gelu - - - encoder_attention_heads=20
    encoder_ffn_dim=5120 encoder_layers=32
qwen2_5_omni_dit 1024 22 16 - 64 - - 32768 - - - 10000
qwen2_5_omni_vision_encoder 3584 - 16 - - 3420 - - silu - - 10000 rope_type=axial
    sliding_window=112
qwen2_5_vl_vision 3584 - 16 - - 3420 - - silu - - 10000 rope_type=axial sliding_window=112
qwen2_audio_encoder 1280 32 20 - - 5120 - - gelu - - - encoder_attention_heads=20
    encoder_ffn_dim=5120 encoder_layers=32 max_source_positions=1500 num_mel_bins=128
    scale_embedding=no
qwen2_vl_vision 3584 - 16 - - - - - quick_gelu - - 10000 rope_type=axial
qwen3_5_moe_vision 1152 - 16 - - 4304 - - gelu_pytorch_tanh - - 10000 rope_type=axial
qwen3_5_vision 1152 - 16 - - 4304 - - gelu_pytorch_tanh - - 10000 rope_type=axial
qwen3_asr_encoder 1024 24 16 - - 4096 - 13 gelu - - - encoder_attention_heads=16
    encoder_ffn_dim=4096 encoder_layers=24 num_mel_bins=128 scale_embedding=no
qwen3_omni_moe_audio_encoder 1280 32 20 - - 5120 - - gelu - - - encoder_attention_heads=20
    encoder_ffn_dim=5120 encoder_layers=32
qwen3_omni_moe_vision_encoder 1152 - 16 - - 4304 - - gelu_pytorch_tanh - - 10000 rope_type=axial
qwen3_vl_moe_vision 1152 - 16 - - 4304 - - gelu_pytorch_tanh - - 10000 rope_type=axial
qwen3_vl_vision 1152 - 16 - - 4304 - - gelu_pytorch_tanh - - 10000 rope_type=axial
qwen4_exp_vision 1152 - 16 - - 4304 - - gelu_pytorch_tanh - - 10000 rope_type=axial
resnet - - - - - - - - relu - - -
rf_detr_dinov2 768 12 12 - - - - - gelu 1e-6 - - attention_bias=yes
rt_detr_resnet - - - - - - - - relu - - -
sam2_hiera_det_model 96 - 1 - - - - - gelu 1e-6 - -
sam2_video_mask_decoder 256 2 8 - - 2048 - - gelu - - -
sam2_video_prompt_encoder 256 - - - - - - - gelu 1e-6 - -
sam2_vision_model - - - - - - - - gelu 1e-6 - -
sam3_detr_decoder 256 6 8 - - 2048 - - relu 1e-6 - -
sam3_detr_encoder 256 6 8 - - 2048 - - relu 1e-6 - -
sam3_geometry_encoder 256 3 8 - - 2048 - - relu 1e-6 - -
sam3_lite_text_detr_decoder 256 6 8 - - 2048 - - relu 1e-6 - -
sam3_lite_text_detr_encoder 256 6 8 - - 2048 - - relu 1e-6 - -
sam3_lite_text_geometry_encoder 256 3 8 - - 2048 - - relu 1e-6 - -
sam3_lite_text_mask_decoder 256 - 8 - - - - - - 1e-6 - -
sam3_mask_decoder 256 - 8 - - - - - - 1e-6 - -
sam3_tracker_mask_decoder 256 2 8 - - 2048 - - gelu - - -
sam3_tracker_prompt_encoder 256 - - - - - - - gelu 1e-6 - -
sam3_vision_model - - - - - - - - gelu 1e-6 - -
sam3_vit_model 1024 32 16 - - 4736 - - gelu 1e-6 - 10000 rope_type=axial sliding_window=24
sam_hq_mask_decoder 256 2 8 - - 2048 - - relu 1e-6 - -
sam_hq_prompt_encoder 256 - - - - - - - gelu 1e-6 - -
sam_hq_vision_model 768 12 12 - - 3072 - - gelu 1e-6 - - attention_bias=yes sliding_window=14
sam_vision_model 768 12 12 - - 3072 - - gelu 1e-6 - - attention_bias=yes num_channels=3
    sliding_window=14
smolvlm_vision 1152 12 16 - - 3072 - - gelu_pytorch_tanh 1e-6 - - image_size=224 num_channels=3
    patch_size=32
step3p5_vision 1536 47 16 - - 8960 - 2704 quick_gelu 1e-5 - 10000 rope_type=axial
swin 768 4 [3,6,12,24] - - - - - gelu 1e-5 - - attention_bias=yes sliding_window=7
tipsv2_vision_model 768 12 12 - - - - - gelu 1e-6 - - attention_bias=yes
unlimited_ocr_sam_vision_model 768 12 12 - - 3072 - - gelu 1e-6 - - attention_bias=yes
    sliding_window=14
unlimited_ocr_vision_encoder 1024 24 16 - - 4096 - - quick_gelu 1e-5 - -
vibevoice_acoustic_tokenizer_encoder 64 - - - - - - - gelu 1e-5 - -
video_llama_3_vision 768 12 12 - - 3072 - - gelu_pytorch_tanh 1e-6 - 10000 rope_type=axial
videoprism_vision_model 768 - 12 - - 3072 - - gelu_python 1e-6 - - attention_bias=yes
    attn_logit_softcapping=50.0
vit 768 12 12 - - 3072 - - gelu 1e-12 - - attention_bias=yes image_size=224 num_channels=3
    patch_size=16
vit_mae 768 12 12 - - 3072 - - gelu 1e-12 - - attention_bias=yes image_size=224 num_channels=3
    patch_size=16
vit_msn 768 12 12 - - 3072 - - gelu 1e-6 - - attention_bias=yes image_size=224 num_channels=3
    patch_size=16
wav2vec2-bert 1024 24 16 - - 4096 - - swish 1e-5 - - max_source_positions=5000
xclip_vision_model 768 12 12 - - 3072 - - quick_gelu 1e-5 - -
yolos 768 12 12 - - 3072 - - gelu 1e-12 - - attention_bias=yes image_size=[512,864] num_channels=3
    patch_size=16
]],
}
