--- What is done to the names of all weights of an ONNX file together: fused ones are taken apart,
--- the word of a wrapper goes, the beginning that a part has lost comes back. The words stand in
--- `rules/onnx/names.lua`.

local fits = require("modelsig.base.lists").fits

local M = {}

--- Takes a projection of queries, keys and values apart: what goes out of the attention is as wide
--- as the queries.
local function split(placed, names)
  local by_name, out = {}, {}
  for _, row in ipairs(placed) do by_name[row.name] = row end
  for _, row in ipairs(placed) do
    local before, after = row.name:match(names.qkv.split)
    local output = before and by_name[before .. names.qkv.output .. ".weight"]
    local query = output and #output.shape == 2 and output.shape[2]
    local rest = query and row.shape[1] - query
    if rest and rest > 0 and rest % 2 == 0 then
      for i, word in ipairs(names.qkv.names) do
        local rows = i == 1 and query or rest // 2
        out[#out + 1] = { name = before .. word .. after, dtype = row.dtype, from = row.from,
          shape = { rows, table.unpack(row.shape, 2) },
          scale = row.scale and #row.scale > 0 and { rows, table.unpack(row.scale, 2) }
            or row.scale }
      end
    else
      out[#out + 1] = row
    end
  end
  return out
end

--- Gives the weights of a builder the names that they have in a checkpoint.
---@param placed modelsig.Placed[]
---@param names table
---@return modelsig.Placed[]
function M.rename(placed, names)
  for _, row in ipairs(placed) do
    for _, pair in ipairs(names.renamed) do row.name = row.name:gsub(pair[1], pair[2]) end
  end
  return split(placed, names)
end

--- Takes away the one word that a wrapper puts before all names.
---@param placed modelsig.Placed[]
---@param names table
function M.unwrap(placed, names)
  local wrapper
  for _, row in ipairs(placed) do
    local first, rest = row.name:match "^([^.]+)%.(.+)$"
    if not first or wrapper and first ~= wrapper or fits(row.name, names.roots) then return end
    wrapper = first
    if not fits(rest, names.roots) then return end
  end
  for _, row in ipairs(placed) do row.name = row.name:sub(#wrapper + 2) end
end

--- What the names of the other parts have before `word`, if they have it.
local function begin_of(others, word)
  for _, name in ipairs(others) do
    local begin = name:match("^(.-)%f[%w]" .. word .. "%.")
    if begin then return begin end
  end
end

local function complete_part(placed, part, others)
  local begin = begin_of(others, part.other)
  if begin then
    begin = begin .. part.word .. "."
  else
    begin = part.begin
    for _, row in ipairs(placed) do
      if fits(row.name, part.bare) then begin = part.word .. "." end
    end
  end
  for _, row in ipairs(placed) do
    if row.name:sub(1, #begin) == begin then return end
  end
  for _, row in ipairs(placed) do row.name = begin .. row.name end
end

--- A part's own table of tokens is the one that all parts share, if another part has it.
local function share(placed, others, names)
  local common
  for _, name in ipairs(others) do
    if name == names.shared.table or name:sub(-#names.shared.table - 1) == "."
      .. names.shared.table then common = name end
  end
  for _, row in ipairs(common and placed or {}) do
    if fits(row.name, names.shared.own) then row.name = common end
  end
end

--- Puts back the beginning of names that a part has lost which was exported alone.
---@param placed modelsig.Placed[]
---@param file string
---@param names table
---@param others string[] names of the weights of the parts that are read before
function M.complete(placed, file, names, others)
  for _, part in ipairs(names.parts) do
    if file:find(part.file) then
      complete_part(placed, part, others)
      share(placed, others, names)
    end
  end
end

return M
