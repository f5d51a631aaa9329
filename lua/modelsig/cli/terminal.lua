--- What standard output can show, and streams that survive a reader who has gone.

local M = {}

--- A stream that can be called with text, and has `write` as files do. When writing fails, the
--- owner's `lost` hears of it.
---@class modelsig.stream
---@field write fun(self: modelsig.stream, ...: string): modelsig.stream

---@param file file*
---@param owner {lost: fun(self: table, message: string, number: integer)}
---@return modelsig.stream
function M.stream(file, owner)
  local self = {}
  local function put(...)
    local ok, message, number = file:write(...)
    if ok then ok, message, number = file:flush() end
    if not ok then owner:lost(message, number) end
    return self
  end
  function self.write(_, ...) return put(...) end
  return setmetatable(self, { __call = function(_, ...) return put(...) end })
end

local function set(name)
  local value = os.getenv(name)
  return value ~= nil and value ~= "" and value ~= "0"
end

--- Width, colour and characters of standard output, by the options and the environment.
---@param options {no_color?: boolean, save?: string}
---@return {columns: integer, colour: boolean, utf8: boolean}
function M.describe(options)
  local system = require "modelsig.native.system"
  local tty = system.isatty(1)
  local columns = math.tointeger(tonumber(os.getenv "COLUMNS" or ""))
  if not columns and tty then columns = system.columns() end
  local colour = tty and os.getenv "TERM" ~= "dumb" and not options.save
  if set "CLICOLOR_FORCE" then colour = true end
  if (os.getenv "NO_COLOR" or "") ~= "" or options.no_color then colour = false end
  return { columns = columns or 80, colour = colour, utf8 = system.utf8() }
end

return M
