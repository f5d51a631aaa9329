-- Which ONNX files of a repository are read, where none is named: the first row whose files are all
-- there, in the folder or in one of the folders below. Names are without folder and ".onnx".
return {
  -- Folders that are looked into, in this order ("" is the repository's own).
  folders = { "", "onnx" },

  -- Files that are one model together, the main one first.
  models = {
    { "model" },
    { "decoder_model_merged", "encoder_model" },
    { "decoder_model", "decoder_with_past_model", "encoder_model" },
    { "decoder_model", "encoder_model" },
    { "decoder_model_merged" },
    { "decoder_model", "decoder_with_past_model" },
    { "decoder_model" },
  },

  -- Variants of a file, taken where the plain one is missing: the nearest to the original first.
  variants = { "", "_fp16", "_bf16", "_O1", "_O2", "_O3", "_O4", "_quantized", "_int8", "_uint8",
    "_q8f16", "_bnb4", "_q4", "_q4f16", "_q2", "_q2f16" },
}
