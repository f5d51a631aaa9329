--- Families: Lua descriptions of architectures, chosen by model type or class name. From one
--- description follow the predicted tensors, operators, caches and the calls of modules.

local check = require "modelsig.base.check"
local lists = require "modelsig.base.lists"
local predict = require "modelsig.family.predict"
local rules = require "modelsig.rules.named"
local shape = require "modelsig.family.shape"

local M = {}

--- The slots of a family file.
local slots = { extends = true, model_types = true, aliases = true, defaults = true, kind = true,
  layer = true, attention = true, ffn = true, mlp_class = true, mask = true, rope = true,
  calls = true, classes = true, saved = true, heads = true, default_head = true, towers = true,
  given = true, facts = true, mtp = true, name = true }
local merged_slots = { "aliases", "defaults", "calls", "classes", "heads", "facts" }

local env = { shape = shape }
env.block = setmetatable({}, { __index = function(blocks, name)
  local block = assert(rules.load("blocks", name, { env = env }))
  rawset(blocks, name, block)
  return block
end })

local known, index, by_class = {}, nil, nil
local broken -- the first file of the user's that cannot be loaded: what it describes is not known

--- What is wrong in a family as its file gives it: raises with the file's name.
local function refuse(family, where)
  if type(family) ~= "table" then
    error(("%s: a family is a table, found %s"):format(where.path, check.describe(family)), 0)
  end
  for slot in pairs(family) do
    if not slots[slot] then
      error(("%s: unknown slot '%s'%s"):format(where.path, tostring(slot),
        check.hint(tostring(slot), slots)), 0)
    end
  end
  for _, slot in ipairs { "model_types", table.unpack(merged_slots) } do
    if family[slot] ~= nil and type(family[slot]) ~= "table" then
      error(("%s: %s: table expected, found %s"):format(where.path, slot,
        check.describe(family[slot])), 0)
    end
  end
end

local resolve

local function merge(family, where)
  local parent = resolve(family.extends)
  if not parent then
    error(("%s: extends '%s', which is unknown%s"):format(where.path, tostring(family.extends),
      check.hint(tostring(family.extends), M.index())), 0)
  end
  local out = {}
  for slot, value in pairs(parent) do
    if slot ~= "model_types" and slot ~= "extends" then out[slot] = value end
  end
  for slot, value in pairs(family) do out[slot] = value end
  for _, slot in ipairs(merged_slots) do
    local both = {}
    for key, value in pairs(parent[slot] or {}) do both[key] = value end
    for key, value in pairs(family[slot] or {}) do both[key] = value end
    out[slot] = both
  end
  return out
end

local function merge_plain(raw)
  local out = {}
  for slot, value in pairs(raw) do out[slot] = value end
  for _, slot in ipairs(merged_slots) do
    out[slot] = {}
    for key, value in pairs(raw[slot] or {}) do out[slot][key] = value end
  end
  return out
end

--- A list or a map of model types, as a map to the name that begins the class names.
local function type_map(types)
  local out = {}
  for key, value in pairs(types or {}) do
    if math.type(key) then out[value] = false else out[key] = value end
  end
  return out
end

local function load_file(file)
  local content, where, code = rules.load("families", file, { env = env })
  if not content then return nil, where, code end
  for _, family in ipairs(content[1] and content or { content }) do
    refuse(family, where)
    local types = type_map(family.model_types)
    for model_type, base in pairs(types) do
      -- placed before its parent is asked for: relatives extend each other within one file
      known[model_type] = known[model_type] or { raw = family, base = base, where = where }
    end
  end
  return true
end

function resolve(model_type)
  local entry = known[model_type]
  if not entry then
    local file = M.index()[model_type]
    if not file then return nil end
    assert(load_file(file))
    entry = known[model_type]
    if not entry then return nil end
  end
  if not entry.family then
    if entry.busy then
      error(("%s: family '%s' extends itself"):format(entry.where.path, model_type), 0)
    end
    entry.busy = true
    local raw, where = entry.raw, entry.where
    local made, family = pcall(raw.extends and merge or merge_plain, raw, where)
    if not made then
      entry.busy = nil
      error(family, 0)
    end
    family.name, family.where = model_type, where
    if not rules.is_own(where) then family.user = where end
    family.base = entry.base or family.base
    family.classes.name = family.base
    entry.family, entry.busy = family, nil
  end
  return entry.family
end

--- Which file describes which model type: the product's list, and the files of the user's folders.
---@return table<string, string>
function M.index()
  if index then return index end
  index = {}
  for model_type, file in pairs(assert(rules.load("families", "index"))) do
    index[model_type] = file
  end
  local files = {}
  for _, file in pairs(index) do files[file] = true end
  for _, entry in ipairs(rules.list and rules.list("families") or {}) do
    local file = type(entry) == "table" and entry.name or entry
    file = tostring(file):gsub("%.lua$", "")
    if file ~= "index" and not files[file] and not file:find("README", 1, true) then
      local content, where, code = rules.load("families", file, { env = env })
      if not content then broken = broken or { message = where, code = code } end
      for _, family in ipairs(content and (content[1] and content or { content }) or {}) do
        local good, message = pcall(refuse, family, where)
        if not good then broken = broken or { message = message, code = "malformed" } end
        for model_type in pairs(good and type_map(family.model_types) or {}) do
          index[model_type] = file
        end
      end
    end
  end
  return index
end

--- The names of the model types that have a family, sorted.
---@return string[]
function M.list()
  return lists.sorted(M.index())
end

local function class_index()
  if by_class then return by_class end
  by_class = {}
  for _, model_type in ipairs(M.list()) do
    local family = resolve(model_type)
    if family.base and not by_class[family.base] then by_class[family.base] = family end
  end
  return by_class
end

--- The head of a class name: `LlamaForCausalLM` is `Llama` with the head `ForCausalLM`.
local function head_of(class, family)
  for head in pairs(family.heads or {}) do
    local base = class:sub(-#head) == head and class:sub(1, -#head - 1)
    if base and base ~= "" and (base == family.base or head ~= "Model") then return head, base end
  end
end

local function head_for(family, architectures)
  if type(architectures) ~= "table" or #architectures == 0 then return family.default_head end
  for _, class in ipairs(architectures) do
    local head = type(class) == "string" and head_of(class, family)
    if head then return head end
  end
  return nil
end

local function choose(raw)
  local architectures = type(raw) == "table" and raw.architectures
  local model_type = type(raw) == "table" and raw.model_type
  local family = type(model_type) == "string" and resolve(model_type) or nil
  if family then
    return head_for(family, architectures) and family or nil
  end
  for _, class in ipairs(type(architectures) == "table" and architectures or {}) do
    local base = type(class) == "string" and class:match("^(%w-)For%u%w*$")
    family = base and class_index()[base] or nil
    if family and head_of(class, family) then return family end
  end
  return nil
end

--- The family of a raw configuration, or nil. Draft models and other classes that only borrow a
--- model type have none. A family file of the user's that fails, and could be the one, is an error.
---@param raw table
---@return table|nil family
---@return string|nil message
---@return string|nil code
function M.choose(raw)
  local ok, family = pcall(choose, raw)
  if not ok then
    require("modelsig.base.interrupt").pass(family)
    return nil, tostring(family), "malformed"
  end
  if not family and broken then return nil, broken.message, broken.code end
  return family
end

--- The family of the language model inside a model of several parts, or nil. It describes what
--- that part computes and caches; names of tensors and modules are the wrapper's own.
---@param raw table
---@return table|nil family
function M.choose_text(raw)
  local parts, found = assert(rules.load("config", "vocabulary")).text_parts, nil
  local object = raw
  for _ = 1, 3 do
    local inner
    for _, name in ipairs(parts) do
      if type(object[name]) == "table" then inner = inner or object[name] end
    end
    if not inner then break end
    found, object = M.choose(inner) or found, inner
  end
  return found
end

--- What a family says of a configuration; a user's says it under the budget.
local function described(family, head, cfg)
  if not family.user then return predict.describe(family, head, cfg) end
  local results = table.pack(rules.call(family.user, predict.describe, family, head, cfg))
  if results[1] then return table.unpack(results, 2, results.n) end
  return nil, results[2], results[3]
end

--- What follows from the family of a part, as that part stands in the configuration.
---@param family table
---@param cfg modelsig.Config
---@return table|nil description, string? message, string? code
function M.describe_text(family, cfg)
  return described(family, family.default_head, cfg)
end

--- Everything that follows from a family and a configuration.
---@param family table
---@param cfg modelsig.Config
---@return table|nil description, string? message, string? code
function M.describe(family, cfg)
  local head = head_for(family, cfg.values.architectures)
  if not head then
    return nil, ("family '%s': none of the classes is one of its heads"):format(family.name),
      "unsupported"
  end
  return described(family, head, cfg)
end

return M
