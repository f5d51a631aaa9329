--- Orders of arguments: which values a module is called with, and how.

local check = require "modelsig.base.check"
local declared = require "modelsig.family.declared"
local lists = require "modelsig.base.lists"

local M = {}

local known = {}

--- Parses "x, -, attention_mask, position_ids=, hidden_states=x": bare is positional, `-` an
--- empty place, `name=` a keyword, `name=source` a renamed one.
---@param text string
---@return {name: string?, source: string}[]|nil list
---@return string|nil message
function M.parse(text)
  if type(text) ~= "string" then
    return nil, "an order of arguments expected, got " .. check.describe(text)
  end
  local list = known[text]
  if list then return list end
  list = {}
  for part in text:gmatch "[^,]+" do
    part = part:match "^%s*(.-)%s*$"
    local name, source = part:match "^([%w_]+)=([%w_]*)$"
    if name then
      list[#list + 1] = { name = name, source = source ~= "" and source or name }
    elseif part:find "^[%w_]+$" or part == "-" then
      list[#list + 1] = { source = part }
    else
      return nil, ("cannot read '%s'"):format(part)
    end
  end
  known[text] = list
  return list
end

--- What is wrong with a value that nobody hands on.
---@param source string
---@param own? table<string, any> values that a family's own functions hand on
---@return string|nil message
function M.unknown(source, own)
  if source == "-" or declared.arguments[source] or own and own[source] ~= nil then return nil end
  return ("no value '%s'%s"):format(source, check.hint(source, declared.arguments))
end

--- The problem of what a family gives for a call: the name of an order, or an order.
---@param text string
---@param names table<string, string> the orders of that call
---@param own table<string, any> values that the family's own functions hand on
---@return string|nil message
function M.problem(text, names, own)
  if names[text] then return nil end
  if text ~= "x" and text:find "^[%w_]+$" then
    return ("unknown '%s'%s"):format(text, check.choices(text, lists.sorted(names)))
  end
  local list, message = M.parse(text)
  if not list then return message end
  local has_x = false
  for _, argument in ipairs(list) do
    message = M.unknown(argument.source, own)
    if message then return message end
    has_x = has_x or argument.source == "x"
  end
  return not has_x and "an order without 'x', which is what the module works on" or nil
end

return M
