--- Gives logical tensors what a family or the naming rules know of them: role, layer type, and the
--- expressions of their dimensions.

local count = require "modelsig.base.count"
local dtype = require "modelsig.base.dtype"
local lists = require "modelsig.base.lists"
local roles = require "modelsig.model.roles"

local M = {}

local function equal(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do
    if a[i] ~= b[i] then return false end
  end
  return true
end

local function by_key(patterns)
  local out = {}
  for _, pattern in ipairs(patterns or {}) do
    local list = out[pattern.key]
    if not list then
      list = {}
      out[pattern.key] = list
    end
    list[#list + 1] = pattern
  end
  return out
end

--- The patterns under the names of published files, where more keys fit these than the names that
--- the library writes.
local function as_published(keys, patterns, renames)
  local other, own, theirs = {}, 0, 0
  for key, list in pairs(patterns) do
    for _, rename in ipairs(renames) do key = key:gsub(rename[1], rename[2]) end
    other[key] = list
  end
  for _, entry in ipairs(keys) do
    if patterns[entry.key] then own = own + 1 end
    if other[entry.key] then theirs = theirs + 1 end
  end
  return theirs > own and other or patterns
end

--- The beginnings of a key up to an index: "", "a." and "a.b." of `a.b.N.c`.
local function prefixes(name)
  local out, at = { "" }, 1
  for _ = 1, 3 do
    local stop = name:find(".", at, true)
    if not stop or name:sub(at, stop - 1) == "N" then break end
    out[#out + 1] = name:sub(1, stop)
    at = stop + 1
  end
  return out
end

--- The beginnings of all keys, each once.
local function prefixes_of(names)
  local seen = { [""] = true }
  for name in pairs(names) do
    for _, prefix in ipairs(prefixes(name)) do seen[prefix] = true end
  end
  return lists.sorted(seen)
end

--- Checkpoints of one model differ in a prefix (`model.layers` or `layers`): the prefix to take
--- away and the one to put there, under which most keys are the family's.
local function alignment(keys, patterns)
  local names, best, n = {}, { "", "" }, 0
  for _, entry in ipairs(keys) do
    names[entry.key] = true
    if patterns[entry.key] then n = n + 1 end
  end
  if n * 2 >= #keys then return best end
  local theirs, hits = prefixes_of(patterns), {}
  for name in pairs(names) do
    for _, strip in ipairs(prefixes(name)) do
      local rest = name:sub(#strip + 1)
      for _, add in ipairs(theirs) do
        if patterns[add .. rest] then
          hits[strip] = hits[strip] or {}
          hits[strip][add] = (hits[strip][add] or 0) + 1
        end
      end
    end
  end
  for _, strip in ipairs(lists.sorted(hits)) do
    for _, add in ipairs(theirs) do
      local found = hits[strip][add] or 0
      if found > n then best, n = { strip, add }, found end
    end
  end
  return best
end

local function overlaps(a, b)
  for _, x in ipairs(a or {}) do
    for _, y in ipairs(b or {}) do
      if x[1] <= y[2] and y[1] <= x[2] then return true end
    end
  end
  return false
end

--- The pattern for one variant of a tensor: of equal shape, else of the same layers.
local function pattern_for(variant, list)
  for _, pattern in ipairs(list) do
    if equal(pattern.dims, variant.shape) then return pattern end
  end
  for _, pattern in ipairs(list) do
    if overlaps(pattern.layers, variant.layers) then return pattern end
  end
  return list[1]
end

--- A copy of the shapes of an entry: other keys may share the table.
local function own_shapes(entry)
  local out = {}
  for i, variant in ipairs(entry.shapes) do
    out[i] = { shape = variant.shape, dtype = variant.dtype, count = variant.count,
      bytes = variant.bytes, layers = variant.layers, experts = variant.experts }
  end
  return out
end

local function apply(entry, list)
  entry.shapes = own_shapes(entry)
  for _, variant in ipairs(entry.shapes) do
    local pattern = pattern_for(variant, list)
    if entry.packing and entry.packing.unfold == "flat" and #variant.shape == 1
      and count.elements(pattern.dims) == variant.shape[1] then
      variant.shape = pattern.dims
    end
    variant.pattern = pattern
    if equal(pattern.dims, variant.shape) then variant.exprs = pattern.exprs end
  end
  local first = entry.shapes[1]
  if first then
    entry.shape, entry.exprs = first.shape, first.exprs
    entry.role, entry.layer_type = first.pattern.role, first.pattern.layer_type
  end
end

--- Is a tensor only in layers beyond the last one of the model?
local function is_beyond(entry, layers)
  if not math.type(layers) then return false end
  local some = false
  for _, variant in ipairs(entry.shapes) do
    for _, range in ipairs(variant.layers or {}) do
      if range[1] < layers then return false end
      some = true
    end
  end
  return some
end

--- Annotates a tensor that no family knows by the naming rules.
local function by_name(entry, layers, has_family)
  if roles.is_buffer(entry.key, entry.shape) then
    entry.role, entry.layer_type, entry.buffer = "buffer", "Buffer", true
    return
  end
  local role = roles.role(entry.key)
  if is_beyond(entry, layers) and not (role and role:find "^mtp") then
    role = "mtp." .. (role or entry.key)
  end
  -- where a family describes the model, only its draft layers get a role by name
  entry.role = (not has_family or role and role:find "^mtp") and role or nil
end

--- Gives every logical tensor its role, layer type and expressions.
---@param keys table[] logical tensors
---@param description table|nil of the family
---@param config table<string, any>
---@param norm? string see `modelsig.KeyFacts`
---@return table<string, table[]> patterns of the main path by key
---@return {strip: string, add: string} alignment
function M.headers(keys, description, config, norm)
  local patterns = by_key(description and description.patterns)
  if description and description.published then
    patterns = as_published(keys, patterns, description.published)
  end
  local extra = by_key(description and description.extra_patterns)
  local move = description and alignment(keys, patterns) or { "", "" }
  local strip, add = move[1], move[2]
  for _, entry in ipairs(keys) do
    local key = entry.key
    if key:sub(1, #strip) == strip then key = add .. key:sub(#strip + 1) end
    local list = patterns[key] or extra[key]
    if list then
      entry.pattern_key = key
      apply(entry, list)
    else
      by_name(entry, config.num_hidden_layers, description ~= nil)
    end
  end
  local m = roles.facts(keys, config, norm)
  for _, entry in ipairs(keys) do
    entry.layer_type = entry.layer_type or roles.layer_type(entry.role, entry.key, m)
  end
  return patterns, { strip = strip, add = add }
end

--- Logical tensors that a family predicts.
---@param description table
---@return table[] keys
function M.predicted(description)
  local out, index = {}, {}
  for _, pattern in ipairs(description.patterns) do
    local entry = index[pattern.key]
    if not entry then
      entry = { key = pattern.key, shape = pattern.dims, exprs = pattern.exprs,
        dtype = pattern.dtype, role = pattern.role, layer_type = pattern.layer_type, count = 0,
        params = 0, bytes = 0, shapes = {} }
      index[pattern.key] = entry
      out[#out + 1] = entry
    end
    local params = count.product(count.elements(pattern.dims), pattern.count)
    entry.count = entry.count + pattern.count
    entry.params = count.sum(entry.params, params)
    entry.bytes = count.sum(entry.bytes, dtype.bytes(pattern.dtype, params))
    entry.shapes[#entry.shapes + 1] = { shape = pattern.dims, exprs = pattern.exprs,
      dtype = pattern.dtype, count = pattern.count, layers = pattern.layers,
      experts = pattern.experts }
  end
  table.sort(out, function(x, y) return x.key < y.key end)
  return out
end

return M
