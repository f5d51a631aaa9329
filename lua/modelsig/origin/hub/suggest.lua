--- Suggests what the user meant with a name that no Hub knows: a path on this machine, or a word
--- before a colon, with a typing error in it.

local check = require "modelsig.base.check"
local system = require "modelsig.native.system"

local M = {}

local function hint_for(reference)
  local word, rest = reference:match "^(%a+):(.*)$"
  if word then
    local near = check.suggest(word, { "local", "sample" })
    return near and (" (did you mean '%s:%s'?)"):format(near, rest) or ""
  end
  if reference:find "[:@]" then return "" end
  local parent, name = reference:match "^(.*)/([^/]+)/*$"
  local entries = system.list(parent or ".")
  if not entries then name, entries = parent, system.list "." end
  local names = {}
  for _, entry in ipairs(entries or {}) do names[#names + 1] = entry.name end
  return check.hint(name or reference, names)
end

--- Completes the message about a model that no Hub gave with a suggestion.
---@param reference string
---@param found modelsig.hub.Found
---@return string message
---@return string code
function M.message(reference, found)
  local unreached = found.code == "io" or found.code == "timeout"
  if not (found.unknown or unreached) then return found.message, found.code end
  local hint = hint_for(reference)
  local plain = not reference:find "[:@]"
  if hint == "" and not (found.unknown and plain) then return found.message, found.code end
  local sentences = require "modelsig.origin.hub.rules"
  return found.message .. sentences.text("near", { hint = hint }), found.code
end

return M
