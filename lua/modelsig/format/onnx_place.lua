--- Gives the weights of an ONNX graph the names and shapes that they have in a checkpoint: by their
--- own names where these are those of parameters, else by the node that uses them. What is packed,
--- transposed, fused or stacked is seen through. Which names and operators mean what stands in
--- `rules/onnx/names.lua`.

local lists = require "modelsig.base.lists"
local named = require "modelsig.rules.named"

local fits = lists.fits

local M = {}

--- How many nodes that hand a value on are followed.
local DEEPEST = 4

local function is_real(dtype) return dtype:find "^B?F%d" ~= nil end

local function strip(name, patterns)
  local before
  repeat
    before = name
    for _, pattern in ipairs(patterns) do name = name:gsub(pattern, "") end
  until name == before
  return name
end

--- The path of a module in a node's name: `/model/layers.0/q/MatMul` is model.layers.0.q. A
--- container that is called gives its own step once more: `/block/block.0` is block.0.
local function path_of_name(name)
  local inside = name:match "^/(.*)/[^/]*$"
  if not inside then return name:find "^/" and "" or nil end
  local parts = {}
  for part in (inside .. "/"):gmatch "(.-)/" do
    local last = parts[#parts]
    if last and part:sub(1, #last + 1) == last .. "." then parts[#parts] = part
    else parts[#parts + 1] = part end
  end
  return table.concat(parts, ".")
end

--- The path of the module that a node belongs to, or nil.
local function path_of(use, names)
  for _, key in ipairs(names.scopes) do
    local text, path = use.metadata[key], nil
    local before
    for word in (text or ""):gmatch "'([^']*)'" do path, before = before, word end
    if path then return path end
  end
  local path = path_of_name(use.name)
  for _, output in ipairs(path and {} or use.outputs) do path = path or path_of_name(output) end
  return path
end

--- The nodes that use a value as a parameter, through those that hand it on.
local function ends_of(model, name, names, depth, out)
  for _, use in ipairs(assert(model:uses(name))) do
    local known = names.inputs[use.op] and names.inputs[use.op][use.input]
    if known and (known.domain or "") == use.domain or known and not known.domain then
      out[#out + 1] = { use = use, known = known, path = path_of(use, names) }
    elseif names.through[use.op] == use.input and depth < DEEPEST then
      for _, output in ipairs(use.outputs) do
        ends_of(model, output, names, depth + 1, out)
      end
    end
  end
  return out
end

local function first_end(ends, stored)
  for _, end_ in ipairs(ends) do
    if end_.path and (not stored or end_.known.stored == stored) then return end_ end
  end
end

--- The dims of a weight as its module has them, and the dtype of its values.
local function logical(row, found, is_own)
  local shape, dtype = row.shape, row.dtype
  local a = found and found.use.attributes or {}
  local stored = found and found.known.stored
  if stored == "blocks" and a.N and a.K then
    return is_own and { a.K, a.N } or { a.N, a.K }, a.bits and "U" .. a.bits or dtype
  elseif stored == "in_out" and #shape == 2 and not is_own and a.transB ~= 1 then
    return { shape[2], shape[1] }, dtype
  end
  return shape, dtype
end

--- A table that is packed: the node that reads the packed form tells how wide its rows are.
local function table_dims(row, ends)
  local packed = first_end(ends, "blocks")
  if packed then return logical(row, packed, false) end
  return row.shape, row.dtype
end

--- The dims of the scales of a quantised weight: one, one for each output, or one for each block.
local function scale_dims(state, row, ends, shape)
  for _, found in ipairs(ends) do
    local block = found.use.attributes.block_size
    if found.known.stored == "blocks" and block and #shape == 2 then
      return { shape[1], -(-shape[2] // block) }
    end
  end
  for _, use in ipairs(assert(state.model:uses(row.name))) do
    local block = use.attributes.block_size
    if use.op == state.names.dequantize and block and block > 0 and #shape == 2 then
      return { shape[1], -(-shape[2] // block) }
    end
    local scale = use.op == state.names.dequantize and state.by_name[use.inputs[2]]
    if scale then return scale.shape end
  end
  local stem = strip(row.name, state.names.added)
  local scale = state.by_name[stem .. state.names.scale]
  return scale and scale.shape or {}
end

local function put(state, name, shape, dtype, row, ends)
  if state.seen[name] then return end
  state.seen[name] = true
  local out = { name = name, shape = shape, dtype = dtype }
  state.placed[#state.placed + 1] = out
  if row and dtype:find "^[UI][248]$" and name:find "%.weight$" then
    out.scale = scale_dims(state, row, ends, shape)
  end
end

--- Three weights side by side, as a fused operator has them.
local function put_fused(state, row, found, names)
  local width = row.shape[#row.shape] // 3
  for _, word in ipairs(names.qkv.fused) do
    local shape = #row.shape == 2 and { width, row.shape[1] } or { width }
    put(state, ("%s.%s.%s"):format(found.path, word, found.known.parameter), shape, row.dtype)
  end
end

--- Experts that lie on each other: the part that is twice as long as the other one is wide is two.
local function put_experts(state, names)
  for _, path in ipairs(state.expert_paths) do
    local group = state.experts[path]
    for _, one in ipairs(group) do
      local count, rows, width = table.unpack(one.shape)
      local is_double = false
      for _, other in ipairs(group) do
        is_double = is_double or other.shape[3] * 2 == rows and other.shape[2] == width
      end
      for i = 0, count - 1 do
        for _, word in ipairs(is_double and names.experts.up or { names.experts.down }) do
          put(state, ("%s.%d.%s.weight"):format(path, i, word),
            { is_double and rows // 2 or rows, width }, one.dtype)
        end
      end
    end
  end
end

--- A weight whose own name says nothing.
local function place_anonymous(state, row, ends, names)
  local found = first_end(ends)
  if not found then return #row.shape < 2 end
  local stored = found.known.stored
  if stored == "qkv" then return true, put_fused(state, row, found, names) end
  if stored == "experts" and #row.shape == 3 then
    local path = found.path
    if not state.experts[path] then
      state.experts[path] = {}
      table.insert(state.expert_paths, path)
    end
    table.insert(state.experts[path], row)
    return true
  end
  if #row.shape == 0 or #row.shape == 1 and found.known.parameter ~= "bias" and not stored then
    return true -- a constant of the computation
  end
  local name = names.top[found.use.op]
  if found.path ~= "" then name = found.path .. "." .. found.known.parameter end
  if not name then return false end
  local shape, dtype = logical(row, found, false)
  put(state, name, shape, dtype, row, ends)
  return true
end

--- A weight that has the name of a parameter.
local function place_named(state, row, base, ends, names)
  local own = not base:find(names.linear)
  local rows = first_end(ends, "rows")
  local shape, dtype = logical(row, first_end(ends, "blocks") or not own and first_end(ends), own)
  local module = base:match "^(.*)%.[^.]*$"
  if rows and rows.path ~= "" and rows.path ~= module then
    -- One table for two modules: it is known by the one that looks rows up.
    shape, dtype = table_dims(row, ends)
    if not own and not first_end(ends, "blocks") then shape = { shape[2], shape[1] } end
    return put(state, rows.path .. ".weight", shape, dtype, row, ends)
  end
  put(state, base, shape, dtype, row, ends)
end

local function place_one(state, row, names)
  local base = strip(row.name, names.added)
  if fits(row.name, names.helpers) or fits(base, names.helpers) then return true end
  -- Whole numbers are weights where they are packed or quantised ones.
  if not is_real(row.dtype) and not row.dtype:find "^[UI][248]$" and base == row.name then
    return true
  end
  local ends = ends_of(state.model, row.name, names, 1, {})
  if row.is_constant and not (is_real(row.dtype) and base:find(names.parameter)) then
    -- Tables of the computation are constants, too: a weight is what an operator takes for one.
    local found = first_end(ends)
    if #row.shape < 2 or not (found and found.known.stored) then return true end
  end
  if fits(base, names.anonymous) then return place_anonymous(state, row, ends, names) end
  if base:find "%." then
    if is_real(row.dtype) or #ends > 0 then place_named(state, row, base, ends, names) end
    return true
  end
  if #ends > 0 and #row.shape > 1 then return place_anonymous(state, row, ends, names) end
  return true
end

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
        out[#out + 1] = { name = before .. word .. after, dtype = row.dtype,
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

--- Takes away the one word that a wrapper puts before all names.
local function unwrap(placed, names)
  local wrapper
  for _, row in ipairs(placed) do
    local first, rest = row.name:match "^([^.]+)%.(.+)$"
    if not first or wrapper and first ~= wrapper or fits(row.name, names.roots) then return end
    wrapper = first
    if not fits(rest, names.roots) then return end
  end
  for _, row in ipairs(placed) do row.name = row.name:sub(#wrapper + 2) end
end

local function complete(placed, file, names)
  for _, part in ipairs(names.parts) do
    local found = false
    for _, row in ipairs(placed) do found = found or row.name:find(part.has) ~= nil end
    if not found and file:find(part.file) then
      for _, row in ipairs(placed) do row.name = part.begin .. row.name end
    end
  end
end

---@class modelsig.Placed
---@field name string
---@field shape integer[]
---@field dtype string
---@field scale integer[]|nil dims of the scales of a quantised weight
---@field is_constant boolean|nil in an attribute of a node

--- Places the initializers of a model.
---@param model modelsig.Onnx
---@param rows modelsig.Placed[] the initializers as they are
---@param file string
---@return modelsig.Placed[] placed
---@return string[] unplaced names of weights that no place was found for
function M.place(model, rows, file)
  local names = named.get("onnx").names
  local state = { model = model, names = names, placed = {}, seen = {}, by_name = {},
    experts = {}, expert_paths = {} }
  for _, row in ipairs(rows) do state.by_name[row.name] = row end
  local unplaced, built = {}, false
  for _, row in ipairs(rows) do
    built = built or strip(row.name, names.added):find(names.linear) ~= nil
    if not place_one(state, row, names) then unplaced[#unplaced + 1] = row.name end
  end
  put_experts(state, names)
  for _, row in ipairs(built and state.placed or {}) do
    for _, pair in ipairs(names.renamed) do row.name = row.name:gsub(pair[1], pair[2]) end
  end
  local placed = split(state.placed, names)
  unwrap(placed, names)
  complete(placed, file, names)
  return placed, unplaced
end

return M
