--- The gates of `--require`: which verdict every pair has to reach, in all or in a kernel scope.

local check = require "modelsig.base.check"

local M = {}

--- Worst first; a gate is met by its own verdict and by every better one.
local ranks = { NO = 1, PARTIAL = 2, FULL = 3 }
local verdicts = { "FULL", "PARTIAL", "NO" }

--- Scopes of the pair document's `kernel.scopes`, and the kernel verdict as a whole.
M.scopes = { "kernel", "load", "numerics", "attention", "moe", "cache", "parallel", "quantization",
  "speculative", "multimodal" }

---@class modelsig.gate
---@field text string as typed
---@field scope? string nil: the policy's verdict
---@field verdict string FULL, PARTIAL or NO

local function known(list, word)
  for _, candidate in ipairs(list) do
    if candidate == word then return true end
  end
end

--- One `[SCOPE:]VERDICT`.
local function parse_one(text)
  local scope, verdict = text:match "^([^:]*):(.*)$"
  verdict = (verdict or text):upper():gsub("_SUBSTITUTE$", "")
  if not ranks[verdict] then
    return nil, ("--require: '%s' is no verdict, one of %s expected%s"):format(verdict,
      table.concat(verdicts, ", "), check.hint(verdict, verdicts))
  end
  if scope and not known(M.scopes, scope) then
    return nil, ("--require: '%s' is no scope, one of %s expected%s"):format(scope,
      table.concat(M.scopes, ", "), check.hint(scope, M.scopes))
  end
  return { text = text, scope = scope, verdict = verdict }
end

--- Reads the values of `--require`.
---@param values string[] each a list separated by commas
---@return modelsig.gate[]|nil gates
---@return string|nil message
function M.parse(values)
  local gates = {}
  for _, value in ipairs(values) do
    for text in (value .. ","):gmatch "([^,]*)," do
      text = text:match "^%s*(.-)%s*$"
      local gate, message = parse_one(text)
      if not gate then return nil, message end
      gates[#gates + 1] = gate
    end
  end
  return gates
end

--- What the pair document says about the scope of a gate.
local function reached(pair, gate)
  if not gate.scope then return pair.substitution_verdict end
  local kernel = pair.kernel
  if type(kernel) ~= "table" then return nil end
  if gate.scope == "kernel" then return kernel.verdict end
  return kernel.scopes and kernel.scopes[gate.scope]
end

local function rank(verdict)
  return type(verdict) == "string" and ranks[verdict:gsub("_SUBSTITUTE$", "")] or 0
end

--- Pair documents by the labels of their models, in both orders.
local function by_labels(compared)
  local found = {}
  for _, pair in ipairs(compared) do
    found[pair.a] = found[pair.a] or {}
    found[pair.b] = found[pair.b] or {}
    found[pair.a][pair.b], found[pair.b][pair.a] = pair.document, pair.document
  end
  return found
end

---@class modelsig.missed
---@field pair string
---@field gate modelsig.gate
---@field verdict? string what the pair reached; nil: it has no verdict

--- Pairs of the models asked for that miss a gate. A pair that was not judged misses every gate.
---@param gates modelsig.gate[]
---@param labels string[] of all models asked for
---@param compared modelsig.reported_pair[]
---@return modelsig.missed[]
function M.missed(gates, labels, compared)
  local missed, found = {}, by_labels(compared)
  for i, a in ipairs(labels) do
    for j = i + 1, #labels do
      local document = found[a] and found[a][labels[j]]
      for _, gate in ipairs(gates) do
        local verdict = document and not document.error and reached(document, gate) or nil
        if rank(verdict) < ranks[gate.verdict] then
          missed[#missed + 1] = { pair = a .. "|" .. labels[j], gate = gate, verdict = verdict }
        end
      end
    end
  end
  return missed
end

return M
