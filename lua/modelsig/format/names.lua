--- Names of files: which of an origin's files a format means, in the order people count.

local lists = require "modelsig.base.lists"

local M = {}

--- A number as a text that sorts like it: how many digits, then these.
local function sortable(digits)
  digits = digits:match "^0*(.*)$"
  return ("\1%03d%s"):format(#digits, digits)
end

--- Sorts names so that 10 comes after 9. The byte before numbers and at the end lets a name that
--- another one begins with stand first.
---@param names string[] is sorted in place
---@return string[] names
function M.sort(names)
  local order = {}
  for _, name in ipairs(names) do order[name] = name:gsub("%d+", sortable) .. "\1" end
  table.sort(names, function(x, y)
    local a, b = order[x], order[y]
    if a ~= b then return a < b end
    return x < y
  end)
  return names
end

--- The names of files that fit one of the patterns, sorted.
---@param files {name: string}[]
---@param patterns string[]
---@param exclude? string pattern of names to leave out
---@return string[]
function M.like(files, patterns, exclude)
  local out = {}
  for _, file in ipairs(files) do
    if lists.fits(file.name, patterns) and not (exclude and file.name:find(exclude)) then
      out[#out + 1] = file.name
    end
  end
  return M.sort(out)
end

--- Says that a file is missing, how many others are, and why they were expected.
---@param name string
---@param count integer of files that are missing
---@param what string
---@return nil
---@return string message
---@return string code
function M.notfound(name, count, what)
  return nil, ("%s: no such file%s; %s"):format(name,
    count > 1 and (" (nor %d more)"):format(count - 1) or "", what), "notfound"
end

return M
