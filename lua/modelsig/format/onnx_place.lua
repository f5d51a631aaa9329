--- Gives the weights of an ONNX graph the names and shapes that they have in a checkpoint: by their
--- own names where these are those of parameters, else by the node that uses them. What is packed,
--- transposed, fused or stacked is seen through. Which names and operators mean what stands in
--- `rules/onnx/names.lua`.

local fits = require("modelsig.base.lists").fits
local named = require "modelsig.rules.named"
local nodes = require "modelsig.format.onnx_nodes"
local parts = require "modelsig.format.onnx_parts"

local M = {}

local first_end = nodes.first

--- How weights that others are multiplied with are stored.
local factors = { in_out = true, blocks = true }

local function is_real(dtype) return dtype:find "^B?F%d" ~= nil end

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
  local stem = nodes.strip(row.name, state.names.added)
  local scale = state.by_name[stem .. state.names.scale]
  return scale and scale.shape or {}
end

--- Adds a weight, or what it is made of, unless it is there.
local function put(state, row, name, shape, dtype, ends)
  local out = state.seen[name]
  if not out then
    out = { name = name, shape = shape, dtype = dtype, from = {} }
    state.seen[name], state.placed[#state.placed + 1] = out, out
    if ends and dtype:find "^[UI][248]$" and name:find "%.weight$" then
      out.scale = scale_dims(state, row, ends, shape)
    end
  end
  table.insert(out.from, row)
end

--- Three weights side by side, as a fused operator has them.
local function put_fused(state, row, found, names)
  local width = row.shape[#row.shape] // 3
  for _, word in ipairs(names.qkv.fused) do
    local shape = #row.shape == 2 and { width, row.shape[1] } or { width }
    put(state, row, ("%s.%s.%s"):format(found.path, word, found.known.parameter), shape, row.dtype)
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
          put(state, one, ("%s.%d.%s.weight"):format(path, i, word),
            { is_double and rows // 2 or rows, width }, one.dtype)
        end
      end
    end
  end
end

local function add_experts(state, row, path)
  if not state.experts[path] then
    state.experts[path] = {}
    table.insert(state.expert_paths, path)
  end
  table.insert(state.experts[path], row)
end

--- The shape of a vector that is stored with dims of one for broadcasting; nil: it is no vector.
local function vector(shape)
  local length
  for _, dim in ipairs(shape) do
    if dim ~= 1 and length then return nil end
    if dim ~= 1 then length = dim end
  end
  return length and { length }
end

--- The name of a parameter by the node that uses it, or nil: the top module uses it by itself, and
--- it is none of its usual ones.
local function name_of(row, found, names)
  if found.path ~= "" then return found.path .. "." .. found.known.parameter end
  for _, rule in ipairs(names.top[found.use.op] or {}) do
    if not rule.rows or row.shape[1] == rule.rows then return rule.name end
  end
end

--- The dims and dtype of a weight whose own name says nothing; nil: a constant of the computation.
local function form_of(row, found)
  local shape, dtype = logical(row, found, false)
  local is_vector = found.known.is_vector and found.path ~= ""
  if is_vector then shape = vector(shape) end
  if not shape or #shape == 0 or #shape == 1 and not (found.known.stored or is_vector) then
    return nil
  end
  return shape, dtype
end

--- A weight whose own name says nothing.
local function place_anonymous(state, row, names)
  local found = first_end(row.ends)
  if not found then return #row.shape < 2 end
  local stored = found.known.stored
  if stored == "qkv" then return true, put_fused(state, row, found, names) end
  if stored == "experts" and #row.shape == 3 then
    return true, add_experts(state, row, found.path)
  end
  local shape, dtype = form_of(row, found)
  if not shape then return true end
  local name = name_of(row, found, names)
  if not name then return false end
  if found.known.is_likely then
    table.insert(state.likely, { row, name, shape, dtype })
  else
    put(state, row, name, shape, dtype, row.ends)
  end
  return true
end

--- A weight that has the name of a parameter.
local function place_named(state, row, names)
  local base, ends = row.base, row.ends
  local own = not base:find(names.linear)
  local rows = first_end(ends, "rows")
  local shape, dtype = logical(row, first_end(ends, "blocks") or not own and first_end(ends), own)
  local module = nodes.module(base)
  if rows and rows.path ~= "" and rows.path ~= module and (not own or state.multiplies[module]) then
    -- One table for two modules: it is known by the one that looks rows up.
    shape, dtype = table_dims(row, ends)
    if not own and not first_end(ends, "blocks") then shape = { shape[2], shape[1] } end
    return put(state, row, rows.path .. ".weight", shape, dtype, ends)
  end
  put(state, row, base, shape, dtype, ends)
end

--- May an initializer be a weight? Whole numbers are where they are packed or quantised ones.
local function may_be_weight(row, names)
  if fits(row.name, names.helpers) or fits(row.base, names.helpers) then return false end
  return is_real(row.dtype) or row.dtype:find "^[UI][248]$" or row.base ~= row.name
end

local function place_one(state, row, names)
  if row.is_constant and not (is_real(row.dtype) and row.base:find(names.parameter)) then
    -- Tables of the computation are constants, too: a weight is what an operator takes for one.
    local found = first_end(row.ends)
    if #row.shape < 2 or not (found and found.known.stored) then return true end
  end
  if row.is_anonymous then return place_anonymous(state, row, names) end
  if row.base:find "%." then
    if is_real(row.dtype) or #row.ends > 0 then place_named(state, row, names) end
    return true
  end
  if #row.ends == 0 then return true end
  if #row.shape > 1 and row.ends[1].path == "" then
    put(state, row, row.base, row.shape, row.dtype, row.ends)
    return true
  end
  return place_anonymous(state, row, names)
end

--- The rows that may be weights, with the nodes that use them.
local function candidates(state, rows, names)
  local out, paths = {}, {}
  for _, row in ipairs(rows) do
    state.by_name[row.name] = row
    row.base = nodes.strip(row.name, names.added)
    if may_be_weight(row, names) then
      row.is_anonymous = fits(row.base, names.anonymous)
      row.ends = nodes.ends(state.model, row.name, names, paths)
      local is_own = not row.is_anonymous and not row.base:find(names.linear)
      row.module = is_own and nodes.module(row.base) or nil
      out[#out + 1] = row
    end
  end
  nodes.complete_paths(out)
  for _, row in ipairs(out) do
    for _, one in ipairs(row.ends) do
      if one.path and factors[one.known.stored] then state.multiplies[one.path] = true end
    end
  end
  return out
end

---@class modelsig.Placed
---@field name string
---@field shape integer[]
---@field dtype string
---@field scale integer[]|nil dims of the scales of a quantised weight
---@field is_constant boolean|nil in an attribute of a node
---@field from modelsig.Placed[]|nil the initializers that it is made of
---@field weights string[]|nil of an initializer: the names of the weights that it holds

--- Places the initializers of a model.
---@param model modelsig.Onnx
---@param rows modelsig.Placed[] the initializers as they are; `weights` is added to each
---@param file string
---@param others string[] names of the weights of the files that were read before
---@return modelsig.Placed[] placed
---@return string[] unplaced names of weights that no place was found for
function M.place(model, rows, file, others)
  local names = named.get("onnx").names
  local state = { model = model, names = names, placed = {}, seen = {}, by_name = {},
    experts = {}, expert_paths = {}, likely = {}, multiplies = {} }
  local unplaced, is_built = {}, false
  for _, row in ipairs(candidates(state, rows, names)) do
    is_built = is_built or row.base:find(names.linear) ~= nil
    if not place_one(state, row, names) then unplaced[#unplaced + 1] = row.name end
  end
  put_experts(state, names)
  for _, one in ipairs(state.likely) do put(state, table.unpack(one)) end
  local placed = is_built and parts.rename(state.placed, names) or state.placed
  parts.unwrap(placed, names)
  parts.complete(placed, file, names, others)
  for _, one in ipairs(placed) do
    for _, row in ipairs(one.from) do
      row.weights = row.weights or {}
      table.insert(row.weights, one.name)
    end
  end
  return placed, unplaced
end

return M
