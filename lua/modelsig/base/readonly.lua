--- Read-only views of tables, for users' rules: what they get cannot be changed by them.

local failure = require "modelsig.base.failure"
local interrupt = require "modelsig.base.interrupt"
local json = require "modelsig.native.json"
local strict = require "modelsig.base.strict"

local M = {}

local owners = setmetatable({}, { __mode = "k" })
local views = setmetatable({}, { __mode = "kv" })
local declared = setmetatable({}, { __mode = "k" })

local function refuse(_, key)
  error(("'%s' cannot be set: a comparison is read-only"):format(tostring(key)), 2)
end

local meta = { __metatable = false, __newindex = refuse }

function meta.__index(view, key)
  local field, owner = declared[view], owners[view]
  if field then strict.check(field, owner, key, 2) end
  return M.view(owner[key], strict.member(field, key))
end

function meta.__len(view)
  return #owners[view]
end

function meta.__pairs(view)
  local owner, field = owners[view], declared[view]
  local step, state, start = pairs(owner)
  return function(_, key)
    local next_key, value = step(state, key)
    return next_key, M.view(value, strict.member(field, next_key))
  end, view, start
end

--- A view of a table through which nothing can be changed; other values as they are. With a
--- declaration, names that it does not have are errors.
---@generic T
---@param value T
---@param field? modelsig.field as for `strict.seal`
---@return T
function M.view(value, field)
  if type(value) ~= "table" or owners[value] then return value end
  local view = views[value]
  if not view then
    view = setmetatable({}, meta)
    owners[view] = value
    views[value] = view
  end
  declared[view] = declared[view] or field
  return view
end

--- What a view, or another table, has under a name; nil, and no error, for a name that is unknown.
---@param value table
---@param key any
---@return any
function M.maybe(value, key)
  local owner = owners[value]
  if not owner then return strict.maybe(value, key) end
  local member = strict.member(declared[value], key)
  local found = rawget(owner, key)
  if found == nil and (member or not declared[value]) then found = owner[key] end
  return M.view(found, member)
end

local DEEPEST = 64

local function copy(value, above, depth)
  local kind = type(value)
  if kind == "function" or kind == "thread" or kind == "userdata" and value ~= json.null then
    failure.raise("malformed", "a %s in what it returned, plain values were expected", kind)
  elseif kind ~= "table" then
    return value
  end
  local source = owners[value] or value
  if above[source] then
    failure.raise("malformed", "what it returned holds itself")
  elseif depth > DEEPEST then
    failure.raise("malformed", "what it returned is nested deeper than %d", DEEPEST)
  end
  above[source] = true
  local out = json.is_array(source) and json.array {} or {}
  for key, item in next, source do
    out[copy(key, above, depth + 1)] = copy(item, above, depth + 1)
  end
  above[source] = nil
  return out
end

--- A plain copy of a value that may hold views. Functions, cycles and the like are refused.
---@param value any
---@return any copy nil with a message
---@return string|nil message
function M.copy(value)
  local ok, result = pcall(copy, value, {}, 0)
  if ok then return result end
  return nil, interrupt.text(result)
end

return M
