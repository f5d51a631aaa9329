--- A configuration as families see it.

local check = require "modelsig.base.check"
local expr = require "modelsig.family.expr"
local failure = require "modelsig.base.failure"
local json = require "modelsig.native.json"
local named = require "modelsig.rules.named"

local M = {}

--- The kind of a key, and its value: from the file, or the default of the family that adds it.
local function lookup(cfg, own, key)
  local kind = cfg.kinds[key]
  if kind then return kind, cfg.values[key] end
  local value = cfg.text[key]
  if value == nil then value = own[key][2] end
  return own[key][1], value
end

--- Class labels, where the file lists or counts them: at its top, or with the language model. Where
--- both are said, the list counts.
local function labels_of(cfg)
  local labels, count = cfg.outer and cfg.outer.id2label or cfg.text.id2label, 0
  for _ in pairs(type(labels) == "table" and labels or {}) do count = count + 1 end
  if count > 0 then return count end
  count = cfg.outer and cfg.outer.num_labels or cfg.text.num_labels
  return math.type(count) == "integer" and count > 0 and count or nil
end

--- A value as a family sees it: sizes are symbols, null and absent are nil, and so is a size that
--- no model has.
local function seen(kind, value, symbol)
  if value == json.null or value == nil then return nil end
  local whole = math.type(value) == "integer" and value >= 0
    and value <= named.get("vocabulary", "config").max_size
  if kind == "size" then return whole and expr.symbol(symbol, value) or nil end
  if kind == "count" and not whole then return nil end
  return value
end

--- The size of a key in the layers of a kind: what differs between layers has a symbol for each.
local function of_kind(cfg, prefix, key, kind)
  local value, kinds = cfg.values[key], cfg.values.layer_types
  local list = type(value) == "table" and value.per_layer
  for i, word in ipairs(list and type(kinds) == "table" and kinds or {}) do
    if word == kind then
      local size = seen("size", list[i], prefix .. kind .. "." .. key)
      return size, not size and math.type(list[i]) == "integer"
    end
  end
end

--- Stands for a size that the file lacks.
local SOME = { size = 64, count = 1 }

local function cannot_be(family, without)
  failure.raise("malformed", "config: family '%s' cannot be applied: without a usable %s",
    family.name, without)
end

--- The value of a size or a count; that it was asked for in vain is noted.
local function size_of(kind, value, symbol, asked)
  local missing = value == nil or expr.value(value) == 0
  if not missing then return value end
  if asked.given[symbol] then return seen(kind, SOME[kind], symbol) end
  asked.missing[symbol] = value == nil and "absent" or "zero"
  return value
end

--- Families ask a configuration for sizes. `missing`: those that they got none of, by name, and
--- whether they are absent or zero. `given`: those that are made up where the file has none.
---@class modelsig.asked
---@field missing table<string, "absent"|"zero">
---@field given table<string, true>

--- The configuration for a family. A key that nobody declared is a slip. The symbols of a part
--- begin with its name. Of a model of several parts, `c.language` is what the family of the
--- language model sees, and each of `c.parts` what the family of that part sees.
--- `c.of_kind(key, kind)` is the size of a key that differs between kinds of layer.
---@param cfg modelsig.Config
---@param family table
---@param prefix string "" for the model itself
---@param asked modelsig.asked of the whole
---@return table c
function M.new(cfg, family, prefix, asked)
  local names = family.known_keys
  local own = { raw = cfg.text, top = cfg.outer, label_count = labels_of(cfg), names = names,
    parts = {}, family = family }
  function own.of_kind(key, kind)
    local size, wrong = of_kind(cfg, prefix, key, kind)
    if wrong then cannot_be(family, "value of " .. key) end
    return size or own[key]
  end
  local families = prefix == "" and cfg.families or {}
  for name, part in pairs(cfg.parts or {}) do
    own.parts[name] = M.new(part, families[name] or family, name .. ".", asked)
  end
  setmetatable(own.parts, { __index = function(_, name)
    if families[name] then cannot_be(family, name) end
  end })
  if families.text and families.text ~= family then
    own.outer = cfg.outer
    own.language = M.new(cfg, families.text, "", asked)
  end
  local absent = { label_count = true } -- keys that were asked for and have no value
  return setmetatable(own, { __index = function(t, key)
    if absent[key] then return nil end
    if not names[key] then
      error(("no key '%s' of a configuration%s"):format(tostring(key),
        check.hint(tostring(key), names)), 2)
    end
    local kind, value = lookup(cfg, family.keys, key)
    if value == nil and cfg.wrong and cfg.wrong[key] then cannot_be(family, "value of " .. key) end
    value = seen(kind, value, prefix .. key)
    if SOME[kind] then value = size_of(kind, value, prefix .. key, asked) end
    if value == nil then absent[key] = true else rawset(t, key, value) end
    return value
  end })
end

return M
