-- What a verdict means for testing. {smaller} and {larger} are models, {scopes} the kernel scopes
-- that a stand-in would leave untested.

return {
  levels = { FULL_SUBSTITUTE = "RECOMMENDED", PARTIAL_SUBSTITUTE = "PARTIAL",
    NO_SUBSTITUTE = "NOT_RECOMMENDED" },

  RECOMMENDED = {
    description = "{smaller} may stand in for {larger} under the policy '{policy}'.",
    test_scope = "Full functional test suite on {smaller}; a canary run on {larger}.",
  },
  PARTIAL = {
    description = "{smaller} may stand in for {larger} in part under the policy '{policy}'.",
    test_scope = "Core functional tests on {smaller}; regression tests on {larger} for what "
      .. "differs.",
  },
  NOT_RECOMMENDED = {
    description = "{smaller} may not stand in for {larger} under the policy '{policy}'.",
    test_scope = "All tests on {larger} itself.",
  },

  -- Added to the scope where the kernel features differ.
  kernel = " On {larger} itself in any case: {scopes} (kernel features differ).",
  kernel_unknown = " On {larger} itself in any case: {scopes} (kernel features differ or could not "
    .. "be told).",

  recommendation = {
    identical = "Both models are identical: test either.",
    unknown = "The tensors are not known on both sides: {advice}.",
    ISOMORPHIC = "Same structure, dimensions scale with each model's own sizes: {advice}.",
    SCALE_ONLY = "Same keys and parts, but not every dimension scales alike: {advice}.",
    DIFFERENT_ARCH = "Another structure: {advice}.",
  },
  advice = {
    FULL_SUBSTITUTE = "test {smaller}, spot-check {larger}",
    PARTIAL_SUBSTITUTE = "test {smaller} for what both share, {larger} for the rest",
    NO_SUBSTITUTE = "test each model on its own",
  },
}
