--- family_index.lua ROOT PATH...: the text of an index of family files: model type, file, and what
--- begins the names of its classes. A file is run to see its model types; whatever it asks of
--- blocks answers with nothing.

local nothing = {}
setmetatable(nothing, { __index = function() return nothing end,
  __call = function() return nothing end })

local root, paths = ...
local rows, types = {}, {}
for _, path in ipairs(paths) do
  local file = path:match "^rules/families/([%w_]+)%.lua$"
  if file then
    local env = setmetatable({ block = nothing, shape = nothing, options_of = nothing },
      { __index = _G })
    local content = assert(loadfile(root .. "/" .. path, "t", env))()
    for _, family in ipairs(content[1] and content or { content }) do
      for key, value in pairs(family.model_types or {}) do
        local named = not math.type(key)
        local model_type = named and key or value
        assert(not rows[model_type], path .. ": another file has " .. model_type)
        rows[model_type] = { file = file, base = named and value, parent = family.extends }
        types[#types + 1] = model_type
      end
    end
  end
end

local function base_of(row)
  if row.base or not row.parent then return row.base or "-" end
  return base_of(assert(rows[row.parent], row.parent .. ": no family"))
end

table.sort(types)
local lines = { "-- Which file describes which model type, and what begins the names of its "
  .. "classes: made by", "-- cmake/family_index.lua.", "return { rows = [[", "" }
for _, model_type in ipairs(types) do
  local row = rows[model_type]
  lines[#lines + 1] = ("%s %s %s"):format(model_type, row.file, base_of(row))
end
lines[#lines + 1] = "]] }\n"
return table.concat(lines, "\n")
