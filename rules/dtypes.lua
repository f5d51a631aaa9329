-- What others call the dtypes; which there are, and how wide they are, is known to the C core
-- (src/format/dtype.h). A name that is missing here is taken as it is.
return {
  -- As configurations spell them.
  config = { bfloat16 = "BF16", bf16 = "BF16", float16 = "F16", fp16 = "F16", half = "F16",
    float32 = "F32", fp32 = "F32", float = "F32", float64 = "F64" },
  -- As reports and the Python tool write them.
  report = { F16 = "FP16", F32 = "FP32", F64 = "FP64", F8_E4M3 = "FP8_E4M3",
    F8_E5M2 = "FP8_E5M2", I8 = "INT8", I4 = "INT4", U8 = "UINT8" },
  -- As torch does, in layer signatures.
  torch = { BF16 = "torch.bfloat16", F16 = "torch.float16", F32 = "torch.float32",
    F64 = "torch.float64", I64 = "torch.int64", I32 = "torch.int32", I16 = "torch.int16",
    I8 = "torch.int8", U8 = "torch.uint8", BOOL = "torch.bool", C64 = "torch.complex64" },
}
