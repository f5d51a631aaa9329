--- Which nodes of an ONNX graph use a value as a parameter, and of which modules of the model these
--- are. What the names mean stands in `rules/onnx/names.lua`.

local M = {}

--- How many nodes that hand a value on are followed.
local DEEPEST = 4

--- A name without the ends that tools add to it.
---@param name string
---@param patterns string[]
---@return string
function M.strip(name, patterns)
  local before
  repeat
    before = name
    for _, pattern in ipairs(patterns) do name = name:gsub(pattern, "") end
  until name == before
  return name
end

--- The module that a parameter with this name belongs to.
---@param name string
---@return string|nil
function M.module(name) return name:match "^(.*)%.[^.]*$" end

--- The path of a module in a node's name: `/model/layers.0/q/MatMul` is model.layers.0.q. A
--- container that is called gives its own step once more: `/block/block.0` is block.0. `paths` has
--- those that were met: many nodes are of one module.
local function path_of_name(name, paths)
  local inside = name:match "^/(.*)/[^/]*$"
  if not inside then return name:find "^/" and "" or nil end
  if paths[inside] then return paths[inside] end
  local parts = {}
  for part in (inside .. "/"):gmatch "(.-)/" do
    local last = parts[#parts]
    if last and part:sub(1, #last + 1) == last .. "." then parts[#parts] = part
    else parts[#parts + 1] = part end
  end
  paths[inside] = table.concat(parts, ".")
  return paths[inside]
end

--- The path of the module that a node belongs to, or nil.
local function path_of(use, names, paths)
  for _, key in ipairs(names.scopes) do
    local text, path = use.metadata[key], nil
    local before
    for word in (text or ""):gmatch "'([^']*)'" do path, before = before, word end
    if path then return path end
  end
  local path = path_of_name(use.name, paths)
  if path then return path end
  for _, output in ipairs(use.outputs) do path = path or path_of_name(output, paths) end
  return path
end

---@class modelsig.OnnxEnd a node that uses a value as a parameter
---@field use modelsig.OnnxUse
---@field known table row of `inputs`
---@field path string|nil of its module
---@field copies integer how many nodes that copy the value lie between

local function add_ends(model, name, names, paths, copies, depth, out)
  for _, use in ipairs(assert(model:uses(name))) do
    local known = names.inputs[use.op] and names.inputs[use.op][use.input]
    if known and (known.domain or "") == use.domain or known and not known.domain then
      out[#out + 1] = { use = use, known = known, path = path_of(use, names, paths),
        copies = copies }
    elseif names.through[use.op] == use.input and depth < DEEPEST then
      for _, output in ipairs(use.outputs) do
        local more = names.copies[use.op] and 1 or 0
        add_ends(model, output, names, paths, copies + more, depth + 1, out)
      end
    end
  end
end

--- The nodes that use a value as a parameter, through those that hand it on. A module that is
--- called again reads a copy, and its path has a number behind it: the first call stands first.
---@param model modelsig.Onnx
---@param name string
---@param names table
---@param paths table<string, string> what was found out of paths; the same table for all names
---@return modelsig.OnnxEnd[]
function M.ends(model, name, names, paths)
  local found, out = {}, {}
  add_ends(model, name, names, paths, 0, 1, found)
  for copies = 0, DEEPEST do
    for _, one in ipairs(found) do
      if one.copies == copies then out[#out + 1] = one end
    end
  end
  return out
end

--- The first of them that has a path, and is of this kind.
---@param ends modelsig.OnnxEnd[]
---@param stored? string
---@return modelsig.OnnxEnd|nil
function M.first(ends, stored)
  for _, one in ipairs(ends) do
    if one.path and (not stored or one.known.stored == stored) then return one end
  end
end

--- What has the most votes alone, or nil.
local function elected(votes)
  local best, count, tied = nil, 0, false
  for value, n in pairs(votes) do
    if n > count then best, count, tied = value, n, false
    elseif n == count then tied = true end
  end
  return not tied and best or nil
end

--- Modules that are called from outside their parent lack its name in their path. Weights that
--- kept their names tell what lacks: completes the paths of all others.
---@param rows {module: string|nil, ends: modelsig.OnnxEnd[]}[] module: where a name tells it
function M.complete_paths(rows)
  local votes, begins = {}, {}
  for _, row in ipairs(rows) do
    for _, one in ipairs(row.module and row.ends or {}) do
      local path = one.path or ""
      local first = path:match "^[^.]+"
      local begin = row.module == path and ""
        or row.module:sub(-#path - 1) == "." .. path and row.module:sub(1, -#path - 1)
      if first and begin then
        votes[first] = votes[first] or {}
        votes[first][begin] = (votes[first][begin] or 0) + 1
      end
    end
  end
  for first, of in pairs(votes) do begins[first] = elected(of) end
  for _, row in ipairs(rows) do
    for _, one in ipairs(row.ends) do
      local begin = one.path and begins[one.path:match "^[^.]+"]
      if begin then one.path = begin .. one.path end
    end
  end
end

return M
