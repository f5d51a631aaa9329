--- The `kernel` block of a pair: graded feature differences, and a verdict per scope and in all.

local M = {}

--- What a difference can matter for.
M.scopes = require("modelsig.model.feature_rules").scopes

--- Worst first.
local order = { NO_SUBSTITUTE = 1, PARTIAL_SUBSTITUTE = 2, FULL_SUBSTITUTE = 3 }
local full = "FULL_SUBSTITUTE"

local function worse(x, y)
  return order[x] <= order[y] and x or y
end

local function verdict_of(grades, grade)
  local word = grades[grade] or grades.unknown or "PARTIAL"
  return order[word] and word or word .. "_SUBSTITUTE"
end

--- Which scopes a feature that could not be read concerns: its own, or all.
local function unknown_scopes(entry)
  local list = type(entry) == "table" and entry.scopes
  return list and #list > 0 and list or M.scopes
end

---@class modelsig.kernel
---@field verdict string FULL_SUBSTITUTE, PARTIAL_SUBSTITUTE or NO_SUBSTITUTE
---@field scopes table<string, string>
---@field differences table[] {feature, a, b, grade, scopes, why, evidence}
---@field unknown string[] ids of features that could not be told on a side

--- Grades the differences of two models' features.
---@param differences table[] as `features.differences` returns them
---@param unknown (string|{feature: string, scopes: string[]})[]
---@param grades table<string, string> grade -> verdict, of the policy
---@param identical? boolean
---@return modelsig.kernel
function M.evaluate(differences, unknown, grades, identical)
  local result = { verdict = full, scopes = {}, differences = {}, unknown = {} }
  for _, scope in ipairs(M.scopes) do result.scopes[scope] = full end
  if identical then return result end
  local function lower(verdict, scopes)
    result.verdict = worse(verdict, result.verdict)
    for _, scope in ipairs(scopes) do
      if result.scopes[scope] then result.scopes[scope] = worse(verdict, result.scopes[scope]) end
    end
  end
  for i, difference in ipairs(differences) do
    result.differences[i] = difference
    lower(verdict_of(grades, difference.grade), difference.scopes or {})
  end
  for i, entry in ipairs(unknown or {}) do
    result.unknown[i] = type(entry) == "table" and (entry.feature or entry.id) or entry
    lower(verdict_of(grades, "unknown"), unknown_scopes(entry))
  end
  return result
end

return M
