--- ONNX: the graph is read, the weights are not. Tensors get the names that they have in a
--- checkpoint (`onnx_place.lua`); what the file says itself stays with it as `raw` and `graph`.
--- Modules are loaded where they are needed: most models have no such file.

local findings = require "modelsig.base.findings"

local within = findings.within

---@type modelsig.Format
local M = { name = "onnx", title = "ONNX", shown = ".onnx", rank = 2,
  files = { "%.onnx$" }, option = "onnx_file", naming = "safetensors", evidence = "graph" }

--- Bytes of tensors in attributes of nodes from which on they are listed, and may be weights.
local CONSTANTS_FROM = 256

--- Chooses the files of the model: see `rules/onnx/files.lua`.
---@param origin modelsig.Origin
---@return modelsig.Weights|nil weights
---@return string|nil message
---@return string|nil code
function M.choose(origin)
  local files, message, code = require("modelsig.format.onnx_files").choose(origin)
  if not files then return nil, message, code end
  return { files = files, reason = message }
end

--- Checks that the values in other files are there.
local function check_external(state, origin, name, model)
  local external = require "modelsig.format.onnx_external"
  local folder = name:match "^(.*/)" or ""
  local found, locations = external.check(model:external(), function(location)
    local file = origin:has(folder .. location)
    if not file then return nil end
    return file.size or false
  end)
  findings.add(state.findings, found, name)
  for _, location in ipairs(locations) do
    if origin:has(folder .. location) then
      state.files[#state.files + 1] = folder .. location
    end
  end
end

--- The graph of a file as the document has it.
local function describe(model)
  local graph = model:graph()
  local large, count, bytes = model:constants(CONSTANTS_FROM)
  graph.constants = { count = count, bytes = bytes, large = large }
  graph.sparse_initializers = model:sparse()
  return graph
end

local function place(state, name, model, from)
  local rows = {}
  for i = from + 1, #state.raw do
    local tensor, dtype, shape = state.raw:tensor(i)
    rows[#rows + 1] = { name = tensor, dtype = dtype, shape = shape }
  end
  for _, constant in ipairs((model:constants(CONSTANTS_FROM))) do
    rows[#rows + 1] = { name = constant.output, dtype = constant.dtype, shape = constant.shape,
      is_constant = true }
  end
  local placing = require "modelsig.format.onnx_place"
  local placed, unplaced = placing.place(model, rows, name, state.placed)
  for i = from + 1, #state.raw do state.raw_weights[i] = rows[i - from].weights end
  for _, row in ipairs(placed) do
    if not state.has[row.name] then
      state.has[row.name] = true
      table.insert(state.placed, row.name)
      local ok, message, code = state.manifest:add(row.name, row.dtype, row.shape, name)
      if ok and row.scale then
        ok, message, code = state.manifest:add(row.name .. ".scale", "F32", row.scale, name)
      end
      if not ok then return within(name, message, code) end
    end
  end
  if #unplaced > 0 then
    state.findings[#state.findings + 1] = { code = "unplaced", where = name,
      message = ("%d weights are used by no node that tells their place, first '%s'"):format(
        #unplaced, unplaced[1]) }
  end
  return true
end

local function read_file(state, origin, name, strict)
  local source <close>, message, code = origin:open(name)
  if not source then return within(name, message, code) end
  local model <close>, problem, kind = require("modelsig.native.onnx").open(source)
  if not model then return within(name, problem, kind) end
  local ok, offset
  ok, message, code, offset = model:read()
  if not ok then return within(name, message, code, offset) end
  local before = #state.raw
  local found
  found, message, code, offset = model:list(state.raw, name, strict)
  if not found then return within(name, message, code, offset) end
  findings.add(state.findings, found, name)
  state.files[#state.files + 1] = name
  check_external(state, origin, name, model)
  for key, value in pairs(model:metadata()) do
    if state.metadata[key] == nil then state.metadata[key] = value end
  end
  local graph = describe(model)
  if not state.graph then
    state.graph = graph
  else
    graph.file = name
    table.insert(state.graphs, graph)
  end
  return place(state, name, model, before)
end

--- What the graphs say of the model, whether or not a family knows more.
local function tell(state)
  local graphs = { state.graph, table.unpack(state.graphs) }
  if #state.graphs == 0 then state.graphs = nil end
  if not state.graph then return end
  local told = require "modelsig.format.onnx_graph"
  state.interface = { inputs = state.graph.inputs, outputs = state.graph.outputs }
  state.op_names = told.names(graphs)
  state.without_family = { cache = function() return told.cache(graphs) end,
    operators = function(by_weights) return told.operators(graphs, by_weights) end }
end

--- Reads the graphs of the chosen files.
---@param origin modelsig.Origin
---@param weights modelsig.Weights
---@param strict boolean|nil
---@return modelsig.Tensors|nil tensors
---@return string|nil message
---@return string|nil code
---@return integer|nil offset
function M.read(origin, weights, strict)
  local manifests = require "modelsig.native.manifest"
  local state = { manifest = manifests.new(), raw = manifests.new(), findings = {},
    metadata = {}, files = {}, graphs = {}, has = {}, placed = {},
    raw_weights = {} }
  if weights.reason then
    state.findings[1] = { code = "choice", message = weights.reason }
  end
  for _, name in ipairs(weights.files) do
    local ok, message, code, offset = read_file(state, origin, name, strict)
    if not ok then return nil, message, code, offset end
  end
  for _, manifest in ipairs { state.raw, state.manifest } do
    local last, message, code = manifest:finish { strict = strict }
    if not last then return within(weights.files[1], message, code) end
  end
  tell(state)
  return state
end

--- Which bytes of a file on a Hub are wanted next: see `onnx_hops.lua`.
---@param file modelsig.Partial
---@return integer[][]|nil ranges
---@return integer|nil ends
function M.next_ranges(file)
  return require("modelsig.format.onnx_hops").next_ranges(file)
end

return M
