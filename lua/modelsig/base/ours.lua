--- Whose code is it: the product's, or a rule's, a script's or a host's?

local M = {}

--- Is a source one of the product's modules, in the program or in a source tree? A user's own
--- folder may be called `modelsig`, too.
---@param source string as `debug.getinfo` gives it
---@return boolean
function M.is(source)
  return source:find("^@modelsig/") ~= nil or source:find("lua/modelsig/", 1, true) ~= nil
end

--- For a message handler: did a module of the product raise by a mistake of its own? `error` and
--- `assert` are calls on purpose, no mistakes.
---@param level integer of who raised, as the handler sees it
---@return boolean
function M.failed(level)
  local raiser = debug.getinfo(level + 1, "Sf")
  if not raiser or raiser.func == error or raiser.func == assert then return false end
  if raiser.what == "C" then raiser = debug.getinfo(level + 2, "S") end
  return raiser ~= nil and M.is(raiser.source)
end

return M
