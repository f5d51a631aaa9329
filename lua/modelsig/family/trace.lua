--- Runs a family's description once. Layers of one kind are traced once and replayed.

local module = require "modelsig.family.module"
local numeric = require "modelsig.native.numeric"

local M = { LAYER = module.LAYER, EXPERT = module.EXPERT, new = module.new }

local function abstract(path)
  return numeric.abstract((path:gsub("[\1\2]", "N")))
end

local function copy(record, path, norm_path)
  return { path = path, module_type = record.module_type, norm_path = norm_path,
    input = record.input, kwargs = record.kwargs, output = record.output, calls = record.calls,
    more = record.more and table.move(record.more, 1, #record.more, 1, {}) }
end

local function same_entries(a, b)
  if #a ~= #b then return false end
  for i, x in ipairs(a) do
    local y = b[i]
    if x.name ~= y.name or x.dtype ~= y.dtype
      or table.concat(x.shape, ",") ~= table.concat(y.shape, ",") then
      return false
    end
  end
  return true
end

--- Does a module get and return the same in two calls?
local function same_call(a, b)
  return same_entries(a.input, b.input) and same_entries(a.kwargs, b.kwargs)
    and same_entries(a.output, b.output)
end

--- Adds a further call to a record.
local function add_call(first, record)
  first.calls = first.calls + record.calls
  if same_call(first, record) then return end
  for _, other in ipairs(first.more or {}) do
    if same_call(other, record) then return end
  end
  first.more = first.more or {}
  first.more[#first.more + 1] = record
end

--- One record a module: what it was called with first, how often, and with what else.
local function merged(records)
  local out, seen = {}, {}
  for _, record in ipairs(records) do
    local path = record.path
    if not path or not seen[path] then
      out[#out + 1] = record
      seen[path or record] = #out
    else
      local at = seen[path]
      out[at] = copy(out[at], path)
      add_call(out[at], record)
    end
  end
  return out
end

--- The records of each kind of layer of a stack: what stands before and behind the number, and the
--- abstract path.
local function templates_of(stack)
  local cut = {}
  for _, b in pairs(stack.buffers) do
    local list = {}
    for i, inner in ipairs(cut[b] and {} or merged(b.records)) do
      local head, tail = inner.path:match("^(.-)\1(.*)$")
      list[i] = { inner, head, tail, abstract(inner.path) }
    end
    cut[b] = cut[b] or list
  end
  return cut
end

--- Notes which layer stands for which in a stack, see `M.kinds`.
local function note(alike, stack, cut)
  local groups, by_buffer, head = {}, {}, nil
  for i, k in ipairs(stack.kinds) do
    local b, at = stack.buffers[k], stack.first + i - 1
    if not by_buffer[b] then
      by_buffer[b] = { entries = 0 }
      groups[at] = by_buffer[b]
      for _, c in ipairs(cut[b]) do
        head, groups[at].entries = head or c[2], groups[at].entries + (c[2] and 1 or 0)
      end
    end
    table.insert(by_buffer[b], at)
  end
  if head then
    local path = head:sub(1, -2)
    alike[path] = alike[path] == nil and groups
  end
  return groups
end

--- Appends the records of a layer. `number`: of the layer; nil leaves out what bears it. `shared`:
--- those of modules that several layers call, by their paths.
local function append_layer(out, templates, number, shared)
  local n = #out
  for i = 1, #templates do
    local c = templates[i]
    local record, head = c[1], c[2]
    local path = record.path
    if head and number then
      n = n + 1
      out[n] = copy(record, head .. number .. c[3], c[4])
    elseif not head and shared[path] then
      add_call(shared[path], record)
    elseif not head then
      n = n + 1
      out[n] = copy(record, path, c[4])
      shared[path] = out[n]
    end
  end
end

--- Appends records in the order of the calls. Replayed ones share their tables; of a module that
--- several layers call there is one. With `alike` only the first layer of a kind is there.
local function replay(out, records, apart, alike)
  local first, shared = #out + 1, {}
  for _, record in ipairs(merged(records)) do
    if not record.stack then
      out[#out + 1] = copy(record, record.path, abstract(record.path))
    else
      local cut = templates_of(record)
      local groups = alike and note(alike, record, cut)
      for i, k in ipairs(record.kinds) do
        local at = record.first + i - 1
        local number = (not groups or groups[at]) and tostring(at) or nil
        append_layer(out, cut[record.buffers[k]], number, shared)
      end
    end
  end
  for i = first, apart and #out or 0 do out[i].apart = true end
end

--- The records of the pass over the text, then those of the calls apart from it.
---@param trace table
---@return table[]
function M.records(trace)
  local out = {}
  replay(out, trace.main.records)
  for _, buffer in ipairs(trace.apart) do replay(out, buffer.records, true) end
  return out
end

--- The same with the first layer of each kind alone, and which layers it stands for: by the path of
--- a stack and the number of that layer the numbers, in order, with `entries`, how many records the
--- layer has. false: several stacks have this path.
---@param trace table
---@return table[] records
---@return table<string, table<integer, {entries: integer}>|false> alike
function M.kinds(trace)
  local out, alike = {}, {}
  replay(out, trace.main.records, nil, alike)
  for _, buffer in ipairs(trace.apart) do replay(out, buffer.records, true, alike) end
  return out, alike
end

M.abstract = abstract
return M
