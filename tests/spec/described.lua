--- What a family says of a configuration, for specs.

local config = require "modelsig.model.config"
local family = require "modelsig.family.families"

local M = {}

--- The description by the family of a raw configuration.
function M.of(raw)
  local chosen = assert(family.choose(raw))
  return assert(family.describe(chosen, assert(config.normalise(raw, { family = chosen }))))
end

--- The dimensions of its tensors as texts (`2x3`), by name.
function M.tensors(description)
  local out = {}
  description.expand(function(name, dims) out[name] = table.concat(dims, "x") end)
  return out
end

--- The records of its modules, by path.
function M.records(description)
  local out = {}
  for _, record in ipairs(description.records()) do out[record.path] = record end
  return out
end

return M
