--- What a C program calls: a function by name, with JSON in and JSON out.

local M = {}

--- Calls `function` of `module` with the elements of a JSON array.
---@param module string
---@param name string a dotted path inside the module
---@param arguments string|nil
---@return string|nil text its first result as JSON
---@return string|nil message
---@return string|nil code
---@return integer|nil offset
function M.json(module, name, arguments)
  local json = require "modelsig.native.json"
  local list = {}
  if arguments then
    local decoded, message, code, offset = json.decode(arguments)
    if not decoded then return nil, message, code, offset end
    if not json.is_array(decoded) then
      return nil, "arguments: a JSON array was expected", "malformed"
    end
    list = decoded
  end
  local fn = require(module)
  for part in name:gmatch "[^.]+" do
    fn = type(fn) == "table" and fn[part] or nil
  end
  if type(fn) ~= "function" then
    return nil, ("%s has no function '%s'"):format(module, name), "notfound"
  end
  local value, message, code, offset = fn(table.unpack(list, 1, #list))
  if value == nil and message ~= nil then
    return nil, tostring(message), tostring(code or "lua"), math.tointeger(offset)
  end
  if value == nil then value = json.null end
  return require("modelsig.base.json").encode(value)
end

return M
