--- What every part does with lists and records: names in their order, elements of a shape, what two
--- of them have in common.

local M = {}

--- The keys of a set or a map, which are texts, sorted.
---@param map table<string, any>|nil
---@return string[]
function M.sorted(map)
  local list = {}
  for name in pairs(map or {}) do list[#list + 1] = name end
  table.sort(list)
  return list
end

--- The items of a list as keys; none of what is no list, and no NaN, which is no key.
---@param list any
---@return table<any, true>
function M.set(list)
  local out = {}
  for _, item in ipairs(type(list) == "table" and list or {}) do
    if item == item then out[item] = true end
  end
  return out
end

--- A list of `n` items, made from their numbers, which count from 0 as those of layers do.
---@param n integer
---@param make fun(i: integer): any
---@return any[]
function M.by_index(n, make)
  local out = {}
  for i = 0, n - 1 do out[i + 1] = make(i) end
  return out
end

--- Is name `x` before `y`? Numbers at the end count as numbers.
local function before(x, y)
  local a, n = x:match "^(.-)(%d+)$"
  local b, m = y:match "^(.-)(%d+)$"
  if a and a == b then return tonumber(n) < tonumber(m) end
  return x < y
end

--- The keys of a record for people: sorted, with numbers at their end in their order.
---@param map table<any, any>
---@return string[]
function M.natural(map)
  local list = {}
  for name in pairs(map) do list[#list + 1] = tostring(name) end
  table.sort(list, before)
  return list
end

--- Equal in content; numbers by value, whatever their type.
---@param a any
---@param b any
---@return boolean
function M.same(a, b)
  if a == b then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return false end
  for key, value in pairs(a) do
    if not M.same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

local function is_record(value)
  return type(value) == "table" and value[1] == nil
end

--- Of two records only the members that differ: what a reader looks for. Anything else stays.
---@param a any
---@param b any
---@return any a
---@return any b
---
---     lists.contrast({ kind = "GQA", ratio = 7 }, { kind = "GQA", ratio = 8 })
---     --> { ratio = 7 }, { ratio = 8 }
function M.contrast(a, b)
  if not (is_record(a) and is_record(b)) then return a, b end
  local x, y = {}, {}
  for key, value in pairs(a) do
    if not M.same(value, b[key]) then x[key] = value end
  end
  for key, value in pairs(b) do
    if not M.same(value, a[key]) then y[key] = value end
  end
  return x, y
end

--- Is one of the patterns found in the text?
---@param text string
---@param patterns string[]
---@return boolean
function M.fits(text, patterns)
  for _, pattern in ipairs(patterns) do
    if text:find(pattern) then return true end
  end
  return false
end

return M
