--- family_index.lua ROOT PATH...: the text of an index of family files, model type to file. A file
--- is run to see its model types; whatever it asks of blocks answers with nothing.

local nothing = {}
setmetatable(nothing, { __index = function() return nothing end,
  __call = function() return nothing end })

local root, paths = ...
local index, types = {}, {}
for _, path in ipairs(paths) do
  local file = path:match "^rules/families/([%w_]+)%.lua$"
  if file then
    local env = setmetatable({ block = nothing, shape = nothing, options_of = nothing },
      { __index = _G })
    local content = assert(loadfile(root .. "/" .. path, "t", env))()
    for _, family in ipairs(content[1] and content or { content }) do
      for key, value in pairs(family.model_types or {}) do
        local model_type = math.type(key) and value or key
        assert(not index[model_type], path .. ": another file has " .. model_type)
        index[model_type] = file
        types[#types + 1] = model_type
      end
    end
  end
end
table.sort(types)
local lines = { "-- Which file describes which model type: made by cmake/family_index.lua.",
  "return {" }
for _, model_type in ipairs(types) do
  lines[#lines + 1] = ("  [%q] = %q,"):format(model_type, index[model_type])
end
lines[#lines + 1] = "}\n"
return table.concat(lines, "\n")
