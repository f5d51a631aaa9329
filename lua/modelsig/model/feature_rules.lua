--- The rules of features: loaded in their order, checked, and called.

local check = require "modelsig.base.check"
local named = require "modelsig.rules.named"

local M = {}

--- What a difference can matter for.
M.scopes = { "load", "numerics", "attention", "moe", "cache", "parallel", "quantization",
  "speculative", "multimodal" }

--- Members of a rule and their types.
local members = { id = "string", scopes = "table", read = "function", path = "function",
  same = "string function", grade = "string function", behind = "table", why = "string table",
  unknown = "string" }

local known_scopes = {}
for _, scope in ipairs(M.scopes) do known_scopes[scope] = true end

--- Raises for what is no rule. The product's own are checked by its tests.
---@param rule any
---@param where string its file, for the message
function M.check(rule, where)
  local function fail(text, ...) error(where .. ": " .. text:format(...), 0) end
  if type(rule) ~= "table" or type(rule.id) ~= "string" or type(rule.read) ~= "function" then
    fail "a rule needs an id and a function `read`"
  end
  for key, value in pairs(rule) do
    local types = members[key]
    if not types then
      fail("%s: a rule has no member '%s'%s", rule.id, tostring(key),
        check.hint(tostring(key), members))
    elseif not types:find(type(value), 1, true) then
      fail("%s: %s must be a %s", rule.id, key, (types:gsub(" ", " or ")))
    end
  end
  for _, scope in ipairs(rule.scopes or {}) do
    if not known_scopes[scope] then
      fail("%s: no scope '%s'%s", rule.id, tostring(scope), check.hint(tostring(scope), M.scopes))
    end
  end
end

local function load_all()
  local index = assert(named.load("rules", "features"))
  local list, place, seen = {}, {}, {}
  local function add(name)
    if seen[name] then return end
    seen[name] = true
    local group, where = named.load("features", name)
    if not group then error(where, 0) end
    local own = named.is_own(where)
    for _, rule in ipairs(group[1] and group or { group }) do
      if not own then M.check(rule, where.path) end
      local entry = { rule = rule, where = where, own = own, scopes = rule.scopes or {} }
      if not place[rule.id] then place[rule.id] = #list + 1 end
      list[place[rule.id]] = entry
    end
  end
  for _, name in ipairs(index.groups) do add(name) end
  for _, name in ipairs(named.list("features", true)) do add(name) end
  return list
end

---@class modelsig.FeatureRule
---@field rule table
---@field where modelsig.where the file it is from
---@field own boolean it is the product's
---@field scopes string[]

local loaded
--- All rules, in order: the product's groups, then whatever users add.
---@return modelsig.FeatureRule[]
function M.all()
  loaded = loaded or load_all()
  return loaded
end

--- Calls a function of a rule; users' rules run under a budget, and a failing one is an error.
---@param entry modelsig.FeatureRule
---@param fn function
---@return any ...
function M.call(entry, fn, ...)
  if entry.own then return fn(...) end
  local results = table.pack(named.call(entry.where, fn, ...))
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

return M
