--- Values in words, and sentences with their {placeholders} filled in.

local lists = require "modelsig.base.lists"

local M = {}

--- A value as people write it.
---@param value any
---@return string
function M.show(value)
  if type(value) == "table" then
    local list = {}
    for i, item in ipairs(value) do list[i] = M.show(item) end
    if #list == 0 then
      for i, key in ipairs(lists.natural(value)) do
        list[i] = ("%s %s"):format(key, M.show(value[key]))
      end
    end
    return #list > 0 and table.concat(list, ", ") or "-"
  elseif type(value) == "userdata" then
    return "null"
  elseif math.type(value) == "float" then
    return ("%.6g"):format(value)
  elseif value == nil then
    return "?"
  end
  return tostring(value)
end

--- Fills the {placeholders} of a sentence; what has no value shows as "?".
---@param sentence string
---@param values? table<string, any>
---@return string
---
---     text.fill("{n} of {all} keys agree", { n = 11, all = 12 })  --> "11 of 12 keys agree"
function M.fill(sentence, values)
  return (sentence:gsub("{([%w_]+)}", function(name)
    return M.show(values and values[name])
  end))
end

return M
