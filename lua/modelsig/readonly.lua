--- Read-only views of tables, for users' rules: what they get cannot be changed by them.

local M = {}

local owners = setmetatable({}, { __mode = "k" })
local views = setmetatable({}, { __mode = "kv" })

local function refuse(_, key)
  error(("'%s' cannot be set: a comparison is read-only"):format(tostring(key)), 2)
end

local meta = { __metatable = false, __newindex = refuse }

function meta.__index(view, key)
  return M.view(owners[view][key])
end

function meta.__len(view)
  return #owners[view]
end

function meta.__pairs(view)
  local owner = owners[view]
  local step, state, start = pairs(owner)
  return function(_, key)
    local next_key, value = step(state, key)
    return next_key, M.view(value)
  end, view, start
end

--- A view of a table through which nothing can be changed; other values as they are.
---@generic T
---@param value T
---@return T
function M.view(value)
  if type(value) ~= "table" or owners[value] then return value end
  local view = views[value]
  if not view then
    view = setmetatable({}, meta)
    owners[view] = value
    views[value] = view
  end
  return view
end

--- A plain copy of a value that may hold views.
---@param value any
---@return any
function M.copy(value)
  if type(value) ~= "table" then return value end
  local source = owners[value] or value
  local out = setmetatable({}, getmetatable(source))
  for key, item in pairs(source) do out[key] = M.copy(item) end
  return out
end

return M
