--- Quantised weights: which tensors are weights, which belong to one, and what is stored as what.
---
--- Works on abstract keys, never on single tensors. Scales and zero points join the weight of
--- their module; the weight takes part in comparisons with its logical shape. Names are in
--- `rules/quantization.lua`.

local count = require "modelsig.base.count"
local dotted = require "modelsig.base.dotted"
local named = require "modelsig.rules.named"

local M = {}

--- Loaded late: a configuration without headers seldom names a scheme.
local function scheme()
  return require "modelsig.model.scheme"
end

local loaded
local function rules()
  loaded = loaded or assert(named.load("rules", "quantization"))
  return loaded
end

--- The logical name of a packed weight, or nil.
local function payload_name(key, r)
  for _, row in ipairs(r.payloads) do
    local module = key:match("^(.*)" .. row[1])
    if module then return module .. row[2] end
  end
end

local function is_present(base, names)
  return names[base] ~= nil
end

--- The weight that a scale belongs to: its logical name and the suffix of the scale. False for a
--- scale without a weight, nil for a tensor that is no scale.
local function companion_of(key, names, r)
  local last = dotted.last(key)
  if last == "weight" or last == "bias" then return nil end
  for _, row in ipairs(r.companions) do
    local module = key:match("^(.*)" .. row[1])
    if module then
      local base = row[2] and module .. row[2]
      if not (base and r.needs_weight[row[1]]) or is_present(base, names) then
        return base or false, key:sub(#module + 1)
      end
    end
  end
end

--- Three results: the set of all logical names, the logical names of packed weights by stored name,
--- and the set of those.
local function weight_names(keys, r)
  local names, payloads, packed = {}, {}, {}
  for _, entry in ipairs(keys) do
    local logical = payload_name(entry.key, r)
    if logical then payloads[entry.key], packed[logical] = logical, true end
    names[logical or entry.key] = true
  end
  return names, payloads, packed
end

--- Variants of the logical tensor: shapes unfolded, those that became equal put together.
local function variants(entry, packing)
  local out, params = {}, 0
  for i, variant in ipairs(entry.shapes) do
    local shape, dtype = variant.shape, variant.dtype
    if packing then shape, dtype = scheme().unfold(packing, shape, dtype) end
    out[i] = { shape = shape, dtype = dtype, count = variant.count, layers = variant.layers,
      experts = variant.experts }
    params = count.sum(params, count.product(count.elements(shape), variant.count))
  end
  return out, params
end

local function logical_entry(entry, key, companions, packing)
  local shapes, params = variants(entry, packing)
  local bytes = entry.bytes
  for _, companion in ipairs(companions or {}) do bytes = count.sum(bytes, companion.bytes) end
  return { key = key, shape = shapes[1].shape, dtype = shapes[1].dtype, count = entry.count,
    params = params, bytes = bytes, shapes = shapes, first = entry.first, packing = packing }
end

--- Joins a second stored form of the same logical weight (some layers packed, others not).
local function join(into, other)
  into.count, into.params = into.count + other.count, count.sum(into.params, other.params)
  into.bytes = count.sum(into.bytes, other.bytes)
  into.packing = into.packing or other.packing
  table.move(other.shapes, 1, #other.shapes, #into.shapes + 1, into.shapes)
  if (other.first or 0) < (into.first or 0) then
    into.shape, into.dtype, into.first = other.shape, other.dtype, other.first
  end
end

--- What belongs to which weight: companions by logical name, and the weights themselves with the
--- logical names of those that are packed.
local function sort_out(keys, r)
  local names, payloads, packed = weight_names(keys, r)
  local companions, weights, loose = {}, {}, {}
  for _, entry in ipairs(keys) do
    local base, suffix = companion_of(entry.key, names, r)
    if base == nil or payloads[entry.key] then
      weights[#weights + 1] = entry
    elseif base and names[base] then
      companions[base] = companions[base] or {}
      local list = companions[base]
      list[#list + 1] = entry
      list[suffix] = entry
    else
      loose[#loose + 1] = entry
      loose[suffix] = true
    end
  end
  return { weights = weights, payloads = payloads, packed = packed, companions = companions,
    loose = loose }
end

---@class modelsig.Logical
---@field keys table[] logical tensors by key
---@field loose table[] scales of the cache and the like
---@field packings table[] of the quantised weights

--- The logical tensors behind stored ones.
---@param keys modelsig.Key[]
---@param declared table|nil what the configuration says, as `scheme.declared` reads it
---@return modelsig.Logical
function M.logical(keys, declared)
  local r = rules()
  local sorted = sort_out(keys, r)
  local out, joined, packings = {}, {}, {}
  for _, stored in ipairs(sorted.weights) do
    local key = sorted.payloads[stored.key] or stored.key
    local beside, packed = sorted.companions[key], sorted.packed[key]
    local packing = scheme().packing(stored, beside or {}, declared, r)
    if packing then packings[#packings + 1] = packing end
    -- what is stored as it is, is its own logical tensor
    local plain = not (beside or packing or packed)
    local entry = plain and stored or logical_entry(stored, key, beside, packing)
    sorted.companions[key] = nil
    if joined[key] then
      join(joined[key], entry)
    else
      out[#out + 1] = entry
      joined[key] = packed and entry or nil
    end
  end
  if next(sorted.packed) then table.sort(out, function(x, y) return x.key < y.key end) end
  return { keys = out, loose = sorted.loose, packings = packings }
end

--- The record of a model's scheme, or nil where nothing is quantised.
---@param found modelsig.Logical|nil nil where no headers were read
---@param raw table|nil `quantization_config`, or what `hf_quant_config.json` says
---@return table|nil record
---@return modelsig.Finding[] findings
function M.record(found, raw)
  if not found and type(raw) ~= "table" then return nil, {} end
  local r = rules()
  local declared = scheme().declared(raw, r)
  if not found then return declared and scheme().document(declared, nil, r) or nil, {} end
  local seen = scheme().common(found.packings)
  local findings = {}
  if declared and not seen then
    findings[1] = { code = "mismatch", where = "quantization_config",
      message = ("the config says %s, and no tensor is quantised"):format(
        declared.method or declared.scheme or "quantised") }
  end
  if not declared and not seen then return nil, findings end
  local record = scheme().document(declared, seen, r)
  record.weights = #found.packings
  if record.contradicts_config then
    findings[#findings + 1] = { code = "mismatch", where = "quantization_config",
      message = ("the config says %s, and the tensors are %s"):format(declared.method,
        record.scheme) }
  end
  for suffix in pairs(found.loose) do
    if type(suffix) == "string" and suffix:find "^%.[kv]_scale$" then
      record.kv_cache = record.kv_cache or "scaled"
    end
  end
  return record, findings
end

--- What the configuration says of quantisation.
---@param raw any
---@return table|nil
function M.declared(raw)
  if type(raw) ~= "table" then return nil end
  return scheme().declared(raw, rules())
end

return M
