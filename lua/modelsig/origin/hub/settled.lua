--- The rules for remote reading: `rules/hub.lua`, and over it what a user's or a project's file of
--- that name says. Such a file needs to have only what it changes.

local check = require "modelsig.base.check"
local embedded = require "modelsig.native.embedded"
local rules = require "modelsig.rules.named"

local M = {}

local function own()
  local chunk = assert(embedded.load("rules", "hub.lua", {}))
  return chunk()
end

--- A list is replaced as a whole; `sentences` may have more than ours.
local function merge(into, from, path, problems)
  for key, value in pairs(from) do
    local known, name = into[key], path .. tostring(key)
    if known == nil then
      problems[#problems + 1] = { field = name,
        message = "unknown key" .. check.hint(tostring(key), into) }
    elseif type(value) ~= type(known) then
      problems[#problems + 1] = { field = name,
        message = ("%s expected, got %s"):format(type(known), check.describe(value)) }
    elseif type(value) == "table" and #known == 0 then
      merge(known, value, name .. ".", problems)
    else
      into[key] = value
    end
  end
end

local last, merged

--- The rules. A file with unknown keys, or values of another kind, raises with all of them.
---@return table
function M.rules()
  local found, where = rules.load("rules", "hub")
  if not found then error(where, 0) end
  if where.place == "embedded" or where.place == "tree" then return found end
  if found == last then return merged end
  local all, problems = own(), {}
  merge(all, found, "", problems)
  if #problems > 0 then
    table.sort(problems, function(a, b) return a.field < b.field end)
    error(check.text(problems, where.path), 0)
  end
  last, merged = found, all
  return all
end

return M
