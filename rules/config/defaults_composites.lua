--- The language model inside a composite model type, where the file does not name it: as of
--- transformers 5.23, `composite=text type`.

return {
  texts = [[
aria=aria_text audioflamingo3=qwen2 aya_vision=cohere2 blip=blip_text_model blip-2=opt
bridgetower=bridgetower_text_model clap=clap_text_model clip=clip_text_model
clipseg=clipseg_text_model clvp=clvp_encoder cohere2_vision=cohere2
cohere_compass=cohere_compass_text colqwen2=qwen2_vl_text cosmos3_edge=cosmos3_edge_text
cosmos3_omni=qwen3_vl_text deepseek_vl=llama deepseek_vl_hybrid=llama
diffusion_gemma=diffusion_gemma_text dots3_note=dots3_note_text
ernie4_5_vl_moe=ernie4_5_vl_moe_text exaone4_5=exaone4 fast_vlm=qwen2 florence2=bart
fun_asr_nano=qwen3 fuyu=persimmon gemma3=gemma3_text gemma3n=gemma3n_text gemma4=gemma4_text
gemma4_unified=gemma4_unified_text gemma4_unified_assistant=gemma4_unified_text glm46v=glm4v_text
glm4v=glm4v_text glm4v_moe=glm4v_moe_text glm_image=glm_image_text glm_ocr=glm_ocr_text
glmga=glm4v_text got_ocr2=qwen2 granite4_vision=granite4_vision_text grounding-dino=bert
groupvit=groupvit_text_model hunyuan_vl=hunyuan_vl_text idefics2=mistral idefics3=llama
inkling2=inkling2_text instructblip=opt instructblipvideo=opt internvl=qwen2 janus=llama
kimi_k25=deepseek_v3 kosmos-2=kosmos_2_text_model lfm2_vl=lfm2 lfm3_vl=lfm3 lighton_ocr=qwen3
llama4=llama4_text llava=llama llava_next=llama llava_next_video=llama llava_onevision=qwen2
metaclip_2=metaclip_2_text_model minicpm_ocr=qwen3_5_text minicpmv4_6=qwen3_5_text
minicpmv4_7=qwen3_5_text mistral3=mistral mistral_large4=mistral_large4_text
mllama=mllama_text_model modernvbert=modernbert molmo2=molmo2_text moss_transcribe_diarize=qwen3
muse_spark=muse_spark_text musicflamingo=qwen2 musicgen=musicgen_decoder
musicgen_melody=musicgen_melody_decoder nemo_speechlm=nemotron_h omdet-turbo=clip_text_model
ovis2=qwen2 paddleocr_vl=paddleocr_vl_text paligemma=gemma pe_audio=modernbert
pe_audio_video=modernbert pe_video=modernbert perception_lm=llama pix2struct=pix2struct_text_model
pp_chart2table=qwen2 qianfan_ocr=qwen3 qwen2_5_omni_thinker=qwen2_5_omni_text
qwen2_5_vl=qwen2_5_vl_text qwen2_audio=qwen2 qwen2_vl=qwen2_vl_text qwen3_5=qwen3_5_text
qwen3_5_moe=qwen3_5_moe_text qwen3_asr=qwen3 qwen3_omni_moe_thinker=qwen3_omni_moe_text
qwen3_vl=qwen3_vl_text qwen3_vl_moe=qwen3_vl_moe_text qwen4_exp=qwen4_exp_text sam3=clip_text_model
sam3_lite_text=sam3_lite_text_text_model shieldgemma2=gemma3_text siglip=siglip_text_model
siglip2=siglip2_text_model smolvlm=llama speech-encoder-decoder=bert step3p7=step3p5
t5gemma=t5_gemma_module t5gemma2=t5gemma2_decoder t5gemma2_encoder=t5gemma2_text
tipsv2=tipsv2_text_model ultravbert=ultrabert unlimited_ocr=unlimited_ocr_text vibevoice_asr=qwen2
video_llama_3=qwen2 video_llava=llama vipllava=llama vision-encoder-decoder=bert voxtral=llama
xclip=xclip_text_model
]],
  --- What a composite has where its file does not describe a part at all, `TYPE.part`; and what it
  --- has at its top whatever stands there, `TYPE`. As in the other tables of class defaults; `none`
  --- is null.
  parts = [[
aya_vision.vision_config hidden_size=1152 image_size=384 intermediate_size=4304
    num_attention_heads=14 num_hidden_layers=26 patch_size=14 vision_use_head=no
cohere2_vision.vision_config hidden_size=1152 image_size=512 intermediate_size=3072
    num_attention_heads=12 num_hidden_layers=27
cohere_asr.encoder_config attention_bias=yes conv_kernel_size=9 convolution_bias=yes hidden_act=silu
    hidden_size=1280 intermediate_size=5120 max_position_embeddings=5000 num_attention_heads=8
    num_hidden_layers=48 num_mel_bins=128 subsampling_conv_channels=256
    subsampling_conv_kernel_size=3 subsampling_conv_stride=2 subsampling_factor=8
fun_asr_nano.adaptor_config hidden_size=1024 intermediate_size=256
fun_asr_nano.text_config hidden_size=1024 intermediate_size=3072 max_position_embeddings=40960
    num_attention_heads=16 num_hidden_layers=28 num_key_value_heads=8 tie_word_embeddings=yes
glm46v tie_word_embeddings=no
glm4v tie_word_embeddings=no
glmga tie_word_embeddings=no
got_ocr2.text_config hidden_act=silu hidden_size=1024 intermediate_size=2816
    max_position_embeddings=32768 max_window_layers=21 norm_eps=1e-6 num_attention_heads=16
    num_hidden_layers=24 num_key_value_heads=16 rope_theta=1e6 tie_word_embeddings=yes
    use_sliding_window=no vocab_size=151860
idefics2.text_config max_position_embeddings=32768 norm_eps=1e-5
idefics3.text_config norm_eps=1e-5
llava.vision_config hidden_size=1024 image_size=336 intermediate_size=4096 num_attention_heads=16
    num_hidden_layers=24 patch_size=14 vocab_size=32000
llava_next.vision_config hidden_size=1024 image_size=336 intermediate_size=4096
    num_attention_heads=16 num_hidden_layers=24 patch_size=14 vocab_size=32000
llava_onevision.vision_config hidden_size=1152 image_size=384 intermediate_size=4304
    num_attention_heads=16 num_hidden_layers=26 patch_size=14 vision_use_head=no
mistral3.text_config head_dim=128 hidden_act=silu hidden_size=5120 intermediate_size=32768
    max_position_embeddings=131072 norm_eps=1e-5 num_attention_heads=32 num_hidden_layers=40
    num_key_value_heads=8 rope_theta=1e9 sliding_window=none vocab_size=131072
mistral3.vision_config head_dim=64 hidden_act=gelu hidden_size=1024 image_size=1540
    intermediate_size=4096 num_attention_heads=16 num_hidden_layers=24 patch_size=14
    vocab_size=32000
moss_transcribe_diarize.text_config hidden_size=1024 intermediate_size=3072
    max_position_embeddings=131072 num_attention_heads=16 num_hidden_layers=28 num_key_value_heads=8
    rope_theta=1e6
ovis2.vision_config num_visual_indicator_tokens=5
paligemma use_bidirectional_attention=yes
paligemma.text_config hidden_size=2048 intermediate_size=16384 num_attention_heads=8
    num_hidden_layers=18 num_key_value_heads=1 vocab_size=257152
paligemma.vision_config hidden_size=1152 image_size=224 intermediate_size=4096
    num_attention_heads=16 num_hidden_layers=27 patch_size=14 vision_use_head=no vocab_size=257152
pp_chart2table.text_config hidden_act=silu hidden_size=1024 intermediate_size=2816
    max_position_embeddings=32768 max_window_layers=21 norm_eps=1e-6 num_attention_heads=16
    num_hidden_layers=24 num_key_value_heads=16 rope_theta=1e6 tie_word_embeddings=yes
    use_sliding_window=no vocab_size=151860
qwen2_5_vl tie_word_embeddings=no
qwen2_audio.audio_config hidden_act=gelu hidden_size=1280 intermediate_size=5120
    max_source_positions=1500 num_attention_heads=20 num_hidden_layers=32 num_mel_bins=128
    scale_embedding=no
qwen2_vl tie_word_embeddings=no
qwen3_asr.text_config head_dim=128 hidden_size=2048 intermediate_size=6144
    max_position_embeddings=65536 num_attention_heads=16 num_hidden_layers=28 num_key_value_heads=8
    tie_word_embeddings=yes
qwen3_vl tie_word_embeddings=no
smolvlm.text_config norm_eps=1e-5
video_llava.vision_config hidden_size=1024 image_size=224 intermediate_size=4096
    num_attention_heads=16 num_hidden_layers=24 patch_size=14 vocab_size=32000
vipllava.vision_config hidden_size=1024 image_size=336 intermediate_size=4096 num_attention_heads=16
    num_hidden_layers=24 patch_size=14 vocab_size=32000
voxtral.text_config head_dim=128 hidden_size=3072 intermediate_size=8192
    max_position_embeddings=131072 norm_eps=1e-5 num_hidden_layers=30 num_key_value_heads=8
    rope_theta=1e8 vocab_size=131072
]],
}
