--- The document of a pair: its facts under the keys that scripts read. It also remembers what each
--- document was made from.

local json = require "modelsig.native.json"
local count = require "modelsig.base.count"
local round = require("modelsig.compare.facts").round

local M = {}

local array, null = json.array, json.null

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
  if count.size(y) > count.size(x) then big, small = y, x end
  local least, most = math.huge, 0
  for i = 1, #big do
    local ratio = big[i] / small[i]
    least, most = math.min(least, ratio), math.max(most, ratio)
  end
  return most - least <= spread * most
end

local function comparable(x, y)
  return #x == #y and #x > 0 and count.size(x) ~= 0 and count.size(y) ~= 0
end

--- Numeric facts about the shapes, as the Python tool states them. They decide nothing.
local function shape_facts(found, rules)
  local other, same_rank = {}, 0
  for _, pair in ipairs(found.pairs) do
    local x, y = pair.a.shape, pair.b.shape
    if #x == #y then same_rank = same_rank + 1 end
    if comparable(x, y) and not is_uniform(x, y, rules.uniform_spread) then
      other[#other + 1] = pair.a.key
    end
  end
  for _, group in ipairs(found.groups) do same_rank = same_rank + group.size end
  table.sort(other)
  local all = found.shared + #found.only_a + #found.only_b
  return {
    shape_compatibility = found.known and (all > 0 and round(same_rank / all, 4) or 1.0) or null,
    shape_ratios_all_uniform = #other == 0,
    non_uniform_shape_keys = array { table.unpack(other, 1, rules.lists.non_uniform) },
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

--- The document of a pair as far as the facts go: no verdict, nothing of a policy.
---@param a table fingerprint
---@param b table
---@param facts modelsig.facts
---@param rules table `rules/compare.lua`
---@return table pair
---@return table smaller
---@return table larger
function M.document(a, b, facts, rules)
  local found = facts.match
  local smaller, larger = M.order(a, b)
  local pair = {
    isomorphism = facts.isomorphism,
    a_covers_b = found.known and #found.only_b == 0,
    b_covers_a = found.known and #found.only_a == 0,
    coverage_rate = rounded(facts.coverage_rate, 6),
    only_in_a = only_keys(found.only_a, rules.lists.only_in),
    only_in_b = only_keys(found.only_b, rules.lists.only_in),
    operator_coverage_rate = rounded(facts.operator_coverage_rate, 4),
    missing_highlevel_ops = highlevel_missing(a, b),
    layer_type_coverage = rounded(facts.layer_type_coverage, 4),
    structural_coverage = facts.phases.keys and facts.phases.substructure
      and facts.moe.same ~= false,
    phase1_normalized_match = facts.phases.keys,
    phase2_substructure_match = facts.phases.substructure,
    phase3_algebraic_consistent = facts.phases.scale,
    scaling_analysis = scaling(a, b, rules.scaling),
    smaller = smaller.label, larger = larger.label,
    kernel = { verdict = facts.kernel.verdict, scopes = facts.kernel.scopes,
      differences = array(facts.kernel.differences), unknown = array(facts.kernel.unknown) },
  }
  for key, value in pairs(shape_facts(found, rules)) do pair[key] = value end
  return pair, smaller, larger
end

--- Keeps what a document was made from, as long as the document lives.
---@param pair table
---@param behind {a: table, b: table, facts: modelsig.facts, policy: modelsig.policy|nil}
function M.keep(pair, behind)
  details[pair] = behind
end

--- The models, facts and policy behind a pair document, for `explain`, plans and reports.
---@param pair table
---@return {a: table, b: table, facts: modelsig.facts, policy: modelsig.policy}|nil
function M.details(pair)
  return details[pair]
end

return M
