--- What stands in place of attention in layers of a kind, as families declare it in `mixers`.

local blocks = require "modelsig.family.blocks"
local check = require "modelsig.base.check"
local declared = require "modelsig.family.declared"
local order = require "modelsig.family.order"

local M = {}
local block = blocks.env.block

local function options_slip(path, mixer, keys)
  local message = mixer.block and blocks.unknown(mixer.block)
  if message then return { "mixers", path, "block" }, message end
  for key, value in pairs(mixer.options or {}) do
    local specs = block[mixer.block].options
    message = not specs[key] and "unknown option" .. check.hint(tostring(key), specs)
      or declared.wrong_option(specs[key], value, keys)
    if message then return { "mixers", path, key }, message end
  end
end

local function slip_of(kind, mixer, known)
  for key, value in pairs(mixer) do
    local types = declared.mixer[key]
    local message = not types and "unknown word" .. check.hint(tostring(key), declared.mixer)
      or declared.wrong(value, types)
    if message then return { "mixers", kind, key }, message end
  end
  if (mixer.build == nil) == (mixer.block == nil) then
    return { "mixers", kind }, "either `block` or `build` is needed"
  end
  for key, orders in pairs { call = block.orders.attention, layer_call = block.orders.layer } do
    local message = mixer[key] and order.problem(mixer[key], orders, known.arguments)
    if message then return { "mixers", kind, key }, message end
  end
  return options_slip(kind, mixer, known.keys)
end

--- The first slip: the words that lead to it, and what is wrong.
---@param family table
---@param known {keys: table<string, true>, arguments: table<string, string>} what it may name
---@return string[]|nil words, string? message
function M.slip(family, known)
  for kind, mixer in pairs(family.mixers or {}) do
    if mixer then
      local words, message = slip_of(kind, known.mixers[kind], known)
      if words then return words, message end
    end
  end
end

--- Mixers with the functions that build them, and orders of arguments in place of their names.
---@param mixers table by kind of layer
---@return table
function M.made(mixers)
  local out = {}
  for kind, mixer in pairs(mixers) do
    local one = {}
    for key, value in pairs(mixer or {}) do one[key] = value end
    if one.block then
      function one.build(c, k) return block[one.block].build(c, one.options, k) end
    end
    one.call = block.orders.attention[one.call] or one.call
    one.layer_call = block.orders.layer[one.layer_call] or one.layer_call
    if one.build then out[kind] = one end
  end
  return out
end

return M
