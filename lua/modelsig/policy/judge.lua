--- The document of a pair: the facts, what the policy makes of them, and the advice.

local check = require "modelsig.base.check"
local facts_of = require "modelsig.compare.facts"
local features = require "modelsig.model.feature_rules"
local json = require "modelsig.native.json"
local named = require "modelsig.rules.named"
local pairs_of = require "modelsig.compare.pairs"
local policies = require "modelsig.policy.policies"
local readonly = require "modelsig.base.readonly"
local strict = require "modelsig.base.strict"
local call = require "modelsig.policy.call"
local strategy = require "modelsig.compare.strategy"
local text = require "modelsig.base.text"
local transfer = require "modelsig.compare.quant_transfer"

local M = {}

local array, null = json.array, json.null

--- What code outside the product may rely on; most runs have none.
local function schema() return require "modelsig.policy.schema" end

local function header(policy)
  return { name = policy.name, from = policy.from, digest = policy.digest }
end

--- What could not be told and matters to the question of the policy.
local function unknown_of(facts, policy)
  local list = policy.asks == "kernel" and facts.kernel.unknown or facts.unknown
  return array { table.unpack(list) }
end

--- What each grade of a difference allows under a policy that says nothing of it, by the policy.
local borrowed = setmetatable({}, { __mode = "k" })

--- The verdict that each grade of a difference allows: as the policy says, else as `kernel` does.
local function grades_of(policy)
  if next(policy.grades) then return policy.grades end
  if not borrowed[policy] then
    local kernel, message = policies.load "kernel"
    if not kernel then error(message, 0) end
    borrowed[policy] = kernel.grades
  end
  return borrowed[policy]
end

--- A feature that no rule reads differs never: to ask for it is a slip.
local function check_feature(id)
  check.arg(1, id, "string", "context.difference", 4)
  local ids = {}
  for i, entry in ipairs(features.all()) do ids[i] = entry.rule.id end
  for _, known in ipairs(ids) do
    if known == id then return end
  end
  error(("no feature '%s'%s"):format(id, check.hint(id, ids)), 3)
end

--- What `decide` gets beside thresholds and options.
local function shared_context(a, b, facts)
  local by_feature = {}
  for _, difference in ipairs(facts.kernel.differences) do
    by_feature[difference.feature] = difference
  end
  local smaller, larger = pairs_of.order(a, b)
  local function difference(id)
    if not by_feature[id] then check_feature(id) end
    return readonly.view(by_feature[id], schema().difference)
  end
  return { a = a, b = b, smaller = smaller, larger = larger, difference = difference }
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
  local table_ = named.get "strategy"
  pair.test_strategy = strategy.strategy(verdict, values, facts.kernel, table_)
  pair.recommendation = strategy.recommendation(verdict, facts, values, table_)
  local block = transfer.estimate(smaller, larger, facts, verdict, named.get "transfer")
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
    local document, message, code = call.document(policy, model)
    if not document then return failure(pair, message, code) end
    documents[i] = document
  end
  local made, message, code = call.ask(policy, "compare", schema().pair, documents[1],
    documents[2], a, b)
  if not made then return failure(pair, message, code) end
  local out = { policy = pair.policy, kernel = pair.kernel, smaller = pair.smaller,
    larger = pair.larger, unknown = array {}, reasons = array {} }
  for key, value in pairs(made) do out[key] = value end
  pairs_of.keep(out, { a = a, b = b, facts = facts, policy = policy })
  local decide = policy.functions.decide
  if decide and decide.depth >= policy.functions.compare.depth then
    local verdict, reasons, kind = call.decide(policy, out, shared_context(a, b, facts))
    if not verdict then return failure(out, reasons, kind) end
    out.substitution_verdict, out.reasons = verdict, array(reasons)
  elseif out.substitution_verdict == nil then
    return failure(out, ("%s: compare gave no substitution_verdict and there is no decide")
      :format(policy.functions.compare.where.path or policy.name))
  end
  return out
end

local function unreadable(a, b)
  local bad = a.error and a or b
  local table_ = named.get "compare"
  return { error = { code = bad.error.code, model = bad.label,
    message = text.fill(table_.sentences.unreadable, { model = bad.label,
      message = bad.error.message }) } }
end

--- The same as `pair` for those who are sure of the names that they read.
---@param a table fingerprint
---@param b table
---@param policy? modelsig.policy|string|table
---@return table pair
function M.document(a, b, policy)
  if a.error or b.error then return unreadable(a, b) end
  local loaded, message, code = policies.load(policy)
  local table_ = named.get "compare"
  local base = loaded or policies.load()
  if not base then return failure({}, message, code) end
  local facts = facts_of.compare(a, b, table_, base.thresholds.coverage, grades_of(base))
  local pair, smaller, larger = pairs_of.document(a, b, facts, table_)
  pairs_of.keep(pair, { a = a, b = b, facts = facts, policy = loaded })
  if not loaded then
    pair.policy = { name = type(policy) == "string" and policy or "?" }
    return failure(pair, message, code)
  end
  pair.policy = header(loaded)
  if facts.failed then
    pair.kernel = nil
    return failure(pair, facts.failed)
  end
  if loaded.functions.compare then return replaced(a, b, loaded, facts, pair) end
  local verdict, reasons, kind = call.decide(loaded, comparison_of(facts, pair),
    shared_context(a, b, facts))
  if not verdict then return failure(pair, reasons, kind) end
  return conclude(pair, facts, verdict, reasons, loaded, { a, b, smaller, larger })
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
  return strict.seal(M.document(a, b, policy), schema().pair_document)
end

return M
