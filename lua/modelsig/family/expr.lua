--- Whole numbers that remember the sizes they were made of, so that one run of a family gives
--- numbers and algebra. The canonical text is the interface: equal texts are equal expressions.
---
--- A value is a polynomial over names: a map from monomial to coefficient, where a monomial is
--- its sorted names joined by a zero byte. A division that leaves a rest becomes a name itself.

local failure = require "modelsig.base.failure"

local M = {}
local Expr = {}
Expr.__index = Expr

local function new(value, terms)
  return setmetatable({ value = value, terms = terms }, Expr)
end

--- A size of the configuration.
---@param name string
---@param value integer
---@return table expression
function M.symbol(name, value)
  return new(value, { [name] = 1 })
end

--- Is this an expression (and not a plain number)?
---@param x any
---@return boolean
function M.is(x)
  return getmetatable(x) == Expr
end

--- The number behind a number or an expression; nil for anything else.
---@param x any
---@return integer|nil
function M.value(x)
  if getmetatable(x) == Expr then return x.value end
  return math.type(x) == "integer" and x or nil
end

local function lift(x)
  if getmetatable(x) == Expr then return x end
  if math.type(x) ~= "integer" then
    error(("a whole number or a size expected, got %s"):format(type(x)), 3)
  end
  return new(x, x ~= 0 and { [""] = x } or {})
end

--- Products and sums of sizes that leave 63 bits would lie.
local function within(value, exactly)
  if math.abs(exactly) < 2.0 ^ 63 then return value end
  failure.raise("malformed", "config: sizes whose product leaves 63 bits")
end

local function sum(a, b, sign)
  local terms = {}
  for key, n in pairs(a.terms) do terms[key] = n end
  for key, n in pairs(b.terms) do
    local total = (terms[key] or 0) + sign * n
    terms[key] = total ~= 0 and total or nil
  end
  return new(within(a.value + sign * b.value, a.value + sign * 1.0 * b.value), terms)
end

function Expr.__add(a, b) return sum(lift(a), lift(b), 1) end
function Expr.__sub(a, b) return sum(lift(a), lift(b), -1) end

local function atoms(key)
  local list = {}
  for name in key:gmatch("[^\0]+") do list[#list + 1] = name end
  return list
end

local function times(x, y)
  if x == "" then return y elseif y == "" then return x end
  local list = atoms(x .. "\0" .. y)
  table.sort(list)
  return table.concat(list, "\0")
end

function Expr.__mul(a, b)
  a, b = lift(a), lift(b)
  local terms = {}
  for x, n in pairs(a.terms) do
    for y, k in pairs(b.terms) do
      local key = times(x, y)
      local total = (terms[key] or 0) + n * k
      terms[key] = total ~= 0 and total or nil
    end
  end
  return new(within(a.value * b.value, 1.0 * a.value * b.value), terms)
end

--- Takes the names of `by` out of a monomial; nil when one is missing.
local function without(key, by)
  local rest, list = atoms(by), {}
  for _, name in ipairs(atoms(key)) do
    local taken = false
    for i, other in ipairs(rest) do
      if other == name then
        table.remove(rest, i)
        taken = true
        break
      end
    end
    if not taken then list[#list + 1] = name end
  end
  return #rest == 0 and table.concat(list, "\0") or nil
end

local function exact(a, b)
  local by, k = next(b.terms)
  if by == nil or next(b.terms, by) ~= nil then return nil end
  local terms = {}
  for key, n in pairs(a.terms) do
    local rest = without(key, by)
    if not rest or n % k ~= 0 then return nil end
    terms[rest] = n // k
  end
  return terms
end

function Expr.__idiv(a, b)
  a, b = lift(a), lift(b)
  if b.value == 0 then error("division of a size by zero", 2) end
  local value, terms = a.value // b.value, exact(a, b)
  if terms then return new(value, terms) end
  local function side(e)
    local text = M.text(e)
    return text:find("[ */]") and "(" .. text .. ")" or text
  end
  return new(value, { [side(a) .. "//" .. side(b)] = 1 })
end

function Expr.__tostring(e) return M.text(e) end

--- The canonical text of a number or an expression: terms in the order of their names, the
--- constant last.
---@param x integer|table
---@return string
function M.text(x)
  if getmetatable(x) ~= Expr then return tostring(x) end
  if x.written then return x.written end
  local keys = {}
  for key in pairs(x.terms) do
    if key ~= "" then keys[#keys + 1] = key end
  end
  table.sort(keys)
  if x.terms[""] or #keys == 0 then keys[#keys + 1] = "" end
  local out = {}
  for i, key in ipairs(keys) do
    local n = x.terms[key] or 0
    local size, name = math.abs(n), key:gsub("\0", "*")
    local body = key == "" and tostring(size) or size == 1 and name or size .. "*" .. name
    out[i] = (i > 1 and (n < 0 and " - " or " + ") or n < 0 and "-" or "") .. body
  end
  x.written = table.concat(out)
  return x.written
end

return M
