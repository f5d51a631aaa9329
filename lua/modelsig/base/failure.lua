--- Errors that are raised on purpose: values with `code` and `message`, so that who catches one
--- need not read its text.

local M = {}

local Failure = { __tostring = function(failure) return failure.message end }

--- Raises an error with a code.
---@param code string
---@param format string
---@param ... any of the format
function M.raise(code, format, ...)
  error(setmetatable({ code = code, message = format:format(...) }, Failure), 0)
end

--- Was the error of a protected call raised on purpose?
---@param value any
---@return boolean
---
---     local ok, value = pcall(fn)
---     if not ok and failure.is(value) then return nil, value.message, value.code end
function M.is(value)
  return getmetatable(value) == Failure
end

return M
