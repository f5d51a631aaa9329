--- Which weights of one model correspond to which of another: by role where both sides know it,
--- else by abstract key. A fused weight corresponds to the split ones it is made of.

local dotted = require "modelsig.base.dotted"
local fits = require("modelsig.base.lists").fits

local M = {}

--- Is a weight one of the named set, by its role, else by its key?
---@param entry table
---@param set {roles: string[], names: string[]}
---@return boolean
function M.is(entry, set)
  if entry.role then return fits(entry.role, set.roles) end
  return fits(entry.key, set.names)
end

--- The part of a layer that a weight belongs to: attention, ffn, norm, router, state_space; nil
--- where the role says that it is none of them, "?" without a role.
---@param entry table
---@param rules table `rules/compare.lua`
---@return string|nil
function M.part(entry, rules)
  if not entry.role then return "?" end
  for _, rule in ipairs(rules.parts) do
    if entry.role:find(rule.match) then return rule.part end
  end
end

--- A weight beside the main path, as of a draft head.
local function is_beside(entry, rules)
  -- The draft layer's own embedding and head have ordinary roles: the name tells them apart.
  return entry.role ~= nil and fits(entry.role, rules.beside)
    or fits(entry.key, rules.beside_names)
end

--- Role and kind of parameter (weight, bias), as one text.
local function identity(entry)
  local role, suffix = entry.role, dotted.last(entry.key)
  if not role then return nil end
  if role:sub(-#suffix - 1) == "." .. suffix then return role end
  return role .. "." .. suffix
end

local function index(list)
  local by_key, by_identity = {}, {}
  for i, entry in ipairs(list) do
    by_key[entry.key] = i
    local id = identity(entry)
    if id then
      by_identity[id] = by_identity[id] or {}
      table.insert(by_identity[id], i)
    end
  end
  return { by_key = by_key, by_identity = by_identity, used = {}, passed = {} }
end

--- The next weight of an identity that is not matched yet; each is looked at once.
local function first_free(side, id)
  local list = side.by_identity[id] or {}
  local at = side.passed[id] or 1
  while list[at] and side.used[list[at]] do at = at + 1 end
  side.passed[id] = at
  return list[at]
end

--- Pairs of entries: equal keys first, then equal roles. Where both models have a family, equal
--- keys of other roles are other weights.
local function pair_up(a, b, strict)
  local ia, ib, out = index(a), index(b), {}
  local function take(i, j)
    ia.used[i], ib.used[j] = true, true
    out[#out + 1] = { a = a[i], b = b[j] }
  end
  for i, entry in ipairs(a) do
    local j = ib.by_key[entry.key]
    if j then
      local mine, other = identity(entry), identity(b[j])
      if not (strict and mine and other and mine ~= other) then take(i, j) end
    end
  end
  for i, entry in ipairs(a) do
    local id = not ia.used[i] and identity(entry)
    local j = id and first_free(ib, id)
    if j then take(i, j) end
  end
  return out, ia, ib
end

--- The split weights of one side that the fused weight of the other is made of, or nil.
local function components(entry, list, side, fused)
  local id = identity(entry)
  if not id then return nil end
  local module, suffix = dotted.split(id)
  local head, last = dotted.split(module:sub(1, -2))
  local words = fused[last]
  if not words then return nil end
  local found = {}
  for _, word in ipairs(words) do
    local free = first_free(side, head .. word .. "." .. suffix)
    if not free then return nil end
    found[#found + 1] = free
  end
  local entries = {}
  for n, j in ipairs(found) do
    side.used[j] = true
    entries[n] = list[j]
  end
  return entries
end

--- Matches fused weights of `list` with split ones of `other`; `flip` says that `list` is side b.
local function fuse(list, own, other, theirs, fused, flip, groups)
  for i, entry in ipairs(list) do
    local split = not own.used[i] and components(entry, other, theirs, fused)
    if split then
      own.used[i] = true
      groups[#groups + 1] = { a = flip and split or { entry }, b = flip and { entry } or split,
        size = #split }
    end
  end
end

--- Is it a head, and are the embeddings of the other model tied? That one saves no head.
local function tied_head(entry, other, rules)
  local config = other.config or {}
  return config.tie_word_embeddings == true and M.is(entry, rules.head)
end

local function rest(list, side, other, rules)
  local only, core = {}, 0
  for i, entry in ipairs(list) do
    if not side.used[i] then
      local beside = is_beside(entry, rules) or tied_head(entry, other, rules)
      only[#only + 1] = { entry = entry, key = entry.key, beside = beside }
      if not beside then core = core + 1 end
    end
  end
  return only, core
end

---@class modelsig.match
---@field known boolean are the weights of both sides known?
---@field pairs {a: table, b: table}[]
---@field groups {a: table[], b: table[], size: integer}[] fused against split
---@field only_a {entry: table, key: string, beside: boolean}[] beside: does not count
---@field only_b {entry: table, key: string, beside: boolean}[]
---@field common integer
---@field larger integer weights of the larger side, without those that do not count
---@field rate number|nil common / larger
---@field common_all integer
---@field larger_all integer with those that do not count
---@field shared integer weights that both have, by key or role
---@field by_class? boolean

--- Matches the weights of two fingerprints.
---@param a table fingerprint
---@param b table
---@param rules table `rules/compare.lua`
---@return modelsig.match
function M.match(a, b, rules)
  local known = a.keys ~= nil and b.keys ~= nil
  local list_a, list_b = known and a.keys or {}, known and b.keys or {}
  local strict = a.family ~= nil and b.family ~= nil
  local pairs_, ia, ib = pair_up(list_a, list_b, strict)
  local groups = {}
  fuse(list_a, ia, list_b, ib, rules.fused, false, groups)
  fuse(list_b, ib, list_a, ia, rules.fused, true, groups)
  local only_a, core_a = rest(list_a, ia, b, rules)
  local only_b, core_b = rest(list_b, ib, a, rules)

  -- A draft head on both sides is no evidence for the main path either.
  local beside = 0
  for _, pair in ipairs(pairs_) do
    if is_beside(pair.a, rules) then beside = beside + 1 end
  end
  local shared = #pairs_
  for _, group in ipairs(groups) do shared = shared + group.size end
  local common = shared - beside
  local larger = common + math.max(core_a, core_b)
  return { known = known, pairs = pairs_, groups = groups, only_a = only_a, only_b = only_b,
    shared = shared, common = common, larger = larger,
    larger_all = shared + math.max(#only_a, #only_b),
    rate = known and (larger > 0 and common / larger or 0.0) or nil }
end

return M
