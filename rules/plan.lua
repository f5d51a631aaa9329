-- The four levels of testing: what each is for, and how a model of a group is picked for it.
-- `pick` is the place in the group, from the smallest to the largest.

return {
  levels = {
    { id = "level1_structure", pick = "smallest",
      reason = "{model} is the smallest of {group}",
      alone = "{model} has no stand-in",
      focus = { "model loading", "tensor shapes", "dtypes" } },
    { id = "level2_numerical", pick = "lower_middle",
      reason = "{model} is in the middle of {group}",
      alone = "{model} has no stand-in",
      focus = { "layer-wise cosine similarity", "perplexity on a calibration set" } },
    { id = "level3_runtime", pick = "lower_middle",
      reason = "{model} is in the middle of {group}",
      alone = "{model} has no stand-in",
      focus = { "prefill latency", "decode throughput", "KV cache eviction" } },
    { id = "level4_canary", pick = "largest",
      reason = "{model} is the largest of {group}",
      alone = "{model} has no stand-in",
      focus = { "peak memory", "tensor and pipeline parallelism" },
      moe = { "MoE routing correctness" } },
  },

  group = "{count} mutually substitutable models",
  -- Added where the picked model and the largest one differ in kernel features.
  kernel = "; against {largest} the kernel features {features} differ",
}
