--- The words of a configuration: what each key is called here, what kind of value it holds and
--- which other names published files use for it.
---
--- An entry is `name = { kind, spelling, ... }`. The name itself is always looked for first, then
--- the spellings in their order; a dot leads into a sub-object. Kinds:
---
---   size    a number that can be a dimension of a tensor
---   count   how many of something: layers, experts of a token, positions of a pattern
---   flag    true or false            choice  one name out of few
---   switch  true, false or a name    text    a name without meaning for the mathematics
---   number  any other finite number  record  an object of its own
---   names   a list of names          numbers a list of numbers or switches, by layer or part
---   list    a list of anything else

return {
  --- Where the language model of a composite file is described, innermost last.
  text_parts = {
    "text_config", "llm_config", "language_config", "language_model_config", "thinker_config",
    "vlm_config", "decoder",
  },

  --- Sub-objects that describe another part of the model.
  parts = {
    "vision_config", "audio_config", "vit_config", "sound_config", "talker_config",
    "token2wav_config", "encoder", "qformer_config", "projector_config", "speech_config",
    "vq_config", "visual", "audio_encoder", "text_encoder", "depth_decoder_config",
    "high_res_vision_config", "codec_config", "mm_vision_config", "code_predictor_config",
    "img_processor", "encoder_config", "adaptor_config", "dit_config", "bigvgan_config",
  },

  --- Sizes for which null means something, although classes have a number for them: derived from
  --- others, or none of it. Elsewhere null in place of a class's number is a mistake.
  nullable = { "head_dim", "num_key_value_heads", "q_lora_rank", "num_shared_experts",
    "shared_expert_intermediate_size", "sliding_window", "attention_chunk_size", "rotary_dim",
    "num_nextn_predict_layers", "n_group", "topk_group", "max_position_embeddings",
    "mamba_num_heads", "num_kv_shared_layers", "hidden_size_per_layer_input" },

  --- A layer count above this is an attack or a mistake; the deepest published model has some
  --- hundred layers.
  max_layers = 10000,

  --- So many different words for layers in one stack are none that a class knows.
  max_kinds = 256,

  --- Nor are so many modules or tensors in one layer, or outside of layers.
  max_declared = 65536,

  --- No size of a published model comes near this (vocabularies are the largest, below 10^6).
  max_size = 1 << 31,

  keys = {
    -- what it is
    model_type = { "text" },
    architectures = { "names" },
    dtype = { "choice", "torch_dtype" },
    is_encoder_decoder = { "flag" },
    is_decoder = { "flag" },
    is_causal = { "flag" },
    use_bidirectional_attention = { "switch" },

    -- the stack
    hidden_size = { "size", "n_embd", "d_model", "n_embed", "dim", "model_dim", "emb_dim",
      "embed_dim" },
    num_hidden_layers = { "count", "n_layer", "num_layers", "n_layers", "encoder_layers",
      "depth", "decoder_layers", "num_encoder_layers", "num_decoder_layers" },
    num_attention_heads = { "size", "n_head", "n_heads", "num_heads", "encoder_attention_heads",
      "decoder_attention_heads" },
    num_key_value_heads = { "size", "n_head_kv", "num_kv_heads", "attn_config.kv_n_heads",
      "kv_n_heads", "n_kv_heads", "multi_query_group_num", "num_attention_groups",
      "num_query_groups" },
    multi_query = { "flag", "multi_query_attention" },
    head_dim = { "size", "attention_head_dim", "hidden_size_per_head", "d_kv", "kv_channels",
      "d_head" },
    intermediate_size = { "size", "n_inner", "d_ff", "ffn_dim", "ffn_hidden_size",
      "block_ff_dim", "hidden_dim", "encoder_ffn_dim", "ff_intermediate_size",
      "dim_feedforward", "mlp_dim" },
    vocab_size = { "size", "padded_vocab_size" },
    max_position_embeddings = { "size", "n_positions", "max_sequence_length", "max_seq_len",
      "seq_length", "n_ctx", "max_target_positions", "seq_len", "model_max_length",
      "context_length" },
    type_vocab_size = { "size" },
    embedding_size = { "size" },
    word_embed_proj_dim = { "size" },
    vocab_size_per_layer_input = { "size" },
    hidden_size_per_layer_input = { "size" },
    draft_vocab_size = { "size" },
    tie_word_embeddings = { "flag" },
    layer_types = { "names" },
    mlp_layer_types = { "names" },
    num_kv_shared_layers = { "count" },
    loop_num = { "count", "total_ut_steps", "num_loops" },

    -- encoder-decoder
    encoder_layers = { "count" },
    decoder_layers = { "count", "num_decoder_layers" },
    encoder_attention_heads = { "size" },
    decoder_attention_heads = { "size" },
    encoder_ffn_dim = { "size" },
    decoder_ffn_dim = { "size" },
    num_mel_bins = { "size" },
    max_source_positions = { "size" },
    max_target_positions = { "size" },
    relative_attention_num_buckets = { "size" },
    image_size = { "size", "force_image_size" },
    patch_size = { "size" },
    num_channels = { "size", "in_channels", "in_chans" },

    -- mathematics
    hidden_act = { "choice", "hidden_activation", "activation_function", "mlp_hidden_act",
      "activation", "act_fn", "dense_act_fn", "ffn_act_fn", "ffn_config.ffn_act_fn.name",
      "hidden_activation_function" },
    is_gated_act = { "flag" },
    swiglu_limit = { "number" },
    swiglu_alpha = { "number", "hidden_act_alpha" },
    norm_eps = { "number", "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon",
      "layernorm_epsilon", "norm_epsilon", "block_norm_eps" },
    normalization = { "choice", "norm_type" },
    attention_bias = { "flag", "qkv_bias", "use_qkv_bias", "add_qkv_bias" },
    mlp_bias = { "flag" },
    use_bias = { "flag", "bias" },
    lm_head_bias = { "flag" },
    use_qk_norm = { "flag", "qk_layernorm", "qk_norm" },
    qk_norm_type = { "choice" },
    clip_qkv = { "number", "attn_config.clip_qkv" },
    parallel_residual = { "flag", "use_parallel_residual", "parallel_attn", "parallel_block" },
    new_decoder_architecture = { "flag" },
    attn_output_gate = { "flag" },
    embedding_multiplier = { "number", "scale_emb", "mup_embedding_multiplier" },
    residual_multiplier = { "number" },
    scale_depth = { "number" },
    dim_model_base = { "size" },
    attention_multiplier = { "number", "mup_attn_multiplier" },
    query_pre_attn_scalar = { "number" },
    logits_scaling = { "number" },
    logit_scale = { "number" },
    attention_value_scale = { "number" },
    attn_logit_softcapping = { "number" },
    final_logit_softcapping = { "number" },
    scale_embedding = { "flag" },
    full_attn_alpha_factor = { "number", "layernorm_full_attention_alpha" },
    full_attn_beta_factor = { "number", "layernorm_full_attention_beta" },
    linear_attn_alpha_factor = { "number", "layernorm_linear_attention_alpha" },
    linear_attn_beta_factor = { "number", "layernorm_linear_attention_beta" },
    mlp_alpha_factor = { "number", "layernorm_mlp_alpha" },
    mlp_beta_factor = { "number", "layernorm_mlp_beta" },

    -- positions
    rope_parameters = { "record" },
    position_embedding_type = { "choice" },
    alibi = { "flag", "attn_config.alibi" },
    rope_interleave = { "flag", "rotary_emb_interleaved", "rope_interleaved" },
    rotary_dim = { "size" },
    no_rope_layers = { "numbers" },
    no_rope_layer_interval = { "count" },
    attn_temperature_tuning = { "flag" },
    floor_scale = { "number" },
    attn_scale = { "number" },
    llama_4_scaling = { "record" },

    -- windows and patterns
    sliding_window = { "size", "sliding_window_size", "attention_window_size" },
    use_sliding_window = { "flag" },
    max_window_layers = { "count" },
    attention_chunk_size = { "size" },
    sliding_window_pattern = { "count", "_sliding_window_pattern" },
    full_attention_interval = { "count" },
    add_swa_attention_sink_bias = { "flag" },
    add_full_attention_sink_bias = { "flag" },
    swa_head_dim = { "size" },
    swa_v_head_dim = { "size" },
    swa_num_attention_heads = { "size" },
    swa_num_key_value_heads = { "size" },
    swa_q_lora_rank = { "size" },
    swa_kv_lora_rank = { "size" },
    swa_qk_nope_head_dim = { "size" },
    swa_qk_rope_head_dim = { "size" },
    global_head_dim = { "size" },
    num_global_key_value_heads = { "size" },
    attention_k_eq_v = { "flag" },
    cross_attention_layers = { "numbers" },

    -- latent and sparse attention
    q_lora_rank = { "size" },
    kv_lora_rank = { "size" },
    qk_nope_head_dim = { "size" },
    qk_rope_head_dim = { "size" },
    qk_head_dim = { "size" },
    v_head_dim = { "size" },
    mla_use_nope = { "flag" },
    mla_use_output_gate = { "flag" },
    o_lora_rank = { "size" },
    o_groups = { "size" },
    index_topk = { "count" },
    index_n_heads = { "size" },
    index_head_dim = { "size" },
    indexer_types = { "names" },
    index_topk_freq = { "count" },
    index_topk_pattern = { "text" },
    index_skip_topk_offset = { "count" },
    sparse_attention_config = { "record" },
    compress_ratios = { "numbers" },
    compress_rates = { "record" },
    hc_mult = { "size" },
    num_hash_layers = { "count" },

    -- experts
    num_experts = { "size", "num_local_experts", "n_routed_experts", "moe_num_experts",
      "ffn_config.moe_num_experts", "n_experts" },
    num_experts_per_tok = { "count", "num_experts_per_token", "experts_per_token", "top_k_experts",
      "moe_topk", "moe_top_k", "moe_k", "num_selected_experts", "ffn_config.moe_top_k" },
    moe_intermediate_size = { "size", "expert_ffn_hidden_size", "ffn_config.ffn_hidden_size" },
    num_shared_experts = { "count", "n_shared_experts", "moe_num_shared_experts",
      "num_shared_expert" },
    shared_expert_intermediate_size = { "size", "moe_shared_expert_intermediate_size",
      "shared_intermediate_size", "share_expert_dim" },
    moe_latent_size = { "size" },
    enable_moe_block = { "flag" },
    first_k_dense_replace = { "count", "num_dense_layers" },
    moe_layer_freq = { "count" },
    decoder_sparse_step = { "count" },
    mlp_only_layers = { "numbers" },
    moe_layers = { "numbers" },
    interleave_moe_layer_step = { "count" },
    expert_layer_period = { "count" },
    expert_layer_offset = { "count" },
    intermediate_size_mlp = { "size" },
    n_group = { "size", "num_expert_group" },
    topk_group = { "count" },
    output_router_logits = { "flag" },
    norm_topk_prob = { "flag", "moe_renormalize" },
    routed_scaling_factor = { "number", "route_scale", "moe_router_scaling_factor",
      "router_scaling_factor" },
    scoring_func = { "choice", "score_function", "moe_router_activation_func" },
    topk_method = { "choice" },
    use_routing_bias = { "flag", "moe_router_enable_expert_bias", "use_moe_router_bias" },
    expert_dtype = { "choice" },

    -- state-space, linear attention and convolution
    linear_num_key_heads = { "size" },
    linear_num_value_heads = { "size" },
    linear_key_head_dim = { "size" },
    linear_value_head_dim = { "size" },
    linear_conv_kernel_dim = { "size", "short_conv_kernel_size",
      "linear_attn_config.short_conv_kernel_size" },
    linear_attn_config = { "record" },
    mamba_num_heads = { "size", "mamba_n_heads", "n_mamba_heads" },
    mamba_head_dim = { "size", "mamba_d_head", "mamba_headdim" },
    ssm_state_size = { "size", "state_size", "mamba_d_state", "d_state" },
    n_groups = { "size", "mamba_n_groups", "mamba_ngroups" },
    conv_kernel = { "size", "mamba_d_conv", "d_conv", "conv1d_width" },
    mamba_expand = { "count", "expand" },
    time_step_rank = { "size", "mamba_dt_rank" },
    chunk_size = { "count", "mamba_chunk_size" },
    mamba_ssm_dtype = { "choice", "mamba_ssm_cache_dtype" },
    conv_L_cache = { "size" },
    conv_bias = { "flag", "use_conv_bias", "mamba_conv_bias" },
    mamba_proj_bias = { "flag" },
    lru_width = { "size" },
    attn_layer_period = { "count" },
    attn_layer_offset = { "count" },
    block_configs = { "list" },

    -- draft heads
    num_nextn_predict_layers = { "count", "mtp_num_hidden_layers", "num_mtp_modules",
      "num_mtp_layers" },
    mtp_hybrid_override_pattern = { "text" },
    use_mtp = { "flag" },

    -- quantisation
    quantization_config = { "record", "compression_config", "quantization" },
  },
}
