-- How ONNX models are read: which of several files (`files`), where weights belong (`names`), what
-- is asked for first over a network (`fetch`). The parts stand in the folder `onnx`.
return { files = part "files", names = part "names", fetch = part "fetch" }
