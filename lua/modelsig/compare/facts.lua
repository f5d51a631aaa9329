--- The facts of a comparison: what two fingerprints have in common and what not. No thresholds
--- but that of phase 1, which the policy gives, and no verdict.

local features = require "modelsig.model.features"
local interrupt = require "modelsig.base.interrupt"
local kernel = require "modelsig.compare.kernel"
local lists = require "modelsig.base.lists"
local match = require "modelsig.compare.match"
local phases = require "modelsig.compare.phases"
local text = require "modelsig.base.text"
local words = require "modelsig.compare.words"

local M = {}

--- Python's rounding: half to even on the binary value, which is what printf does.
---@param value number
---@param places integer
---@return number
function M.round(value, places)
  return (tonumber(("%%.%df"):format(places):format(value)) or value) + 0.0
end

local function set_of(list)
  local set = {}
  for key, value in pairs(list or {}) do
    if type(key) == "number" then set[value] = true else set[key] = true end
  end
  return set
end

--- Jaccard of two sets; both empty are equal.
---@param a table<string, any>
---@param b table<string, any>
---@return number rate
---@return string[] only_a
---@return string[] only_b
function M.overlap(a, b)
  local both, all, only_a, only_b = 0, 0, {}, {}
  for name in pairs(a) do
    all = all + 1
    if b[name] ~= nil then both = both + 1 else only_a[name] = true end
  end
  for name in pairs(b) do
    if a[name] == nil then
      all = all + 1
      only_b[name] = true
    end
  end
  return all == 0 and 1.0 or both / all, lists.sorted(only_a), lists.sorted(only_b)
end

--- The class that an engine picks its code by.
local function class_of(fingerprint)
  local config = fingerprint.config or {}
  local list = config.architectures
  if type(list) == "table" and type(list[1]) == "string" then return list[1] end
  return type(config.model_type) == "string" and config.model_type or nil
end

local function type_name(model)
  local name = (model.config or {}).model_type
  return type(name) == "string" and name or "?"
end

local function classes(a, b)
  local class = { a = class_of(a), b = class_of(b) }
  class.same = class.a ~= nil and class.a == class.b
  return class
end

--- Layer types without those that only weights beside the main path have, and without the head
--- where it is tied on a side.
local function compare_layer_types(a, b, found, rules, say)
  if not (a.layer_types and b.layer_types) then return {}, nil end
  local types = { a = set_of(a.layer_types), b = set_of(b.layer_types) }
  for _, side in ipairs { "a", "b" } do
    local own = side == "a" and a or b
    local only, elsewhere = {}, {}
    for _, entry in ipairs(found["only_" .. side]) do
      if entry.beside and entry.entry.layer_type then only[entry.entry.layer_type] = true end
      elsewhere[entry.key] = entry.beside
    end
    for _, entry in ipairs(own.keys or {}) do
      if not elsewhere[entry.key] and entry.layer_type then only[entry.layer_type] = nil end
    end
    for name in pairs(only) do types[side][name] = nil end
    if (own.config or {}).tie_word_embeddings == true then
      for _, name in ipairs(rules.head.layer_types) do
        types.a[name], types.b[name] = nil, nil
      end
    end
  end
  local rate, only_a, only_b = M.overlap(types.a, types.b)
  local parts = {}
  for _, side in ipairs { { a.label, only_a }, { b.label, only_b } } do
    if #side[2] > 0 then
      parts[#parts + 1] = say("types", { model = side[1], types = table.concat(side[2], ", ") })
    end
  end
  return { only_a = only_a, only_b = only_b, text = table.concat(parts) }, rate
end

local function compare_operators(a, b)
  if not (a.operators and b.operators) then return {}, nil end
  local rate, only_a, only_b = M.overlap(set_of(a.operators), set_of(b.operators))
  return { only_a = only_a, only_b = only_b }, rate
end

--- Do both compute the same? Equal classes do; other ones only where families say so on both
--- sides and no feature differs that changes the mathematics.
local function compare_mathematics(a, b, class, differences, say)
  if class.same then return { same = true, by = "class" } end
  local without = {}
  for _, model in ipairs { a, b } do
    if not model.family then
      without[#without + 1] = ("'%s'"):format(type_name(model))
    end
  end
  if #without > 0 then
    return { same = false, by = "family",
      text = say("mathematics_family", { types = table.concat(without, ", ") }) }
  end
  local other = {}
  for _, difference in ipairs(differences) do
    if difference.grade == "model" then other[#other + 1] = difference.feature end
  end
  if #other == 0 then return { same = true, by = "family" } end
  return { same = false, by = "features", features = other,
    text = say("mathematics_features", { features = table.concat(other, ", ") }) }
end

--- Sentences for what is unknown and matters for the structure.
local function collect_unknown(a, b, facts, incomplete, say)
  local list = {}
  for _, model in ipairs { a, b } do
    local about = { model = model.label }
    if not model.keys then
      local head = model.missing_head
      about.why = say(model.family and "no_headers" or head and "no_head" or "no_family",
        { type = type_name(model), family = head and head.family, class = head and head.class })
      list[#list + 1] = say("no_tensors", about)
    end
    for _, finding in ipairs(model.findings or {}) do
      if incomplete[finding.code] then
        list[#list + 1] = say("incomplete", about)
        break
      end
    end
    if facts.scale.unknown and next(model.symbols or {}) == nil then
      list[#list + 1] = say("no_config", about)
    end
    if model.is_moe == nil then list[#list + 1] = say("no_moe", about) end
  end
  return list
end

local function isomorphism(phase)
  if not (phase.keys and phase.substructure) then return "DIFFERENT_ARCH" end
  return phase.scale and "ISOMORPHIC" or "SCALE_ONLY"
end

--- Equal by digest of everything that was read.
local function same_digest(a, b)
  local mine, theirs = a.digests and a.digests.exact, b.digests and b.digests.exact
  return mine ~= nil and mine == theirs
end

--- Do the three phases hold? Without the tensors of a side, equal classes count as equal keys
--- and parts, and the scale stays open.
local function judge_phases(facts, coverage)
  local found = facts.match
  if facts.identical then
    found.by_class = not found.known
    return { keys = true, substructure = true, scale = true }
  end
  if not found.known then
    found.by_class = facts.class.same and facts.moe.same ~= false
    return { keys = found.by_class, substructure = found.by_class,
      scale = false }
  end
  local keys = found.common > 0 and found.rate >= coverage
  return { keys = keys, substructure = facts.substructure.same, scale = facts.scale.consistent }
end

--- The differences of features. A rule that fails sets `facts.failed`: then there is no verdict.
local function graded(facts, a, b)
  local ok, differences, unknown = pcall(features.differences, a, b)
  if ok then return differences, unknown end
  facts.failed = interrupt.text(differences)
  return {}, {}
end

---@class modelsig.facts
---@field a string label
---@field b string label
---@field identical boolean
---@field isomorphism string
---@field phases {keys: boolean, substructure: boolean, scale: boolean}
---@field match modelsig.match
---@field substructure modelsig.substructure
---@field scale modelsig.scale
---@field operators {only_a: string[], only_b: string[]}
---@field layer_types {only_a: string[], only_b: string[], text: string}
---@field class {a: string?, b: string?, same: boolean}
---@field moe {a: boolean?, b: boolean?, same: boolean?}
---@field mathematics {same: boolean, by: string, text: string?}
---@field coverage_rate number?
---@field operator_coverage_rate number?
---@field layer_type_coverage number?
---@field kernel modelsig.kernel
---@field unknown string[]
---@field failed string? a feature rule failed

--- Compares two fingerprints.
---@param a table
---@param b table
---@param rules table `rules/compare.lua`
---@param coverage number threshold of phase 1
---@param grades table<string, string> verdict per grade of a feature difference
---@return modelsig.facts
function M.compare(a, b, rules, coverage, grades)
  local function say(id, values) return text.fill(rules.sentences[id], values) end
  local facts = { a = a.label, b = b.label, class = classes(a, b) }
  facts.identical = rawequal(a, b) or same_digest(a, b)
  facts.moe = { a = a.is_moe, b = b.is_moe }
  if a.is_moe ~= nil and b.is_moe ~= nil then facts.moe.same = a.is_moe == b.is_moe end
  facts.match = match.match(a, b, rules)
  facts.substructure = phases.substructure(facts.match, rules)
  facts.scale = phases.scale(a, b, facts.match, rules)
  words.describe(facts, say)
  facts.phases = judge_phases(facts, coverage)
  facts.isomorphism = isomorphism(facts.phases)
  if facts.match.known then
    local larger = facts.match.larger_all
    facts.coverage_rate = larger > 0 and facts.match.shared / larger or 0.0
  end
  facts.operators, facts.operator_coverage_rate = compare_operators(a, b)
  facts.layer_types, facts.layer_type_coverage =
    compare_layer_types(a, b, facts.match, rules, say)
  local differences, unknown = graded(facts, a, b)
  facts.kernel = kernel.evaluate(differences, unknown, grades, facts.identical)
  facts.mathematics = compare_mathematics(a, b, facts.class, facts.kernel.differences, say)
  facts.unknown = facts.identical and {} or collect_unknown(a, b, facts, rules.incomplete, say)
  return facts
end

return M
