--- What the rules of features read: a model as they see it.

--- Facts that a family gives in `description.facts` where its class decides (all optional):
--- `norm` (rms_norm, layer_norm, rms_norm_1p, layer_norm_1p, none), `norm_place` (pre, post, both),
--- `rope_layout` (half, interleaved), `positions` (rope, learned, sinusoidal, alibi, relative,
--- none), `nope_layers` (none, some, all), `qk_norm` (none, per head, whole width), `sinks`,
--- `parallel_residual`, `gated`, `routing_bias`, `renormalize`, `shared_gate` (true or false),
--- `activation`, `scoring` (softmax, sigmoid), `top_k`, `stacks` (decoder, encoder, encoder and
--- decoder).

local defaults = require "modelsig.model.defaults"
local json = require "modelsig.native.json"
local names = require "modelsig.model.names"
local roles = require "modelsig.model.roles"
local search = require "modelsig.model.name_search"
local strict = require "modelsig.base.strict"

local M = {}
local null = json.null

---@class modelsig.FeatureInput what a rule's `read` gets
---@field c table<string, any> config values; null, and sizes by layer, read as nil
---@field facts table<string, any> what the family alone knows
---@field known boolean the class of the model is known, so a missing key means "has none"
---@field model table the fingerprint itself
---@field wrong boolean|nil a value of the wrong kind was asked for: nothing follows from it
local Input = {}
Input.__index = Input

--- The value of a key as it is, null and sizes by layer too. One of the wrong kind is noted.
---@param key string
---@return any
function Input:value(key)
  local value = self.values[key]
  if value == nil and self.malformed[key] then self.wrong = true end
  return value
end

--- Where the value of a config key comes from; for a key that is not there, the class says so.
---@param key string
---@return string
function Input:evidence(key)
  return self.origins[key] or "default"
end

--- A switch of the config, with where it comes from; nothing where there is no true or false.
---@param key string
---@return boolean|nil value
---@return string|nil evidence
function Input:flag(key)
  local value = self.c[key]
  if type(value) == "boolean" then return value, self:evidence(key) end
end

--- Is it certain that the model has no value under this key?
---@param key string
---@return boolean
function Input:lacks(key)
  local value = self:value(key)
  return value == null or value == nil and self.known
end

--- A size that may differ from layer to layer: one value, or a list by layer.
---@param key string
---@return any
function Input:by_layer(key)
  local value = self:value(key)
  if value == null then return nil end
  return type(value) == "table" and value.per_layer or value
end

--- A fact of the family, with its evidence.
---@param name string
---@return any value, string|nil evidence
function Input:fact(name)
  local value = self.facts[name]
  if value ~= nil then return value, "family" end
end

--- The logical tensors of the language model: of a model that also reads images or sounds without
--- the parts that do, which have attention and norms of their own. nil if they are not known.
---@return table[]|nil
function Input:keys()
  if self.language_keys or not self.model.keys then return self.language_keys end
  local all, own, layers = self.model.keys, {}, false
  for _, entry in ipairs(roles.has_tower(all) and all or {}) do
    if not roles.is_tower(entry.key) then
      own[#own + 1] = entry
      layers = layers or (entry.role or ""):find "^layer%." ~= nil
    end
  end
  self.language_keys = layers and own or all
  return self.language_keys
end

--- The first logical tensor whose key fits the first of the patterns that fits any (patterns must
--- not match a line feed); false if the model has none, nil if its tensors are not known.
---@param patterns string[]
---@param within? string another pattern the key must have
---@return table|false|nil entry
function Input:tensor(patterns, within)
  local keys = self:keys()
  if keys == nil then return nil end
  self.search = self.search or search.new(keys)
  for _, pattern in ipairs(patterns) do
    local hit = self.search:any(pattern)
    for _, entry in ipairs(hit and keys or {}) do
      if entry.key:find(pattern) and (not within or entry.key:find(within)) then return entry end
    end
  end
  return false
end

--- Where tensors are known from: their files, or the family's prediction.
---@return string
function Input:tensor_evidence()
  if self.model.source == "config_only" then return "family" end
  return self.model.evidence or "header"
end

--- Values as rules see them: null reads as nil, and so does a size that is one for each layer.
local function view(input, kinds)
  return setmetatable({}, { __index = function(_, key)
    local value = input:value(key)
    if value == nil and not kinds[key] then
      strict.check_outside(names.vocabulary(), kinds, key, 2)
    end
    local kind = type(value) == "table" and kinds[key]
    if value == null or kind == "size" or kind == "count" then return nil end
    return value
  end })
end

local function class_known(fp, values)
  if fp.family then return true end
  if type(values.model_type) == "string" and defaults.row(values.model_type) then return true end
  local architectures = values.architectures
  return type(architectures) == "table" and defaults.of_class(architectures[1]) ~= nil
end

--- What the rules get of a model.
---@param fp table fingerprint
---@return modelsig.FeatureInput
function M.of(fp)
  local values, cfg = fp.config or {}, fp.cfg or {}
  local description = fp.description or fp.text_description
  local input = setmetatable({
    values = values, origins = fp.config_evidence or {}, model = fp, malformed = cfg.wrong or {},
    facts = type(description) == "table" and description.facts or {},
    known = class_known(fp, values),
  }, Input)
  input.c = view(input, cfg.kinds or {})
  return input
end

return M
