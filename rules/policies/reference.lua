-- What would the Python tool say? Its numbers, defects included, for people who migrate from it.
--
-- Replaces every function. The parts are in `policies/reference`; the loader gives `part`, `lists`,
-- `json.null` and `json.array`.

local array = json.array
local manners, configs, tensors = part "manners", part "config", part "tensors"
local facts, transfer = part "facts", part "transfer"
local equal, round, sorted = manners.equal, manners.round, manners.sorted
local differ, jaccard = facts.differ, facts.jaccard

local function fingerprint(model)
  local config = configs.flatten(model.raw_config)
  local with_headers = model.source == "safetensors"
  local signature, keys
  if with_headers then signature, keys = tensors.signature_of(model) end
  local moe = configs.is_moe(config, keys)
  if not with_headers then signature = tensors.assumed_signature(config, moe) end
  local kinds, highlevel = {}, {}
  for _, found in pairs(signature) do kinds[found.layer_type] = true end
  local operators = tensors.matching(keys or {}, tensors.op_rules, false,
    { ["aten/mm"] = true, scaled_dot_product_attention = true })
  if with_headers then
    tensors.matching(keys, tensors.highlevel_rules, true, highlevel)
    if next(highlevel) == nil then highlevel.Linear = true end
  end
  local arch = configs.architecture(config, moe)
  return {
    arch_fingerprint = arch, static_weight_signature = signature,
    op_types = sorted(operators), unique_ops_highlevel = sorted(highlevel),
    layer_types = sorted(kinds), kv_cache_shape_pattern = configs.cache_pattern(config, arch),
    dimension_ratios = configs.dimension_ratios(config),
    source = with_headers and "safetensors" or "config_only",
  }
end

local advice = {
  RECOMMENDED = "The smaller model may stand in for structural tests of the larger one.",
  PARTIAL = "The smaller model covers a part of the tests of the larger one.",
  NOT_RECOMMENDED = "Test the models one by one.",
}

local scopes = {
  RECOMMENDED = { "loading", "layer shapes", "numerics" },
  PARTIAL = { "loading", "common layers" },
  NOT_RECOMMENDED = {},
}

local function strategy(layer, shape, can)
  local level = can and "RECOMMENDED" or layer >= 0.70 and shape >= 0.70 and "PARTIAL"
    or "NOT_RECOMMENDED"
  return { level = level, description = advice[level],
    test_scope = array { table.unpack(scopes[level]) } }
end

local function same_structure(x, y)
  for _, key in ipairs { "model_type", "num_attention_heads", "num_key_value_heads", "is_moe" } do
    if not equal(x[key], y[key]) then return false end
  end
  return true
end

local function compare(a, b)
  local counts = facts.key_counts(a.static_weight_signature, b.static_weight_signature)
  local phase1, phase2 = facts.phases(a, b, counts)
  local analysis, scales = facts.scaling(a.arch_fingerprint, b.arch_fingerprint)
  local phase3 = scales and not differ(a, b, "gqa_ratio", 0.5)
  local isomorphism = facts.is_other(a, b, phase1, phase2) and "DIFFERENT_ARCH"
    or phase3 and "ISOMORPHIC" or "SCALE_ONLY"
  local layer = jaccard(a.layer_types, b.layer_types)
  local shape, other = facts.shapes(a, b, counts)
  local can = layer >= 0.95 and shape >= 0.90
  local plan = strategy(layer, shape, can)
  return {
    isomorphism = isomorphism, a_covers_b = #counts.only_b == 0, b_covers_a = #counts.only_a == 0,
    coverage_rate = counts.larger > 0 and round(#counts.common / counts.larger, 6) or 0.0,
    only_in_a = facts.first(counts.only_a, 20), only_in_b = facts.first(counts.only_b, 20),
    operator_coverage_rate = round(jaccard(a.op_types, b.op_types), 4),
    missing_highlevel_ops = facts.missing(b.unique_ops_highlevel, a.unique_ops_highlevel),
    layer_type_coverage = round(layer, 4), shape_compatibility = round(shape, 4),
    can_substitute = can,
    structural_coverage = same_structure(a.arch_fingerprint, b.arch_fingerprint),
    phase1_normalized_match = phase1, phase2_substructure_match = phase2,
    phase3_algebraic_consistent = phase3, scaling_analysis = analysis,
    shape_ratios_all_uniform = #other == 0, non_uniform_shape_keys = facts.first(other, 10),
    test_strategy = plan, recommendation = plan.description,
    quant_transfer = transfer.estimate(a, b, isomorphism, #other == 0),
  }
end

local function decide(pair)
  if pair.isomorphism == "DIFFERENT_ARCH" then return "NO" end
  if pair.isomorphism == "ISOMORPHIC" and pair.shape_ratios_all_uniform and pair.can_substitute
  then
    return "FULL"
  end
  return "PARTIAL"
end

return {
  summary = "what would the Python tool say?",
  fingerprint = fingerprint,
  compare = compare,
  reads = {},
  decide = decide,
  plan = part("plan").make,
}
