--- A configuration as families see it.

local check = require "modelsig.base.check"
local expr = require "modelsig.family.expr"
local json = require "modelsig.native.json"
local slots = require "modelsig.family.slots"

local M = {}

--- The kind of a key, and its value: from the file, or the default of the family that adds it.
local function lookup(cfg, own, key)
  local kind = cfg.kinds[key]
  if kind then return kind, cfg.values[key] end
  local value = cfg.text[key]
  if value == nil then value = own[key][2] end
  return own[key][1], value
end

--- Class labels, where the file counts them.
local function labels_of(cfg)
  local labels, count = cfg.text.id2label, 0
  for _ in pairs(type(labels) == "table" and labels or {}) do count = count + 1 end
  return count > 0 and count or nil
end

--- A value as a family sees it: sizes are symbols, null and absent are nil.
local function seen(kind, value, symbol)
  if value == json.null or value == nil then return nil end
  local whole = math.type(value) == "integer"
  if kind == "size" then return whole and expr.symbol(symbol, value) or nil end
  if kind == "count" and not whole then return nil end
  return value
end

--- The configuration for a family. A key that nobody declared is a slip. Also the sizes and counts
--- that were asked for in vain, and those that are zero. The symbols of a part begin with its name.
--- Of a model of several parts, `c.language` is what the family of the language model sees, and
--- each of `c.parts` what the family of that part sees.
---@param cfg modelsig.Config
---@param family table
---@param prefix string "" for the model itself
---@param absent? table<string, true> sizes that were asked for in vain, of the whole
---@param zero? table<string, true>
---@return table c, table<string, true> absent, table<string, true> zero
function M.new(cfg, family, prefix, absent, zero)
  local names = slots.config_keys(family)
  absent, zero = absent or {}, zero or {}
  names.label_count = true
  local own = { raw = cfg.text, label_count = labels_of(cfg), names = names, parts = {},
    family = family }
  local families = prefix == "" and cfg.families or {}
  for name, part in pairs(cfg.parts or {}) do
    own.parts[name] = M.new(part, families[name] or family, name .. ".", absent, zero)
  end
  setmetatable(own.parts, { __index = function(_, name)
    if not families[name] then return nil end
    error({ malformed = ("config: family '%s' cannot be applied: without a usable %s"):format(
      family.name, name) }, 0)
  end })
  if families.text and families.text ~= family then
    own.outer = cfg.outer
    own.language = M.new(cfg, families.text, "", absent, zero)
  end
  return setmetatable(own, { __index = function(t, key)
    if not names[key] then
      error(("no key '%s' of a configuration%s"):format(tostring(key),
        check.hint(tostring(key), names)), 2)
    end
    if key == "label_count" then return nil end
    local kind, value = lookup(cfg, family.keys, key)
    if value == nil and cfg.wrong and cfg.wrong[key] then
      error({ malformed = ("config: family '%s' cannot be applied: without a "
        .. "usable value of %s"):format(family.name, key) }, 0)
    end
    value = seen(kind, value, prefix .. key)
    if kind == "size" or kind == "count" then
      if value == nil then absent[prefix .. key] = true end
      if expr.value(value) == 0 then zero[prefix .. key] = true end
    end
    rawset(t, key, value)
    return value
  end }), absent, zero
end

return M
