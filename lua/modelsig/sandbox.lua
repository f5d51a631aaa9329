--- The environment of rule files, and calls of users' rules under a budget. It keeps rules tidy
--- and is no security boundary.

local native = require "modelsig.native.sandbox"

local M = {}

--- What a user's rule may take in one call.
M.steps, M.bytes = 50 * 1000 * 1000, 256 * 1024 * 1024

--- Subjects and patterns longer than this make matching, which no budget sees, too slow.
local LONGEST_SUBJECT, LONGEST_PATTERN, LONGEST_RESULT = 1000000, 200, 10000000

local function copy(names, from)
  local out = {}
  for name in names:gmatch "%S+" do out[name] = from[name] end
  return out
end

local function bounded(name)
  local original = string[name]
  return function(subject, pattern, ...)
    if #tostring(subject) > LONGEST_SUBJECT or #tostring(pattern) > LONGEST_PATTERN then
      error(("string.%s: the text or the pattern is too long for a rule"):format(name), 2)
    end
    return original(subject, pattern, ...)
  end
end

local function strings()
  local out = copy("byte char format len lower upper reverse sub pack unpack packsize", string)
  for name in ("find match gmatch gsub"):gmatch "%S+" do out[name] = bounded(name) end
  function out.rep(text, count, separator)
    local size = #text + #(separator or "")
    if count > 0 and size > 0 and count > LONGEST_RESULT // size then
      error("string.rep: the result is too long for a rule", 2)
    end
    return string.rep(text, count, separator)
  end
  return out
end

local function tables()
  local out = copy("concat insert pack remove sort unpack", table)
  function out.move(from, first, last, to, target)
    if last - first > LONGEST_RESULT then error("table.move: too many elements for a rule", 2) end
    return table.move(from, first, last, to, target)
  end
  return out
end

local function guarded_setmetatable(t, mt)
  if type(mt) == "table" and rawget(mt, "__gc") ~= nil then
    error("setmetatable: a rule cannot have __gc", 2)
  end
  return setmetatable(t, mt)
end

--- Names without side effects, one set for each file so that files cannot change each other's.
---@param extra? table<string, any> what the kind of file gets beside them
---@param name string of the file, for messages
---@return table
function M.environment(extra, name)
  local env = copy("assert error getmetatable ipairs next pairs pcall rawequal rawget rawlen "
    .. "rawset select tonumber tostring type _VERSION", _G)
  env.setmetatable, env.string, env.table = guarded_setmetatable, strings(), tables()
  env.math = copy("abs ceil floor fmod huge log max maxinteger min mininteger modf pi sqrt "
    .. "tointeger type ult exp sin cos tan", math)
  env.utf8 = copy("char charpattern codepoint codes len offset", utf8)
  for key, value in pairs(extra or {}) do env[key] = value end
  return setmetatable(env, {
    __index = function(_, key)
      error(("undefined name '%s' in %s"):format(tostring(key), name), 2)
    end,
    __newindex = function(_, key)
      error(("assignment to the global '%s' in %s; say `local`"):format(tostring(key), name), 2)
    end,
  })
end

--- Calls a user's function under the budget.
---@return boolean ok
---@return any ... results, or the message
function M.call(fn, ...)
  return native.call(fn, { steps = M.steps, bytes = M.bytes }, ...)
end

return M
