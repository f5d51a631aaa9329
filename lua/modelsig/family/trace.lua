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

--- Appends records in the order of the calls. Replayed ones share their tables; of a module that
--- several layers call there is one.
local function replay(out, records, apart)
  local first, shared = #out + 1, {}
  for _, record in ipairs(merged(records)) do
    if not record.stack then
      out[#out + 1] = copy(record, record.path, abstract(record.path))
    else
      local cut = {}
      for k, b in pairs(record.buffers) do
        local list = {}
        for i, inner in ipairs(merged(b.records)) do
          local head, tail = inner.path:match("^(.-)\1(.*)$")
          list[i] = { inner, head, tail, abstract(inner.path) }
        end
        cut[k] = list
      end
      for i, k in ipairs(record.kinds) do
        for _, c in ipairs(cut[k]) do
          local path = c[2] and c[2] .. i - 1 .. c[3] or c[1].path
          if shared[path] then
            add_call(shared[path], c[1])
          else
            out[#out + 1] = copy(c[1], path, c[4])
            if not c[2] then shared[path] = out[#out] end
          end
        end
      end
    end
  end
  for i = first, #out do out[i].apart = apart end
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

M.abstract = abstract
return M
