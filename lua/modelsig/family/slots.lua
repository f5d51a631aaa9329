--- A family as its file gives it, checked; and made whole, so that blocks find functions and names
--- where a file may have a table of options or a word.

local blocks = require "modelsig.family.blocks"
local check = require "modelsig.base.check"
local declared = require "modelsig.family.declared"
local embedded = require "modelsig.native.embedded"
local mixers = require "modelsig.family.mixers"
local rules = require "modelsig.rules.named"
local system = require "modelsig.native.system"

local M = {}
local block = blocks.env.block

--- Slots that hold options, and the block whose they are.
local blocks_of = { attention = { "attention" }, ffn = { "gated_mlp", "mlp" },
  moe = { "sparse_moe" }, head = { "heads" }, decoder = { "decoder" },
  encoder = { "bert", "seq2seq" } }

local function source(where)
  local top, file = where.path:match "^embedded:(%w+)/(.*)$"
  return top and embedded.get(top, file) or system.read(where.path, 1 << 22) or ""
end

--- `FILE:LINE` of a word of a family: the line that gives it a value, behind the family's own
--- beginning where the file has several.
local function place(family, where, ...)
  local text, at = source(where), 1
  for model_type in pairs(type(family.model_types) == "table" and family.model_types or {}) do
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

M.place = place

--- Names that a flag or a size may have: keys of the vocabulary, and those the family adds.
local function config_keys(family)
  local out = {}
  for key in pairs(rules.get("vocabulary", "config").keys) do out[key] = true end
  for key in pairs(family.keys or {}) do out[key] = true end
  return out
end

M.config_keys = config_keys

local function options_problem(family, slot, keys)
  local specs = {}
  for _, name in ipairs(blocks_of[slot]) do
    for key, spec in pairs(block[name].options) do specs[key] = spec end
  end
  if slot == "ffn" then specs.gated = "flag" end
  for key, value in pairs(family[slot]) do
    local message = not specs[key] and "unknown option" .. check.hint(tostring(key), specs)
      or declared.wrong_option(specs[key], value, keys)
    if message then return key, message end
  end
end

--- Words that a slot may have: those of a block that lists them.
local function word_problem(value, words)
  if type(value) ~= "string" or words[value] then return nil end
  local list = {}
  for word in pairs(words) do list[#list + 1] = word end
  table.sort(list)
  return ("unknown '%s'%s"):format(value, check.choices(value, list))
end

local function calls_problem(family)
  for call, spec in pairs(family.calls or {}) do
    if not spec:find "%f[%w]x%f[%W]" then
      local message = word_problem(spec, block.orders[call] or {})
      if message then return call, message end
    end
  end
end

local function map_problem(map, spec)
  for key, value in pairs(map or {}) do
    local message = not spec[key] and "unknown" .. check.hint(tostring(key), spec)
      or declared.wrong(value, spec[key])
    if message then return key, message end
  end
end

local keys_kinds = { "size", "count", "flag", "choice", "number", "list", "record" }

local function keys_problem(keys)
  for key, entry in pairs(keys or {}) do
    if type(entry) ~= "table" then
      return key, "{ kind, default } expected, got " .. check.describe(entry)
    end
    local message = declared.wrong(entry[1], keys_kinds)
    if message then return key, message end
  end
end

--- Entries of tables that are of another type than their slot's.
local function entries_problem(family)
  for slot, types in pairs(declared.entries) do
    for key, value in pairs(family[slot] or {}) do
      local message = declared.wrong(value, types)
      if message then return slot, key, message end
    end
  end
end

--- Maps whose keys and values are declared somewhere: the key of the first that is not, and why.
local function maps_problem(family, keys)
  local vocabulary = rules.get("vocabulary", "config").keys
  local function unknown(map, known)
    for key in pairs(map or {}) do
      if not known[key] then
        return key, "no key of a configuration" .. check.hint(tostring(key), known)
      end
    end
  end
  for slot, message_of in pairs {
    facts = function(map) return map_problem(map, declared.facts) end,
    norm = function(map) return map_problem(map, declared.norm) end,
    keys = keys_problem,
    aliases = function(map) return unknown(map, keys) end,
    defaults = function(map) return unknown(map, vocabulary) end,
  } do
    local key, message = message_of(family[slot])
    if key then return slot, key, message end
  end
end

--- The first problem of a family: the words that lead to it, and what is wrong.
local function problem_of(family)
  if type(family) ~= "table" then
    return {}, "a family is a table, found " .. check.describe(family)
  end
  for slot, value in pairs(family) do
    local types = declared.slots[slot]
    local message = not types
      and ("unknown slot '%s'%s"):format(tostring(slot), check.hint(tostring(slot),
        declared.slots)) or declared.wrong(value, types)
    if message then return { slot }, message end
  end
  if type(family.model_types) ~= "table" or next(family.model_types) == nil then
    return {}, "model_types: a table of model types and the names of their classes is missing"
  end
  local keys = config_keys(family)
  for slot in pairs(blocks_of) do
    if type(family[slot]) == "table" then
      local key, message = options_problem(family, slot, keys)
      if key then return { slot, key }, message end
    end
  end
  local slot, key, message = entries_problem(family)
  if not slot then slot, key, message = maps_problem(family, keys) end
  if slot then return { slot, key }, message end
  local path
  path, message = mixers.problem(family.mixers, keys)
  if path then return path, message end
  key, message = calls_problem(family)
  if key then return { "calls", key }, message end
  for word, words in pairs { kind = block.kinds, layout = block.layouts,
    moe_layers = block.moe_layers } do
    message = word_problem(family[word], words)
    if message then return { word }, message end
  end
end

--- Refuses what a file gives that is no family: raises at the line that says so.
---@param family any
---@param where modelsig.where
function M.check(family, where)
  local words, message = problem_of(family)
  if not words then return end
  local named = #words > 0 and table.concat(words, ".") .. ": " or ""
  if message:find("unknown slot", 1, true) then named = "" end
  error(("%s: %s%s"):format(place(type(family) == "table" and family or {}, where,
    table.unpack(words)), named, message), 0)
end

--- A family with its parent's slots under its own; without a parent, a copy.
---@param family table
---@param parent table|nil
---@return table
function M.merge(family, parent)
  local out = {}
  for slot, value in pairs(parent or {}) do
    if slot ~= "model_types" and slot ~= "extends" then out[slot] = value end
  end
  for slot, value in pairs(family) do out[slot] = value end
  local function lay(slot)
    local both = {}
    for key, value in pairs(parent and parent[slot] or {}) do both[key] = value end
    for key, value in pairs(family[slot] or {}) do both[key] = value end
    out[slot] = both
  end
  for _, slot in ipairs(declared.merged) do lay(slot) end
  for _, slot in ipairs(declared.options) do
    local mine, theirs = family[slot], parent and parent[slot]
    if type(mine) == "table" and type(theirs) == "table" then lay(slot) end
  end
  return out
end

--- The block of a slot: what its function says, or the options of its table built.
local function built(slot, name)
  if type(slot) ~= "table" then return slot end
  return function(c, kind) return block[name].build(c, slot, kind) end
end

local function feed_forward(slot)
  if type(slot) ~= "table" then return slot end
  local options, plain = {}, slot.gated == false
  for key, value in pairs(slot) do
    local name = plain and "mlp" or "gated_mlp"
    if block[name].options[key] then options[key] = value end
  end
  return built(options, plain and "mlp" or "gated_mlp")
end

--- The kinds of layer: how attention goes, and whether experts follow.
local function layer_kinds(family)
  local kind = type(family.kind) == "function" and family.kind or block.kinds[family.kind]
  local sparse = family.moe_layers
  if type(sparse) == "string" then sparse = block.moe_layers[sparse] end
  return function(c)
    return function(i)
      local own = kind(c, i)
      if not sparse or sparse ~= true and not sparse(c, i) then return own end
      return own == "dense" and "moe" or own .. " moe"
    end
  end
end

local function is_moe(kind) return kind == "moe" or kind:sub(-4) == " moe" end

--- What blocks ask of a family, from what its file says.
---@param family table merged
---@return table family
function M.complete(family)
  local attention = built(family.attention, "attention")
  local ffn, moe = feed_forward(family.ffn), built(family.moe, "sparse_moe")
  local mixer_of = mixers.made(family.mixers)
  family.layer = family.layer or block.decoder.layer
  family.body = family.body or block.decoder.stack
  family.rope = family.rope or block.decoder.rope
  family.layer_kind = layer_kinds(family)
  family.attention = attention and function(c, kind)
    return attention(c, (kind:gsub(" ?moe$", "")))
  end
  function family.mixer(kind) return mixer_of[kind:gsub(" ?moe$", "")] or {} end
  function family.ffn(c, kind)
    if moe and is_moe(kind) then return moe(c, kind) end
    return ffn(c, kind)
  end
  function family.ffn_name(_, kind)
    return is_moe(kind) and family.names.moe or family.names.ffn
  end
  family.mlp_class = family.mlp_class or function(_, kind)
    return is_moe(kind) and family.classes.moe or family.classes.ffn
  end
  for call, spec in pairs(family.calls) do
    local orders = block.orders[call]
    family.calls[call] = orders and orders[spec] or spec
  end
  family.norm.kind = family.facts.norm or family.norm.kind -- the fact is what older files have
  family.facts.norm = family.norm.kind
  return family
end

return M
