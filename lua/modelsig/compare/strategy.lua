--- Test strategy and recommendation of a pair: they follow the verdict and nothing else.

local text = require "modelsig.base.text"

local M = {}

--- Kernel scopes that a stand-in leaves untested.
local function open_scopes(kernel, scopes)
  local list = {}
  for _, scope in ipairs(scopes) do
    if kernel.scopes[scope] and kernel.scopes[scope] ~= "FULL_SUBSTITUTE" then
      list[#list + 1] = scope
    end
  end
  return list
end

--- The block `test_strategy`.
---@param verdict string
---@param values {smaller: string, larger: string, policy: string}
---@param kernel table
---@param rules table `rules/strategy.lua`
---@return {level: string, description: string, test_scope: string}
function M.strategy(verdict, values, kernel, rules)
  local level = rules.levels[verdict]
  local scope = text.fill(rules[level].test_scope, values)
  local open = open_scopes(kernel, require("modelsig.compare.kernel").scopes)
  if level ~= "NOT_RECOMMENDED" and #open > 0 then
    local told = #(kernel.unknown or {}) == 0
    scope = scope .. text.fill(told and rules.kernel or rules.kernel_unknown,
      { larger = values.larger, scopes = table.concat(open, ", ") })
  end
  return { level = level, description = text.fill(rules[level].description, values),
    test_scope = scope }
end

--- One sentence of advice.
---@param verdict string
---@param facts modelsig.facts
---@param values {smaller: string, larger: string}
---@param rules table
---@return string
function M.recommendation(verdict, facts, values, rules)
  if facts.identical then return rules.recommendation.identical end
  local known = facts.match.known
  return text.fill(rules.recommendation[known and facts.isomorphism or "unknown"],
    { advice = text.fill(rules.advice[verdict], values) })
end

return M
