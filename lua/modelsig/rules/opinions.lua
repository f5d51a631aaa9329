--- The rule tables that comparisons use again for every pair, loaded once per process.

local rules = require "modelsig.rules.named"

local M = {}

local cache = {}

--- The table of `rules/NAME.lua`. One that cannot be loaded raises, naming its file.
---@param name string
---@return table
---
---     local weights = opinions.get("transfer").weights
function M.get(name)
  local found = cache[name]
  if not found then
    local message
    found, message = rules.load("rules", name)
    if not found then error(message, 0) end
    cache[name] = found
  end
  return found
end

--- The verdict that each grade of a feature difference allows, as the policy `kernel` says.
---@return table<string, string>
function M.grades()
  if not cache["policies/kernel"] then
    local kernel, message = require("modelsig.policy.policies").load "kernel"
    if not kernel then error(message, 0) end
    cache["policies/kernel"] = kernel.grades
  end
  return cache["policies/kernel"]
end

--- Forgets what was loaded; for another search order.
function M.reset()
  cache = {}
end

return M
