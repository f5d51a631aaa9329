-- What operators of an ONNX graph compute, in the words of `operators.lua`, for models that no
-- family describes. ONNX has no single operator for the words that are missing here: exporters
-- write them as several nodes. Sources: the operators of onnx.ai and ONNX Runtime's contributed
-- ones (`domains`).
return {
  -- Graphs multiply activations, too: where weights are known, these are counted by them.
  by_weights = { ["aten/mm"] = true },

  -- If the graph has one of these, names of weights do not add another of the same row.
  alternatives = { { "layer_norm", "rms_norm", "rms_norm_1p", "norm" } },

  -- Domains whose operators are meant by their bare names; those of others are a model's own.
  domains = { "", "ai.onnx", "com.microsoft" },

  names = {
    MatMul = "aten/mm", Gemm = "aten/mm", MatMulInteger = "aten/mm", QLinearMatMul = "aten/mm",
    MatMulNBits = "aten/mm", MatMulBnb4 = "aten/mm", MatMulFpQ4 = "aten/mm",
    FusedMatMul = "aten/mm", FusedGemm = "aten/mm", QGemm = "aten/mm",
    MatMulIntegerToFloat = "aten/mm", DynamicQuantizeMatMul = "aten/mm",
    GemmFastGelu = { "aten/mm", "gelu" },

    Attention = "attention", MultiHeadAttention = "attention",
    GroupQueryAttention = "attention", DecoderMaskedMultiHeadAttention = "attention",
    DecoderMaskedSelfAttention = "attention", PackedAttention = "attention",
    PackedMultiHeadAttention = "attention", QAttention = "attention",
    SparseAttention = "attention", PagedAttention = "attention",
    LongformerAttention = "attention", DecoderAttention = "attention",
    QOrderedAttention = "attention", LinearAttention = "linear_attention",

    LayerNormalization = "layer_norm", SkipLayerNormalization = "layer_norm",
    EmbedLayerNormalization = { "embedding", "layer_norm" },
    QOrderedLayerNormalization = "layer_norm", RMSNormalization = "rms_norm",
    SimplifiedLayerNormalization = "rms_norm", SkipSimplifiedLayerNormalization = "rms_norm",
    GroupNormalization = "group_norm", GroupNorm = "group_norm", SkipGroupNorm = "group_norm",
    InstanceNormalization = "instance_norm", BatchNormalization = "batch_norm",

    RotaryEmbedding = "rope", GemmaRotaryEmbedding = "rope", GatherBlockQuantized = "embedding",

    Gelu = "gelu", FastGelu = "gelu", BiasGelu = "gelu", QuickGelu = "quick_gelu",
    QLinearGelu = "gelu", Swish = "silu", SwiGLU = "swiglu", Relu = "relu",
    LeakyRelu = "leaky_relu", PRelu = "prelu", Elu = "elu", Selu = "selu",
    HardSwish = "hard_swish", Mish = "mish", Softplus = "softplus",

    TopK = "topk/router", MoE = { "topk/router", "experts" },
    QMoE = { "topk/router", "experts" },

    Conv = "conv", ConvInteger = "conv", QLinearConv = "conv", FusedConv = "conv",
    NhwcFusedConv = "conv", CausalConvWithState = "conv1d", ConvTranspose = "conv_transpose",
    LSTM = "lstm", GRU = "gru", RNN = "rnn", DynamicQuantizeLSTM = "lstm", MaxPool = "max_pool",
    AveragePool = "average_pool", GlobalAveragePool = "average_pool",
    GlobalMaxPool = "max_pool",
  },
}
