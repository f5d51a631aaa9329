--- Which family describes which model type: the product's list, the user's files, relatives.

local blocks = require "modelsig.family.blocks"
local check = require "modelsig.base.check"
local lists = require "modelsig.base.lists"
local named = require "modelsig.rules.named"
local slots = require "modelsig.family.slots"

local M = {}

--- The first file of the user's that cannot be loaded: what it describes is not known.
---@type {message: string, code: string}|nil
M.broken = nil

local known, added = {}, nil

--- The model types of a family, with the name that begins the names of their classes; the file
--- may have a list or a map.
local function types_of(family)
  local out = {}
  local types = type(family) == "table" and family.model_types
  for key, value in pairs(type(types) == "table" and types or {}) do
    if math.type(key) then out[value] = false else out[key] = value end
  end
  return out
end

--- The families of what a file gives: one, or a list.
local function families_in(content)
  return content[1] and content or { content }
end

--- Makes the families of a file known, and then checks them: relatives extend each other within
--- one file.
local function load_file(file)
  local content, where, code = named.load("families", file, { env = blocks.env })
  if not content then return nil, where, code end
  local own = named.is_own(where) -- tests check the product's own
  local list, new = families_in(content), {}
  for _, family in ipairs(list) do
    for model_type, base in pairs(types_of(family)) do
      new[model_type] = known[model_type] == nil or nil
      known[model_type] = known[model_type] or { raw = family, base = base, where = where }
    end
  end
  for _, family in ipairs(own and {} or list) do
    local good, message = pcall(M.check, family, where)
    if not good then
      for model_type in pairs(new) do known[model_type] = nil end
      error(message, 0)
    end
  end
  return true
end

local resolve, in_folders

--- The list that was made with the program: a line for each model type, with its file and with what
--- begins the names of its classes, in the order of the types.
local function rows()
  return (named.load("families", "index") or {}).rows or ""
end

--- The file of a model type by that list.
local function row_of(model_type)
  if type(model_type) ~= "string" or not model_type:find "^[%w_.-]+$" then return nil end
  local text = rows()
  local _, last = text:find("\n" .. model_type .. " ", 1, true)
  return last and text:match("^%S+", last + 1)
end

--- The slots of a family with those of its parents, as the files say them.
local function merged(entry)
  if entry.merged then return entry.merged end
  local raw, where, parent = entry.raw, entry.where, nil
  if raw.extends then
    if entry.busy then
      error(("%s: family '%s' extends itself"):format(where.path, raw.extends), 0)
    end
    local found = resolve(raw.extends)
    if not found then
      local place = require("modelsig.family.slips").place(raw, where, "extends")
      error(("%s: extends '%s', which is unknown%s"):format(place, tostring(raw.extends),
        check.hint(tostring(raw.extends), M.index())), 0)
    end
    entry.busy = true
    local good, result = pcall(merged, found)
    entry.busy = nil
    if not good then error(result, 0) end
    parent = result
  end
  entry.merged = slots.merge(raw, parent)
  entry.merged.base = entry.base or entry.merged.base
  return entry.merged
end

--- The file that describes a model type, or nil.
---@param model_type any
---@return string|nil
function M.file_of(model_type)
  return in_folders()[model_type] or row_of(model_type)
end

--- The entry of a model type, its file loaded; nil when there is none.
function resolve(model_type)
  if not known[model_type] then
    local file = M.file_of(model_type)
    if not file then return nil end
    assert(load_file(file))
  end
  return known[model_type]
end

--- Refuses what a file gives that is no family: raises at the line that says so.
---@param family any
---@param where modelsig.where
function M.check(family, where)
  local entry, parent
  if type(family) == "table" and type(family.extends) == "string" then
    entry = resolve(family.extends)
  end
  if entry then -- its own slips are told where they are
    local good, slots_of_it = pcall(merged, entry)
    parent = good and slots_of_it or nil
  end
  require("modelsig.family.slips").check(family, where, parent, M)
end

--- The family of a model type, complete; nil when there is none.
function M.family_of(model_type)
  local entry = resolve(model_type)
  if not entry then return nil end
  if not entry.family then
    local family = slots.merge(merged(entry))
    family.name, family.where = model_type, entry.where
    slots.complete(family)
    if not named.is_own(entry.where) then family.user = entry.where end
    entry.family = family
  end
  return entry.family
end

--- Adds what a file describes. A user's file that cannot be loaded is remembered.
local function scan(file, found)
  local content, where, code = named.load("families", file, { env = blocks.env })
  if not content then M.broken = M.broken or { message = where, code = code } end
  for _, family in ipairs(content and families_in(content) or {}) do
    found[#found + 1] = { family = family, where = where }
    for model_type in pairs(types_of(family)) do
      added[model_type] = file
    end
  end
end

--- What the folders that are searched describe: files by model type.
function in_folders()
  if added then return added end
  added = {}
  local found = {}
  for _, file in ipairs(named.list("families", true)) do
    if file ~= "index" then scan(file, found) end
  end
  for _, entry in ipairs(found) do -- when all are there, since relatives stand in other files
    local good, message = pcall(M.check, entry.family, entry.where)
    if not good then M.broken = M.broken or { message = message, code = "malformed" } end
  end
  return added
end

--- Which file describes which model type: the list that was made with the program, and the files
--- of the folders that are searched.
---@return table<string, string>
function M.index()
  local all = {}
  for model_type, file in rows():gmatch "(%S+) (%S+) %S+\n" do all[model_type] = file end
  for model_type, file in pairs(in_folders()) do all[model_type] = file end
  return all
end

--- The family whose classes begin with a name, `Llama` for one; of several the first by its type
--- that fits.
---@param base string
---@param fits fun(family: table): any
---@return table|nil
function M.of_base(base, fits)
  local own, types = in_folders(), {}
  for model_type, its in rows():gmatch "(%S+) %S+ (%S+)\n" do
    if its == base and not own[model_type] then types[#types + 1] = model_type end
  end
  for model_type in pairs(own) do
    if M.family_of(model_type).base == base then types[#types + 1] = model_type end
  end
  table.sort(types)
  for _, model_type in ipairs(types) do
    local family = M.family_of(model_type)
    if fits(family) then return family end
  end
end

--- The names of the model types that have a family, sorted.
---@return string[]
function M.list()
  return lists.sorted(M.index())
end

return M
