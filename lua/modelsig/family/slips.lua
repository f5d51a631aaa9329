--- Slips of who writes a family: the first one in what a file gives, at its line.

local blocks = require "modelsig.family.blocks"
local check = require "modelsig.base.check"
local declared = require "modelsig.family.declared"
local embedded = require "modelsig.native.embedded"
local lists = require "modelsig.base.lists"
local mixers = require "modelsig.family.mixers"
local order = require "modelsig.family.order"
local named = require "modelsig.rules.named"
local slots = require "modelsig.family.slots"
local system = require "modelsig.native.system"

local M = {}
local block = blocks.env.block

--- Slots that hold options, and the block whose they are.
local blocks_of = { attention = { "attention" }, ffn = { "gated_mlp", "mlp" },
  moe = { "sparse_moe" }, head = { "heads" }, decoder = { "decoder" },
  encoder = { "bert", "rope_encoder", "text_heads", "seq2seq" }, vision = { "vision" },
  encoder_layer = { "encoder_layer" }, vit_layer = { "vit_layer" } }

local function source(where)
  local top, file = where.path:match "^embedded:(%w+)/(.*)$"
  return top and embedded.get(top, file) or system.read(where.path, 1 << 22) or ""
end

--- `FILE:LINE` of a word of a family: the line that gives it a value, behind the family's own
--- beginning where the file has several.
---@param family any
---@param where modelsig.where
---@param ... any words, from the outermost
---@return string
function M.place(family, where, ...)
  local text, at = source(where), 1
  local types = type(family) == "table" and family.model_types
  for model_type in pairs(type(types) == "table" and types or {}) do
    local found = text:find(tostring(model_type) .. "%s*=")
    if found then
      at = text:sub(1, found):match ".*()\n%s*{" or 1
      break
    end
  end
  for _, word in ipairs { ... } do
    local name = tostring(word):gsub("%p", "%%%0")
    at = text:find("%f[%w_]" .. name .. "%f[^%w_]%s*=", at)
      or text:find("%f[%w_]" .. name .. "%f[^%w_]", at) or at
  end
  local _, lines = text:sub(1, at - 1):gsub("\n", "")
  return ("%s:%d"):format(where.path, lines + 1)
end

--- Each of the following returns the words that lead to a slip, and what is wrong; or nothing.

local function slots_slip(family)
  for slot, value in pairs(family) do
    local types = declared.slots[slot]
    if not types then
      return {}, ("unknown slot '%s'%s"):format(tostring(slot),
        check.hint(tostring(slot), declared.slots)), slot
    end
    local message = declared.wrong(value, types)
    if message then return { slot }, message end
  end
  if type(family.model_types) ~= "table" or next(family.model_types) == nil then
    return {}, "model_types: a table of model types and the names of their classes is missing"
  end
end

local function options_slip(family, known)
  for slot, names in pairs(blocks_of) do
    local specs, others = { gated = slot == "ffn" and "flag" or nil }, {}
    if slot == "moe" then others = declared.moe end
    if slot == "attention" then
      others = { block = "string" }
      local message = blocks.unknown(known.attention)
      if message then return { slot, "block" }, message end
      names = { known.attention }
    end
    for _, name in ipairs(names) do
      for key, spec in pairs(block[name].options) do specs[key] = spec end
    end
    for key, value in pairs(type(family[slot]) == "table" and family[slot] or {}) do
      local message = others[key] and declared.wrong(value, others[key])
      if not others[key] then
        message = not specs[key] and "unknown option" .. check.hint(tostring(key), specs)
          or declared.wrong_option(specs[key], value, known.keys)
      end
      if message then return { slot, key }, message end
    end
  end
end

local function entries_slip(family)
  for slot, types in pairs(declared.entries) do
    for key, value in pairs(family[slot] or {}) do
      local message = declared.wrong(value, types)
      if message then return { slot, key }, message end
    end
  end
end

local function key_problem(entry)
  if type(entry) ~= "table" then
    return "{ kind, default } expected, got " .. check.describe(entry)
  end
  return declared.wrong(entry[1], declared.key_kinds)
end

--- Maps whose names are declared somewhere.
local function maps_slip(family, known)
  local function declared_in(spec)
    return function(key, value)
      return not spec[key] and "unknown" .. check.hint(tostring(key), spec)
        or type(spec[key]) ~= "boolean" and declared.wrong(value, spec[key])
    end
  end
  local function key_of(names)
    return function(key)
      return not names[key] and "no key of a configuration" .. check.hint(tostring(key), names)
    end
  end
  for slot, problem in pairs {
    facts = declared_in(declared.facts), norm = declared_in(declared.norm),
    names = declared_in(declared.parts.names), classes = declared_in(declared.parts.classes),
    calls = declared_in(declared.parts.calls),
    keys = function(_, entry) return key_problem(entry) end,
    aliases = key_of(known.keys), defaults = key_of(known.vocabulary),
  } do
    for key, value in pairs(family[slot] or {}) do
      local message = problem(key, value)
      if message then return { slot, key }, message end
    end
  end
end

local function calls_slip(family, known)
  for call, text in pairs(family.calls or {}) do
    local message = order.problem(text, block.orders[call] or {}, known.arguments)
    if message then return { "calls", call }, message end
  end
end

--- Words that a slot may have: those of a block that lists them, or the heads.
local function words_slip(family, known)
  local layers = family.moe and family.moe.layers
  if type(layers) == "string" and not block.moe_layers[layers] then
    return { "moe", "layers" }, ("unknown '%s'%s"):format(layers,
      check.choices(layers, lists.sorted(block.moe_layers)))
  end
  for slot, words in pairs { kind = block.kinds, layout = block.layouts,
    default_head = known.heads } do
    local word = family[slot]
    if type(word) == "string" and not words[word] then
      return { slot }, ("unknown '%s'%s"):format(word, check.choices(word, lists.sorted(words)))
    end
  end
end

--- The families of parts that a family itself names.
local function parts_slip(family, known)
  for part, wanted in pairs(family.parts or {}) do
    local name = type(wanted) == "table" and wanted.default or wanted
    if type(name) ~= "string" then return { "parts", part }, "{ default = TYPE } expected" end
    if not known.registry.file_of(name) then
      return { "parts", part }, ("no family '%s'%s"):format(name,
        check.hint(name, known.registry.index()))
    end
  end
end

local slips = { slots_slip, options_slip, entries_slip, maps_slip, mixers.slip, calls_slip,
  words_slip, parts_slip }

--- What a family may name: keys, values of its own and heads, its relative's with them.
local function known_to(family, parent, registry)
  local whole = slots.merge(family, parent)
  local attention = type(whole.attention) == "table" and whole.attention.block or "attention"
  return { attention = attention, vocabulary = named.get("vocabulary", "config").keys,
    keys = slots.config_keys(whole), arguments = whole.arguments, mixers = whole.mixers,
    heads = whole.heads, registry = registry }
end

--- Refuses what a file gives that is no family: raises at the line that says so.
---@param family any
---@param where modelsig.where
---@param parent table|nil its relative, whole
---@param registry table `family/registry.lua`, which knows all families
function M.check(family, where, parent, registry)
  local function refuse(words, message, ...)
    local path = #words > 0 and table.concat(words, ".") .. ": " or ""
    local place = { table.unpack(words) }
    place[#place + 1] = ...
    error(("%s: %s%s"):format(M.place(family, where, table.unpack(place)), path, message), 0)
  end
  if type(family) ~= "table" then
    refuse({}, "a family is a table, found " .. check.describe(family))
  end
  local known
  for _, slip in ipairs(slips) do
    local words, message, word = slip(family, known)
    if words then refuse(words, message, word) end
    known = known or known_to(family, parent, registry) -- its slots are of the right types
  end
end

return M
