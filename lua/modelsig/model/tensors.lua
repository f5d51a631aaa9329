--- The tensors of a model, one by one.

local count = require "modelsig.base.count"
local dtypes = require "modelsig.base.dtype"

local M = {}

--- The tensors of a manifest as a list that reads each when it is asked for.
local function listed(handle, weights)
  return setmetatable({}, { __len = function() return #handle end, __index = function(_, i)
    if math.type(i) ~= "integer" or i < 1 or i > #handle then return nil end
    local name, dtype, shape, bytes, file = handle:tensor(i)
    return name and { name = name, dtype = dtype, shape = shape, bytes = bytes, file = file,
      weights = weights and weights[i] }
  end })
end

--- Tensors as a list that is read one by one: those of the headers, else the family's.
---@param fp modelsig.Fingerprint
---@return table[]
function M.list(fp)
  if fp.manifest then return listed(fp.manifest) end
  local list = {}
  if fp.description then
    fp.description.expand(function(name, dims, dtype)
      list[#list + 1] = { name = name, dtype = dtype, shape = dims,
        bytes = dtypes.bytes(dtype, count.elements(dims)) }
    end)
  end
  return list
end

--- The same under the names and in the forms that they have in the files.
---@param fp modelsig.Fingerprint
---@return table[]
function M.raw(fp)
  return fp.raw and listed(fp.raw, fp.raw_weights) or fp.tensors
end

return M
