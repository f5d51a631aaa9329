-- Same structure, another size?
--
-- FULL: the three phases hold and the layer types agree. PARTIAL: the keys and the substructure
-- agree, or most operators do. NO: anything else, and a mixture of experts against a dense model.

local sentences = {
  identical = "Both sides are identical: same digest of every name, shape, dtype and setting.",
  moe = "{moe} is a mixture of experts and {dense} is dense: other layers, other kernels.",
  keys = "Phase 1, keys: {common} of {larger} abstract keys agree ({rate}; {limit} is needed).",
  keys_by_class = "Phase 1, keys: counted as equal, because both are {class}.",
  parts = "Phase 2, substructure: attention, FFN, norm, router and state-space parts match.",
  parts_differ = "Phase 2, substructure: {what}.",
  scale = "Phase 3, scale: every dimension is the same expression of each model's own sizes.",
  scale_differs = "Phase 3, scale: {what}.",
  layers = "Layer types: {rate} equal ({limit} is needed){what}.",
  operators = "Operators: {rate} in common ({limit} is needed for a partial verdict).",
  mathematics = "Other architecture classes ({a}, {b}), not shown to compute the same: {what}.",
  unknown = "Could not be told: {what}. So the verdict is PARTIAL at most.",
  unknown_too = "Could not be told: {what}.",
}

local function percent(value)
  return value and ("%.0f %%"):format(value * 100) or "unknown"
end

--- Facts as sentences, the deciding ones first.
local function phases(c, t, say)
  if c.phases.keys and c.match.by_class then
    say("keys_by_class", { class = c.class.a })
  elseif c.coverage_rate then
    say("keys", { common = c.match.common, larger = c.match.larger,
      rate = percent(c.match.rate), limit = percent(t.coverage) })
  end
  if c.match.known then
    local parts = c.substructure
    say(parts.same and "parts" or "parts_differ", { what = parts.text })
    say(c.phases.scale and "scale" or "scale_differs", { what = c.scale.text })
  end
end

local function decide(c, context)
  local t, reasons = context.thresholds, {}
  local function say(id, values)
    reasons[#reasons + 1] = context.fill(sentences[id], values)
  end

  if c.identical then
    say("identical")
    return "FULL", reasons
  end
  if c.moe.same == false then
    say("moe", { moe = c.moe.a and c.a or c.b, dense = c.moe.a and c.b or c.a })
    return "NO", reasons
  end

  local layers_equal = c.layer_type_coverage and c.layer_type_coverage >= t.layer_types
    or c.layer_type_coverage == nil and c.class.same
  local operators_equal = c.operator_coverage_rate and c.operator_coverage_rate >= t.operators
  local unknown = #c.unknown > 0
  local verdict = "NO"
  if c.phases.keys and c.phases.substructure then
    local full = c.phases.scale and layers_equal and c.mathematics.same and not unknown
    verdict = full and "FULL" or "PARTIAL"
  elseif operators_equal then
    verdict = "PARTIAL"
  end

  phases(c, t, say)
  if c.layer_type_coverage then
    say("layers", { rate = percent(c.layer_type_coverage), limit = percent(t.layer_types),
      what = c.layer_types.text })
  end
  if not (c.phases.keys and c.phases.substructure) and c.operator_coverage_rate then
    say("operators", { rate = percent(c.operator_coverage_rate), limit = percent(t.operators) })
  end
  if not c.mathematics.same then
    say("mathematics", { a = c.class.a or "?", b = c.class.b or "?", what = c.mathematics.text })
  end
  if unknown then
    say(verdict == "PARTIAL" and "unknown" or "unknown_too",
      { what = table.concat(c.unknown, "; ") })
  end
  return verdict, reasons
end

return {
  summary = "same structure, another size?",
  thresholds = {
    coverage = 0.80,    -- phase 1: common keys / keys of the larger set
    layer_types = 0.95, -- for FULL: common layer types / all layer types
    operators = 0.80,   -- for PARTIAL without phases 1 and 2: common operators / all operators
  },
  reads = { "thresholds.coverage", "thresholds.layer_types", "thresholds.operators" },
  decide = decide,
}
