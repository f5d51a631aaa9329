--- Blocks as families see them: `block.attention.build(c, options)`, with options that are checked
--- where they are given. Tables of options that a family declares are checked when it is loaded.

local check = require "modelsig.base.check"
local declared = require "modelsig.family.declared"
local named = require "modelsig.rules.named"
local shape = require "modelsig.family.shape"

local M = {}

--- What is wrong with the name of a block that there is not.
---@param name any
---@return string|nil message
function M.unknown(name)
  local names = named.list "blocks"
  for _, known in ipairs(names) do
    if known == name then return nil end
  end
  return ("no block '%s'%s"):format(tostring(name), check.choices(tostring(name), names))
end

--- The block with its options checked and given their values.
local function guarded(name, content)
  local out = {}
  for key, value in pairs(content) do out[key] = value end
  if not content.options or not content.build then return out end
  function out.build(c, options, kind)
    options = options or {}
    for key, value in pairs(options) do
      local spec = content.options[key]
      local message = not spec and "unknown option" .. check.hint(tostring(key), content.options)
        or declared.wrong_option(spec, value, c.names)
      if message then
        error(("block.%s: %s: %s"):format(name, tostring(key), message), 2)
      end
    end
    return content.build(c, declared.resolve(options, content.options, c, kind), kind)
  end
  return out
end

--- What families and blocks get beside the plain library.
M.env = { shape = shape }

M.env.block = setmetatable({}, { __index = function(blocks, name)
  local content, message, code = named.load("blocks", name, { env = M.env })
  if not content then error(code == "notfound" and M.unknown(name) or message, 2) end
  local block = guarded(name, content)
  rawset(blocks, name, block)
  return block
end })

--- The options of a block, from a slot's table or a function's result, with their values.
---@param name string of the block
---@param options table|nil
---@param c table the configuration
---@param kind? string of the layer
---@return table
function M.env.options_of(name, options, c, kind)
  return declared.resolve(options or {}, M.env.block[name].options, c, kind)
end

return M
