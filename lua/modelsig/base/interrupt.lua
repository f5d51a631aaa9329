--- The stop of a run, by Ctrl-C or the program around it. It is an error whose value C alone can
--- make: whatever text a rule raises, it is not taken for a stop.

local native = require "modelsig.native.sandbox"

local M = {}

--- Is this what a stop raised?
---@param value any the error of a protected call
---@return boolean
---
---     local ok, value = pcall(fn)
---     if not ok and interrupt.is(value) then error(value, 0) end
function M.is(value)
  return native.is_stop(value)
end

--- Raises a stop again; any other error stays with the caller.
---@param value any the error of a protected call
function M.pass(value)
  if native.is_stop(value) then error(value, 0) end
end

--- The text of a caught error of any kind, for messages; a stop is raised again.
---@param value any
---@return string
---
---     local ok, value = pcall(fn)
---     if not ok then return nil, interrupt.text(value), "malformed" end
function M.text(value)
  M.pass(value)
  if type(value) == "string" or type(value) == "number" then return tostring(value) end
  local mt = getmetatable(value)
  if type(mt) == "table" and mt.__tostring then return tostring(value) end
  return ("error object is a %s value"):format(type(value))
end

--- Raises the stop, for a caller that learns of it from a result.
function M.raise()
  native.stop()
end

return M
