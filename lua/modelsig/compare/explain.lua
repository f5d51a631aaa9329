--- Why a pair got its verdict: every fact with its evidence, as a table and as text.

local check = require "modelsig.base.check"
local layout = require "modelsig.base.layout"
local lists = require "modelsig.base.lists"
local named = require "modelsig.rules.named"
local pairs_of = require "modelsig.compare.pairs"
local text = require "modelsig.base.text"

local M = {}

local function percent(value)
  return type(value) == "number" and ("%.0f %%"):format(value * 100) or "?"
end

local Explanation = {}
Explanation.__index = Explanation

function Explanation:section(id, values)
  self.current = { id = id, title = text.fill(self.rules.sections[id], values), facts = {} }
  self.sections[#self.sections + 1] = self.current
end

--- Adds a fact: its words, and the values behind them.
function Explanation:add(words, fact)
  fact = fact or {}
  fact.text = words
  table.insert(self.current.facts, fact)
end

function Explanation:say(id, values, fact)
  self:add(text.fill(self.rules[id], values), fact)
end

local function isomorphism(self, facts)
  self:say(facts.match.known and "isomorphism" or "isomorphism_unknown",
    { isomorphism = facts.isomorphism },
    { fact = "isomorphism", value = facts.isomorphism, evidence = "derived" })
end

local fields = { "phase1_normalized_match", "phase2_substructure_match",
  "phase3_algebraic_consistent" }

--- Without the tensors of a side equal classes count for the first two phases; the rest is open.
local function unknown_phases(self, facts)
  local words, found = self.rules.phase, facts.match
  for i, name in ipairs(words.names) do
    local by_class = i == 1 and found.by_class
    self:add(by_class and text.fill(words.keys_by_class, { class = facts.class.a })
      or text.fill(words.unknown, { name = name }),
      { fact = fields[i], value = by_class or nil, evidence = by_class and "derived" or "unknown" })
  end
end

local function phases(self, facts)
  self:section "phases"
  local words, found = self.rules, facts.match
  local function holds(value) return value and words.yes or words.no end
  if found.known then
    self:add(text.fill(words.phase.keys, { holds = holds(facts.phases.keys),
      common = found.common, larger = found.larger }),
      { fact = fields[1], value = facts.phases.keys, evidence = "derived" })
    local rows = { { "substructure", facts.substructure.text }, { "scale", facts.scale.text } }
    for i, row in ipairs(rows) do
      self:add(text.fill(words.phase[row[1]], { holds = holds(facts.phases[row[1]]),
        text = row[2] ~= "" and ": " .. row[2] or "" }),
        { fact = fields[i + 1], value = facts.phases[row[1]], evidence = "derived" })
    end
  else
    unknown_phases(self, facts)
  end
  isomorphism(self, facts)
end

local function evidence_of(model, key)
  return model.config_evidence and model.config_evidence[key] or "?"
end

--- The config's sizes that both sides have, and where each comes from.
local function sizes(self, a, b)
  self:section "sizes"
  local names = {}
  for key, value in pairs(a.config or {}) do
    if math.type(value) and math.type((b.config or {})[key]) then names[#names + 1] = key end
  end
  table.sort(names)
  for _, key in ipairs(names) do
    local values = { name = key, a = a.config[key], b = b.config[key],
      evidence_a = evidence_of(a, key), evidence_b = evidence_of(b, key) }
    self:say("size", values, { fact = key, a = values.a, b = values.b,
      evidence = { a = values.evidence_a, b = values.evidence_b } })
  end
end

local function layers(self, facts)
  self:section "layers"
  local rate = facts.layer_type_coverage
  self:say(rate and "layer_types" or "layer_types_unknown",
    { rate = percent(rate), text = facts.layer_types.text or "" },
    { fact = "layer_type_coverage", value = rate, evidence = rate and "family" or "unknown" })
  rate = facts.operator_coverage_rate
  local words = text.fill(self.rules[rate and "operators" or "operators_unknown"],
    { rate = percent(rate) })
  for _, side in ipairs { "a", "b" } do
    local only = facts.operators["only_" .. side] or {}
    if #only > 0 then
      words = words .. text.fill(self.rules.only,
        { model = facts[side], list = table.concat(only, ", ") })
    end
  end
  self:add(words, { fact = "operator_coverage_rate", value = rate,
    evidence = rate and "family" or "unknown" })
end

local function keys_of(entries)
  local list = {}
  for i, item in ipairs(entries) do list[i] = item.key end
  return table.concat(list, " + ")
end

local function weights(self, a, b, facts)
  self:section "weights"
  for _, model in ipairs { a, b } do
    local words = self.rules
    self:say("source", { model = model.label, source = words.sources[model.source]
      or text.fill(words.other_source, { source = model.source }), family = model.family
      and text.fill(words.family, { family = model.family }) or words.no_family },
      { fact = "source", value = model.source, evidence = model.source })
  end
  local found = facts.match
  for _, side in ipairs { "a", "b" } do
    local only = found["only_" .. side]
    if #only > 0 then
      local list = {}
      for i, item in ipairs(only) do list[i] = item.key end
      table.sort(list)
      self:say("weights_only", { model = facts[side], list = list }, { fact = "only_in_" .. side,
        value = list, evidence = "header" })
    end
  end
  for _, group in ipairs(found.groups) do
    local split, fused = group.a, group.b
    if #group.a == 1 then split, fused = group.b, group.a end
    self:say("fused", { fused = fused[1].key, split = keys_of(split) }, { fact = "fused" })
  end
  if found.known and #found.only_a == 0 and #found.only_b == 0 then self:say("weights_equal") end
end

--- Evidence of a difference: one word, or one for each side.
local function evidence_text(evidence)
  if type(evidence) ~= "table" then return text.show(evidence) end
  local x, y = text.show(evidence.a), text.show(evidence.b)
  return x == y and x or x .. " and " .. y
end

local function kernel(self, facts)
  self:section("kernel", { verdict = facts.kernel.verdict })
  for _, d in ipairs(facts.kernel.differences) do
    local a, b = lists.contrast(d.a, d.b)
    self:say("feature", { feature = d.feature, a = a, b = b, grade = d.grade,
      why = d.why,
      scopes = d.scopes, evidence = evidence_text(d.evidence) },
      { fact = d.feature, a = d.a, b = d.b, grade = d.grade, evidence = d.evidence })
  end
  if #facts.kernel.differences == 0 then self:say("no_features") end
  if #facts.kernel.unknown > 0 then
    self:say("unknown_features", { list = facts.kernel.unknown },
      { fact = "unknown", value = facts.kernel.unknown, evidence = "unknown" })
  end
end

local function listed(self, id, list)
  if not list or #list == 0 then return end
  self:section(id)
  for _, words in ipairs(list) do self:add(words) end
end

---@class modelsig.explanation
---@field title string
---@field verdict string|nil
---@field sections {id: string, title: string, facts: table[]}[]

--- Explains a pair made by `compare.pair`.
---@param pair table
---@return modelsig.explanation
---
---     print(explain.text(explain.build(modelsig.compare(small, large))))
function M.build(pair)
  check.arg(1, pair, "table", "explain.build")
  local behind = pairs_of.details(pair)
  local words = named.get "explain"
  local self = setmetatable({ rules = words, sections = {}, verdict = pair.substitution_verdict },
    Explanation)
  local a, b = behind and behind.a.label, behind and behind.b.label
  if pair.error then
    self.title = text.fill(words.failed, { a = a or "?", b = b or "?",
      message = pair.error.message })
  else
    self.title = text.fill(words.title, { a = a or pair.smaller, b = b or pair.larger,
      verdict = pair.substitution_verdict, policy = pair.policy.name, from = pair.policy.from })
  end
  listed(self, "reasons", pair.reasons)
  if behind and behind.facts then
    phases(self, behind.facts)
    sizes(self, behind.a, behind.b)
    layers(self, behind.facts)
    weights(self, behind.a, behind.b, behind.facts)
    kernel(self, behind.facts)
  end
  listed(self, "unknown", pair.unknown)
  local scope = pair.test_strategy and pair.test_strategy.test_scope
  listed(self, "advice", { pair.recommendation,
    type(scope) == "table" and table.concat(scope, "; ") or scope })
  return { title = self.title, verdict = self.verdict, sections = self.sections,
    policy = pair.policy, error = pair.error }
end

--- The explanation as text, a fact a line.
---@param explanation modelsig.explanation
---@return string
function M.text(explanation)
  local lines = { layout.escape(explanation.title) }
  for _, section in ipairs(explanation.sections) do
    lines[#lines + 1] = ""
    lines[#lines + 1] = layout.escape(section.title)
    for _, fact in ipairs(section.facts) do
      lines[#lines + 1] = "  " .. layout.escape(fact.text)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
