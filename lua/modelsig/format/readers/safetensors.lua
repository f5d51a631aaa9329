--- Safetensors: a length in eight bytes, a header of JSON, the tensors. A model is one file, or
--- shards that an index lists.

local findings = require "modelsig.base.findings"
local names_of = require "modelsig.format.names"
local natives = require "modelsig.native.manifest"

---@type modelsig.Format
local M = { name = "safetensors", title = "safetensors", shown = ".safetensors",
  rank = 1, files = { "%.safetensors$" }, indexes = { "%.safetensors%.index[%w._-]*%.json$" },
  prefetch = { index = "model.safetensors.index.json", file = "model.safetensors" },
  all_headers = "safetensors-metadata" }

local append, within, notfound = findings.add, findings.within, names_of.notfound
local like = names_of.like

--- Lists the shards that a numbered name like `x-00001-of-00003` announces and the folder lacks.
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

--- The index of an origin: that of `model`, else the only one.
local function find_index(origin)
  if origin.weights then return origin.weights:find "%.json$" and origin.weights or nil end
  if origin:has(M.prefetch.index) then return M.prefetch.index end
  if origin:has "model.safetensors" then return nil end
  local all = like(origin.files, M.indexes, "^consolidated")
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
  if index then return { index = index, files = {} } end
  if origin.weights then return { files = { origin.weights } } end
  if origin:has "model.safetensors" then return { files = { "model.safetensors" } } end
  local names = like(origin.files, M.files, "^consolidated")
  if #names == 0 then names = like(origin.files, M.files) end
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
  if #own == 0 then return nil end
  local first, count = lacking(own)
  if first then return notfound(first, count, "other files of the set announce it") end
  return { files = own }
end

--- Reads the headers of all shards.
---@param state modelsig.Tensors of M.begin
---@param origin modelsig.Origin
---@param strict boolean|nil
---@return true|nil done
---@return string|nil message
---@return string|nil code
---@return integer|nil offset
function M.read_files(state, origin, strict)
  for _, name in ipairs(state.files) do
    local source <close>, message, code = origin:open(name)
    if not source then return within(name, message, code) end
    -- From a Hub the header may come alone, without its length before it.
    local bare = origin.bare and origin:bare(name)
    local info, offset
    info, message, code, offset = state.manifest:read_safetensors(source, name,
      { strict = strict, unknown_dtypes = not strict, detached = bare and true or nil,
        file_size = bare })
    if not info then return within(name, message, code, offset) end
    -- The sizes tell how long the header is in the file: about as long as without any space.
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
  local source <close>, message, code = origin:open(index)
  if not source then return within(index, message, code) end
  local info, offset
  info, message, code, offset = state.manifest:read_index(source, index, { strict = strict })
  if not info then return within(index, message, code, offset) end
  append(state.findings, info.findings, index)
  for _, name in ipairs(info.shards) do
    if not origin:has(name) then state.absent[#state.absent + 1] = name end
  end
  state.files = names_of.sort(info.shards)
  return true
end

--- Reads the index, if there is one; the caller then knows the shards.
---@param origin modelsig.Origin
---@param weights modelsig.Weights
---@param strict boolean|nil
---@return modelsig.Tensors|nil state
---@return string|nil message
---@return string|nil code
---@return integer|nil offset
function M.begin(origin, weights, strict)
  local state = { manifest = natives.new(), findings = {}, metadata = {}, files = weights.files,
    absent = {} }
  if not weights.index then return state end
  local ok, message, code, offset = read_index(state, origin, weights.index, strict)
  if not ok then return nil, message, code, offset end
  return state
end

--- Hands out the manifest that was begun while the files were fetched, once and if it fits.
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
    ok, message, code, offset = M.read_files(state, origin, strict)
    if not ok then return nil, message, code, offset end
  end
  local last
  last, message, code = state.manifest:finish { strict = strict }
  if not last then return within(weights.index or state.files[1], message, code) end
  append(state.findings, last, weights.index)
  return state
end

--- Guesses the shards that an index names before it has come: for `model.safetensors.index.json`
--- the files `model-1-of-2` and so on, if there is one such set and it is complete.
---@param origin modelsig.Origin
---@param index string
---@return string[]
function M.likely(origin, index)
  local stem, names, total = index:match "^(.-)%.safetensors%.index", {}, nil
  for _, file in ipairs(origin.files) do
    local rest = stem and file.name:sub(1, #stem + 1) == stem .. "-" and file.name:sub(#stem + 2)
    local of = rest and rest:match "^%d+%-of%-(%d+)%.safetensors$"
    if of then
      total = total or of
      if of ~= total then return {} end
      names[#names + 1] = file.name
    end
  end
  return #names == tonumber(total) and names or {}
end

--- The length, and the header behind it. Nearly always the first bytes have both.
---@param file modelsig.Partial
---@return integer[][]|nil ranges
---@return integer|nil ends
---@return string|nil too_much
function M.next_ranges(file)
  local head = file:read(0, 8)
  if not head then return { { 0, file.window - 1 } } end
  if #head < 8 then return nil end
  local length = ("<I8"):unpack(head)
  -- `read` reports what cannot be a length: it knows the true size of the file.
  if math.ult(file.size - 8, length) then return nil end
  if length > file.most then
    return nil, nil, ("header length %d, at most %d allowed"):format(length, file.most)
  end
  local first = file:lacks(8, 7 + length)
  if first then return { { first, 7 + length } } end
  return nil, 8 + length
end

return M
