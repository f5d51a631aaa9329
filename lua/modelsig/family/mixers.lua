--- What stands in place of attention in layers of a kind, as families declare it in `mixers`.

local blocks = require "modelsig.family.blocks"
local check = require "modelsig.base.check"
local declared = require "modelsig.family.declared"

local M = {}
local block = blocks.env.block

--- The first slip: the words that lead to it, and what is wrong.
---@param mixers table|nil by kind of layer
---@param keys table<string, true> of a configuration
---@return string[]|nil words, string? message
function M.problem(mixers, keys)
  for kind, mixer in pairs(mixers or {}) do
    for key, value in pairs(mixer or {}) do
      local types = declared.mixer[key]
      local message = not types and "unknown word" .. check.hint(tostring(key), declared.mixer)
        or declared.wrong(value, types)
      if message then return { "mixers", kind, key }, message end
    end
    if mixer and not mixer.build == not mixer.block then
      return { "mixers", kind }, "either `block` or `build` is needed"
    end
    for key, value in pairs(mixer and mixer.options or {}) do
      local specs = block[mixer.block].options
      local message = not specs[key] and "unknown option" .. check.hint(tostring(key), specs)
        or declared.wrong_option(specs[key], value, keys)
      if message then return { "mixers", kind, key }, message end
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
