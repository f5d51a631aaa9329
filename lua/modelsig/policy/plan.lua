--- The test plan: which model serves which level of testing.

local check = require "modelsig.base.check"
local judge = require "modelsig.policy.judge"
local json = require "modelsig.native.json"
local policies = require "modelsig.policy.policies"
local named = require "modelsig.rules.named"
local pairs_of = require "modelsig.compare.pairs"
local call = require "modelsig.policy.call"
local text = require "modelsig.base.text"

local M = {}

local array = json.array

local picks = {
  smallest = function() return 1 end,
  lower_middle = function(n) return (n + 1) // 2 end,
  largest = function(n) return n end,
}

--- Pair documents by the labels of their models, in both orders.
local function by_labels(pairs_)
  local found = {}
  for _, pair in ipairs(pairs_) do
    local behind = pairs_of.details(pair)
    local x, y = behind and behind.a.label or pair.smaller, behind and behind.b.label or pair.larger
    if x and y then
      found[x .. "\0" .. y] = pair
      found[y .. "\0" .. x] = pair
    end
  end
  return found
end

local function ascending(models)
  local list = { table.unpack(models) }
  table.sort(list, function(x, y)
    if x == y then return false end
    return pairs_of.order(x, y) == x
  end)
  return list
end

--- Groups in which every model may stand in for every other, grown from the smallest model.
local function grouped(models, pair_of)
  local groups = {}
  for _, model in ipairs(models) do
    local home
    for _, group in ipairs(groups) do
      local fits = true
      for _, member in ipairs(group) do
        fits = fits and pair_of(member, model).substitution_verdict == "FULL_SUBSTITUTE"
      end
      if fits then home = group break end
    end
    if home then home[#home + 1] = model else groups[#groups + 1] = { model } end
  end
  return groups
end

--- Features in which the picked model leaves the path of the largest one.
local function kernel_note(model, largest, pair_of, rule)
  if model == largest then return "" end
  local names = {}
  for _, difference in ipairs(pair_of(model, largest).kernel.differences) do
    if difference.grade == "path" or difference.grade == "model" then
      names[#names + 1] = difference.feature
    end
  end
  if #names == 0 then return "" end
  return text.fill(rule, { largest = largest.label, features = table.concat(names, ", ") })
end

local function entry(level, group, pair_of, table_)
  local model, largest = group[picks[level.pick](#group)], group[#group]
  local values = { model = model.label, group = text.fill(table_.group, { count = #group }) }
  local reason = text.fill(#group > 1 and level.reason or level.alone, values)
  local focus = { table.unpack(level.focus) }
  if model.is_moe then
    for _, item in ipairs(level.moe or {}) do focus[#focus + 1] = item end
  end
  return { model = model.label, test_focus = array(focus),
    reason = reason .. kernel_note(model, largest, pair_of, table_.kernel) }
end

--- The policy's own plan, from the documents in the byte order of the labels.
local function replaced(models, policy)
  local list, documents = { table.unpack(models) }, {}
  table.sort(list, function(x, y) return x.label < y.label end)
  for i, model in ipairs(list) do
    local document, message, code = call.document(policy, model)
    if not document then return nil, message, code end
    documents[i] = { label = model.label, document = document }
  end
  return call.ask(policy, "plan", nil, documents)
end

--- Makes the plan: groups of mutually substitutable models, and a model of each for every level.
---@param models table[] fingerprints with distinct labels; unreadable ones are left out
---@param pairs_? table[] documents of their pairs; those missing are compared now
---@param policy? modelsig.policy|string|table
---@return table|nil plan {level1_structure, level2_numerical, level3_runtime, level4_canary}
---@return string|nil message
---@return string|nil code
---
---     local levels = assert(plan.make({ small, middle, large }))
---     print(levels.level4_canary[1].model)
function M.make(models, pairs_, policy)
  check.arg(1, models, "table", "plan.make")
  local loaded, message, code = policies.load(policy)
  if not loaded then return nil, message, code end
  local readable = {}
  for _, model in ipairs(models) do
    if not model.error then readable[#readable + 1] = model end
  end
  if loaded.functions.plan then return replaced(readable, loaded) end
  local known, failed = by_labels(pairs_ or {}), nil
  local function pair_of(a, b)
    local key = a.label .. "\0" .. b.label
    known[key] = known[key] or judge.pair(a, b, loaded)
    failed = failed or known[key].error
    return known[key]
  end
  local groups = grouped(ascending(readable), pair_of)
  if failed then return nil, failed.message, failed.code end
  local table_ = named.get "plan"
  local plan = {}
  for _, level in ipairs(table_.levels) do
    local list = array {}
    for i, group in ipairs(groups) do list[i] = entry(level, group, pair_of, table_) end
    plan[level.id] = list
  end
  return plan
end

return M
