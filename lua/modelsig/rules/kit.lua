--- What every rule file gets beside the safe library, so that nothing has to be copied between
--- files: `json.null` as it stands in a raw config and `json.array`, the mark that makes an empty
--- list one; `lists.sorted`, `lists.set`, `lists.by_index` and `lists.product`; `numbers.whole` and
--- `numbers.positive`, a value where it is such a number; `rule "NAME"`, what `rules/NAME.lua`
--- returns; and `part "x"`, for rules in several files: part "x" of a/mine.lua is what a/mine/x.lua
--- returns.

local check = require "modelsig.base.check"
local count = require "modelsig.base.count"
local lists = require "modelsig.base.lists"
local native = require "modelsig.native.json"

local M = {}

local shared = { json = { null = native.null, array = native.array },
  lists = { sorted = lists.sorted, set = lists.set, by_index = lists.by_index,
    product = count.size },
  numbers = { whole = count.whole, positive = count.positive } }

--- Kind and name of a part.
local function place_of_part(kind, name, part)
  if name:find("/", 1, true) or name:find "%.lua$" then
    return kind, ("%s/%s.lua"):format(name:gsub("%.lua$", ""), part)
  end
  return kind .. "/" .. name, part
end

local asked = {} -- rules that are being loaded for `rule`

--- The names for one file, and for its parts.
---@param load function `named.load`
---@param kind string
---@param name string
---@param extra? table<string, any> what files of this kind get beside them
---@return fun(): table<string, any> names makes a table of them, for each file its own
---@return table<string, modelsig.where> used the parts that the file has asked for
function M.make(load, kind, name, extra)
  local busy, used, names = {}, {}, nil
  local function load_part(part)
    check.arg(1, part, "string", "part")
    if not part:find "^[%w_-]+$" then error(("part: '%s' is no plain name"):format(part), 2) end
    if busy[part] then error(("part: '%s' asks for itself"):format(part), 2) end
    busy[part] = true
    local where_kind, file = place_of_part(kind, name, part)
    local value, where = load(where_kind, file, { kit = names })
    busy[part] = nil
    if not value then error(where, 0) end
    used[part] = where
    return value
  end
  local function load_rule(other)
    check.arg(1, other, "string", "rule")
    if asked[other] then error(("rule: '%s' asks for itself"):format(other), 2) end
    asked[other] = true
    local value, message = load("rules", other)
    asked[other] = nil
    if not value then error(message, 0) end
    return value
  end
  function names()
    local env = { json = shared.json, lists = shared.lists, numbers = shared.numbers,
      part = load_part, rule = load_rule }
    for key, value in pairs(extra or {}) do env[key] = value end
    return env
  end
  return names, used
end

return M
