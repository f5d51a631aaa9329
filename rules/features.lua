-- The kernel-relevant features of a model: which groups of rules there are, in which order.
--
-- Each group is a file `features/NAME.lua` that returns a list of rules:
--
--   id      the name of the feature in the document
--   scopes  what a difference matters for: load, numerics, attention, moe, cache, parallel,
--           quantization, speculative, multimodal
--   read    function(m) -> value, evidence; nothing when it cannot be told
--   grade   function(a, b) -> grade, reason, scopes?; `a` and `b` are two different values, the
--           grade free, shape, path or model, or nothing if the difference says nothing of its own.
--           `reason` is a key of `why`; grading must not depend on the order of the two.
--   why     reason -> sentence
--   class   false if the same class name on both sides does not settle an unknown value
--
-- What `read` gets is described in `lua/modelsig/model/features.lua`. A rule of a user's own file
-- replaces the one of the same id; a new id is one more feature.

return {
  groups = {
    "attention", "pattern", "positions", "mathematics", "embeddings", "moe", "quantization",
    "structure", "parallel",
  },
  grades = { "free", "shape", "path", "model" },
}
