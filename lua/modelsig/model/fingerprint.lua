--- The fingerprint of one model: five layers, each computed when it is first asked for.
---
--- Opening reads the configuration and the headers; what follows from them is a row of `layers`.
--- What cannot be told is nil and listed by `unknown()`.

local annotate = require "modelsig.model.annotate"
local config_of = require "modelsig.model.config"
local count = require "modelsig.base.count"
local interrupt = require "modelsig.base.interrupt"
local lists = require "modelsig.base.lists"
local names = require "modelsig.model.names"
local quantization = require "modelsig.model.quantization"
local reader = require "modelsig.model.read"
local roles = require "modelsig.model.roles"
local strict = require "modelsig.base.strict"

local M = {}

---@class modelsig.Fingerprint
---@field label string
---@field typed string
---@field source string name of the format that was read, "config_only" without weights
---@field format string|nil
---@field naming string name of the format whose names the tensors have
---@field evidence string|nil of facts that follow from tensors that were read
---@field interface table|nil inputs and outputs of the whole model, of a format that has them
---@field config table<string, any> values of the vocabulary
---@field config_evidence table<string, string>
---@field family string|nil
---@field text_family string|nil of the language model inside a model of several parts
---@field description table|nil what the family says
---@field keys table[]|nil logical tensors by key
---@field findings modelsig.Finding[]
local Fingerprint = {}

--- Rows: the name of a field and the function that gives its value and its findings.
---@type table<string, fun(fp: modelsig.Fingerprint): any, modelsig.Finding[]|nil>
local layers = {}

--- Value and findings of a row, computed once; nil while the row itself is being computed.
local function row(fp, name)
  if not fp.row_findings[name] then
    fp.row_findings[name] = {}
    local value, findings = layers[name](fp)
    rawset(fp, name, value)
    fp.row_findings[name] = findings or {}
  end
  return rawget(fp, name), fp.row_findings[name]
end

function Fingerprint.__index(self, name)
  local method = Fingerprint[name]
  if method then return method end
  if layers[name] then return (row(self, name)) end
  strict.check_outside(names.model, self, name, 2)
end

function layers.description(fp)
  if not fp.family_table then return nil end
  local families = require "modelsig.family.families"
  local description, message, code = families.describe(fp.family_table, fp.cfg)
  if description then return description end
  return nil, { { code = code or "malformed", message = message, where = "config.json" } }
end

--- Of a model of several parts: what the language model inside computes and caches.
function layers.text_description(fp)
  local family = fp.text_family_table
  return family and require("modelsig.family.families").describe_text(family, fp.cfg) or nil
end

function layers.text_family(fp)
  return fp.text_description and fp.text_family_table.name
end

function layers.stored(fp)
  return fp.manifest and fp.manifest:keys()
end

function layers.declared(fp)
  local c = fp.config
  local own = type(fp.raw_config) == "table" and fp.raw_config or {}
  return type(c.quantization_config) == "table" and c.quantization_config
    or type(own.quantization) == "table" and own.quantization or fp.quant_config
end

function layers.logical(fp)
  return fp.stored and quantization.logical(fp.stored, quantization.declared(fp.declared))
end

--- The kind of the norms by the family of the language part, else what the configuration calls
--- their epsilon.
local function norm_of(fp)
  local part = fp.text_description
  return part and part.facts and part.facts.norm
    or fp.cfg and fp.cfg.sources and fp.cfg.sources.norm_eps
end

--- The tensors of the headers beside what the family expects.
function layers.annotated(fp)
  if not fp.logical then return nil end
  local keys = fp.logical.keys
  local patterns, alignment = annotate.headers(keys, fp.description, fp.config, norm_of(fp))
  return { keys = keys, patterns = patterns, alignment = alignment }
end

function layers.keys(fp)
  if fp.annotated then return fp.annotated.keys end
  return fp.description and annotate.predicted(fp.description)
end

function layers.by_key(fp)
  local out = {}
  for _, entry in ipairs(fp.keys or {}) do out[entry.key] = entry end
  return out
end

function layers.quantization(fp)
  return quantization.record(fp.logical, fp.declared)
end

--- Do configuration and headers speak of the same model? nil where only one of them is there.
function layers.consistent(fp)
  local seen = fp.annotated
  if not (seen and fp.raw_config) then return nil end
  local found = require("modelsig.model.consistency").check(seen.keys, fp.config, fp.family,
    seen.patterns, seen.alignment.add)
  return #found == 0, found
end

--- Rows that may have findings, in the order in which these are reported.
local with_findings = { "features", "parameters", "description", "quantization", "consistent" }

function layers.findings(fp)
  local out = table.move(fp.found, 1, #fp.found, 1, {})
  for _, name in ipairs(with_findings) do
    local _, found = row(fp, name)
    table.move(found, 1, #found, #out + 1, out)
  end
  return out
end

function layers.symbols(fp)
  return fp.cfg and config_of.symbols(fp.cfg) or {}
end

--- The sizes of the other parts, by part.
function layers.part_symbols(fp)
  return fp.cfg and require("modelsig.model.parts").symbols(fp.cfg) or {}
end

function layers.layer_kinds(fp)
  return fp.description and fp.description.layer_kinds
end

function layers.layer_types(fp)
  if fp.description then return fp.description.layer_types end
  if not fp.keys then return nil end
  local counts = {}
  for _, entry in ipairs(fp.keys) do
    if not entry.buffer then
      counts[entry.layer_type] = (counts[entry.layer_type] or 0) + entry.count
    end
  end
  return counts
end

function layers.operators(fp)
  if fp.description then return fp.description.operators end
  local by_weights = fp.keys and roles.operators(fp.keys, fp.config, norm_of(fp))
  return fp.without_family and fp.without_family.operators(by_weights) or by_weights
end

function layers.highlevel_ops(fp)
  return roles.groups(lists.sorted(fp.layer_types))
end

--- Is a mixture of experts mentioned anywhere in a raw configuration?
local function mentions_experts(raw, depth)
  for key, value in pairs(raw) do
    if type(key) == "string" and (key:find "expert" or key:find "moe") then return true end
    if key == "model_type" and type(value) == "string" and value:find "moe" then return true end
    if type(value) == "table" and depth < 4 and mentions_experts(value, depth + 1) then
      return true
    end
  end
  return false
end

function layers.is_moe(fp)
  for _, entry in ipairs(fp.keys or {}) do
    if (entry.role or entry.key):find "%.experts?%f[%W]" then return true end
  end
  local n = fp.config.num_experts
  if fp.config.enable_moe_block == false then return false end
  if math.type(n) == "integer" then return n > 1 end
  if fp.keys or fp.raw_config and not mentions_experts(fp.raw_config, 0) then return false end
end

function layers.cache(fp)
  local family = fp.description or fp.text_description
  if family then return family.cache end
  local cache = fp.without_family and fp.without_family.cache()
  return cache or require("modelsig.model.kv_cache").plain(fp)
end

function layers.kv_pattern(fp)
  return require("modelsig.model.kv_cache").pattern(fp.cache)
end

function layers.layers(fp)
  return fp.description and fp.description.records()
end

--- A rule that fails is a finding here, and an error in the pairs that need it.
function layers.features(fp)
  local ok, value = pcall(require("modelsig.model.features").compute, fp)
  if ok then return value end
  return nil, { { code = "malformed", message = interrupt.text(value) } }
end

function layers.parameters(fp)
  local found = fp.keys and require("modelsig.model.parameters").count(fp) or nil
  if found or not fp.keys then return found end
  return nil, { { code = "limit", message = "the parameters are more than can be counted" } }
end

function layers.bytes(fp)
  if fp.manifest then return fp.manifest:bytes() end
  if not fp.keys then return nil end
  local n = 0
  for _, entry in ipairs(fp.keys) do n = count.sum(n, entry.bytes) end
  return n
end

function layers.digests(fp)
  return require("modelsig.model.digests").compute(fp)
end

function layers.tensors(fp)
  return require("modelsig.model.tensors").list(fp)
end

function layers.raw_tensors(fp)
  return require("modelsig.model.tensors").raw(fp)
end

names.add(layers)
Fingerprint.strict = names.model

--- What could not be told, by the names of the document.
---@return string[]
function Fingerprint.unknown(fp)
  local out = {}
  for _, field in ipairs { { "static_weight_signature", fp.keys }, { "op_types", fp.operators },
    { "layer_types", fp.layer_types }, { "kv_cache", fp.cache },
    { "layer_signatures", fp.description } } do
    if field[2] == nil then out[#out + 1] = field[1] end
  end
  if fp.is_moe == nil then out[#out + 1] = "is_moe" end
  for id, feature in pairs(fp.features or {}) do
    if feature.value == "unknown" then out[#out + 1] = "features." .. id end
  end
  table.sort(out)
  return out
end

--- Makes the fingerprint of an origin.
---@param origin modelsig.Origin
---@param options? modelsig.OpenOptions
---@return modelsig.Fingerprint|nil fingerprint
---@return string|nil message
---@return string|nil code
---@return integer|nil offset
---
---     local fp = assert(fingerprint.new(assert(origin.open "local:models/x")))
---     print(fp.family, fp.parameters.total)
function M.new(origin, options)
  options = options or {}
  local read, message, code, offset = reader.read(origin, options)
  if not read then return nil, message, code, offset end
  read.row_findings, read.label, read.typed = {}, origin.label, origin.typed
  read.origin, read.revision, read.network = origin, origin.revision, origin.network
  read.config = names.config(read.config)
  local fp = setmetatable(read, Fingerprint)
  -- The product's own families say what a configuration lacks; another one that fails is no family.
  local family = fp.family_table
  if family and family.user and not fp.description then
    local problem = fp.row_findings.description[1]
    return nil, problem.message, problem.code
  end
  local first = options.strict and fp.findings[1]
  if first then
    return nil, ("%s%s (a finding, and --strict makes it an error)"):format(
      first.where and first.where .. ": " or "", first.message), "malformed"
  end
  return fp
end

return M
