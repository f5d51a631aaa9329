-- Names that the document keeps from the Python tool, and torch's names of dtypes.
return {
  -- Keys of arch_fingerprint, where the model has them.
  architecture = { "model_type", "hidden_size", "num_hidden_layers", "num_attention_heads",
    "num_key_value_heads", "intermediate_size", "head_dim", "max_position_embeddings", "rope_theta",
    "rope_scaling", "sliding_window", "layer_types", "num_experts_per_tok", "num_local_experts",
    "num_experts", "vocab_size", "architectures" },
  dtypes = { F16 = "FP16", F32 = "FP32", F64 = "FP64", F8_E4M3 = "FP8_E4M3", F8_E5M2 = "FP8_E5M2",
    I8 = "INT8", I4 = "INT4", U8 = "UINT8" },
  torch = { F64 = "float64", F32 = "float32", F16 = "float16", BF16 = "bfloat16", I64 = "int64",
    I32 = "int32", I16 = "int16", I8 = "int8", U8 = "uint8", BOOL = "bool", C64 = "complex64",
    F8_E4M3 = "float8_e4m3fn", F8_E5M2 = "float8_e5m2" },
}
