--- Quantisation transfer from the smaller to the larger model: a score from structure alone.

local numeric = require "modelsig.native.numeric"
local text = require "modelsig.base.text"

local M = {}

local function round4(value)
  return tonumber(("%.4f"):format(value)) + 0.0
end

--- A size from the config; of a list, one per layer, the largest.
local function size(config, key)
  local value = config[key]
  if type(value) == "table" then
    local most
    for _, item in ipairs(value) do
      if math.type(item) and (not most or item > most) then most = item end
    end
    value = most
  end
  return math.type(value) and value > 0 and value or nil
end

local function quotient(config, above, below)
  local x, y = size(config, above), size(config, below)
  return x and y and x / y or nil
end

local function theta(config)
  local value = rawget(config, "rope_theta")
  local parameters = config.rope_parameters
  if value == nil and type(parameters) == "table" then value = parameters.rope_theta end
  return math.type(value) and value ~= 0 and value or nil
end

--- What may keep settings from transferring, as sentences.
local function risks_of(a, b, rules)
  local x, y, list = a.config or {}, b.config or {}, {}
  local function add(id, values)
    values.smaller, values.larger = a.label, b.label
    list[#list + 1] = text.fill(rules.risks[id], values)
  end
  local ha, hb = size(x, "hidden_size"), size(y, "hidden_size")
  if ha and hb and hb / ha >= rules.limits.hidden_size_ratio then
    add("hidden_size_ratio", { ratio = hb / ha, a = ha, b = hb })
  end
  local function differ(id, limit, va, vb)
    if va and vb and math.abs(va - vb) > limit then add(id, { a = va, b = vb }) end
  end
  differ("gqa_mismatch", rules.limits.gqa_ratio,
    quotient(x, "num_attention_heads", "num_key_value_heads"),
    quotient(y, "num_attention_heads", "num_key_value_heads"))
  differ("ffn_expansion", rules.limits.ffn_expansion,
    quotient(x, "intermediate_size", "hidden_size"),
    quotient(y, "intermediate_size", "hidden_size"))
  if a.is_moe and b.is_moe == false then add("moe_to_dense", {}) end
  if a.is_moe == false and b.is_moe then add("dense_to_moe", {}) end
  differ("rope_theta", 0, theta(x), theta(y))
  return list
end

--- Cosine of the real operator counts; nil where those of a side are unknown.
local function operator_similarity(a, b)
  if not (a.operators and b.operators) then return nil end
  if next(a.operators) == nil and next(b.operators) == nil then return 1.0 end
  return numeric.cosine(a.operators, b.operators)
end

local function moe_factor(a, b, rules)
  if (a.is_moe or false) ~= (b.is_moe or false) then return rules.moe.differs end
  return b.is_moe and rules.moe.target or rules.moe.dense
end

local function confidence(isomorphism, risks)
  if isomorphism == "ISOMORPHIC" and #risks == 0 then return "HIGH" end
  return isomorphism == "DIFFERENT_ARCH" and "LOW" or "MEDIUM"
end

--- Methods worth a try, and the caveat of each group. Where the verdict is NO there are none.
local function methods_of(score, risks, b, verdict, rules)
  local names, groups = {}, {}
  local function add(group)
    groups[#groups + 1] = group
    for _, name in ipairs(rules.methods[group]) do names[#names + 1] = name end
  end
  if verdict ~= "NO_SUBSTITUTE" then
    if score >= rules.limits.all_methods then add "all" end
    if score >= rules.limits.mixed_precision and #risks == 0 then add "mixed_precision" end
    if b.is_moe then add "moe" end
  end
  if #groups == 0 then add "none" end
  return names, groups
end

--- Names of the quantisation methods of both sides, where there are any.
local function schemes(a, b)
  local list, seen = {}, {}
  for _, model in ipairs { a, b } do
    local scheme = type(model.quantization) == "table" and
      (model.quantization.method or model.quantization.quant_method)
    if type(scheme) == "string" and not seen[scheme] then
      seen[scheme] = true
      list[#list + 1] = scheme
    end
  end
  return list
end

local function caveats_of(groups, risks, a, b, rules)
  local list, values = {}, { smaller = a.label, larger = b.label }
  for _, group in ipairs(groups) do list[#list + 1] = text.fill(rules.caveats[group], values) end
  if #risks > 0 then list[#list + 1] = text.fill(rules.caveats.risks, values) end
  local quantised = schemes(a, b)
  if #quantised > 0 then
    list[#list + 1] = text.fill(rules.caveats.quantised,
      { schemes = table.concat(quantised, ", ") })
  end
  list[#list + 1] = text.fill(rules.caveats.always, values)
  return list
end

--- The block `quant_transfer` of a pair.
---@param a table fingerprint of the smaller model
---@param b table of the larger one
---@param facts modelsig.facts
---@param verdict string|nil
---@param rules table `rules/transfer.lua`
---@return table
function M.estimate(a, b, facts, verdict, rules)
  local risks, weights = risks_of(a, b, rules), rules.weights
  local struct = rules.struct[facts.isomorphism]
  local operators = operator_similarity(a, b)
  local layers = facts.layer_type_coverage
  local shape = facts.phases.scale and rules.shape.uniform or rules.shape.other
  local moe = moe_factor(a, b, rules)
  -- What is unknown adds nothing; the same class, or the same digest, is as good as equal.
  local same = (facts.class.same or facts.identical) and 1.0 or 0.0
  operators, layers = operators or same, layers or same
  local score = weights.struct * struct + weights.operators * operators + weights.layers * layers
    + weights.shape * shape + weights.moe * moe
    + weights.risk * math.max(0, 1 - rules.per_risk * #risks)
  local names, groups = methods_of(score, risks, b, verdict, rules)
  return {
    struct_sim_score = round4(struct), op_hist_sim = round4(operators),
    layer_type_hist_sim = round4(layers), shape_uniform_score = round4(shape),
    moe_correction = round4(moe), arch_risk_factors = risks,
    estimated_transferability = round4(score),
    confidence = confidence(facts.isomorphism, risks), recommended_methods = names,
    caveats = caveats_of(groups, risks, a, b, rules),
  }
end

return M
