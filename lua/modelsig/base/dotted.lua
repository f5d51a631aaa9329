--- Dotted names: of tensors, modules and roles. A file chooses how long they are, so that a search
--- for their end begins at their beginning: `[^.]*$` alone would begin at every character.

local M = {}

--- The words before the last one, with their dots, and the last one.
---@param name string
---@return string head
---@return string last
---
---     dotted.split "layer.ffn.up"  --> "layer.ffn.", "up"
function M.split(name)
  local head, last = name:match "^(.*%.)([^.]*)$"
  return head or "", last or name
end

--- The last word.
---@param name string
---@return string
function M.last(name)
  local _, last = M.split(name)
  return last
end

return M
