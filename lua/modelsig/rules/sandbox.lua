--- The environment of rule files, and calls of users' rules under a budget. It keeps rules tidy
--- and is no security boundary.

local native = require "modelsig.native.sandbox"

local M = {}

--- What a user's rule may take in one call: steps of Lua, bytes, and seconds of processor time. The
--- seconds end what is one step and much work.
M.steps, M.bytes, M.seconds = 50 * 1000 * 1000, 256 * 1024 * 1024, 10

--- What the product's own formatters may take. A document may be large, so only their time is
--- bounded in earnest.
M.formatting = { steps = 1 << 48, bytes = 1 << 40, seconds = 120 }

--- Elements that one call of the library of tables may touch.
local MOST_ELEMENTS = 10000000

--- Metatables that rules have set.
local foreign = setmetatable({}, { __mode = "k" })

local function copy(names, from)
  local out = {}
  for name in names:gmatch "%S+" do out[name] = from[name] end
  return out
end

--- Takes the length of a list from the budget. A list with `__len` is refused: its length may be
--- made up, and the library would walk it for ever.
local function spend_list(t, name)
  local mt = debug.getmetatable(t) -- a __metatable hides nothing from it
  if mt and foreign[mt] and rawget(mt, "__len") ~= nil then
    error(("table.%s: a list with __len"):format(name), 3)
  end
  if type(t) == "table" then native.spend(rawlen(t)) end
end

local function tables()
  local out = copy("pack", table)
  for name in ("concat remove sort unpack"):gmatch "%S+" do
    local original = table[name]
    out[name] = function(t, ...)
      spend_list(t, name)
      return original(t, ...)
    end
  end
  function out.insert(t, ...)
    if select("#", ...) > 1 then spend_list(t, "insert") end
    return table.insert(t, ...)
  end
  function out.move(from, first, last, to, target)
    if last - first > MOST_ELEMENTS then error("table.move: too many elements for a rule", 2) end
    native.spend(math.max(0, last - first) // 1 | 0)
    return table.move(from, first, last, to, target)
  end
  return out
end

local function characters()
  local out = copy("char charpattern codes", utf8)
  for name in ("codepoint len offset"):gmatch "%S+" do
    local original = utf8[name]
    out[name] = function(text, ...)
      native.spend(type(text) == "string" and #text or 0)
      return original(text, ...)
    end
  end
  return out
end

local function guarded_setmetatable(t, mt)
  if type(mt) == "table" then
    if rawget(mt, "__gc") ~= nil then error("setmetatable: a rule cannot have __gc", 2) end
    foreign[mt] = true
  end
  return setmetatable(t, mt)
end

--- Gives only metatables that rules have set; a rule must not change those of the product.
local function guarded_getmetatable(value)
  local mt = type(value) == "table" and getmetatable(value) or nil
  return foreign[mt] and mt or nil
end

local plain = copy("assert error ipairs next pairs pcall rawequal rawget rawlen rawset select "
  .. "tonumber tostring type _VERSION", _G)
plain.setmetatable, plain.getmetatable = guarded_setmetatable, guarded_getmetatable

local libraries = { string = native.strings, table = tables, utf8 = characters,
  math = function()
    return copy("abs ceil floor fmod huge log max maxinteger min mininteger modf pi sqrt "
      .. "tointeger type ult exp sin cos tan", math)
  end }

--- Libraries of the product's own files, which do not change them.
local shared = {}

--- Gives a file names without side effects, beside those that are in `env`. A library is made when
--- it is first asked for: for each file, so that files cannot change each other's, and once for all
--- of the product's own.
---@param env table<string, any> of this file alone
---@param name string of the file, for messages
---@param own? boolean the file is the product's
---@return table env
function M.environment(env, name, own)
  return setmetatable(env, {
    __index = function(self, key)
      local value = plain[key]
      if value == nil and libraries[key] then
        value = own and shared[key] or libraries[key]()
        if own then shared[key] = value end
      end
      if value == nil then
        error(("undefined name '%s' in %s"):format(tostring(key), name), 2)
      end
      rawset(self, key, value)
      return value
    end,
    __newindex = function(_, key)
      error(("assignment to the global '%s' in %s; say `local`"):format(tostring(key), name), 2)
    end,
  })
end

--- Is a table with a metatable of a rule in it? Its functions would run outside any budget.
local function has_foreign(value)
  local seen, waiting = {}, { value }
  while #waiting > 0 do
    local t = table.remove(waiting)
    if type(t) == "table" and not seen[t] then
      seen[t] = true
      local mt = debug.getmetatable(t)
      if mt and foreign[mt] then return true end
      if not mt or not mt.__index then
        for key, item in next, t do
          waiting[#waiting + 1] = key
          waiting[#waiting + 1] = item
        end
      end
    end
  end
  return false
end

local function checked(ok, ...)
  if not ok then return false, ... end
  for i = 1, select("#", ...) do
    if has_foreign((select(i, ...))) then
      return false, "a table with a metatable came back, plain tables were expected", "malformed"
    end
  end
  return true, ...
end

local sources = {}

--- Makes failures tell their line in functions of this source, as `debug.getinfo` gives it.
---@param source string
function M.source(source) sources[source] = true end

local function budget_of(limits)
  return { steps = limits.steps, bytes = limits.bytes, seconds = limits.seconds,
    sources = sources }
end

--- Calls a user's function under the budget. What it returns must be plain tables.
---@return boolean ok
---@return any ... results, or the message with the rule's line, and the code
function M.call(fn, ...)
  return checked(native.call(fn, budget_of(M), ...))
end

--- Calls a formatter of the product.
---@return boolean ok
---@return any ... results, or the message and the code
function M.format(fn, ...)
  return native.call(fn, budget_of(M.formatting), ...)
end

return M
