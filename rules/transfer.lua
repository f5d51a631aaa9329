-- How well quantisation settings of the smaller model may transfer to the larger one: weights,
-- limits and wording. A score, from structure alone.

return {
  weights = { struct = 0.25, operators = 0.20, layers = 0.20, shape = 0.15, moe = 0.10,
    risk = 0.10 },

  struct = { ISOMORPHIC = 1.0, SCALE_ONLY = 0.80, DIFFERENT_ARCH = 0.20 },
  shape = { uniform = 1.0, other = 0.85 },
  moe = { dense = 1.0, target = 0.95, differs = 0.90 },
  per_risk = 0.05, -- what each risk takes from the risk term

  limits = {
    hidden_size_ratio = 4, -- larger / smaller, from here on a risk
    gqa_ratio = 0.5,       -- difference above which it is a risk
    ffn_expansion = 0.3,
    all_methods = 0.80,    -- score for weight-only methods
    mixed_precision = 0.70, -- score for mixed precision, without any risk
  },

  methods = {
    all = { "GPTQ (W4A16)", "AWQ (W4A16)" },
    mixed_precision = { "Mixed-precision (HAWQ-style bit allocation)" },
    moe = { "Expert-aware quantization (expert-group calibration)" },
    none = { "Run full per-model calibration" },
  },

  risks = {
    hidden_size_ratio = "hidden_size_ratio: {larger} is {ratio} times as wide as {smaller} "
      .. "({b} against {a})",
    gqa_mismatch = "gqa_mismatch: {a} query heads per KV head in {smaller}, {b} in {larger}",
    ffn_expansion = "ffn_expansion: {a} in {smaller}, {b} in {larger}",
    moe_to_dense = "moe_to_dense: {smaller} is a mixture of experts, {larger} is dense",
    dense_to_moe = "dense_to_moe: {smaller} is dense, {larger} is a mixture of experts",
    rope_theta = "rope_theta: {a} in {smaller}, {b} in {larger}",
  },

  caveats = {
    all = "Weight-only settings may start from those of {smaller}; check the perplexity of "
      .. "{larger} on a small calibration set before relying on them.",
    mixed_precision = "A bit allocation found on {smaller} needs its sensitive layers checked "
      .. "again on {larger}.",
    moe = "Experts need calibration data that reaches each of them; rarely used ones of {larger} "
      .. "are easily starved.",
    none = "Too little is known to be equal for reusing calibration results of {smaller}.",
    risks = "Each risk named here can change where outliers sit: calibrate what it touches anew.",
    quantised = "Already quantised ({schemes}): settings transfer only between models of one "
      .. "scheme.",
    always = "This is a structural pre-filter and no measurement: SensCorr (layer sensitivity) and "
      .. "RepAlign (representation alignment) need calibration data of both models.",
  },
}
