--- Reading a configuration file: its levels, its spellings, the kinds of its values.
---
--- Knows JSON values and nothing of models; what is looked for comes from `rules/config`.

local check = require "modelsig.base.check"
local json = require "modelsig.native.json"

local M = {}
local null = json.null

--- Is it an object of the file, not a list?
---@param value any
---@return boolean
function M.is_object(value)
  return type(value) == "table" and not json.is_array(value)
end

--- The objects that describe the language model, outermost first.
---@param raw table
---@param names string[] keys that lead inwards
---@return table[]
function M.levels(raw, names)
  local levels, at = { raw }, raw
  for _ = 1, 4 do
    local inner
    for _, name in ipairs(names) do
      if M.is_object(at[name]) and next(at[name]) ~= nil then
        inner = at[name]
        break
      end
    end
    if not inner then break end
    levels[#levels + 1] = inner
    at = inner
  end
  return levels
end

--- All keys of the levels, inner ones laid over outer ones.
---@param levels table[]
---@return table<string, any>
function M.flatten(levels)
  local text = {}
  for _, level in ipairs(levels) do
    for key, value in pairs(level) do text[key] = value end
  end
  return text
end

--- Leaves keys out of the outermost object, where there are others: they say nothing of the
--- language model.
---@param levels table[]
---@param keys table<string, any>|nil
function M.leave_out(levels, keys)
  if #levels < 2 or not keys then return end
  local out = {}
  for key, value in pairs(levels[1]) do
    if not keys[key] then out[key] = value end
  end
  levels[1] = out
end

--- Which spellings lead into an object.
local leads = setmetatable({}, { __index = function(self, path)
  local inside = path:find(".", 1, true) ~= nil
  self[path] = inside
  return inside
end })

--- Which keys of the vocabulary a name in a file may have a value for: its spellings, and those
--- that lead into an object of the name.
---@param keys table<string, table> kind and spellings of each key
---@return table<string, string[]>
function M.by_name(keys)
  local names = {}
  local function put(name, key)
    names[name] = names[name] or {}
    table.insert(names[name], key)
  end
  for key, entry in pairs(keys) do
    put(key, key)
    for j = 2, #entry do
      put(entry[j], key)
      if leads[entry[j]] then put(entry[j]:match "^[^.]+", key) end
    end
  end
  return names
end

--- The keys that a file may have values for. Most of the vocabulary is about other models.
---@param text table<string, any> the keys of all levels
---@param names table<string, string[]> see `by_name`
---@return table<string, true>
function M.mentioned(text, names)
  local out = {}
  for name in pairs(text) do
    for _, key in ipairs(names[name] or {}) do out[key] = true end
  end
  return out
end

--- Follows `a.b.c`; a path that ends in something else than an object has no value.
---@param object table
---@param path string
---@return any
function M.lookup(object, path)
  local value = object[path]
  if value ~= nil or not leads[path] then return value end
  value = object
  for name in path:gmatch("[^.]+") do
    if not M.is_object(value) then return nil end
    value = value[name]
  end
  return value
end

--- Is it a list of values of these types?
local function every(list, one, other)
  if not json.is_array(list) then return false end
  for _, v in ipairs(list) do
    if type(v) ~= one and type(v) ~= other then return false end
  end
  return true
end

local admits = {
  size = function(v, limit)
    if math.type(v) == "float" then v = math.tointeger(v) end
    return math.type(v) == "integer" and v >= 0 and v <= limit and v or nil
  end,
  flag = function(v) return type(v) == "boolean" and v or nil end,
  choice = function(v) return type(v) == "string" and v or nil end,
  switch = function(v) return (type(v) == "string" or type(v) == "boolean") and v or nil end,
  number = function(v) return type(v) == "number" and v - v == 0 and v or nil end,
  names = function(v) return every(v, "string") and v or nil end,
  numbers = function(v) return every(v, "number", "boolean") and v or nil end,
  list = function(v) return json.is_array(v) and v or nil end,
  record = function(v) return M.is_object(v) and v or nil end,
}
admits.count, admits.text = admits.size, admits.choice

--- A value of the kind, or nil. Sizes and counts may be lists (one for each layer or stage), and
--- flags, names and numbers of another type are dropped: nothing follows from them.
---@param value any
---@param kind string
---@param limit integer the largest size
---@return any
function M.admit(value, kind, limit)
  if value == null then return null end
  if (kind == "flag" or kind == "switch") and value == false then return false end
  local plain = admits[kind](value, limit)
  if plain ~= nil then return plain end
  if (kind == "size" or kind == "count") and json.is_array(value) then
    for _, v in ipairs(value) do
      if v ~= null and admits.size(v, limit) == nil then return nil end
    end
    return value
  end
  return nil
end

--- A value in words, for messages.
---@param value any
---@return string
function M.describe(value)
  if value == null then return "null" end
  if type(value) ~= "table" then return check.describe(value) end
  return json.is_array(value) and "a list" or "an object"
end

--- One value of the file under its vocabulary key, innermost level first.
---@param levels table[]
---@param key string
---@param entry table kind and spellings
---@param limit integer the largest size
---@return any value, string|nil spelling, any wrong the value that is of another kind
function M.read(levels, key, entry, limit)
  local wrong
  for i = #levels, 1, -1 do
    local empty
    for j = 1, #entry do
      local name = j == 1 and key or entry[j]
      local value = M.lookup(levels[i], name)
      if value ~= nil then
        local kept = M.admit(value, entry[1], limit)
        if kept == null and j < #entry and not empty then
          empty = name -- another spelling may say more
        elseif kept ~= nil and (kept ~= null or not empty) then
          return kept, name
        end
        -- Another kind under a spelling is another key; under the name itself it is a mistake,
        -- but for a word that leaves it to other sizes.
        if kept == nil and j == 1 and value ~= "auto" then wrong = value end
      end
    end
    if empty then return null, empty end
  end
  return nil, nil, wrong
end

local function is_number(state, key)
  local kind = state.rules.kinds[key]
  return kind == "size" or kind == "count"
end

--- Null in place of a number that a class or a family has, where it means nothing, is no value.
---@param state table the values of a file, as `normalise` collects them
---@param ... table<string, any>|nil numbers that are assumed, by key
function M.refuse_null(state, ...)
  local allowed, assumed = {}, {}
  for _, key in ipairs(state.rules.vocabulary.nullable) do allowed[key] = true end
  for i = 1, select("#", ...) do
    for key, value in pairs(select(i, ...) or {}) do
      assumed[key] = assumed[key] or math.type(value) == "integer"
    end
  end
  for key, value in pairs(state.values) do
    if value == null and is_number(state, key) and assumed[key] and not allowed[key] then
      state.values[key], state.evidence[key], state.wrong[key] = nil, nil, null
    end
  end
end

--- A count that is listed for each layer and the same in all of them is one count.
---@param state table
function M.same_in_all(state)
  local n = state.values.num_hidden_layers
  for key, value in pairs(state.values) do
    if state.rules.kinds[key] == "count" and json.is_array(value) and #value == n then
      local same = math.type(value[1]) == "integer"
      for _, other in ipairs(value) do same = same and other == value[1] end
      if same then state.values[key] = value[1] end
    end
  end
end

--- The number of layers, bounded.
---@param n any the value of the key
---@param wrong any the value in its place that is of the wrong kind
---@param limit integer
---@return integer|nil n, string? message, string? code
function M.layer_count(n, wrong, limit)
  if wrong ~= nil then n = wrong end
  if n == nil or n == null or type(n) == "table" then return 0 end
  if type(n) ~= "number" or n < 0 or math.tointeger(n) == nil then
    return nil, ("config: num_hidden_layers: expected a count, found %s"):format(M.describe(n)),
      "malformed"
  elseif n > limit then
    return nil, ("config: num_hidden_layers: %s layers, at most %d allowed"):format(n, limit),
      "limit"
  end
  return math.tointeger(n)
end

return M
