-- The kernel-relevant features of a model: which groups of rules there are, in which order.
--
-- Each group is a file `features/NAME.lua` that returns a list of rules:
--
--   id      the name of the feature in the document
--   scopes  what a difference matters for: load, numerics, attention, moe, cache, parallel,
--           quantization, speculative, multimodal
--   read    function(m) -> value, evidence; nothing when it cannot be told
--   path    function(value) -> text: an engine takes the same path for two values exactly when the
--           texts are equal. Without it every value is a path of its own. A second result `true`
--           says that a part of the path is what the class does, and not known here.
--   same    the grade of two values of one path: free (without it) or shape, or
--           function(a, b) -> grade, reason; nothing where they are no difference
--   grade   the grade of two values of different paths: path (without it) or model, or
--           function(a, b) -> grade, reason; nothing where a feature of `behind` says it already.
--           The order of the two must not matter.
--   behind  ids of features that speak for this one: it keeps silent where one of them differs by
--           path or model in all its scopes; where none does, it is a `path` difference of the
--           reason `none`
--   why     a sentence, or reason (else grade) -> sentence
--   unknown whose unknown values are one path: models of one class (without it); "config": of one
--           configuration, where classes choose by their sizes; "any": all
--
-- What `read` gets is described in `lua/modelsig/model/feature_input.lua`. A rule of a user's own
-- file replaces the one of the same id; a new id is one more feature.

return {
  groups = {
    "attention", "pattern", "positions", "mathematics", "scaling", "embeddings", "moe",
    "quantization", "structure", "parallel",
  },
}
