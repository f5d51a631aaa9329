--- The feature vector of a model, and the graded differences of two.
---
--- What a feature is, where it is read and how two values are graded is in `rules/features`; this
--- module hands a rule the model (`modelsig.FeatureInput`), keeps what it says with its evidence,
--- and pairs the values of two models.

--- Facts that a family gives in `description.facts` where its class decides (all optional):
--- `norm` (rms_norm, layer_norm, rms_norm_1p, layer_norm_1p, none), `norm_place` (pre, post, both),
--- `rope_layout` (half, interleaved), `positions` (rope, learned, sinusoidal, alibi, relative,
--- none),
--- `nope_layers` (none, some, all), `qk_norm` (none, per head, whole width), `sinks`,
--- `parallel_residual`, `gated`, `routing_bias`, `renormalize`, `shared_gate` (true or false),
--- `activation`, `scoring` (softmax, sigmoid), `top_k`, `stacks` (decoder, encoder, encoder and
--- decoder).

local defaults = require "modelsig.model.defaults"
local json = require "modelsig.native.json"
local lists = require "modelsig.base.lists"
local rules = require "modelsig.rules.named"
local search = require "modelsig.model.name_search"

local M = {}
local null = json.null

---@class modelsig.FeatureInput what a rule's `read` gets
---@field c table<string, any> config values; null, and sizes by layer, read as nil
---@field facts table<string, any> what the family alone knows
---@field known boolean the class of the model is known, so a missing key means "has none"
---@field model table the fingerprint itself
local Input = {}
Input.__index = Input

--- Where the value of a config key comes from; for a key that is not there, the class says so.
---@param key string
---@return string
function Input:evidence(key)
  return self.origins[key] or "default"
end

--- Is it certain that the model has no value under this key?
---@param key string
---@return boolean
function Input:lacks(key)
  local value = self.values[key]
  return value == null or value == nil and self.known
end

--- A size that may differ from layer to layer: one value, or a list by layer.
---@param key string
---@return any
function Input:by_layer(key)
  local value = self.values[key]
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
  for _, entry in ipairs(self.model.family and {} or all) do
    layers = layers or (entry.role or ""):find "^layer%." ~= nil
    if not require("modelsig.model.roles").is_tower(entry.key) then own[#own + 1] = entry end
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
  local source = self.model.source
  if source == "onnx" then return "graph" end
  return source == "config_only" and "family" or "header"
end

--- Values as rules see them: null reads as nil, and so does a size that is one for each layer.
local function view(values, kinds)
  return setmetatable({}, { __index = function(_, key)
    local value = values[key]
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

local function input_of(fp)
  local values = fp.config or {}
  local description = fp.description or fp.text_description
  return setmetatable({
    c = view(values, fp.cfg and fp.cfg.kinds or {}), values = values,
    origins = fp.config_evidence or {}, model = fp,
    facts = type(description) == "table" and description.facts or {},
    known = class_known(fp, values),
  }, Input)
end

local loaded
--- All rules, in order: the product's groups, then whatever users add.
---@return table[] rules
function M.rules()
  if loaded then return loaded end
  local index = assert(rules.load("rules", "features"))
  local list, place, seen = {}, {}, {}
  local function add(name)
    if seen[name] then return end
    seen[name] = true
    local group, where = rules.load("features", name)
    if not group then error(where, 0) end
    for _, rule in ipairs(group[1] and group or { group }) do
      if type(rule.id) ~= "string" or type(rule.read) ~= "function" then
        error(("features/%s.lua: a rule needs an id and a function `read`"):format(name), 0)
      end
      local entry = { rule = rule, where = where }
      if place[rule.id] then list[place[rule.id]] = entry
      else
        list[#list + 1] = entry
        place[rule.id] = #list
      end
    end
  end
  for _, name in ipairs(index.groups) do add(name) end
  for _, item in ipairs(rules.list and rules.list("features") or {}) do
    add(type(item) == "table" and item.name or item)
  end
  loaded = list
  return list
end

--- Calls a rule; users' rules run under a budget.
local function call(entry, fn, ...)
  if entry.where and entry.where.place and entry.where.place ~= "embedded" and rules.call then
    local results = table.pack(rules.call(entry.where, fn, ...))
    if not results[1] then error(results[2], 0) end -- a failing rule is an error, never a value
    return table.unpack(results, 2, results.n)
  end
  return fn(...)
end

--- Reads every feature of a model.
--- ```lua
--- print(features.compute(fp).gqa.value)
--- ```
---@param fp table a fingerprint: config, config_evidence, family, description, keys, source
---@return table<string, {value: any, evidence: string}>
function M.compute(fp)
  local out, m = {}, input_of(fp)
  for _, entry in ipairs(M.rules()) do
    local value, evidence = call(entry, entry.rule.read, m)
    if value == nil then
      out[entry.rule.id] = { value = "unknown", evidence = "unknown" }
    else
      out[entry.rule.id] = { value = value, evidence = evidence or "derived" }
    end
  end
  return out
end

--- Do both models name the same class?
local function same_class(a, b)
  local x, y = a.config or {}, b.config or {}
  local function first(list) return type(list) == "table" and list[1] or nil end
  local class = first(x.architectures)
  return class ~= nil and class == first(y.architectures) and x.model_type == y.model_type
end

local function features_of(fp)
  return fp.features or M.compute(fp)
end

local function difference_of(entry, a, b)
  local rule = entry.rule
  local grade, reason, scopes
  if rule.grade then
    grade, reason, scopes = call(entry, rule.grade, a.value, b.value)
  else
    grade = "path"
  end
  if not grade then return nil end
  local why = type(rule.why) == "table" and (rule.why[reason or grade] or rule.why.default)
    or rule.why
  return {
    feature = rule.id, a = a.value, b = b.value, grade = grade,
    scopes = scopes or rule.scopes or {}, why = why or "",
    evidence = { a = a.evidence, b = b.evidence },
  }
end

--- The differences of two models, and the features that could not be told on a side and are not
--- settled by both being of the same class.
---@param fa table fingerprint
---@param fb table fingerprint
---@return table[] differences feature, a, b, grade, scopes, why, evidence
---@return table[] unknown feature, scopes
function M.differences(fa, fb)
  local a, b = features_of(fa), features_of(fb)
  local class = same_class(fa, fb)
  local differences, unknown = {}, {}
  for _, entry in ipairs(M.rules()) do
    local id = entry.rule.id
    local va, vb = a[id], b[id]
    if va and vb then
      if va.evidence == "unknown" or vb.evidence == "unknown" then
        if not class or entry.rule.class == false then
          unknown[#unknown + 1] = { feature = id, scopes = entry.rule.scopes or {} }
        end
      elseif not lists.same(va.value, vb.value) then
        differences[#differences + 1] = difference_of(entry, va, vb)
      end
    end
  end
  return differences, unknown
end

return M
