--- Tables whose names are declared: a known name that has no value reads as nil, a name that nobody
--- declared is an error with a suggestion. So a slip in a rule or a script is no silent "no".
---
--- A declaration is a field of `check.schema`: `fields` names what a record has (`names` gives it
--- when it is asked for), `item` says what each value of a map or list is, `what` how messages call
--- it.

local check = require "modelsig.base.check"
local ours = require "modelsig.base.ours"

local M = {}

--- How many names are listed where none is near.
local MOST_NAMES = 12

--- The names of a record, or nil where any name may be asked for.
local function names_of(field)
  if not field then return nil end
  return field.names and field.names() or field.fields
end

--- The declaration of a member.
---@param field modelsig.field|nil
---@param key any
---@return modelsig.field|nil
function M.member(field, key)
  local names = names_of(field)
  return names and names[key] or field and field.item or nil
end

local function others(key, names, owner)
  local list, seen = {}, {}
  for _, from in ipairs { names, owner } do
    for name in next, from do
      if type(name) == "string" and name ~= "*" and not seen[name] then
        seen[name] = true
        list[#list + 1] = name
      end
    end
  end
  table.sort(list)
  return #list <= MOST_NAMES and check.choices(key, list) or check.hint(key, list)
end

--- Raises at `level` of the caller where `owner` has no member of that name and none is declared.
---@param field modelsig.field|nil
---@param owner table
---@param key any
---@param level integer
function M.check(field, owner, key, level)
  if type(key) ~= "string" then return end
  local names = names_of(field)
  if not names or names[key] or rawget(owner, key) ~= nil then return end
  error(("no field '%s' in %s%s"):format(key, field.what or "this", others(key, names, owner)),
    level + 1)
end

--- Is the reader at `level` of the caller a rule, a script or the prompt? Tests look after the
--- product's own modules.
local function is_outside(level)
  local reader = debug.getinfo(level + 1, "S")
  return reader ~= nil and not ours.is(reader.source)
end

--- Like `check`, for documents and fingerprints: the product, which reads them too, is let through.
---@param field modelsig.field
---@param owner table
---@param key any
---@param level integer
function M.check_outside(field, owner, key, level)
  local names = names_of(field)
  if names and names[key] then return end -- the cheap test first
  if is_outside(level + 1) then M.check(field, owner, key, level + 1) end
end

--- The metatable of each declaration; its `strict` is the declaration.
local metatables = setmetatable({}, { __mode = "k" })

local function metatable_of(field)
  local mt = metatables[field]
  if not mt then
    mt = { strict = field, __index = function(self, key)
      M.check_outside(field, self, key, 2)
    end }
    metatables[field] = mt
  end
  return mt
end

local MOST_DEPTH = 8

--- Does a declaration say anything of members?
local function says_more(field)
  return field and (field.fields or field.item or field.names)
end

--- Makes a document strict, with what it holds, in place. Tables with a metatable stay as they are;
--- what is strict by the same declaration is so with all it holds.
---@generic T
---@param value T
---@param field modelsig.field|nil
---@return T value
function M.seal(value, field, depth)
  depth = depth or 0
  if type(value) ~= "table" or not says_more(field) or depth > MOST_DEPTH then return value end
  local names, item = names_of(field), field.item
  if names then
    local mt, own = metatable_of(field), getmetatable(value)
    if own == mt then return value end
    if own == nil then setmetatable(value, mt) end
  end
  if item then
    if not says_more(item) then return value end
    for _, member in next, value do M.seal(member, item, depth + 1) end
  elseif names then
    for key, member in next, value do
      if type(member) == "table" then M.seal(member, names[key], depth + 1) end
    end
  end
  return value
end

--- What a table has under a name, or nil: no name is an error.
---@param value table
---@param key any
---@return any
function M.maybe(value, key)
  local mt = getmetatable(value)
  local field = type(mt) == "table" and mt.strict
  local names = names_of(field)
  if names and not names[key] then return rawget(value, key) end
  return value[key]
end

return M
