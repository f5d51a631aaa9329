--- What transformers says of models (their tensors, the calls of their modules), and how far a
--- family's description agrees with it.

local config = require "modelsig.model.config"
local family = require "modelsig.family.families"
local json = require "modelsig.native.json"
local shared = require "tests.spec.shared"

local M = {}

--- The folder with the summary, the tensors and the layers.
M.folder = shared.path "golden/transformers/"

local function unzip(name)
  local pipe = assert(io.popen(("zcat '%s' 2>/dev/null"):format(M.folder .. name)))
  local text = pipe:read "a"
  pipe:close()
  return text ~= "" and assert(json.decode(text)) or nil
end

local function letters(text) return (text:lower():gsub("[^%w]", "")) end

--- The lines of the summary, one a model, in their order, but those that speak of MODELSIG_FIRST
--- first: who looks for one failure finds it soon.
---@return table[]
function M.summary()
  local list, word, near = {}, letters(os.getenv "MODELSIG_FIRST" or ""), 0
  for row in io.lines(M.folder .. "summary.jsonl") do
    local place = #list + 1
    if letters(row):find(word, 1, true) then
      near = near + 1
      place = near
    end
    table.insert(list, place, (json.decode(row)))
  end
  return list
end

--- The configuration of a model, or nil where its file is not at hand.
---@param name string
---@return any
function M.config(name)
  local places = { M.folder .. "configs/" .. name, shared.path("zoo/configs/" .. name),
    shared.path("zoo/configs_derived/" .. name:gsub("^derived%-%-", "")) }
  for _, path in ipairs(places) do
    local file = io.open(path .. ".json")
    if file then
      local text = file:read "a"
      file:close()
      return json.decode(text)
    end
  end
end

--- What the family of a configuration says; nil without one, and then the error if there is one.
---@param raw table
---@return table|nil description, string|nil message
function M.describe(raw)
  local chosen, message = family.choose(raw)
  if not chosen then return nil, message end
  local cfg, wrong = config.normalise(raw, { family = chosen })
  if not cfg then return nil, wrong end
  return family.describe(chosen, cfg)
end

local function text(dtype, dims) return dtype .. " " .. table.concat(dims, "x") end

--- Model types whose published files have the names that the library writes: its rule for older
--- names puts a prefix before those that have it.
local as_written = { qwen2_5_omni = true }

--- The saved tensors of a model: rows of name, dtype and shape.
---@param name string
---@return table[]|nil
function M.tensors(name)
  local list = unzip("tensors/" .. name .. ".json.gz")
  if not list then return nil end
  local want = not as_written[list.model_type] and list.saved_prefixed or list.saved
  if want ~= "memory" then return want end
  local own = {}
  for _, row in ipairs(list.memory) do
    if not row[4] then own[#own + 1] = row end
  end
  return own
end

--- The tensors that differ: as they should be, and `+` before those that should not be.
---@param description table
---@param want table[] see `tensors`
---@return string[] differences, integer equal
function M.tensors_differ(description, want)
  local have, differences, equal = {}, {}, 0
  description.expand(function(name, dims, dtype) have[name] = text(dtype, dims) end)
  for _, row in ipairs(want) do
    local expected = text(row[2], row[3])
    if have[row[1]] == expected then
      equal = equal + 1
    else
      differences[#differences + 1] = ("%s %s | %s"):format(row[1], expected,
        have[row[1]] or "absent")
    end
    have[row[1]] = nil
  end
  for name, what in pairs(have) do differences[#differences + 1] = "+" .. name .. " " .. what end
  table.sort(differences)
  return differences, equal
end

--- The calls of the modules of a model in their order, those of an image or a sound behind those of
--- the text; nil where none were recorded.
---@param name string
---@return table[]|nil
function M.modules(name)
  local list = unzip("layers/" .. name .. ".json.gz")
  if not list then return nil end
  local all = list.modules
  for _, tower in ipairs(list.towers or {}) do
    table.move(tower.modules, 1, #tower.modules, #all + 1, all)
  end
  return all
end

--- Masks are made for the set of the kinds of layer: in which order, chance decides.
local function masks_in_order(texts)
  local places, masks = {}, {}
  for i, entry in ipairs(texts) do
    if entry:find "^attention_mask%." then
      places[#places + 1], masks[#masks + 1] = i, entry
    end
  end
  table.sort(masks)
  for n, i in ipairs(places) do texts[i] = masks[n] end
end

local function line(path, class, calls, inputs, outputs)
  local parts = { path, class, tostring(calls) }
  for _, list in ipairs { inputs, { { name = "->", dtype = "", shape = {} } }, outputs } do
    for _, entry in ipairs(list) do
      parts[#parts + 1] = entry.name .. ":" .. text(entry.dtype, entry.shape)
    end
  end
  masks_in_order(parts)
  return table.concat(parts, " ")
end

--- The call of a module as one text.
function M.line_of(record)
  local inputs = {}
  for _, part in ipairs { record.input, record.kwargs } do
    table.move(part, 1, #part, #inputs + 1, inputs)
  end
  return line(record.path, record.module_type, record.calls, inputs, record.output)
end

--- Do calls with different signatures come in another order only? In which order a class goes
--- through a set, chance decides.
local function other_order(record, module)
  if not record.more or not module.more or #record.more ~= #module.more then return false end
  local have, want = { M.line_of(record) }, {}
  for i, call in ipairs(record.more) do
    have[i + 1] = line(record.path, record.module_type, record.calls, call.input, call.output)
  end
  for i, call in ipairs { module, table.unpack(module.more) } do
    want[i] = line(module.path, module.type, module.calls, call.input, call.output)
  end
  table.sort(have)
  table.sort(want)
  return table.concat(have, "\n") == table.concat(want, "\n")
end

--- The modules that differ in path, class, inputs, outputs or their order. A module that is
--- missing, or one too many, does not make those after it differ.
---@param description table
---@param want table[] see `modules`
---@return string[] differences, integer equal
function M.modules_differ(description, want)
  local records, differences, equal, next_record = description.records(), {}, 0, 1
  local place, taken, towers = {}, {}, false
  for i, record in ipairs(records) do place[record.path] = i end
  for _, module in ipairs(want) do
    local expected = line(module.path, module.type, module.calls, module.input, module.output)
    local at = place[module.path]
    local have = at and M.line_of(records[at]) or "absent"
    if at and have ~= expected and other_order(records[at], module) then have = expected end
    if have == expected and at >= next_record then
      equal, next_record = equal + 1, at + 1
    else
      differences[#differences + 1] = expected .. " | "
        .. (have == expected and "another place" or have)
    end
    if at then taken[at], towers = true, towers or records[at].apart end
  end
  for i, record in ipairs(records) do
    -- where no image could be given, nothing is known of what it goes through
    if not taken[i] and (towers or not record.apart) then
      differences[#differences + 1] = "+" .. M.line_of(record)
    end
  end
  return differences, equal
end

return M
