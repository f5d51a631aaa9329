--- What a missing key means: class defaults as of transformers 5.23, encoders and encoder-decoders.
---
--- `defaults_decoders.lua` describes the form of the rows and the names outside the vocabulary.

return {
  columns = "hidden_size num_hidden_layers num_attention_heads num_key_value_heads head_dim " ..
    "intermediate_size vocab_size max_position_embeddings hidden_act norm_eps " ..
    "tie_word_embeddings rope_theta",
  rows = [[
albert 4096 12 64 - - 16384 30000 512 gelu_new 1e-12 yes -
bart 1024 12 16 - - 4096 50265 1024 gelu - yes - decoder_attention_heads=16 decoder_ffn_dim=4096
    decoder_layers=12 encoder_attention_heads=16 encoder_ffn_dim=4096 encoder_layers=12
    is_encoder_decoder=yes scale_embedding=no
bert 768 12 12 - - 3072 30522 512 gelu 1e-12 yes -
bert-generation 1024 24 16 - - 4096 50358 512 gelu 1e-12 yes -
big_bird - - 12 - - 3072 - - gelu_new 1e-12 yes -
bigbird_pegasus - - - - - - - - gelu_new - yes - decoder_attention_heads=16 decoder_ffn_dim=4096
    encoder_attention_heads=16 encoder_ffn_dim=4096
blenderbot 2560 2 32 - - 10240 8008 128 gelu - yes - decoder_attention_heads=32
    decoder_ffn_dim=10240 decoder_layers=24 encoder_attention_heads=32 encoder_ffn_dim=10240
    encoder_layers=2 is_encoder_decoder=yes scale_embedding=no
blenderbot-small 512 8 16 - - 2048 50265 512 gelu - yes - decoder_attention_heads=16
    decoder_ffn_dim=2048 decoder_layers=8 encoder_attention_heads=16 encoder_ffn_dim=2048
    encoder_layers=8 is_encoder_decoder=yes scale_embedding=no
blip_2_qformer 768 12 12 - - 3072 30522 512 gelu 1e-12 - -
blip_text_model 768 12 8 - - 3072 30524 512 gelu 1e-12 yes -
bridgetower_text_model 768 12 12 - - 3072 50265 514 gelu 1e-5 - -
camembert 768 12 12 - - 3072 30522 512 gelu 1e-12 yes -
canary - - - - - - 16384 - - - yes - is_encoder_decoder=yes
canary_decoder 1024 8 8 8 128 4096 16384 1024 relu - - - attention_bias=yes is_encoder_decoder=yes
clap_text_model 768 12 12 - - 3072 50265 514 gelu 1e-12 - -
clip_text_model 512 12 8 - - 2048 49408 77 quick_gelu 1e-5 - -
clip_vision_model 768 12 12 - - 3072 - - quick_gelu 1e-5 - - image_size=224 num_channels=3
    patch_size=32
clipseg_text_model 512 12 8 - - 2048 49408 77 quick_gelu 1e-5 - -
clvp_decoder 1024 30 16 - - - 8194 608 gelu_new 1e-5 - -
clvp_encoder 768 20 12 - - 1536 256 - gelu 1e-5 - -
cohere_asr 1024 8 8 8 128 4096 16384 1024 relu - no - attention_bias=yes is_encoder_decoder=yes
cpmant 4096 48 32 - - - 30720 - - - yes -
data2vec-audio 768 12 12 - - 3072 32 - gelu 1e-5 - - conv_bias=no conv_kernel=[10,3,3,3,3,2,2]
data2vec-text 768 12 12 - - 3072 30522 512 gelu 1e-12 yes -
deberta 768 12 12 - - 3072 50265 512 gelu 1e-7 yes -
deberta-v2 1536 24 24 - - 6144 128100 512 gelu 1e-7 yes -
decision_transformer 128 3 1 - - - 1 1024 relu 1e-5 - - width_of_hidden=4
distilbert 768 6 12 - - 3072 30522 512 gelu - yes -
dpr 768 12 12 - - 3072 30522 512 gelu 1e-12 - -
electra 256 12 4 - - 1024 30522 512 gelu 1e-12 yes -
ernie 768 12 12 - - 3072 30522 512 gelu 1e-12 yes -
fastspeech2_conformer 384 4 - - - - 78 - - - - - decoder_layers=4 encoder_layers=4
    is_encoder_decoder=yes
flaubert 2048 12 16 - - - 30145 512 - 1e-12 yes -
fnet 768 12 - - - 3072 32000 512 gelu_new 1e-12 yes -
git - - 12 - - 3072 - - gelu 1e-12 no -
granite_speech5_ctc - - - - - - 16384 - - - yes -
groupvit_text_model 256 12 4 - - 1024 49408 77 quick_gelu 1e-5 - -
hubert 768 12 12 - - 3072 32 - gelu 1e-5 - - conv_bias=no conv_kernel=[10,3,3,3,3,2,2]
ibert 768 12 12 - - 3072 30522 512 gelu 1e-12 yes -
imagegpt 512 24 8 - - - 513 1024 quick_gelu 1e-5 no - width_of_hidden=4
instructblip_qformer 768 12 12 - - 3072 30522 512 gelu 1e-12 - -
instructblipvideo_qformer 768 12 12 - - 3072 30522 512 gelu 1e-12 - -
kosmos-2.5 - - - - - - - - - - yes -
kosmos_2_text_model - - - - - 8192 65037 2048 gelu 1e-5 yes -
layoutlm 768 12 12 - - 3072 30522 512 gelu 1e-12 yes -
layoutlmv2 768 12 12 - - 3072 30522 512 gelu 1e-12 - -
layoutlmv3 768 12 12 - - 3072 50265 512 gelu 1e-5 - -
lilt 768 12 12 - - 3072 30522 512 gelu 1e-12 - -
longformer 768 12 12 - - 3072 30522 512 gelu 1e-12 yes -
longt5 512 6 8 - 64 2048 32128 - relu 1e-6 yes - is_encoder_decoder=yes is_gated_act=no
luke 768 12 12 - - 3072 50267 512 gelu 1e-12 yes -
lxmert 768 - 12 - - 3072 30522 512 gelu - yes -
m2m_100 1024 12 16 - - 4096 128112 1024 relu - yes - decoder_attention_heads=16 decoder_ffn_dim=4096
    decoder_layers=12 encoder_attention_heads=16 encoder_ffn_dim=4096 encoder_layers=12
    is_encoder_decoder=yes scale_embedding=yes
marian 1024 12 16 - - 4096 58101 1024 gelu - yes - decoder_attention_heads=16 decoder_ffn_dim=4096
    decoder_layers=12 encoder_attention_heads=16 encoder_ffn_dim=4096 encoder_layers=12
    is_encoder_decoder=yes scale_embedding=no
markuplm 768 12 12 - - 3072 30522 512 gelu 1e-12 - -
mbart 1024 12 16 - - 4096 50265 1024 gelu - yes - decoder_attention_heads=16 decoder_ffn_dim=4096
    decoder_layers=12 encoder_attention_heads=16 encoder_ffn_dim=4096 encoder_layers=12
    is_encoder_decoder=yes scale_embedding=no
megatron-bert 1024 24 16 - - 4096 29056 512 gelu 1e-12 yes -
metaclip_2_text_model 512 12 8 - - 2048 49408 77 quick_gelu 1e-5 - -
mobilebert 512 24 4 - - 512 30522 512 relu 1e-12 yes -
moonshine_streaming 320 6 8 - 40 1280 32768 4096 silu - no 10000 attention_bias=no
    is_encoder_decoder=yes rope_partial=0.8
mpnet 768 12 12 - - 3072 30527 512 gelu 1e-12 yes - relative_attention_num_buckets=32
mt5 512 8 6 - 64 1024 250112 - gelu_new 1e-6 yes - is_encoder_decoder=yes is_gated_act=yes
    relative_attention_num_buckets=32
musicgen_decoder 1024 24 16 - - 4096 2048 2048 gelu - no -
musicgen_melody_decoder 1024 24 16 - - 4096 2048 2048 gelu - no -
mvp 1024 12 16 - - 4096 50267 1024 gelu - yes - decoder_attention_heads=16 decoder_ffn_dim=4096
    decoder_layers=12 encoder_attention_heads=16 encoder_ffn_dim=4096 encoder_layers=12
    is_encoder_decoder=yes scale_embedding=no
nemotron_asr_streaming - - - - - - 1025 - relu - - - decoder_layers=2 is_encoder_decoder=yes
nllb-moe 1024 12 16 - - 4096 128112 1024 relu - yes - decoder_attention_heads=16
    decoder_ffn_dim=4096 decoder_layers=12 decoder_sparse_step=4 encoder_attention_heads=16
    encoder_ffn_dim=4096 encoder_layers=12 is_encoder_decoder=yes num_experts=128
nystromformer 768 12 12 - - 3072 30000 510 gelu_new 1e-5 yes -
ovis2_vision 1024 24 8 - - 2816 16384 - silu 1e-5 - - attention_bias=no image_size=224 mlp_bias=no
    num_channels=3 patch_size=14
parakeet_rnnt - 2 - - - - 8193 - relu - - - decoder_layers=2 is_encoder_decoder=yes
pegasus 1024 12 16 - - 4096 50265 1024 gelu - yes - decoder_attention_heads=16 decoder_ffn_dim=4096
    decoder_layers=12 encoder_attention_heads=16 encoder_ffn_dim=4096 encoder_layers=12
    is_encoder_decoder=yes scale_embedding=no
pegasus_x 1024 16 16 - - 4096 96103 16384 gelu - yes - decoder_attention_heads=16
    decoder_ffn_dim=4096 decoder_layers=16 encoder_attention_heads=16 encoder_ffn_dim=4096
    encoder_layers=16 is_encoder_decoder=yes
perceiver 768 - - - - - 262 2048 gelu 1e-12 - -
pix2struct_text_model 768 12 12 - 64 2048 50244 - gelu_new 1e-6 no - is_encoder_decoder=yes
pixtral 1024 24 16 - - 4096 - - gelu - - 10000 image_size=1024 num_channels=3 patch_size=16
    rope_type=axial
plbart 768 6 12 - - 3072 50005 1024 gelu - yes - decoder_attention_heads=12 decoder_ffn_dim=3072
    decoder_layers=6 encoder_attention_heads=12 encoder_ffn_dim=3072 encoder_layers=6
    is_encoder_decoder=yes scale_embedding=yes
prophetnet 1024 - - - - 4096 30522 512 gelu - yes - decoder_ffn_dim=4096 decoder_layers=12
    encoder_ffn_dim=4096 is_encoder_decoder=yes
reformer 256 6 12 - - - 320 4096 relu 1e-12 no -
rembert - - 18 - - 4608 - - gelu 1e-12 - -
roberta 768 12 12 - - 3072 50265 512 gelu 1e-12 yes -
roberta-prelayernorm 768 12 12 - - 3072 50265 512 gelu 1e-12 yes -
roc_bert 768 12 12 - - 3072 30522 512 gelu 1e-12 yes -
roformer 768 12 12 - - 3072 50000 1536 gelu 1e-12 yes -
sam3_lite_text_text_model 512 12 8 - - 2048 49408 77 gelu 1e-5 - -
seamless_m4t 1024 24 16 - - 8192 256102 1024 relu 1e-5 yes - decoder_attention_heads=16
    decoder_ffn_dim=8192 decoder_layers=24 encoder_attention_heads=16 encoder_ffn_dim=8192
    encoder_layers=24 is_encoder_decoder=yes
seamless_m4t_v2 1024 24 16 - - 8192 256102 4096 relu 1e-5 yes - decoder_attention_heads=16
    decoder_ffn_dim=8192 decoder_layers=24 encoder_attention_heads=16 encoder_ffn_dim=8192
    encoder_layers=24 is_encoder_decoder=yes
sew 768 12 12 - - 3072 32 - gelu 1e-5 - - conv_bias=no conv_kernel=[10,3,1,3,1,3,1,3,1,2,1,2,1]
sew-d 768 12 12 - - 3072 32 512 gelu_python 1e-7 - -
siglip2_text_model 768 12 12 - - 3072 32000 64 gelu_pytorch_tanh 1e-6 - -
siglip2_vision_model 768 12 12 - - 3072 - - gelu_pytorch_tanh 1e-6 - - image_size=224 num_channels=3
    patch_size=16
siglip_text_model 768 12 12 - - 3072 32000 64 gelu_pytorch_tanh 1e-6 - -
siglip_vision_model 768 12 12 - - 3072 - - gelu_pytorch_tanh 1e-6 - - image_size=224 num_channels=3
    patch_size=16
speech_to_text 256 12 4 - - - 10000 - relu - yes - decoder_attention_heads=4 decoder_ffn_dim=2048
    decoder_layers=6 encoder_attention_heads=4 encoder_ffn_dim=2048 encoder_layers=12
    is_encoder_decoder=yes
switch_transformers 768 12 12 - 64 2048 32128 - relu 1e-6 yes - decoder_sparse_step=4
    is_encoder_decoder=yes num_experts=8 relative_attention_num_buckets=32
t5 512 6 8 - 64 2048 32128 - relu 1e-6 yes - is_encoder_decoder=yes is_gated_act=no
    relative_attention_num_buckets=32
tapas 768 12 12 - - 3072 30522 1024 gelu 1e-12 yes -
tipsv2_text_model 768 12 12 - - 3072 32000 64 relu 1e-5 - -
trocr 1024 12 16 - - - 50265 512 gelu - yes - decoder_attention_heads=16 decoder_ffn_dim=4096
    decoder_layers=12 scale_embedding=no
tvp 768 12 12 - - 3072 30522 512 gelu 1e-12 - -
udop 1024 24 16 - 64 4096 33201 - relu 1e-6 yes - is_encoder_decoder=yes is_gated_act=no
umt5 512 8 6 - 64 1024 250112 - gelu_new 1e-6 yes - is_encoder_decoder=yes is_gated_act=yes
    relative_attention_num_buckets=32
unispeech 768 12 12 - - 3072 32 - gelu 1e-5 - - conv_bias=no conv_kernel=[10,3,3,3,3,2,2]
unispeech-sat 768 12 12 - - 3072 32 - gelu 1e-5 - - conv_bias=no conv_kernel=[10,3,3,3,3,2,2]
visual_bert 768 12 12 - - 3072 30522 512 gelu 1e-12 yes -
vits 192 6 2 - - 768 38 - relu 1e-5 - - sliding_window=4
voxtral_encoder 1280 32 20 - - 5120 51866 - gelu - - - max_source_positions=1500 num_mel_bins=128
    scale_embedding=no
wav2vec2 768 12 12 - - 3072 32 - gelu 1e-5 - - conv_bias=no conv_kernel=[10,3,3,3,3,2,2]
whisper 384 4 6 - - 1536 51865 448 gelu - yes - decoder_attention_heads=6 decoder_ffn_dim=1536
    decoder_layers=4 encoder_attention_heads=6 encoder_ffn_dim=1536 encoder_layers=4
    is_encoder_decoder=yes scale_embedding=no
xclip_text_model 512 12 8 - - 2048 49408 77 quick_gelu 1e-5 - -
xlm 2048 12 16 - - - 30145 512 - 1e-12 yes -
xlm-roberta 768 12 12 - - 3072 30522 512 gelu 1e-12 yes -
xlm-roberta-xl 2560 36 32 - - 10240 250880 514 gelu 1e-5 yes -
xlnet 1024 24 16 - 64 4096 32000 - gelu 1e-12 yes -
xmod 768 12 12 - - 3072 30522 512 gelu 1e-12 yes -
yoso 768 12 12 - - 3072 50265 4096 gelu 1e-12 yes -
]],
}
