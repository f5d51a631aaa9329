--- The language model inside a composite model type, where the file does not name it: as of
--- transformers 5.23, `composite=text type`.

return {
  texts = [[
aria=aria_text audioflamingo3=qwen2 aya_vision=cohere2 blip=blip_text_model blip-2=opt
bridgetower=bridgetower_text_model clap=clap_text_model clipseg=clipseg_text_model
clvp=clvp_encoder cohere2_vision=cohere2 cohere_compass=cohere_compass_text
cosmos3_edge=cosmos3_edge_text cosmos3_omni=qwen3_vl_text deepseek_vl=llama
deepseek_vl_hybrid=llama diffusion_gemma=diffusion_gemma_text dots3_note=dots3_note_text
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
mistral3=mistral mistral_large4=mistral_large4_text mllama=mllama_text_model
modernvbert=modernbert molmo2=molmo2_text moss_transcribe_diarize=qwen3 muse_spark=muse_spark_text
musicflamingo=qwen2 musicgen=musicgen_decoder musicgen_melody=musicgen_melody_decoder
nemo_speechlm=nemotron_h omdet-turbo=clip_text_model ovis2=qwen2 paddleocr_vl=paddleocr_vl_text
paligemma=gemma pe_audio=modernbert pe_audio_video=modernbert pe_video=modernbert
perception_lm=llama pix2struct=pix2struct_text_model qianfan_ocr=qwen3
qwen2_5_omni_thinker=qwen2_5_omni_text qwen2_5_vl=qwen2_5_vl_text qwen2_audio=qwen2
qwen2_vl=qwen2_vl_text qwen3_5=qwen3_5_text qwen3_5_moe=qwen3_5_moe_text qwen3_asr=qwen3
qwen3_omni_moe_thinker=qwen3_omni_moe_text qwen3_vl=qwen3_vl_text qwen3_vl_moe=qwen3_vl_moe_text
qwen4_exp=qwen4_exp_text sam3=clip_text_model sam3_lite_text=sam3_lite_text_text_model
shieldgemma2=gemma3_text smolvlm=llama speech-encoder-decoder=bert step3p7=step3p5
t5gemma=t5_gemma_module t5gemma2=t5gemma2_decoder t5gemma2_encoder=t5gemma2_text
tipsv2=tipsv2_text_model ultravbert=ultrabert unlimited_ocr=unlimited_ocr_text vibevoice_asr=qwen2
video_llama_3=qwen2 video_llava=llama vipllava=llama vision-encoder-decoder=bert voxtral=llama
xclip=xclip_text_model
]],
}
