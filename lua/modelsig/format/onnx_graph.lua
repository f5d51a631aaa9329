--- What a graph tells of a model that no family describes: operators in the words of mathematics,
--- and the cache among the inputs. What counts as what stands in `rules/onnx/ops.lua` and
--- `cache.lua`.

local count = require "modelsig.base.count"
local dtype = require "modelsig.base.dtype"
local lists = require "modelsig.base.lists"
local named = require "modelsig.rules.named"

local M = {}

--- Functions call functions; one that calls itself is no valid model, and is not followed for ever.
local DEPTH = 16

local function functions_of(graph)
  local out = {}
  for _, fn in ipairs(graph.functions or {}) do out[fn.domain .. ":" .. fn.name] = fn.operators end
  return out
end

--- Adds the operators of a list, those of a function as often as it is called.
local function tally(counts, rows, functions, times, depth)
  for _, row in ipairs(rows) do
    local inner = functions[row.domain .. ":" .. row.op]
    local n = count.product(times, row.count)
    if inner and depth < DEPTH then
      tally(counts, inner, functions, n, depth + 1)
    elseif n and row.scope ~= "function" then
      local key = row.domain .. ":" .. row.op
      counts[key] = count.sum(counts[key] or 0, n)
    end
  end
end

local function counts_of(graphs)
  local counts = {}
  for _, graph in ipairs(graphs) do
    tally(counts, graph.operators, functions_of(graph), 1, 0)
  end
  return counts
end

--- The names of all operators, sorted; those of other domains with their domain.
---@param graphs table[] as in the raw view
---@return string[]
function M.names(graphs)
  local seen = {}
  for _, graph in ipairs(graphs) do
    for _, row in ipairs(graph.operators) do
      seen[row.domain == "" and row.op or row.domain .. "::" .. row.op] = true
    end
  end
  return lists.sorted(seen)
end

--- The mathematics that the operators of the graphs name.
local function named_by(graphs, rule)
  local domains, out = {}, {}
  for _, domain in ipairs(rule.domains) do domains[domain] = true end
  for key, n in pairs(counts_of(graphs)) do
    local domain, op = key:match "^(.*):(.*)$"
    local words = domains[domain] and rule.names[op] or {}
    for _, word in ipairs(type(words) == "string" and { words } or words) do
      out[word] = count.sum(out[word] or 0, n)
    end
  end
  return out
end

--- Operators with counts: what the graph names, and what only the weights tell.
---@param graphs table[]
---@param by_weights table<string, integer>|nil
---@return table<string, integer>
function M.operators(graphs, by_weights)
  local rule = named.get("onnx").ops
  local out, known = named_by(graphs, rule), {}
  for word, n in pairs(by_weights or {}) do known[word] = n end
  for _, group in ipairs(rule.alternatives) do
    local told = false
    for _, word in ipairs(group) do told = told or out[word] ~= nil end
    for _, word in ipairs(told and group or {}) do known[word] = nil end
  end
  for word, n in pairs(known) do
    if out[word] == nil or rule.by_weights[word] then out[word] = n end
  end
  return out
end

local function row_of(rules, name)
  for _, row in ipairs(rules) do
    if name:find(row[1]) then return row end
  end
end

--- The shape without the dim for the two tensors, the length under the name that all formats use.
local function shape_of(dims, tensors)
  local out = {}
  for i = tensors == 1 and 2 or 1, #dims do out[#out + 1] = dims[i] or "unknown" end
  if #out ~= 4 then return nil end
  out[1], out[3] = "batch", "seq_len"
  return out
end

local function bytes_of(port, shape, tensors)
  local numbers = math.type(shape[2]) == "integer" and math.type(shape[4]) == "integer"
  if not numbers then return nil end
  local both = tensors == 1 and 2 or tensors
  return dtype.bytes(port.dtype, count.product(both, shape[2], shape[4]))
end

--- The cache that goes in and out of the graphs, or nil: none is among the inputs.
---@param graphs table[]
---@return table[]|nil cache see `modelsig.Tensors`
function M.cache(graphs)
  local rules, out, by_text, seen = named.get("onnx").cache, {}, {}, {}
  for _, graph in ipairs(graphs) do
    for _, port in ipairs(graph.inputs) do
      local row = port.dims and not seen[port.name] and row_of(rules, port.name)
      local shape = row and shape_of(port.dims, row.tensors)
      if shape then
        seen[port.name] = true
        local text = row.kind .. " " .. table.concat(shape, ",") .. port.dtype
        local entry = by_text[text]
        if not entry then
          entry = { kind = row.kind, layers = 0, shape = shape }
          by_text[text], out[#out + 1] = entry, entry
          entry.bytes_per_token = bytes_of(port, shape, row.tensors)
        end
        entry.layers = entry.layers + 1
      end
    end
  end
  for _, entry in ipairs(out) do
    entry.bytes_per_token = count.product(entry.bytes_per_token, entry.layers)
  end
  return out[1] and out or nil
end

return M
