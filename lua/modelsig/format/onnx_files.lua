--- Which ONNX files of an origin are read: by `rules/onnx/files.lua`, and why these.

local names_of = require "modelsig.format.names"
local named = require "modelsig.rules.named"

local M = {}

local PATTERN = { "%.onnx$" }

--- The files of one folder by their names without it and the suffix.
local function stems_in(folder, names)
  local out = {}
  for _, name in ipairs(names) do
    local place, stem = name:match "^(.-)/?([^/]*)%.onnx$"
    if place == folder then out[stem] = name end
  end
  return out
end

local function variant_of(stems, model, variant)
  local out = {}
  for i, stem in ipairs(model) do
    out[i] = stems[stem .. variant]
    if not out[i] then return nil end
  end
  return out
end

local function best_of(stems, which)
  for _, variant in ipairs(which.variants) do
    for _, model in ipairs(which.models) do
      local found = variant_of(stems, model, variant)
      if found then return found end
    end
  end
  local only
  for _, name in pairs(stems) do
    if only then return nil end
    only = name
  end
  return only and { only }
end

--- Chooses the files of one model.
---@param origin modelsig.Origin
---@return string[]|nil files nil alone: there are none
---@return string|nil message why these, where there are others; or that none can be chosen
---@return string|nil code where none can be chosen
function M.choose(origin)
  if origin.weights then return { origin.weights } end
  local names = names_of.like(origin.files, PATTERN)
  local below = names_of.like(origin:below(), PATTERN)
  table.move(below, 1, #below, #names + 1, names)
  if #names == 0 then return nil end
  local which = named.get("onnx").files
  for _, folder in ipairs(which.folders) do
    local found = best_of(stems_in(folder, names), which)
    if found then
      local others = #names - #found
      return found, others > 0 and ("%s: chosen among %d ONNX files; --onnx-file names another one")
        :format(table.concat(found, ", "), #names) or nil
    end
  end
  return nil, ("%d ONNX files, and none is the model (%s); name one by --onnx-file"):format(#names,
    table.concat(names, ", ", 1, math.min(#names, 6))), "notfound"
end

return M
