--- Class defaults of model types: finds the row of `rules/config/defaults_*.lua` for a model type
--- or a class name, and reads it. Only the row that is asked for is parsed.

local json = require "modelsig.native.json"
local named = require "modelsig.rules.named"

local M = {}

local files = { "defaults_decoders", "defaults_encoders", "defaults_towers" }
local tables, texts, composites
local known = {}

local function load_tables()
  if tables then return tables end
  local made = {}
  for i, name in ipairs(files) do
    local file = assert(named.load("config", name))
    local columns = {}
    for column in file.columns:gmatch("%S+") do columns[#columns + 1] = column end
    made[i] = { columns = columns, rows = "\n" .. file.rows }
  end
  local composite = assert(named.load("config", "defaults_composites"))
  texts = " " .. composite.texts:gsub("\n", " ") .. " "
  composites = { columns = {}, rows = "\n" .. composite.parts }
  tables = made -- only now: loading may have ended before
  return tables
end

local words = { yes = true, no = false, none = json.null }

local value_of
function value_of(text)
  if words[text] ~= nil then return words[text] end
  if text:find "^%[" then
    local list = json.array {}
    for item in text:gmatch "[^%[%],]+" do list[#list + 1] = value_of(item) end
    return list
  end
  return math.tointeger(text) or tonumber(text) or text
end

local function parse(line, columns)
  local row, at = {}, 0
  for word in line:gmatch("%S+") do
    local key, value = word:match("^([%w_.]+)=(.*)$")
    if key then
      row[key] = value_of(value)
    else
      if at > 0 and word ~= "-" then row[columns[at]] = value_of(word) end
      at = at + 1
    end
  end
  return row
end

local function find_in(file, name)
  local first = file.rows:find("\n" .. name .. " ", 1, true)
  if not first then return nil end
  local last = first
  repeat -- indented lines go on with the row
    last = file.rows:find("\n", last + 1, true)
  until file.rows:sub(last + 1, last + 1) ~= " "
  return parse(file.rows:sub(first + 1, last - 1), file.columns)
end

local function find(name)
  for _, file in ipairs(load_tables()) do
    local row = find_in(file, name)
    if row then return row end
  end
end

--- What a composite type has where its file does not describe a part.
---@param name any its model type
---@param part string the key that the part would stand under
---@return table<string, any>|nil row
function M.absent(name, part)
  if type(name) ~= "string" or not name:find("^[%w_-]+$") then return nil end
  load_tables()
  return find_in(composites, part ~= "" and name .. "." .. part or name)
end

--- A row laid over another.
---@param row table<string, any>|nil
---@param below table<string, any>|nil
---@return table<string, any>|nil
function M.over(row, below)
  for key, value in pairs(row and below or {}) do
    if row[key] == nil then row[key] = value end
  end
  return row or below
end

--- A row with what a composite type has instead: at its top, and of a language model that its file
--- does not describe.
---@param row table<string, any>
---@param name any model type of the whole
---@param described boolean is the language model an object of its own?
---@return table<string, any>
function M.of_composite(row, name, described)
  local text = not described and M.absent(name, "text_config") or nil
  return M.over(text, M.over(M.absent(name, ""), row))
end

--- The defaults of a part (`vision_config`): its model type may be that of the whole.
---@param name string model type
---@param part string the key it stands under
---@return table<string, any>|nil row, string? type
function M.part_row(name, part)
  if not name:find("^[%w_.-]+$") then return nil end
  for _, candidate in ipairs { name .. "_" .. part:gsub("_config$", ""), name } do
    local row = find(candidate)
    if row then return row, candidate end
  end
end

--- The defaults of a model type; of a composite one those of the language model inside it.
---@param name string
---@return table<string, any>|nil row, string? the type whose row it is
function M.row(name)
  if known[name] == nil then
    load_tables()
    local inner = name:find("^[%w_.-]+$") and
      texts:match(" " .. name:gsub("%p", "%%%0") .. "=(%S+)") or nil
    local row = name:find("^[%w_.-]+$") and (find(inner or name) or find(name))
    known[name] = row and { row, inner or name } or false
  end
  local entry = known[name]
  if entry then return entry[1], entry[2] end
end

--- The defaults of the model type that a class belongs to, by its name: `DeepseekV3ForCausalLM`
--- is `deepseek_v3`. For files whose own model type is unknown or missing.
---@param class string
---@return table<string, any>|nil row, string? type
function M.of_class(class)
  if type(class) ~= "string" then return nil end
  local stem = class:match("^(%w-)For%u") or class:match("^(%w-)LMHead")
    or class:match("^(%w-)Model$")
  if not stem or stem == "" then return nil end
  local wanted = stem:lower()
  for _, file in ipairs(load_tables()) do
    for name in file.rows:gmatch("\n([%w_.-]+) ") do
      if name:gsub("%p", "") == wanted then return M.row(name) end
    end
  end
end

return M
