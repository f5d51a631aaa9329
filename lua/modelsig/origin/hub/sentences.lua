--- The sentences about remote models, from `rules/hub.lua`, with what servers say made harmless.

local net = require "modelsig.native.net"
local settled = require "modelsig.origin.hub.settled"

local M = {}

M.rules = settled.rules

--- The sentence of that id, its {placeholders} filled in; one that is missing shows its id.
---@param id string
---@param values? table<string, any>
---@return string
function M.text(id, values)
  local sentence = M.rules().sentences[id] or id
  return (sentence:gsub("{([%w_]+)}", function(name)
    local value = values and values[name]
    return value == nil and "" or tostring(value)
  end))
end

--- A server's own words for a message: escaped, cut, in one line; nothing where it said nothing.
---@param words string|nil
---@return string
function M.quote(words)
  if not words then return "" end
  words = words:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  if words == "" then return "" end
  return M.text("said", { text = net.printable(words, M.rules().limits.said) })
end

return M
