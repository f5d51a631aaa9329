-- How ONNX models are read: which of several files (`files`), where weights belong (`names`), what
-- is asked for first over a network (`fetch`), what operators compute (`ops`), which inputs are a
-- cache (`cache`). The parts stand in the folder `onnx`.
return { files = part "files", names = part "names", fetch = part "fetch", ops = part "ops",
  cache = part "cache" }
