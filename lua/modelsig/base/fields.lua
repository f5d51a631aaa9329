--- What a value has: its keys, and those that its metatables offer.

local M = {}

--- Adds the keys of a value, through tables behind `__index`; functions there are not called, they
--- may work for a long time. A metatable may offer its field names as `__fields`; such a field is
--- `false` until it is there.
---@param value any
---@param found table<string, any>
function M.collect(value, found)
  local depth = 0
  while value ~= nil and depth < 8 do
    if type(value) == "table" then
      for key in next, value do
        if type(key) == "string" then found[key] = rawget(value, key) end
      end
    end
    local mt = getmetatable(value)
    if type(mt) ~= "table" then break end
    for _, name in ipairs(type(mt.__fields) == "table" and mt.__fields or {}) do
      if found[name] == nil then found[name] = false end
    end
    value, depth = type(mt.__index) == "table" and mt.__index or nil, depth + 1
  end
end

return M
