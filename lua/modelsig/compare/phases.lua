--- Phases 2 and 3 of a comparison: the substructure of the layers, and the algebra of the shapes.
--- Both work on the weights that `match` put together.

local match = require "modelsig.compare.match"
local numeric = require "modelsig.native.numeric"
local parts = require "modelsig.model.parts"

local M = {}

--- First and last layer of every run of layers that have the weight; nil: not known.
local function runs(entry)
  local out
  for _, variant in ipairs(entry.shapes or {}) do
    for _, run in ipairs(variant.layers or {}) do
      out = out or {}
      out[#out + 1] = type(run) == "table" and run or { run, run }
    end
  end
  return out
end

local function stack_of(key)
  if key:sub(1, 2) == "N." then return "" end
  return key:match "^(.-)%.N%f[.\0]"
end

--- Elements of one side: what a layer consists of, with an id that both sides share where the
--- weights match.
local function elements(found, side, rules)
  local out = {}
  local function add(entry, id)
    local stack = stack_of(entry.key)
    if stack then out[#out + 1] = { id = id, stack = stack, runs = runs(entry), entry = entry } end
  end
  for n, pair in ipairs(found.pairs) do
    if match.part(pair.a, rules) then add(pair[side], ("p%04d"):format(n)) end
  end
  for n, group in ipairs(found.groups) do
    for _, entry in ipairs(group[side]) do add(entry, ("g%04d"):format(n)) end
  end
  for _, only in ipairs(found["only_" .. side]) do
    if not only.beside and match.part(only.entry, rules) then add(only.entry, side .. only.key) end
  end
  return out
end

--- Where the elements of a stack begin (1) and end (-1), in the order of the layers.
local function events(list)
  local out = {}
  for _, element in ipairs(list) do
    for _, run in ipairs(element.runs or {}) do
      out[#out + 1] = { at = run[1], by = 1, id = element.id }
      out[#out + 1] = { at = run[2] + 1, by = -1, id = element.id }
    end
  end
  table.sort(out, function(x, y) return x.at < y.at end)
  return out
end

--- The elements of one layer as a set with a sum that is the same for equal sets: a layer need not
--- spell out what it has.
local Elements = {}
Elements.__index = Elements

function Elements:change(id, by)
  local before = self.times[id] or 0
  local now = before + by
  self.times[id] = now
  if (before > 0) == (now > 0) then return end
  local sign = now > 0 and 1 or -1
  local sums = self.sums[id]
  if not sums then
    sums = { ("i8i8"):unpack(numeric.sha256(id)) }
    self.sums[id] = sums
  end
  self.x, self.y = self.x + sign * sums[1], self.y + sign * sums[2]
  self.count = self.count + sign
end

--- A text for every distinct kind of layer, the same where layers have the same elements.
local function kinds(list)
  local set = setmetatable({ times = {}, sums = {}, x = 0, y = 0, count = 0 }, Elements)
  for _, element in ipairs(list) do
    if not element.runs then set:change(element.id, 1) end
  end
  local out, all = {}, events(list)
  local function note()
    if set.count > 0 then out[("%d %d"):format(set.x, set.y)] = true end
  end
  if #all == 0 then note() end
  for i, event in ipairs(all) do
    set:change(event.id, event.by)
    if not all[i + 1] or all[i + 1].at ~= event.at then note() end
  end
  return out
end

local function by_stack(list, rename)
  local stacks = {}
  for _, element in ipairs(list) do
    local name = rename[element.stack] or element.stack
    stacks[name] = stacks[name] or {}
    table.insert(stacks[name], element)
  end
  return stacks
end

--- Names of stacks on side b in terms of side a, through the weights that match.
local function renames(found)
  local out = {}
  for _, pair in ipairs(found.pairs) do
    local mine, theirs = stack_of(pair.a.key), stack_of(pair.b.key)
    if mine and theirs and not out[theirs] then out[theirs] = mine end
  end
  return out
end

local function missing(from, other)
  local n = 0
  for kind in pairs(from) do
    if not other[kind] then n = n + 1 end
  end
  return n
end

---@class modelsig.substructure
---@field same boolean
---@field only_a string[] keys of parts that only this side has
---@field only_b string[]
---@field kinds_a integer kinds of layers that only this side has, where the parts agree
---@field kinds_b integer

--- Phase 2: do attention, FFN, norm, router and state-space parts agree, per kind of layer?
---@param found modelsig.match
---@param rules table
---@return modelsig.substructure
function M.substructure(found, rules)
  local result = { only_a = {}, only_b = {}, kinds_a = 0, kinds_b = 0 }
  local lists = { a = elements(found, "a", rules), b = elements(found, "b", rules) }
  for _, side in ipairs { "a", "b" } do
    for _, element in ipairs(lists[side]) do
      if element.id == side .. element.entry.key then
        table.insert(result["only_" .. side], element.entry.key)
      end
    end
  end
  local a, b = by_stack(lists.a, {}), by_stack(lists.b, renames(found))
  local names = {}
  for name in pairs(a) do names[name] = true end
  for name in pairs(b) do names[name] = true end
  for name in pairs(names) do
    local mine, theirs = kinds(a[name] or {}), kinds(b[name] or {})
    result.kinds_a = result.kinds_a + missing(mine, theirs)
    result.kinds_b = result.kinds_b + missing(theirs, mine)
  end
  -- Without any layer in common there is nothing that could agree.
  result.same = next(names) ~= nil and result.kinds_a == 0 and result.kinds_b == 0
  return result
end

local function first_layer(variant)
  local run = variant.layers and variant.layers[1]
  if type(run) == "table" then run = run[1] end
  return run or 0
end

--- Distinct shapes of a weight with their expressions, in the order of the layers.
local function variants(entry)
  local out, seen = {}, {}
  for _, variant in ipairs(entry.shapes or {}) do
    local text = table.concat(variant.shape, ",")
    if not seen[text] then
      seen[text] = true
      out[#out + 1] = { shape = variant.shape, exprs = variant.exprs, first = first_layer(variant) }
    end
  end
  if #out <= 1 then return { { shape = entry.shape, exprs = entry.exprs, first = 0 } } end
  table.sort(out, function(x, y) return x.first < y.first end)
  for _, variant in ipairs(out) do
    local same = table.concat(variant.shape, ",") == table.concat(entry.shape, ",")
    if same and not variant.exprs then variant.exprs = entry.exprs end
  end
  return out
end

local function symbols_of(fingerprint, rules)
  local out = {}
  for name, value in pairs(fingerprint.symbols or {}) do out[name] = value end
  local plain = next(out) == nil
  -- A padded vocabulary is a size of the model's own, whatever the config says.
  for _, entry in ipairs(fingerprint.keys or {}) do
    if #entry.shape == 2 and match.is(entry, rules.embedding) and not plain then
      out.embedding_rows = out.embedding_rows or entry.shape[1]
    end
  end
  return out, plain
end

local Scale = {}
Scale.__index = Scale

--- Is one dimension the same expression of each side's own sizes? nil: cannot be told.
function Scale:dimension(keys, x, y, i)
  local ex, ey = x.exprs and x.exprs[i], y.exprs and y.exprs[i]
  if ex and ey and ex == ey then return true, ex, ey end
  -- Texts of one family are exact. Two families may spell the same size in two ways.
  if ex and ey and self.one_family then return false, ex, ey end
  local common = numeric.common_expression(x.shape[i],
    parts.measures(keys.a, self.symbols_a, self.parts_a), y.shape[i],
    parts.measures(keys.b, self.symbols_b, self.parts_b))
  if common then return true, common, common end
  if self.blind then return nil, ex, ey end
  return false, ex, ey
end

--- Compares the shapes of two weights; `keys.shown` stands for both in messages.
function Scale:shape(keys, x, y)
  local key = keys.shown
  if #x.shape ~= #y.shape then
    table.insert(self.mismatches, { key = key, rank = true, a = x.shape, b = y.shape })
    return
  end
  for i = 1, #x.shape do
    local same, ex, ey = self:dimension(keys, x, y, i)
    if same == nil then
      self.unknown = true
    elseif not same then
      table.insert(self.mismatches, { key = key, dim = i, a = x.shape[i], b = y.shape[i],
        expr_a = ex, expr_b = ey })
    end
  end
end

function Scale:pair(mine, theirs)
  local key = mine.key
  local va, vb = variants(mine), variants(theirs)
  if #va ~= #vb then
    table.insert(self.mismatches, { key = key, layers = true, a = #va, b = #vb })
    return
  end
  for n = 1, #va do self:shape({ a = key, b = theirs.key, shown = key }, va[n], vb[n]) end
end

--- The split weights as one, concatenated along the output dimension.
local function joined(entries)
  if #entries == 1 then return entries[1] end
  local shape = { table.unpack(entries[1].shape) }
  for n = 2, #entries do shape[1] = shape[1] + (entries[n].shape[1] or 0) end
  return { shape = shape }
end

---@class modelsig.scale
---@field consistent boolean
---@field mismatches table[] {key, dim, a, b, expr_a, expr_b}, {key, rank}, {key, layers}
---@field unknown boolean? a size could not be told, for want of a config

--- Phase 3: is every dimension of every common weight the same expression on both sides?
---@param a table fingerprint
---@param b table
---@param found modelsig.match
---@param rules table
---@return modelsig.scale
function M.scale(a, b, found, rules)
  local self = setmetatable({ mismatches = {},
    one_family = a.family ~= nil and a.family == b.family }, Scale)
  local blind_a, blind_b
  self.symbols_a, blind_a = symbols_of(a, rules)
  self.symbols_b, blind_b = symbols_of(b, rules)
  self.blind = blind_a or blind_b
  self.parts_a, self.parts_b = a.part_symbols or {}, b.part_symbols or {}
  for _, pair in ipairs(found.pairs) do self:pair(pair.a, pair.b) end
  for _, group in ipairs(found.groups) do
    local fused = #group.a == 1 and group.a or group.b
    self:shape({ a = group.a[1].key, b = group.b[1].key, shown = fused[1].key },
      joined(group.a), joined(group.b))
  end
  return { consistent = #self.mismatches == 0 and not self.unknown, mismatches = self.mismatches,
    unknown = self.unknown }
end

return M
