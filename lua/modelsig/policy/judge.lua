--- The document of a pair: the facts, what the policy makes of them, and the advice.

local check = require "modelsig.base.check"
local contract = require "modelsig.policy.schema"
local facts_of = require "modelsig.compare.facts"
local json = require "modelsig.native.json"
local lists = require "modelsig.base.lists"
local opinions = require "modelsig.rules.opinions"
local policies = require "modelsig.policy.policies"
local readonly = require "modelsig.base.readonly"
local seam = require "modelsig.policy.call"
local strategy = require "modelsig.compare.strategy"
local text = require "modelsig.base.text"
local transfer = require "modelsig.compare.quant_transfer"

local M = {}

local array, null = json.array, json.null
local round = facts_of.round

--- What stands behind a pair document: its models, facts and policy.
local details = setmetatable({}, { __mode = "k" })

local function rounded(value, places)
  return value and round(value, places) or null
end

--- Keys of one side only, sorted, the first ones.
local function only_keys(list, limit)
  local keys = {}
  for i, only in ipairs(list) do keys[i] = only.key end
  table.sort(keys)
  return array { table.unpack(keys, 1, limit) }
end

--- Ratio of the larger to the smaller shape in each dimension, and how far they lie apart.
local function is_uniform(x, y, spread)
  local big, small = x, y
  if lists.product(y) > lists.product(x) then big, small = y, x end
  local least, most = math.huge, 0
  for i = 1, #big do
    local ratio = big[i] / small[i]
    least, most = math.min(least, ratio), math.max(most, ratio)
  end
  return most - least <= spread * most
end

local function comparable(x, y)
  return #x == #y and #x > 0 and lists.product(x) ~= 0 and lists.product(y) ~= 0
end

--- Numeric facts about the shapes, as the Python tool states them. They decide nothing.
local function shape_facts(found, table_)
  local other, same_rank = {}, 0
  for _, pair in ipairs(found.pairs) do
    local x, y = pair.a.shape, pair.b.shape
    if #x == #y then same_rank = same_rank + 1 end
    if comparable(x, y) and not is_uniform(x, y, table_.uniform_spread) then
      other[#other + 1] = pair.a.key
    end
  end
  for _, group in ipairs(found.groups) do same_rank = same_rank + group.size end
  table.sort(other)
  local all = found.shared + #found.only_a + #found.only_b
  return {
    shape_compatibility = found.known and (all > 0 and round(same_rank / all, 4) or 1.0) or null,
    shape_ratios_all_uniform = #other == 0,
    non_uniform_shape_keys = array { table.unpack(other, 1, table_.lists.non_uniform) },
  }
end

local function scaling(a, b, keys)
  local out = {}
  for _, key in ipairs(keys) do
    local x, y = (a.config or {})[key], (b.config or {})[key]
    if math.type(x) and math.type(y) and x ~= 0 and y ~= 0 then
      out[key] = { a = x, b = y, ratio = round(y / x, 6) }
    end
  end
  return out
end

--- How many parameters, or a size by the config that puts models in the same order.
local function size_of(model)
  local total = model.parameters and model.parameters.total
  if math.type(total) then return total, true end
  local config = model.config or {}
  local layers, hidden = config.num_hidden_layers, config.hidden_size
  if math.type(layers) and math.type(hidden) then return layers * hidden * hidden * 12, false end
end

--- The smaller and the larger model, whatever the order given. Equal or unknown sizes go by label.
---@param a table fingerprint
---@param b table
---@return table smaller
---@return table larger
function M.order(a, b)
  local x, y = size_of(a), size_of(b)
  if x and y and x ~= y then
    if x < y then return a, b end
    return b, a
  end
  if b.label < a.label then return b, a end
  return a, b
end

local function highlevel_missing(a, b)
  local have, missing = {}, {}
  if not (a.layer_types and b.layer_types) then return array {} end -- nobody knows
  for _, name in ipairs(a.highlevel_ops or {}) do have[name] = true end
  for _, name in ipairs(b.highlevel_ops or {}) do
    if not have[name] then missing[#missing + 1] = name end
  end
  table.sort(missing)
  return array(missing)
end

local function header(policy)
  return { name = policy.name, from = policy.from, digest = policy.digest }
end

--- The facts in the keys of the document.
local function facts_document(a, b, facts, table_)
  local found = facts.match
  local smaller, larger = M.order(a, b)
  local pair = {
    isomorphism = facts.isomorphism,
    a_covers_b = found.known and #found.only_b == 0,
    b_covers_a = found.known and #found.only_a == 0,
    coverage_rate = rounded(facts.coverage_rate, 6),
    only_in_a = only_keys(found.only_a, table_.lists.only_in),
    only_in_b = only_keys(found.only_b, table_.lists.only_in),
    operator_coverage_rate = rounded(facts.operator_coverage_rate, 4),
    missing_highlevel_ops = highlevel_missing(a, b),
    layer_type_coverage = rounded(facts.layer_type_coverage, 4),
    structural_coverage = facts.phases.keys and facts.phases.substructure
      and facts.moe.same ~= false,
    phase1_normalized_match = facts.phases.keys,
    phase2_substructure_match = facts.phases.substructure,
    phase3_algebraic_consistent = facts.phases.scale,
    scaling_analysis = scaling(a, b, table_.scaling),
    smaller = smaller.label, larger = larger.label,
    kernel = { verdict = facts.kernel.verdict, scopes = facts.kernel.scopes,
      differences = array(facts.kernel.differences), unknown = array(facts.kernel.unknown) },
  }
  for key, value in pairs(shape_facts(found, table_)) do pair[key] = value end
  return pair, smaller, larger
end

--- What could not be told and matters to the question of the policy.
local function unknown_of(facts, policy)
  local list = policy.asks == "kernel" and facts.kernel.unknown or facts.unknown
  return array { table.unpack(list) }
end

local function grades_of(policy)
  return policy and next(policy.grades) and policy.grades or opinions.grades()
end

--- What `decide` gets beside thresholds and options.
local function shared_context(a, b, facts)
  local by_feature = {}
  for _, difference in ipairs(facts.kernel.differences) do
    by_feature[difference.feature] = difference
  end
  local smaller, larger = M.order(a, b)
  return { a = a, b = b, smaller = smaller, larger = larger,
    difference = function(id) return readonly.view(by_feature[id]) end }
end

--- Facts under the names of the document too, for policies.
local function comparison_of(facts, pair)
  return setmetatable({}, { __index = function(_, key)
    local value = facts[key]
    if value == nil then value = pair[key] end
    if value == null then return nil end
    return value
  end, __pairs = function()
    local all = {}
    for key, value in pairs(pair) do all[key] = value end
    for key, value in pairs(facts) do all[key] = value end
    return next, all, nil
  end })
end

local function failure(pair, message, code)
  pair.error = { code = code or "malformed", message = message }
  return pair
end

--- Verdict and what follows from it.
local function conclude(pair, facts, verdict, reasons, policy, models)
  local a, b, smaller, larger = table.unpack(models)
  pair.substitution_verdict = verdict
  pair.can_substitute = verdict == "FULL_SUBSTITUTE"
  pair.reasons = array(reasons)
  pair.unknown = unknown_of(facts, policy)
  local values = { smaller = smaller.label, larger = larger.label, policy = policy.name,
    a = a.label, b = b.label }
  local table_ = opinions.get "strategy"
  pair.test_strategy = strategy.strategy(verdict, values, facts.kernel, table_)
  pair.recommendation = strategy.recommendation(verdict, facts, values, table_)
  local block = transfer.estimate(smaller, larger, facts, verdict, opinions.get "transfer")
  for _, key in ipairs { "arch_risk_factors", "recommended_methods", "caveats" } do
    block[key] = array(block[key])
  end
  pair.quant_transfer = block
  return pair
end

--- A pair whose facts come from the policy's own `compare`.
local function replaced(a, b, policy, facts, pair)
  local documents = {}
  for i, model in ipairs { a, b } do
    local document, message, code = seam.document(policy, model)
    if not document then return failure(pair, message, code) end
    documents[i] = document
  end
  local made, message, code = seam.ask(policy, "compare", contract.pair, documents[1],
    documents[2], a, b)
  if not made then return failure(pair, message, code) end
  local out = { policy = pair.policy, kernel = pair.kernel, smaller = pair.smaller,
    larger = pair.larger, unknown = array {}, reasons = array {} }
  for key, value in pairs(made) do out[key] = value end
  details[out] = { a = a, b = b, facts = facts, policy = policy }
  local decide = policy.seams.decide
  if decide and decide.depth >= policy.seams.compare.depth then
    local verdict, reasons, why = seam.decide(policy, out, shared_context(a, b, facts))
    if not verdict then return failure(out, reasons, why) end
    out.substitution_verdict, out.reasons = verdict, array(reasons)
  elseif out.substitution_verdict == nil then
    return failure(out, ("%s: compare gave no substitution_verdict and there is no decide")
      :format(policy.seams.compare.where.path or policy.name))
  end
  return out
end

local function unreadable(a, b)
  local bad = a.error and a or b
  local table_ = opinions.get "compare"
  return { error = { code = bad.error.code, model = bad.label,
    message = text.fill(table_.sentences.unreadable, { model = bad.label,
      message = bad.error.message }) } }
end

--- Compares two fingerprints under a policy. A policy that fails leaves `error` in the pair and no
--- verdict; the facts stay.
---@param a table fingerprint
---@param b table
---@param policy? modelsig.policy|string|table
---@return table pair the document of the pair
---
---     local pair = compare.pair(small, large, "kernel")
---     print(pair.substitution_verdict, #pair.kernel.differences)
function M.pair(a, b, policy)
  check.arg(1, a, "table", "compare.pair")
  check.arg(2, b, "table", "compare.pair")
  if a.error or b.error then return unreadable(a, b) end
  local loaded, message, code = policies.load(policy)
  local table_ = opinions.get "compare"
  local base = loaded or policies.load()
  if not base then return failure({}, message, code) end
  local facts = facts_of.compare(a, b, table_, base.thresholds.coverage, grades_of(loaded))
  local pair, smaller, larger = facts_document(a, b, facts, table_)
  details[pair] = { a = a, b = b, facts = facts, policy = loaded }
  if not loaded then
    pair.policy = { name = type(policy) == "string" and policy or "?" }
    return failure(pair, message, code)
  end
  pair.policy = header(loaded)
  if facts.failed then
    pair.kernel = nil
    return failure(pair, facts.failed)
  end
  if loaded.seams.compare then return replaced(a, b, loaded, facts, pair) end
  local verdict, reasons, why = seam.decide(loaded, comparison_of(facts, pair),
    shared_context(a, b, facts))
  if not verdict then return failure(pair, reasons, why) end
  return conclude(pair, facts, verdict, reasons, loaded, { a, b, smaller, larger })
end

--- The models, facts and policy behind a pair document, for `explain` and plans.
---@param pair table
---@return {a: table, b: table, facts: modelsig.facts, policy: modelsig.policy}|nil
function M.details(pair)
  return details[pair]
end

return M
