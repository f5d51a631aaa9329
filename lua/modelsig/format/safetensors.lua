--- The tensors of an origin: which of its files hold the weights, and reading their headers.

local findings = require "modelsig.base.findings"
local natives = require "modelsig.native.manifest"

local M = {}

local append, within = findings.add, findings.within

---@class modelsig.Weights
---@field index string|nil name of the index
---@field shards string[] in the order to be read

--- A number as a text that sorts like it: how many digits, then these.
local function sortable(digits)
  digits = digits:match "^0*(.*)$"
  return ("\1%03d%s"):format(#digits, digits)
end

--- Sorts names so that 10 comes after 9. The byte before numbers and at the end lets a name that
--- another one begins with stand first.
local function sort_naturally(names)
  local order = {}
  for _, name in ipairs(names) do order[name] = name:gsub("%d+", sortable) .. "\1" end
  table.sort(names, function(x, y)
    local a, b = order[x], order[y]
    if a ~= b then return a < b end
    return x < y
  end)
  return names
end

local function files_like(files, pattern, exclude)
  local out = {}
  for _, file in ipairs(files) do
    if file.name:find(pattern) and not (exclude and file.name:find(exclude)) then
      out[#out + 1] = file.name
    end
  end
  return sort_naturally(out)
end

--- Formats that are told apart but not read: what files of it are called, and what they are.
local elsewhere = {
  { "%.gguf$", "GGUF" },
  { "%.onnx$", "ONNX" },
  { "^pytorch_model.*%.bin", "PyTorch (.bin)" },
  { "%.pth?$", "PyTorch (.pt)" },
  { "%.bin$", "PyTorch (.bin)" },
  { "^tf_model", "TensorFlow" },
  { "%.msgpack$", "Flax" },
}

--- What weights there are in formats that are not read, as a phrase.
local function foreign_among(files)
  for _, row in ipairs(elsewhere) do
    local names = files_like(files, row[1])
    if #names > 0 then
      return ("weights are in %s files only (%s%s), which are not read"):format(row[2], names[1],
        #names > 1 and (" and %d more"):format(#names - 1) or "")
    end
  end
end

--- Exports lie in folders of their own beside the configuration, as `onnx/model.onnx`.
local function foreign(origin)
  local phrase = foreign_among(origin.files)
  local below = not phrase and origin:below()
  if below and #files_like(below, "%.safetensors$") == 0 then phrase = foreign_among(below) end
  return phrase
end

--- Shards that a numbered name like `x-00001-of-00003` announces and the folder lacks.
local function lacking(names)
  local have, first = {}, nil
  for _, name in ipairs(names) do have[name] = true end
  for _, name in ipairs(names) do
    local head, number, of, tail = name:match "^(.-)(%d+)%-of%-(%d+)(.*)$"
    if head and #of <= 6 then
      for i = 1, math.tointeger(tonumber(of)) or 0 do
        local shard = ("%s%0" .. #number .. "d-of-%s%s"):format(head, i, of, tail)
        if not have[shard] then
          first = first or shard
          have[shard] = true
          have.missing = (have.missing or 0) + 1
        end
      end
    end
  end
  return first, have.missing
end

local function notfound(name, count, what)
  return nil, ("%s: no such file%s; %s"):format(name,
    count > 1 and (" (nor %d more)"):format(count - 1) or "", what), "notfound"
end

--- The index of an origin: that of `model`, else the only one.
local function find_index(origin)
  if origin.weights then return origin.weights:find "%.json$" and origin.weights or nil end
  if origin:has "model.safetensors.index.json" then return "model.safetensors.index.json" end
  if origin:has "model.safetensors" then return nil end
  local all = files_like(origin.files, "%.safetensors%.index[%w._-]*%.json$", "^consolidated")
  return #all == 1 and all[1] or nil
end

--- Chooses the files that hold the weights: those of the index, else `model.safetensors`, else all
--- *.safetensors. `nil` alone: there are none; with a message: they cannot be read.
---@param origin modelsig.Origin
---@return modelsig.Weights|nil weights
---@return string|nil message
---@return string|nil code
function M.choose(origin)
  local index = find_index(origin)
  if index then return { index = index, shards = {} } end
  if origin.weights then return { shards = { origin.weights } } end
  if origin:has "model.safetensors" then return { shards = { "model.safetensors" } } end
  local names = files_like(origin.files, "%.safetensors$", "^consolidated")
  if #names == 0 then names = files_like(origin.files, "%.safetensors$") end
  local own = {}
  for _, name in ipairs(names) do
    local main = name:gsub("%.[%w_]+%.safetensors$", ".safetensors") -- x.fp16 is x once more
    local variant = main ~= name and origin:has(main)
    if not variant and not name:find "^adapter_" then own[#own + 1] = name end
  end
  if #own == 0 and #names > 0 then
    return nil, names[1] .. ": weights of an adapter; the model it belongs to is needed",
      "unsupported"
  end
  if #own > 0 then
    local first, count = lacking(own)
    if first then return notfound(first, count, "other files of the set announce it") end
    return { shards = own }
  end
  local phrase = foreign(origin)
  if phrase then return nil, phrase, "unsupported" end
  return nil
end

--- What to say of an origin in which there is nothing to read.
---@param origin modelsig.Origin
---@return nil
---@return string message
---@return string code
function M.nothing(origin)
  if origin:has "model_index.json" then
    return nil, ("a pipeline of several models (model_index.json); name one of its folders: %s")
      :format(table.concat(origin.folders, ", ")), "unsupported"
  end
  if #origin.files == 0 and #origin.folders == 0 then
    return nil, "the folder is empty; config.json or *.safetensors expected", "notfound"
  end
  return nil, ("neither %s nor *.safetensors in this folder (%d files, %d folders)"):format(
    origin.config_name, #origin.files, #origin.folders), "notfound"
end

--- Reads the headers of all shards.
---@param state modelsig.Tensors of M.begin
---@param origin modelsig.Origin
---@param strict boolean|nil
---@return true|nil done
---@return string|nil message
---@return string|nil code
---@return integer|nil offset
function M.read_shards(state, origin, strict)
  for _, name in ipairs(state.files) do
    local source <close>, why, kind = origin:open(name)
    if not source then return within(name, why, kind) end
    -- From a Hub the header may come alone, without its length before it.
    local bare = origin.bare and origin:bare(name)
    local info, message, code, offset = state.handle:read_safetensors(source, name,
      { strict = strict, unknown_dtypes = not strict, detached = bare and true or nil,
        file_size = bare })
    if not info then return within(name, message, code, offset) end
    -- How long it is in the file is known from the sizes: hardly less than without any space.
    if bare and info.header_bytes < source:size() then
      return within(name, ("room for a header of %d bytes expected, found %d"):format(source:size(),
        info.header_bytes), "mismatch")
    end
    append(state.findings, info.findings, name)
    for key, value in pairs(info.metadata or {}) do
      if state.metadata[key] == nil then state.metadata[key] = value end
    end
  end
  state.read = true
  return true
end

local function read_index(state, origin, index, strict)
  local source <close>, why, kind = origin:open(index)
  if not source then return within(index, why, kind) end
  local info, message, code, offset = state.handle:read_index(source, index, { strict = strict })
  if not info then return within(index, message, code, offset) end
  append(state.findings, info.findings, index)
  for _, name in ipairs(info.shards) do
    if not origin:has(name) then state.absent[#state.absent + 1] = name end
  end
  state.files = sort_naturally(info.shards)
  return true
end

---@class modelsig.Tensors
---@field handle modelsig.Manifest
---@field findings modelsig.Finding[]
---@field metadata table<string, any>
---@field files string[] the shards
---@field absent string[] shards that the index names and the origin lacks
---@field read boolean|nil the headers are read

--- Reads the index, if there is one: then it is known which shards there are.
---@param origin modelsig.Origin
---@param weights modelsig.Weights
---@param strict boolean|nil
---@return modelsig.Tensors|nil state
---@return string|nil message
---@return string|nil code
---@return integer|nil offset
function M.begin(origin, weights, strict)
  local state = { handle = natives.new(), findings = {}, metadata = {}, files = weights.shards,
    absent = {} }
  if not weights.index then return state end
  local ok, message, code, offset = read_index(state, origin, weights.index, strict)
  if not ok then return nil, message, code, offset end
  return state
end

--- What was begun when the files were fetched, if it fits; it can be had once.
local function begun(origin, strict)
  local state = not strict and origin.begun
  origin.begun = nil
  return state
end

--- Reads the headers of the chosen files.
---@param origin modelsig.Origin
---@param weights modelsig.Weights
---@param strict boolean|nil
---@return modelsig.Tensors|nil tensors
---@return string|nil message
---@return string|nil code
---@return integer|nil offset
function M.read(origin, weights, strict)
  local message, code, offset
  local state = begun(origin, strict)
  if not state then
    state, message, code, offset = M.begin(origin, weights, strict)
    if not state then return nil, message, code, offset end
  end
  local absent = state.absent
  if #absent > 0 then return notfound(absent[1], #absent, weights.index .. " names it") end
  if not state.read then
    local ok
    ok, message, code, offset = M.read_shards(state, origin, strict)
    if not ok then return nil, message, code, offset end
  end
  local last, why, kind = state.handle:finish { strict = strict }
  if not last then return within(weights.index or state.files[1], why, kind) end
  append(state.findings, last, weights.index)
  return state
end

return M
