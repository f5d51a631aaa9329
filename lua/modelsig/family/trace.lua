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
    more = record.more }
end

--- All records in the order of the calls. Replayed ones share their tables.
---@param trace table
---@return table[]
function M.records(trace)
  local out = {}
  for _, record in ipairs(trace.main.records) do
    if not record.stack then
      out[#out + 1] = copy(record, record.path, abstract(record.path))
    else
      local cut = {}
      for k, b in pairs(record.buffers) do
        local list = {}
        for i, inner in ipairs(b.records) do
          local head, tail = inner.path:match("^(.-)\1(.*)$")
          list[i] = { inner, head, tail, abstract(inner.path) }
        end
        cut[k] = list
      end
      for i, k in ipairs(record.kinds) do
        for _, c in ipairs(cut[k]) do
          out[#out + 1] = copy(c[1], c[2] .. i - 1 .. c[3], c[4])
        end
      end
    end
  end
  return out
end

M.abstract = abstract
return M
