--- Families: Lua descriptions of architectures, chosen by model type or class name. From one
--- description follow the predicted tensors, operators, caches and the calls of modules.

local lists = require "modelsig.base.lists"
local predict = require "modelsig.family.predict"
local registry = require "modelsig.family.registry"
local named = require "modelsig.rules.named"

local M = {}

M.index, M.list = registry.index, registry.list
local family_of = registry.family_of

--- The head of a class name: `LlamaForCausalLM` is `Llama` with the head `ForCausalLM`. A bare
--- model's class is the family's own.
local function head_of(class, family)
  local bare = (family.classes.model or "*Model"):gsub("%*", family.base or "")
  if class == bare and family.heads.Model then return "Model" end
  local best
  for head in pairs(family.heads) do
    local base = class:sub(-#head) == head and class:sub(1, -#head - 1)
    if base and base ~= "" and (base == family.base or head ~= "Model")
      and (not best or #head > #best) then
      best = head
    end
  end
  return best
end

--- The head that a model has, and its class where the family's base begins it.
local function head_for(family, architectures)
  if type(architectures) ~= "table" or #architectures == 0 then return family.default_head end
  for _, class in ipairs(architectures) do
    local head = type(class) == "string" and head_of(class, family)
    if head then
      local own = family.base and class:sub(1, #family.base) == family.base
      return head, own and class or nil
    end
  end
  return nil
end

--- The objects of a file that may hold its parts, outermost first.
local function levels_of(raw)
  local inwards = assert(named.load("config", "vocabulary")).text_parts
  local levels = { raw }
  for _ = 1, 3 do
    local inner
    for _, name in ipairs(inwards) do
      if type(levels[#levels][name]) == "table" then inner = inner or levels[#levels][name] end
    end
    levels[#levels + 1] = inner
  end
  return levels
end

--- What the file says of a part, and the model type that it gives; nil where there is none.
local function part_of(levels, name)
  local part = name == "text" and #levels > 1 and levels[#levels]
  for i = #levels, 1, -1 do part = part or levels[i][name] end
  if type(part) ~= "table" then return nil end
  return part, type(part.model_type) == "string" and part.model_type or nil
end

--- The families of the parts that a family composes, by the name of the part; nil when there is
--- one that no family describes. An `optional` part is there only where the file describes it.
---@param family table
---@param raw table the configuration
---@return table<string, table>|nil
function M.parts(family, raw)
  local out, levels = {}, family.parts and levels_of(raw)
  for name, wanted in pairs(family.parts or {}) do
    local said, model_type = part_of(levels, name)
    local absent = type(wanted) == "table" and wanted.optional and not said
    if type(wanted) == "table" then wanted = model_type or wanted.default end
    out[name] = not absent and family_of(wanted) or nil
    if not absent and not out[name] then return nil end
  end
  return out
end

--- Does a family that a file names describe what it says?
local function fits(family, raw)
  return (not family.described or family.described(raw)) and M.parts(family, raw) and true
end

--- The family that describes one of the classes by the name of the class: one that borrows a model
--- type, or a part of a pipeline, whose file names its class alone.
local function of_class(raw, classes)
  for _, class in ipairs(#classes > 0 and classes or { raw._class_name }) do
    local family = type(class) == "string" and family_of(class)
    if family then return fits(family, raw) and family or nil end
  end
end

local function choose(raw)
  if type(raw) ~= "table" then return nil end
  local classes = type(raw.architectures) == "table" and raw.architectures or {}
  local family = type(raw.model_type) == "string" and family_of(raw.model_type) or nil
  if family and head_for(family, classes) then return fits(family, raw) and family or nil end
  local own = of_class(raw, classes)
  if own or family then return own end
  for _, class in ipairs(classes) do
    local base = type(class) == "string" and class:match("^(%w-)For%u%w*$")
    own = base and registry.of_base(base, function(one) return head_of(class, one) end)
    if own and M.parts(own, raw) then return own end
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
  local broken = not family and registry.broken
  if broken then return nil, broken.message, broken.code end
  return family
end

--- Where the family of a model type describes none of the classes that a file names: the family,
--- the first class and the heads that it has.
---@param raw table
---@return {family: string, class: string, heads: string[]}|nil
function M.missing_head(raw)
  local model_type = type(raw) == "table" and raw.model_type
  local ok, family = pcall(family_of, model_type)
  local class = ok and family and type(raw.architectures) == "table" and raw.architectures[1]
  if type(class) ~= "string" or head_for(family, raw.architectures) then return nil end
  return { family = family.name, class = class, heads = lists.sorted(family.heads) }
end

--- The family of the language model inside a model of several parts, or nil. It describes what
--- that part computes and caches; names of tensors and modules are the wrapper's own.
---@param raw table
---@return table|nil family
function M.choose_text(raw)
  local parts, found = assert(named.load("config", "vocabulary")).text_parts, nil
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
local function described(family, head, cfg, class)
  if not family.user then return predict.describe(family, head, cfg, class) end
  local results = table.pack(named.call(family.user, predict.describe, family, head, cfg, class))
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
  local head, class = head_for(family, cfg.values.architectures)
  if not head then
    return nil, ("family '%s': none of the classes is one of its heads"):format(family.name),
      "unsupported"
  end
  return described(family, head, cfg, class)
end

return M
