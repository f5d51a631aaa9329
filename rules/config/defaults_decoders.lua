--- What a missing key means: class defaults as of transformers 5.23, decoders; those of a few whose
--- code stands beside their weights, as that code has them.
---
--- One line a model type, then the columns of `columns` (`-`: the class has no such value), then
--- whatever else it assumes; an indented line continues the one before. yes and no are flags.
--- Names outside the vocabulary say what the code of a class does and no key of a file tells:
--- `rope_partial` (share of rotated dimensions), `rope_of_head` (the share is qk_rope_head_dim /
--- head_dim), `width_of_hidden` (intermediate_size is that many times hidden_size),
--- `layer_types_all` (every layer is of that kind), `full_first` (of so many layers the first is
--- full), `dense_apart` (dense layers have a pattern of their own), `conv_and_windows` (of four
--- layers one is full, one has a window), `indexed_and_windows` (the first two, then one of four
--- have an indexer, the others a window), `heads_of_experts` (query heads are those of all experts
--- that a token chooses), `window_off` (the window where it is off),
--- `rope_type`, `rope_of_main` (type and share are those of the first of two kinds of layer),
--- `rope_by_kind` (the one kind of layer that rotates), `attentions_per_layer`,
--- `only_hidden_activation` (`hidden_act` is not read), `heads_of_state` (heads are those of the
--- state, there is no attention), `state_width` and `state_of_hidden` (the width of all heads of
--- the state is this, or follows from hidden_size), `linear_of_attention` (or from the attention),
--- `head_of_parts` (a head is qk_nope_head_dim and qk_rope_head_dim),
--- `double_heads` (and twice as wide), `layer_types_cycle` and `layer_types_first` (kinds that come
--- in turn, but for the first layers), `half_window` (a window counts both sides where attention
--- goes both ways), `one_or_all` (without multi_query keys have as many heads as queries),
--- `hybrid_from` (of so many layers the last is hybrid, and behind them it goes by
--- attn_layer_period), `rope.NAME` (what the record of rotary positions has where a file has none).
--- `[1,2]` is a list.

return {
  columns = "hidden_size num_hidden_layers num_attention_heads num_key_value_heads head_dim " ..
    "intermediate_size vocab_size max_position_embeddings hidden_act norm_eps " ..
    "tie_word_embeddings rope_theta",
  rows = [[
afmoe 2048 32 16 - 128 6144 200192 16384 silu 1e-5 no 10000 attention_bias=no
    first_k_dense_replace=1 moe_intermediate_size=1408 num_experts=64 num_experts_per_tok=6
    num_shared_experts=2 routed_scaling_factor=1.0 sliding_window=1024 sliding_window_pattern=4
apertus 4096 32 32 - - 14336 131072 65536 xielu 1e-5 no 1.2e7 attention_bias=no rope.factor=8.0
    rope.high_freq_factor=4.0 rope.low_freq_factor=1.0 rope.original_max_position_embeddings=8192
    rope_type=llama3
arcee 2560 32 32 - - 18432 32000 4096 relu2 1e-5 no 10000 attention_bias=no mlp_bias=no
aria_text 4096 32 32 - - 4096 32000 2048 silu 1e-6 no 10000 attention_bias=no mlp_bias=no
    num_experts=8 num_experts_per_tok=2 num_shared_experts=2
axk1 7168 61 64 64 - 18432 163840 32768 silu 1e-6 no 10000 attention_bias=no
    first_k_dense_replace=1 kv_lora_rank=512 moe_intermediate_size=2048 n_group=8
    norm_topk_prob=yes num_experts=192 num_experts_per_tok=8 num_shared_experts=1 q_lora_rank=1536
    qk_nope_head_dim=128 qk_rope_head_dim=64 rope_interleave=yes routed_scaling_factor=2.5
    topk_group=4 v_head_dim=128
axk2 2048 48 32 32 - 5120 163840 131072 silu 1e-6 no 10000 attention_bias=no
    first_k_dense_replace=1 index_head_dim=128 index_n_heads=16 index_topk=2048 kv_lora_rank=128
    layer_types_all=indexed_attention moe_intermediate_size=512 norm_topk_prob=yes num_experts=128
    num_experts_per_tok=8 num_shared_experts=1 q_lora_rank=384 qk_nope_head_dim=64
    qk_rope_head_dim=32 routed_scaling_factor=2.5 v_head_dim=64
bailing_hybrid 2560 42 32 32 - 6144 157184 262144 silu 1e-6 no 6e6 attention_bias=no
    first_k_dense_replace=2 full_attention_interval=6 kv_lora_rank=512 linear_conv_kernel_dim=4
    moe_intermediate_size=768 n_group=8 norm_topk_prob=yes num_experts=512 num_experts_per_tok=8
    num_nextn_predict_layers=1 num_shared_experts=1 qk_nope_head_dim=128 qk_rope_head_dim=64
    routed_scaling_factor=2.5 topk_group=4 v_head_dim=128
bamba 4096 32 32 8 - 14336 128000 262144 silu 1e-5 no 10000 attention_bias=no chunk_size=256
    conv_kernel=4 layer_types_all=linear_attention mamba_expand=2 mamba_head_dim=64
    mamba_num_heads=128 mamba_proj_bias=no mlp_bias=no n_groups=1 rope_partial=0.5
    ssm_state_size=256 state_of_hidden=yes
beam 5120 52 48 8 128 20480 151936 8192 silu 1e-6 no 10000 attention_bias=no
    final_logit_softcapping=30.0 moe_intermediate_size=2560 n_group=8 norm_topk_prob=yes
    num_experts=256 num_experts_per_tok=8 rope_local_base_freq=10000 routed_scaling_factor=2.5
    sliding_window=512 topk_group=4
biogpt 1024 24 16 - - 4096 42384 1024 gelu 1e-12 yes -
bitnet 2560 30 20 5 - 6912 128256 2048 relu2 1e-5 no 500000 attention_bias=no
bloom 64 2 8 - - - 250880 - - 1e-5 yes - width_of_hidden=4
blt - - - - - - 260 4096 - - no 500000
blt_local_decoder 1024 9 16 - 64 2816 260 24576 silu 1e-5 no 500000
blt_local_encoder 1024 1 16 - - 2730 260 24576 silu 1e-5 no 500000 sliding_window=512
blt_patcher 768 14 12 - 64 2048 260 8192 silu 1e-5 no 10000 sliding_window=512
chameleon 4096 32 32 32 - 11008 65536 4096 silu 1e-5 no 10000 attention_bias=no mlp_bias=no
chatglm 4096 28 32 - 128 13696 65024 2048 silu 1e-5 no 10000 attention_bias=no multi_query=no
    rope_partial=0.5
codegen 4096 28 16 - - - 50400 2048 gelu_new 1e-5 no - rotary_dim=64 width_of_hidden=4
cohere 8192 40 64 - - 22528 256000 8192 silu 1e-5 yes 500000 attention_bias=no logit_scale=0.0625
    use_qk_norm=no
cohere2 8192 40 64 - - 22528 256000 8192 silu 1e-5 yes 10000 attention_bias=no
    logit_scale=0.0625 sliding_window=4096 sliding_window_pattern=4
cohere2_moe 8192 40 64 - 128 22528 256000 8192 silu 1e-5 yes 10000 attention_bias=no dense_apart=yes
    first_k_dense_replace=0 logit_scale=0.0625 norm_topk_prob=yes num_experts=8
    num_experts_per_tok=2 num_shared_experts=0 sliding_window=4096 sliding_window_pattern=4
cohere_compass_text 8192 40 64 - 128 22528 256000 8192 silu 1e-5 yes - attention_bias=no
    sliding_window=4096
cosmos3_edge_text 2048 28 16 8 128 9216 131072 131072 relu2 1e-5 no 1e8 attention_bias=no
    mlp_bias=no
ctrl - - - - - - - - - 1e-6 yes -
cwm 6144 64 48 8 128 21504 128256 131072 silu 1e-5 no 1e6 full_first=4 mlp_bias=no rope.factor=16.0
    rope.high_freq_factor=4.0 rope.low_freq_factor=1.0 rope.original_max_position_embeddings=8192
    rope_type=llama3 sliding_window=8192
dbrx 2048 24 16 1 - - 32000 2048 silu - no 10000 moe_intermediate_size=3584 num_experts=4
    num_experts_per_tok=1
DeepseekOCR 4096 30 32 32 - 11008 102400 2048 silu 1e-6 no 10000 attention_bias=no
    first_k_dense_replace=0 moe_intermediate_size=1407
deepseek_v2 4096 32 32 - - 11008 102400 2048 silu 1e-6 no 10000 attention_bias=no
    first_k_dense_replace=0 kv_lora_rank=512 mlp_bias=no moe_intermediate_size=1407
    norm_topk_prob=no num_experts=64 num_experts_per_tok=6 num_shared_experts=2 q_lora_rank=1536
    qk_nope_head_dim=128 qk_rope_head_dim=64 routed_scaling_factor=1.0 topk_method=greedy
    v_head_dim=128
deepseek_v3 7168 61 128 128 - 18432 129280 4096 silu 1e-6 no 10000 attention_bias=no
    first_k_dense_replace=3 kv_lora_rank=512 moe_intermediate_size=2048 n_group=8
    norm_topk_prob=yes num_experts=256 num_experts_per_tok=8 num_shared_experts=1 q_lora_rank=1536
    qk_nope_head_dim=128 qk_rope_head_dim=64 rope_interleave=yes routed_scaling_factor=2.5
    topk_group=4 v_head_dim=128
deepseek_v32 7168 61 128 128 - 18432 129280 163840 silu 1e-6 no 10000 attention_bias=no
    first_k_dense_replace=3 index_head_dim=128 index_n_heads=64 index_topk=2048 kv_lora_rank=512
    layer_types_all=indexed_attention mlp_bias=no moe_intermediate_size=2048 n_group=8
    norm_topk_prob=yes num_experts=256 num_experts_per_tok=8 num_shared_experts=1 q_lora_rank=1536
    qk_nope_head_dim=128 qk_rope_head_dim=64 routed_scaling_factor=2.5 topk_group=4 v_head_dim=128
deepseek_v4 4096 43 64 1 512 - 129280 1048576 silu 1e-6 no 10000 attention_bias=no
    compress_rope_theta=160000 hc_mult=4 index_head_dim=128 index_n_heads=64 index_topk=512
    mlp_bias=no moe_intermediate_size=2048 norm_topk_prob=yes num_experts=256 num_experts_per_tok=6
    num_hash_layers=3 num_nextn_predict_layers=1 num_shared_experts=1 o_groups=8 o_lora_rank=1024
    q_lora_rank=1024 rope_of_head=yes rope_partial=0.125 routed_scaling_factor=1.5
    scoring_func=sqrtsoftplus sliding_window=128 swiglu_limit=10.0
delta_net 2048 24 16 - - - 32000 2048 swish 1e-6 no -
diffllama 2048 16 32 - - 8192 32000 2048 silu 1e-5 no 10000 attention_bias=no
diffusion_gemma_text 2304 30 8 4 256 9216 262144 131072 gelu_pytorch_tanh 1e-6 yes 1e6
    attention_bias=no rope_local_base_freq=10000 rope_partial=0.25 sliding_window=512
doge 1024 32 8 - - 2048 32768 2048 silu 1e-6 no 10000 attention_bias=no enable_moe_block=no
    mlp_bias=no norm_topk_prob=no num_experts=16384 num_experts_per_tok=64
dots1 4608 62 32 32 - 10944 152064 2048 silu 1e-6 no 10000 attention_bias=no first_k_dense_replace=0
    max_window_layers=62 moe_intermediate_size=1408 n_group=1 norm_topk_prob=no
    routed_scaling_factor=1.0 sliding_window=4096 topk_group=1
dots3_note_text 5120 46 128 128 256 13824 152064 524288 silu 1e-5 no - attention_bias=no
    first_k_dense_replace=1 index_head_dim=128 index_n_heads=64 index_topk=2048
    indexed_and_windows=yes kv_lora_rank=512 mlp_bias=no moe_intermediate_size=1536 n_group=1
    norm_topk_prob=yes num_experts=256 num_experts_per_tok=8 num_shared_experts=1 q_lora_rank=1024
    qk_nope_head_dim=128 qk_rope_head_dim=64 routed_scaling_factor=1.0
    shared_expert_intermediate_size=1536 sliding_window=512 swa_kv_lora_rank=1024
    swa_num_attention_heads=64 swa_num_key_value_heads=64 swa_q_lora_rank=1024
    swa_qk_nope_head_dim=192 swa_qk_rope_head_dim=64 swa_v_head_dim=128 topk_group=1 v_head_dim=128
ernie4_5 1024 18 16 2 128 3072 103424 131072 silu 1e-5 yes 500000 use_bias=no
ernie4_5_moe 2560 28 20 4 - 12288 103424 131072 silu 1e-5 yes 500000 moe_intermediate_size=1536
    num_experts=64 num_experts_per_tok=6 num_shared_experts=2 use_bias=no
ernie4_5_vl_moe_text - - 20 4 - 12288 - - silu 1e-5 - - num_experts=64 num_experts_per_tok=6
    num_shared_experts=2
esm 768 12 12 - - 3072 33 1026 - 1e-12 yes 10000 position_embedding_type=absolute
esmc 2560 80 40 - - 6912 64 2048 silu - no 10000 attention_bias=no mlp_bias=no
eurobert 768 12 12 - - 3072 128256 8192 silu 1e-5 no 10000 attention_bias=no mlp_bias=no
evolla 4096 32 32 8 - 14336 128256 8192 silu 1e-5 no 500000 attention_bias=no mlp_bias=no
exaone 2048 32 32 - - - 102400 2048 silu - yes 10000 width_of_hidden=4
exaone4 4096 32 32 32 - 16384 102400 2048 silu 1e-5 no 10000 sliding_window=4096
    sliding_window_pattern=4
exaone_moe 4096 32 32 32 - 16384 102400 2048 silu 1e-5 no 10000 first_k_dense_replace=1
    moe_intermediate_size=1024 n_group=1 norm_topk_prob=yes num_experts=64 num_experts_per_tok=8
    num_shared_experts=1 routed_scaling_factor=2.5 sliding_window=4096 sliding_window_pattern=4
    topk_group=1
falcon 4544 32 71 - - 18176 65024 2048 gelu 1e-5 yes 10000 alibi=no multi_query=yes
    new_decoder_architecture=no parallel_residual=yes use_bias=no
falcon_h1 4096 32 32 8 - 14336 128000 8192 silu 1e-5 no 10000 attention_bias=no chunk_size=256
    conv_kernel=4 embedding_multiplier=1.0 layer_types_all=hybrid mamba_expand=2 mamba_head_dim=8
    mamba_num_heads=128 mamba_proj_bias=no mlp_bias=no n_groups=1 ssm_state_size=256
    state_width=1024
falcon_mamba 768 32 - - - 1536 50280 - silu 1e-5 yes - conv_kernel=4
    layer_types_all=linear_attention mamba_expand=2 ssm_state_size=16 use_bias=no width_of_hidden=2
flex_olmo 4096 32 32 - - 11008 100352 4096 silu 1e-6 no 500000 attention_bias=no
    norm_topk_prob=no num_experts=7 num_experts_per_tok=5
gated_deltanet 2048 21 6 - 256 - 32000 2048 swish 1e-6 no -
gemma 3072 28 16 16 256 24576 256000 8192 gelu_pytorch_tanh 1e-6 yes 10000 attention_bias=no
    only_hidden_activation=yes
gemma2 2304 26 8 4 256 9216 256000 8192 gelu_pytorch_tanh 1e-6 yes 10000 attention_bias=no
    attn_logit_softcapping=50.0 final_logit_softcapping=30.0 only_hidden_activation=yes
    query_pre_attn_scalar=256 sliding_window=4096 sliding_window_pattern=2
gemma3_text 2304 26 8 4 256 9216 262208 131072 gelu_pytorch_tanh 1e-6 yes 1e6 attention_bias=no
    half_window=yes only_hidden_activation=yes query_pre_attn_scalar=256 rope_local_base_freq=10000
    sliding_window=4096 sliding_window_pattern=6 use_bidirectional_attention=no
gemma3n_text 2048 35 8 2 256 16384 262400 32768 gelu_pytorch_tanh 1e-6 yes 1e6 attention_bias=no
    final_logit_softcapping=30.0 hidden_size_per_layer_input=256 num_kv_shared_layers=15
    only_hidden_activation=yes rope_local_base_freq=10000 sliding_window=512
    sliding_window_pattern=5 vocab_size_per_layer_input=262144
gemma4_text 2304 30 8 4 256 9216 262144 131072 gelu_pytorch_tanh 1e-6 yes 1e6 attention_bias=no
    attention_k_eq_v=no enable_moe_block=no hidden_size_per_layer_input=256 num_kv_shared_layers=0
    only_hidden_activation=yes rope_local_base_freq=10000 rope_of_main=yes rope_partial=0.25
    rope_type=proportional sliding_window=512 sliding_window_pattern=6
    vocab_size_per_layer_input=262144
gemma4_unified_text 2304 30 8 4 256 9216 262144 262144 gelu_pytorch_tanh 1e-6 yes 1e6
    attention_bias=no attention_k_eq_v=no num_kv_shared_layers=0 rope_local_base_freq=10000
    rope_of_main=yes rope_partial=0.25 rope_type=proportional sliding_window=1024
    sliding_window_pattern=6 use_bidirectional_attention=vision
gla 2048 24 4 - - - 32000 2048 swish 1e-6 no -
glm 4096 40 32 2 128 13696 151552 131072 silu 1.5625e-7 no 10000 attention_bias=yes rope_partial=0.5
glm4 4096 40 32 2 128 13696 151552 131072 silu 1.5625e-7 no 10000 attention_bias=yes
    rope_partial=0.5
glm4_moe 4096 46 96 8 - 10944 151552 131072 silu 1e-5 no 10000 attention_bias=no
    first_k_dense_replace=1 moe_intermediate_size=1408 n_group=1 norm_topk_prob=yes
    num_experts=128 num_experts_per_tok=8 num_shared_experts=1 rope_partial=0.5
    routed_scaling_factor=1.0 topk_group=1 use_qk_norm=no
glm4_moe_lite 2048 47 20 20 - 10240 154880 202752 silu 1e-5 no 10000 attention_bias=no
    first_k_dense_replace=1 kv_lora_rank=512 moe_intermediate_size=1536 n_group=1
    norm_topk_prob=yes num_experts=64 num_experts_per_tok=4 num_shared_experts=1 q_lora_rank=768
    qk_nope_head_dim=192 qk_rope_head_dim=64 rope_interleave=yes routed_scaling_factor=1.8
    topk_group=1 v_head_dim=256
glm4v_moe_text 4096 46 96 8 128 10944 151424 65536 silu 1e-5 no 10000 attention_bias=yes
    first_k_dense_replace=1 moe_intermediate_size=1408 n_group=1 norm_topk_prob=yes
    num_experts=128 num_experts_per_tok=8 num_shared_experts=1 rope_partial=0.5
    routed_scaling_factor=1.0 topk_group=1
glm4v_text 4096 40 32 2 - 13696 151552 32768 silu 1e-5 - 10000 rope_partial=0.5
glm5_next_text 4096 45 64 64 - 12288 154880 1048576 silu 1e-5 no - attention_bias=no hc_mult=4
    index_head_dim=128 index_n_heads=32 index_topk=2048 kv_lora_rank=512 linear_conv_kernel_dim=4
    moe_intermediate_size=2048 n_group=1 norm_topk_prob=yes num_experts=288 num_experts_per_tok=8
    num_shared_experts=1 q_lora_rank=1536 qk_nope_head_dim=256 qk_rope_head_dim=0
    routed_scaling_factor=2.5 swiglu_limit=10.0 topk_group=1 v_head_dim=256
glm_image_text 4096 40 32 2 - 13696 168064 131072 silu 1e-5 - 10000 attention_bias=yes
    rope_partial=0.5
glm_moe_dsa 6144 78 64 64 - 12288 154880 202752 silu 1e-5 no 10000 attention_bias=no
    first_k_dense_replace=3 index_head_dim=128 index_n_heads=32 index_topk=2048 index_topk_freq=1
    kv_lora_rank=512 layer_types_all=indexed_attention mlp_bias=no moe_intermediate_size=2048
    n_group=1 norm_topk_prob=yes num_experts=256 num_experts_per_tok=8 num_shared_experts=1
    q_lora_rank=2048 qk_nope_head_dim=192 qk_rope_head_dim=64 routed_scaling_factor=2.5 topk_group=1
    v_head_dim=256
glm_ocr_text 1024 16 16 8 - 4096 59392 131072 silu 1e-5 no 10000
gpt2 768 12 12 - - - 50257 1024 gelu_new 1e-5 yes - width_of_hidden=4
gpt_bigcode 768 12 12 - - - 50257 1024 gelu_pytorch_tanh 1e-5 yes - multi_query=yes one_or_all=yes
    width_of_hidden=4
gpt_neo 2048 24 16 - - - 50257 2048 gelu_new 1e-5 yes - layer_types_cycle=full,sliding
    sliding_window=256 width_of_hidden=4
gpt_neox 6144 44 64 - - 24576 50432 2048 gelu 1e-5 no 10000 attention_bias=yes
    parallel_residual=yes rope_partial=0.25
gpt_neox_japanese 2560 32 32 - - - 32000 2048 gelu 1e-5 yes 10000 rope_partial=1.0
    width_of_hidden=4
gpt_neox_reward_model 6144 44 64 - - 24576 50432 2048 gelu 1e-5 no 10000 attention_bias=yes
    parallel_residual=yes rope_partial=0.25
gpt_oss 2880 36 64 8 64 2880 201088 131072 silu 1e-5 no 150000 attention_bias=yes num_experts=128
    num_experts_per_tok=4 rope.beta_fast=32.0 rope.beta_slow=1.0 rope.factor=32.0
    rope.original_max_position_embeddings=4096 rope.truncate=no rope_type=yarn sliding_window=128
    sliding_window_pattern=2 swiglu_alpha=1.702 swiglu_limit=7.0
gptj 4096 28 16 - - - 50400 2048 gelu_new 1e-5 no - rotary_dim=64 width_of_hidden=4
granite 4096 32 32 - - 11008 32000 2048 silu 1e-6 no 10000 attention_bias=no
    attention_multiplier=1.0 embedding_multiplier=1.0 logits_scaling=1.0 mlp_bias=no
    residual_multiplier=1.0
granite4_vision_text 4096 32 32 - - 11008 32000 2048 silu 1e-6 no 10000 attention_bias=no
    attention_multiplier=1.0 embedding_multiplier=1.0 logits_scaling=1.0 mlp_bias=no
    residual_multiplier=1.0
granite_docling_text 1024 28 16 4 - 2048 133800 32768 silu 1e-5 yes 10000 attention_bias=no
    attention_multiplier=0.015625 embedding_multiplier=12.0 logits_scaling=4.0 mlp_bias=no
    residual_multiplier=0.263
granite_speech5_encoder 1024 16 8 - - 4096 16384 512 silu - - - attention_bias=yes
granite_swa 2560 24 20 4 - 8192 100352 8192 silu 1e-5 yes 10000 attention_bias=no
    attention_multiplier=1.0 embedding_multiplier=1.0 logits_scaling=1.0 mlp_bias=no
    full_first=4 residual_multiplier=1.0 sliding_window=128
granitemoe 4096 32 32 - - 11008 32000 2048 silu 1e-6 no 10000 attention_bias=no
    attention_multiplier=1.0 embedding_multiplier=1.0 logits_scaling=1.0 num_experts=8
    num_experts_per_tok=2 residual_multiplier=1.0
granitemoe_swa 4096 32 32 - - 11008 32000 2048 silu 1e-6 no 10000 attention_bias=no
    attention_multiplier=1.0 embedding_multiplier=1.0 logits_scaling=1.0 num_experts=8
    full_first=4 num_experts_per_tok=2 residual_multiplier=1.0
    shared_expert_intermediate_size=0 sliding_window=128
granitemoehybrid 4096 32 32 - - 11008 32000 2048 silu 1e-6 no 10000 attention_bias=no
    attention_multiplier=1.0 chunk_size=256 conv_kernel=4 embedding_multiplier=1.0
    layer_types_all=linear_attention logits_scaling=1.0 mamba_expand=2 mamba_head_dim=64
    mamba_num_heads=128 mamba_proj_bias=no n_groups=1 num_experts=8 num_experts_per_tok=2
    residual_multiplier=1.0 shared_expert_intermediate_size=1024 ssm_state_size=256
    state_of_hidden=yes
granitemoeshared 4096 32 32 - - 11008 32000 2048 silu 1e-6 no 10000 attention_bias=no
    attention_multiplier=1.0 embedding_multiplier=1.0 logits_scaling=1.0 num_experts=8
    num_experts_per_tok=2 residual_multiplier=1.0 shared_expert_intermediate_size=0
gsa 2048 24 4 - - - 32000 2048 swish 1e-6 no -
gte 768 12 12 - - 3072 250048 8192 gelu 1e-12 yes 160000
helium 2560 24 20 20 128 7040 48000 4096 silu 1e-8 no 100000 attention_bias=no mlp_bias=no
hgrn2 2048 24 - - - - 32000 2048 swish 1e-6 no -
higgs_audio_v2 3072 28 24 8 128 8192 128256 2048 silu 1e-5 no 500000 attention_bias=no mlp_bias=no
    rope_type=llama3
hrm_text 1536 128 12 - 128 4096 151808 2048 silu 1e-6 no 10000 attention_bias=no mlp_bias=no
hunyuan_v1_dense 4096 32 32 - - 11008 290943 2048 silu 1e-5 no 10000 attention_bias=no
hunyuan_v1_moe 4096 32 32 - - 11008 290943 2048 silu 1e-5 no 10000 attention_bias=no
    num_experts=1 num_experts_per_tok=1
hunyuan_vl_text 4096 32 32 - - 11008 290943 2048 silu 1e-5 yes 10000 attention_bias=no
hy_v3 4096 80 64 8 128 13312 120832 131072 silu 1e-5 no 11158840 attention_bias=no
    first_k_dense_replace=1 mlp_bias=no moe_intermediate_size=1536 num_experts=192
    num_experts_per_tok=8 num_shared_experts=1 routed_scaling_factor=2.826
hyperclovax 4096 32 32 - - 11008 32000 2048 silu 1e-6 no 10000 attention_bias=no
    attention_multiplier=0.088388347648318 embedding_multiplier=1.0 logits_scaling=1.0 mlp_bias=no
    residual_multiplier=1.0
idefics 4096 32 32 - - 11008 32000 2048 silu 1e-6 no 10000
inkling2_text 4608 48 48 8 128 - 201024 1048576 silu 1e-6 - - final_logit_softcapping=30.0
    moe_intermediate_size=2304 num_experts=384 num_experts_per_tok=8 routed_scaling_factor=8.0
    scoring_func=sigmoid sliding_window=1024
internlm2 4096 32 32 - - 11008 103168 2048 silu 1e-6 no 10000 use_bias=yes
internlm3 4096 48 32 2 128 10240 128512 32768 silu 1e-5 no 10000 attention_bias=no mlp_bias=no
iquestcoder 5120 80 40 8 128 27648 76800 131072 silu 1e-5 no 10000 attention_bias=no mlp_bias=no
jais2 3328 32 26 - - 26624 150272 8192 relu2 1e-5 no 10000 attention_bias=yes mlp_bias=yes
jamba 4096 32 32 8 - 14336 65536 262144 silu 1e-6 no - attn_layer_offset=4 attn_layer_period=8
    conv_kernel=4 expert_layer_offset=1 expert_layer_period=2 mamba_expand=2 mamba_proj_bias=no
    num_experts=16 num_experts_per_tok=2 ssm_state_size=16
jetmoe 2048 12 32 16 128 5632 32000 4096 silu 1e-6 yes 10000 heads_of_experts=yes num_experts=8
    num_experts_per_tok=2
jina_embeddings_v3 1024 24 16 - - 4096 250002 8194 gelu 1e-5 yes 20000
kimi_linear 2304 27 32 32 - 9216 163840 1048576 silu 1e-5 no - attention_bias=no
    first_k_dense_replace=1 kv_lora_rank=512 layer_types_cycle=full,linear,linear,linear
    layer_types_first=linear linear_conv_kernel_dim=4 moe_intermediate_size=1024 n_group=1
    norm_topk_prob=yes num_experts=256 num_experts_per_tok=8 num_shared_experts=1
    qk_nope_head_dim=128 qk_rope_head_dim=64 routed_scaling_factor=2.446 topk_group=1 v_head_dim=128
kolibri1 2560 50 48 4 128 - 128000 262144 silu 1e-6 no 10000 moe_intermediate_size=512
    norm_topk_prob=no num_experts=384 num_experts_per_tok=6 shared_expert_intermediate_size=512
    sliding_window=513 sliding_window_pattern=5
kyutai_speech_to_text 2048 48 32 - - 11264 4001 750 silu 1e-8 no 10000 sliding_window=375
laguna 2048 40 48 8 128 8192 100352 131072 silu 1e-6 no 500000 attention_bias=no
    first_k_dense_replace=1 layer_types_all=full_attention moe_intermediate_size=512 num_experts=256
    num_experts_per_tok=8 rope_local_base_freq=10000 rope_of_main=yes rope_partial=0.5
    shared_expert_intermediate_size=512 sliding_window=512
lfm2 2560 32 32 8 - 12288 65536 128000 - 1e-5 yes 1e6 conv_L_cache=3 conv_bias=no
    layer_types_all=full_attention
lfm2_moe 2048 32 32 8 - 7168 65536 128000 - 1e-5 yes 1e6 conv_L_cache=3 conv_bias=no
    first_k_dense_replace=2 moe_intermediate_size=1792 norm_topk_prob=yes num_experts=32
    num_experts_per_tok=4 routed_scaling_factor=1.0
lfm3 2048 24 16 4 128 7680 128000 128000 - 1e-5 yes 1e6 attention_bias=no conv_L_cache=7
    conv_and_windows=yes conv_bias=no rope_local_base_freq=10000 rope_of_main=yes rope_partial=0.5
    rope_type=proportional sliding_window=256
llama 4096 32 32 - - 11008 32000 2048 silu 1e-6 no 10000 attention_bias=no mlp_bias=no
llama4_text 5120 48 40 8 128 8192 202048 131072 silu 1e-5 no 500000 attention_bias=no
    attention_chunk_size=8192 attn_scale=0.1 attn_temperature_tuning=yes floor_scale=8192
    interleave_moe_layer_step=1 intermediate_size_mlp=16384 no_rope_layer_interval=4 num_experts=16
    num_experts_per_tok=1 use_qk_norm=yes
longcat_flash 6144 28 64 - - 12288 131072 131072 silu 1e-5 no 1e7 attention_bias=no
    attentions_per_layer=2 kv_lora_rank=512 moe_intermediate_size=2048 num_experts=512
    num_experts_per_tok=12 q_lora_rank=1536 qk_nope_head_dim=128 qk_rope_head_dim=64
    routed_scaling_factor=6.0 v_head_dim=128
mamba 768 32 - - - - 50280 - silu 1e-5 yes - conv_kernel=4 layer_types_all=linear_attention
    mamba_expand=2 ssm_state_size=16 use_bias=no width_of_hidden=2
mamba2 4096 64 - - 64 - 32768 - silu 1e-5 no - chunk_size=256 conv_kernel=4 heads_of_state=yes
    layer_types_all=linear_attention mamba_expand=2 n_groups=8 ssm_state_size=128 use_bias=no
    width_of_hidden=2
mellum 2304 28 32 4 128 7168 98304 131072 silu 1e-6 no 500000 attention_bias=no
    first_k_dense_replace=0 layer_types_all=full_attention moe_intermediate_size=896
    norm_topk_prob=yes num_experts=64 num_experts_per_tok=8 rope_local_base_freq=10000
    sliding_window=1024
mimo 4096 32 32 32 - 22016 151936 32768 silu 1e-6 no 10000 max_window_layers=28
    num_nextn_predict_layers=0 use_sliding_window=no
mimo_v2_flash 4096 48 64 4 192 16384 152576 131072 silu 1e-5 no 5e6 attention_bias=no
    attention_value_scale=0.707 first_k_dense_replace=1
    layer_types_cycle=sliding,sliding,sliding,sliding,sliding,full layer_types_first=full
    moe_intermediate_size=2048 n_group=1 norm_topk_prob=yes num_experts=256 num_experts_per_tok=8
    rope_local_base_freq=10000 rope_partial=0.334 routed_scaling_factor=1.0 sliding_window=129
    topk_group=1 v_head_dim=128
minicpm3 2560 62 40 40 - 6400 73448 32768 silu 1e-5 yes 10000 attention_bias=no dim_model_base=256
    embedding_multiplier=12 kv_lora_rank=256 mlp_bias=no q_lora_rank=768 qk_nope_head_dim=64
    qk_rope_head_dim=32 scale_depth=1.4 v_head_dim=64
minimax 4096 32 32 8 - 14336 32000 131072 silu 1e-5 no 1e6 full_attn_alpha_factor=1
    full_attn_beta_factor=1 layer_types_cycle=full,linear linear_attn_alpha_factor=1
    linear_attn_beta_factor=1 mlp_alpha_factor=1 mlp_beta_factor=1 num_experts=8
    num_experts_per_tok=2
minimax_m2 3072 62 48 8 128 1536 200064 196608 silu 1e-6 no 5e6 num_experts=256
    num_experts_per_tok=8
minimax_m3_vl_text 6144 60 64 4 128 3072 200064 524288 silu 1e-6 no 5e6 index_head_dim=128
    index_n_heads=4 layer_types_all=full_attention num_experts=128 num_experts_per_tok=4
    rotary_dim=64 routed_scaling_factor=2.0 shared_expert_intermediate_size=3072
    swiglu_alpha=1.702 swiglu_limit=7.0
ministral 4096 32 32 8 - 14336 32000 131072 silu 1e-6 no 10000 layer_types_all=sliding_attention
    sliding_window=4096
ministral3 4096 34 32 8 128 14336 131072 262144 silu 1e-5 no 1e6 rope.beta_fast=32.0
    rope.beta_slow=1.0 rope.factor=16.0 rope.llama_4_scaling_beta=0.1
    rope.max_position_embeddings=262144 rope.mscale=1.0 rope.mscale_all_dim=1.0
    rope.original_max_position_embeddings=16384 rope.type=yarn rope_type=yarn
mistral 4096 32 32 8 - 14336 32000 131072 silu 1e-6 no 10000 sliding_window=4096
mistral4 4096 36 32 32 - 12288 131072 1048576 silu 1e-6 no 10000 attention_bias=no
    first_k_dense_replace=0 head_of_parts=yes kv_lora_rank=256 moe_intermediate_size=2048 n_group=1
    norm_topk_prob=yes num_experts=128 num_experts_per_tok=4 num_shared_experts=1 q_lora_rank=1024
    qk_nope_head_dim=64 qk_rope_head_dim=64 rope.beta_fast=32.0 rope.beta_slow=1.0 rope.factor=128.0
    rope.llama_4_scaling_beta=0.1 rope.max_position_embeddings=1048576 rope.mscale=1.0
    rope.mscale_all_dim=1.0 rope.original_max_position_embeddings=8192 rope.type=yarn
    rope_interleave=yes rope_partial=0.5 rope_type=yarn routed_scaling_factor=1.0 topk_group=1
    v_head_dim=128
mistral_large4_text 6144 72 64 64 - 24576 204800 1048576 silu 1e-5 no 10000 attention_bias=no
    final_logit_softcapping=30.0 first_k_dense_replace=1 index_head_dim=128 index_n_heads=32
    index_topk=2048 kv_lora_rank=512 moe_intermediate_size=6144 n_group=1 num_experts=128
    num_experts_per_tok=4 num_shared_experts=1 qk_nope_head_dim=64 qk_rope_head_dim=64
    rope_type=yarn routed_scaling_factor=1.0 topk_group=1 v_head_dim=128
mixformer-sequential 1024 20 16 - - - 50304 2048 gelu_new 1e-5 no 10000 rotary_dim=32
    width_of_hidden=4
mixtral 4096 32 32 8 - 14336 32000 131072 silu 1e-5 no 1e6 num_experts=8 num_experts_per_tok=2
mllama_text_model 4096 40 32 8 - 14336 128256 131072 silu 1e-5 no 500000
    cross_attention_layers=[3,8,13,18,23,28,33,38]
modernbert 768 22 12 - - 1152 50368 8192 gelu 1e-5 yes 160000 attention_bias=no full_first=3
    mlp_bias=no rope_local_base_freq=10000 sliding_window=64
modernbert-decoder 768 22 12 - - 1152 50368 8192 gelu 1e-5 yes 160000 attention_bias=no full_first=3
    mlp_bias=no rope_local_base_freq=10000 sliding_window=64
molmo2_text 4096 36 32 8 128 12288 151936 36864 silu 1e-6 no 10000 attention_bias=no
    qk_norm_type=qwen3
moshi 4096 32 32 - - 22528 32000 3000 silu 1e-8 no 10000 sliding_window=3000
moshi_depth 1024 6 16 - - 5632 32000 9 silu 1e-8 no - sliding_window=8
mpt 2048 24 16 - - - 50368 2048 - 1e-5 yes - alibi=yes normalization=low_precision_layernorm
    width_of_hidden=4
muse_glimmer_text 6656 52 32 2 128 19968 202048 131072 silu 1e-5 no 10000 attention_bias=no
    final_logit_softcapping=20.0 sliding_window=2048 sliding_window_pattern=4
muse_spark_text 8192 62 128 16 64 16384 202048 1048576 silu 1e-5 no 500000 attention_bias=no
    final_logit_softcapping=20.0 moe_intermediate_size=4096 num_experts=256 num_experts_per_tok=8
    routed_scaling_factor=1.0 sliding_window=2048
nanochat 768 12 6 - - 8192 50304 2048 relu2 1e-6 no 10000 attention_bias=no
    final_logit_softcapping=15.0
nemotron 6144 32 48 8 - 24576 256000 4096 relu2 1e-5 no 10000 attention_bias=no mlp_bias=no
    rope_partial=0.5
nemotron3_5_transcribe_word_timestamp 1280 2 16 - - 640 23863 5000 gelu - - 10000
    rope_partial=0.5
nemotron_h 4096 - 32 8 128 21504 131072 4096 relu2 1e-5 no - attention_bias=no chunk_size=128
    conv_kernel=4 mamba_expand=2 mamba_head_dim=64 mamba_num_heads=128 mamba_proj_bias=no
    mlp_bias=no moe_intermediate_size=7688 n_group=1 n_groups=8 norm_topk_prob=yes num_experts=8
    num_experts_per_tok=2 num_nextn_predict_layers=0 num_shared_experts=1 routed_scaling_factor=1.0
    shared_expert_intermediate_size=7688 ssm_state_size=128 topk_group=1 use_bias=no
nomic_bert 768 12 12 - - 3072 30528 2048 silu 1e-12 yes 1000.0
olmo 4096 32 32 - - 11008 50304 2048 silu - no 10000 attention_bias=no
olmo2 4096 32 32 - - 11008 50304 2048 silu 1e-5 no 10000 attention_bias=no
olmo3 4096 32 32 - - 11008 50304 2048 silu 1e-5 no 500000 attention_bias=no sliding_window=4096
    sliding_window_pattern=4
olmo_hybrid 3840 32 30 - - 11008 100352 65536 silu 1e-6 no 10000 attention_bias=no
    full_attention_interval=4 linear_conv_kernel_dim=4 linear_of_attention=yes
olmoe 2048 16 16 - - 2048 50304 4096 silu 1e-5 no 10000 attention_bias=no norm_topk_prob=no
    num_experts=64 num_experts_per_tok=8
openai-gpt 768 12 12 - - - 40478 512 gelu 1e-5 yes -
openai_privacy_filter 640 8 14 2 64 640 200064 131072 - 1e-5 no 150000 attention_bias=yes
    num_experts=128 num_experts_per_tok=4 rope_type=yarn sliding_window=128 swiglu_alpha=1.702
    swiglu_limit=7.0
opt 768 12 12 - - 3072 50272 2048 relu - yes -
paddleocr_vl_text 1024 18 16 2 128 3072 103424 131072 silu 1e-5 yes 500000 use_bias=no
persimmon 4096 36 64 - - 16384 262144 16384 relu2 1e-5 no 10000 rope_partial=0.5 use_qk_norm=yes
phi 2048 24 32 - - 8192 51200 2048 gelu_new 1e-5 no 10000 rope_partial=0.5 use_qk_norm=no
phi3 3072 32 32 - - 8192 32064 4096 silu 1e-5 no 10000 rope_partial=1.0
phi3small 4096 32 32 8 - 14336 100352 8192 gegelu 1e-5 yes 1e6
phi4_multimodal - - 32 8 - 8192 - - silu 1e-5 no -
phimoe 4096 32 32 8 - 6400 32064 131072 silu 1e-5 no 1e6 attention_bias=no lm_head_bias=no
    num_experts=16 num_experts_per_tok=2
pocket_tts 1024 6 16 - - 4096 4004 8192 gelu_pytorch_tanh 1e-5 - 10000 attention_bias=no
qwen 4096 32 32 - 128 22016 151936 8192 silu 1e-6 no 10000
qwen2 4096 32 32 32 - 22016 151936 32768 silu 1e-6 no 10000 max_window_layers=28
    use_sliding_window=no
qwen2_5_omni_talker 3584 28 28 4 128 18944 8448 32768 silu 1e-6 no 1e6 max_window_layers=28
    use_sliding_window=no
qwen2_5_omni_text 3584 28 28 4 - 18944 152064 32768 silu 1e-6 yes 1e6 max_window_layers=28
    use_sliding_window=no
qwen2_5_vl_text 8192 80 64 8 - 29568 152064 32768 silu 1e-5 - 1e6 max_window_layers=80
    use_sliding_window=no
qwen2_moe 2048 24 16 16 - 5632 151936 32768 silu 1e-6 no 10000 attention_bias=yes
    decoder_sparse_step=1 max_window_layers=28 moe_intermediate_size=1408 norm_topk_prob=no
    num_experts=60 num_experts_per_tok=4 shared_expert_intermediate_size=5632
    use_sliding_window=no window_off=0
qwen2_vl_text 8192 80 64 8 - 29568 152064 32768 silu 1e-5 - 1e6 max_window_layers=80
    use_sliding_window=no
qwen3 4096 32 32 32 128 22016 151936 32768 silu 1e-6 no 10000 attention_bias=no
    max_window_layers=28 use_sliding_window=no
qwen3_5_moe_text 2048 40 16 2 256 - 248320 32768 silu 1e-6 no 10000 attention_bias=no
    full_attention_interval=4 linear_conv_kernel_dim=4 linear_key_head_dim=128
    linear_num_key_heads=16 linear_num_value_heads=32 linear_value_head_dim=128
    moe_intermediate_size=512 num_experts=256 num_experts_per_tok=8 rope_partial=0.25
    shared_expert_intermediate_size=512
qwen3_5_text 4096 32 16 4 256 12288 248320 32768 silu 1e-6 no 10000 attention_bias=no
    full_attention_interval=4 linear_conv_kernel_dim=4 linear_key_head_dim=128
    linear_num_key_heads=16 linear_num_value_heads=32 linear_value_head_dim=128 rope_partial=0.25
qwen3_moe 2048 24 32 4 - 6144 151936 32768 silu 1e-6 no 10000 attention_bias=no
    decoder_sparse_step=1 moe_intermediate_size=768 norm_topk_prob=no num_experts=128
    num_experts_per_tok=8 use_sliding_window=no
qwen3_next 2048 48 16 2 256 5632 151936 32768 silu 1e-6 no 10000 attention_bias=no
    decoder_sparse_step=1 full_attention_interval=4 linear_conv_kernel_dim=4
    linear_key_head_dim=128 linear_num_key_heads=16 linear_num_value_heads=32
    linear_value_head_dim=128 moe_intermediate_size=512 norm_topk_prob=yes num_experts=512
    num_experts_per_tok=10 rope_partial=0.25 shared_expert_intermediate_size=512
qwen3_omni_moe_talker_code_predictor 1024 5 16 8 128 3072 2048 32768 silu 1e-6 no 10000
    attention_bias=no max_window_layers=28
qwen3_omni_moe_talker_text 1024 20 16 2 - 2048 3072 32768 silu 1e-6 no 10000 attention_bias=no
    decoder_sparse_step=1 moe_intermediate_size=384 norm_topk_prob=no num_experts=128
    num_experts_per_tok=8
qwen3_omni_moe_text 2048 28 28 4 - 18944 3584 32768 silu 1e-6 - 1e6 attention_bias=no
    decoder_sparse_step=1 moe_intermediate_size=768 norm_topk_prob=yes num_experts=128
    num_experts_per_tok=8
qwen3_vl_moe_text 2048 24 16 16 - 5632 151936 128000 silu 1e-6 yes 500000 attention_bias=no
    decoder_sparse_step=1 moe_intermediate_size=1408 num_experts=60 num_experts_per_tok=4
qwen3_vl_text 4096 32 32 32 128 22016 151936 128000 silu 1e-6 - 500000 attention_bias=no
qwen4_exp_text 2048 40 16 2 256 - 248320 32768 silu 1e-6 no 10000 attention_bias=no
    linear_conv_kernel_dim=4 linear_key_head_dim=128 linear_num_key_heads=16
    linear_num_value_heads=32 linear_value_head_dim=128 moe_intermediate_size=512
    norm_topk_prob=yes num_experts=512 num_experts_per_tok=10 shared_expert_intermediate_size=512
recurrent_gemma 2560 26 10 - 256 7680 256000 - gelu_pytorch_tanh 1e-6 yes 10000 attention_bias=no
    conv_kernel=4 layer_types_cycle=linear,linear,sliding lru_width=2560 only_hidden_activation=yes
    rope_partial=0.5 sliding_window=2048
RefinedWeb 64 2 8 - - - 250880 - gelu 1e-5 yes 10000 alibi=no multi_query=no
    new_decoder_architecture=yes parallel_residual=no width_of_hidden=4
RefinedWebModel 64 2 8 - - - 250880 - gelu 1e-5 yes 10000 alibi=no multi_query=no
    new_decoder_architecture=no parallel_residual=no width_of_hidden=4
rwkv 4096 32 - - - 16384 50277 1024 - 1e-5 no -
seed_oss 4096 64 80 8 128 27648 155136 524288 silu 1e-6 no 10000 attention_bias=yes mlp_bias=no
smollm3 2048 36 16 4 - 11008 128256 32768 silu 1e-6 yes 2e6 attention_bias=no
    layer_types_all=full_attention mlp_bias=no no_rope_layer_interval=4 use_sliding_window=no
solar_open 4096 48 64 8 128 - 196608 131072 silu 1e-5 no 1e6 attention_bias=no
    moe_intermediate_size=1280 n_group=1 norm_topk_prob=yes num_experts=128 num_experts_per_tok=8
    num_shared_experts=1 routed_scaling_factor=1.0 topk_group=1
stablelm 2560 32 32 32 - 6912 50304 4096 silu 1e-5 no 10000 attention_bias=no parallel_residual=no
    rope_partial=0.25 use_qk_norm=no
starcoder2 3072 30 24 2 - 12288 49152 4096 gelu_pytorch_tanh 1e-5 yes 10000 use_bias=yes
step3p5 4096 45 64 8 128 11264 128815 128000 silu 1e-5 no 10000 attention_bias=no mlp_bias=no
    moe_intermediate_size=1280 num_experts=288 num_experts_per_tok=8 num_nextn_predict_layers=0
    query_pre_attn_scalar=128 rope_by_kind=full_attention routed_scaling_factor=1.0
    shared_expert_intermediate_size=1280
t5_gemma_module 2304 26 8 4 256 9216 256000 8192 gelu_pytorch_tanh 1e-6 yes 10000 attention_bias=no
    attn_logit_softcapping=50.0 final_logit_softcapping=30.0 query_pre_attn_scalar=256
    sliding_window=4096 sliding_window_pattern=2
t5gemma2_decoder 2304 26 8 4 256 9216 262208 131072 gelu_pytorch_tanh 1e-6 yes 1e6
    attention_bias=no query_pre_attn_scalar=256 rope_local_base_freq=10000 sliding_window=4096
t5gemma2_text 2304 26 8 4 256 9216 262208 131072 gelu_pytorch_tanh 1e-6 yes 1e6 attention_bias=no
    query_pre_attn_scalar=256 rope_local_base_freq=10000 sliding_window=4096
ultrabert 4096 32 32 - - 11008 32000 32768 silu 1e-6 no 2.56e6 attention_bias=no mlp_bias=no
    rope_local_base_freq=10000 sliding_window=128
unlimited_ocr_text 1280 12 10 10 - 6848 129280 32768 silu 1e-6 no 10000 attention_bias=no
    mlp_bias=no moe_intermediate_size=896 n_group=1 num_experts=64 num_experts_per_tok=6
    num_shared_experts=2 routed_scaling_factor=1.0 sliding_window=128 topk_group=1
    topk_method=greedy
vaultgemma 2304 26 8 4 256 9216 256000 8192 gelu_pytorch_tanh 1e-6 yes 10000 attention_bias=no
    attn_logit_softcapping=50.0 final_logit_softcapping=30.0 only_hidden_activation=yes
    query_pre_attn_scalar=256 sliding_window=4096 sliding_window_pattern=2
xglm - - - - - - 256008 2048 gelu - yes -
xlstm 4096 32 8 - - - 50304 - - 1e-6 no -
youtu 2048 32 16 16 - 6144 128256 131072 silu 1e-6 yes 10000 attention_bias=no kv_lora_rank=512
    q_lora_rank=1536 qk_nope_head_dim=128 qk_rope_head_dim=64 rope_interleave=yes v_head_dim=128
zamba 3712 76 16 16 464 14848 32000 4096 gelu 1e-5 yes - attn_layer_offset=4 attn_layer_period=6
    conv_kernel=4 hybrid_from=3 mamba_expand=2 mamba_num_heads=2 mamba_proj_bias=no
    ssm_state_size=16
zamba2 2560 54 32 - - 10240 32000 4096 gelu 1e-5 yes 10000 chunk_size=256 conv_kernel=4
    double_heads=yes mamba_expand=2 mamba_num_heads=8 n_groups=1 ssm_state_size=64
    state_of_hidden=yes
]],
}
