--- Formats that are told apart but not read: a model that has nothing else is refused by name. One
--- name may have several rows, as its files have several titles.

---@type modelsig.Format[]
return {
  { name = "gguf", title = "GGUF", files = { "%.gguf$" } },
  { name = "pytorch", title = "PyTorch (.bin)", files = { "^pytorch_model.*%.bin" } },
  { name = "pytorch", title = "PyTorch (.pt)", files = { "%.pth?$" } },
  { name = "pytorch", title = "PyTorch (.bin)", files = { "%.bin$" } },
  { name = "tensorflow", title = "TensorFlow", files = { "^tf_model" } },
  { name = "flax", title = "Flax", files = { "%.msgpack$" } },
}
