-- The tool's estimate of how far quantisation settings carry over.

local array = json.array
local manners, facts = part "manners", part "facts"
local equal, round, truthy = manners.equal, manners.round, manners.truthy
local differ, jaccard = facts.differ, facts.jaccard

local function risks_of(a, b)
  local x, y, list = a.arch_fingerprint, b.arch_fingerprint, array {}
  local function add(when, name)
    if when then list[#list + 1] = name end
  end
  local p, q = x.hidden_size, y.hidden_size
  add(truthy(p) and truthy(q) and math.type(p) and math.type(q) and q / p >= 4,
    "hidden_size_ratio")
  add(differ(a, b, "gqa_ratio", 0.5), "gqa_mismatch")
  add(differ(a, b, "ffn_expansion", 0.3), "ffn_expansion")
  add(x.is_moe and not y.is_moe, "moe_to_dense")
  add(y.is_moe and not x.is_moe, "dense_to_moe")
  add(truthy(x.rope_theta) and truthy(y.rope_theta) and not equal(x.rope_theta, y.rope_theta),
    "rope_theta")
  return list
end

local structure_scores = { ISOMORPHIC = 1.0, SCALE_ONLY = 0.80, DIFFERENT_ARCH = 0.20 }

local caveats = {
  risks = "The architectures differ in ways that shift the ranges of activations.",
  always = "Structure only: calibration data must confirm it (SensCorr, RepAlign).",
  high = "Settings of the small model are a good start for the large one.",
  mixed = "Choose the bits of each layer on the large model.",
  moe = "Experts must each see enough calibration data.",
  none = "The structures are too far apart to transfer settings.",
}

local function methods_of(score, risks, moe)
  local methods, notes = array {}, array {}
  local function add(note, ...)
    for _, name in ipairs { ... } do methods[#methods + 1] = name end
    notes[#notes + 1] = caveats[note]
  end
  if score >= 0.80 then add("high", "GPTQ (W4A16)", "AWQ (W4A16)") end
  if score >= 0.70 and #risks == 0 then
    add("mixed", "Mixed-precision (HAWQ-style bit allocation)")
  end
  if moe then add("moe", "Expert-aware quantization (expert-group calibration)") end
  if #methods == 0 then add("none", "Run full per-model calibration") end
  if #risks > 0 then notes[#notes + 1] = caveats.risks end
  notes[#notes + 1] = caveats.always
  return methods, notes
end

local function transfer(a, b, isomorphism, uniform)
  local x, y = a.arch_fingerprint, b.arch_fingerprint
  local _, common = jaccard(a.op_types, b.op_types)
  local op = common / (math.sqrt(#a.op_types) * math.sqrt(#b.op_types))
  local layer = jaccard(a.layer_types, b.layer_types)
  local struct, shape = structure_scores[isomorphism], uniform and 1.0 or 0.85
  local moe = x.is_moe ~= y.is_moe and 0.90 or y.is_moe and 0.95 or 1.0
  local risks = risks_of(a, b)
  local score = 0.25 * struct + 0.20 * op + 0.20 * layer + 0.15 * shape + 0.10 * moe
    + 0.10 * math.max(0.0, 1 - 0.05 * #risks)
  local methods, notes = methods_of(score, risks, y.is_moe)
  local confidence = isomorphism == "DIFFERENT_ARCH" and "LOW"
    or isomorphism == "ISOMORPHIC" and #risks == 0 and "HIGH" or "MEDIUM"
  return { struct_sim_score = round(struct, 4), op_hist_sim = round(op, 4),
    layer_type_hist_sim = round(layer, 4), shape_uniform_score = round(shape, 4),
    moe_correction = round(moe, 4), arch_risk_factors = risks,
    estimated_transferability = round(score, 4), confidence = confidence,
    recommended_methods = methods, caveats = notes }
end


return { estimate = transfer }
