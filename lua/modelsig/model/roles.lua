--- Roles, layer types and operators by the names of tensors, for models without a family.
---
--- All names stand in `rules/roles.lua`, `rules/layer_types.lua` and `rules/operators.lua`.

local dotted = require "modelsig.base.dotted"
local fits = require("modelsig.base.lists").fits
local named = require "modelsig.rules.named"

local M = {}

--- The first row whose pattern fits, and its captures in place of %1.
local function first(rows, text)
  for _, row in ipairs(rows) do
    local capture = text:match(row[1])
    if capture then return (row[2]:gsub("%%1", (capture:gsub("%%", "%%%%")))) end
  end
end

--- Is the tensor a stored buffer that no code reads?
---@param key string
---@param shape integer[]
---@return boolean
function M.is_buffer(key, shape)
  local r = named.get "roles"
  return fits(key, r.buffers) or #shape == 4 and fits(key, r.masks)
end

--- Does the tensor belong to a part that reads images or sounds, beside the language model?
---@param key string
---@return boolean
function M.is_tower(key)
  return fits(key:lower(), named.get("roles").towers)
end

--- Does any of these tensors belong to such a part?
---@param keys {key: string}[]
---@return boolean
function M.has_tower(keys)
  local names = require("modelsig.model.name_search").new(keys, true)
  for _, pattern in ipairs(named.get("roles").towers) do
    if names:any(pattern) then return true end
  end
  return false
end

--- The role of a tensor by its abstract key, or nil.
---@param key string
---@return string|nil
---
---     roles.role "model.layers.N.self_attn.q_proj.weight" --> "layer.attention.query"
function M.role(key)
  local r = named.get "roles"
  if M.is_tower(key) then return nil end
  local last = dotted.last(key)
  local module = r.suffixes[last] and #key > #last and key:sub(1, -#last - 2) or key
  if module:find "^mtp%." or module:find "%.mtp%." then return (module:gsub("^.-mtp%.", "mtp.")) end
  local inside = module:match "^N%.(.+)$"
  local stack = ""
  if not inside then stack, inside = module:match "^(.-)%.N%.(.+)$" end
  if not inside then return first(r.top, module) end
  local role = first(r.layer, inside)
  if role and stack:find "encoder" then role = "encoder." .. role end
  return role
end

---@class modelsig.KeyFacts what layer types and operators depend on
---@field act string|nil
---@field gated boolean
---@field norm_bias boolean
---@field biased table<string, boolean> keys of norms that have a bias
---@field norm string kind of the norms, or the configuration's own name of their epsilon; or ""
---@field latent boolean

--- What the keys of a model say together.
---@param keys {key: string, role: string?}[]
---@param config table<string, any>
---@param norm? string see `modelsig.KeyFacts`
---@return modelsig.KeyFacts
function M.facts(keys, config, norm)
  local m = { act = type(config.hidden_act) == "string" and config.hidden_act or nil,
    gated = false, norm_bias = false, latent = false, biased = {},
    norm = norm or "" }
  for _, entry in ipairs(keys) do
    local role, key = entry.role or "", entry.key
    if role:find "%.gate$" or role:find "gate_up$" then m.gated = true end
    local module = key:match "^(.*)%.bias$"
    if module and (role:find "norm" or key:find "norm") then
      m.biased[key], m.biased[module .. ".weight"] = true, true
      if role:find "^layer%.norm" or role:find "^norm%." then m.norm_bias = true end
    end
    if role:find "key_value_down$" then m.latent = true end
  end
  return m
end

local function resolve(value, m, key)
  if type(value) == "function" then return value(m, key) end
  return value
end

--- The layer type of a tensor.
---@param role string|nil
---@param key string
---@param m modelsig.KeyFacts
---@return string
function M.layer_type(role, key, m)
  local types = named.get "layer_types"
  for _, row in ipairs(role and types.roles or {}) do
    if role:find(row[1]) then return resolve(row[2], m, key) end
  end
  for _, row in ipairs(types.names) do
    if key:find(row[1]) then return resolve(row[2], m, key) end
  end
  return "LinearLayer"
end

--- Operators that follow from the tensors of a model, with counts.
---@param keys table[] logical tensors with roles
---@param config table<string, any>
---@param norm? string see `modelsig.KeyFacts`
---@return table<string, integer>
function M.operators(keys, config, norm)
  local o, m, counts = named.get "operators", M.facts(keys, config, norm), {}
  local function add(name, n)
    if name then counts[name] = (counts[name] or 0) + n end
  end
  for _, entry in ipairs(keys) do
    local role, weight = entry.role or "", not entry.key:find "bias$"
    for _, row in ipairs(weight and o.rows or {}) do
      if role:find(row[1]) then
        for _, name in ipairs(row[2]) do add(resolve(name, m, entry.key), entry.count) end
        break
      end
    end
    if weight and #entry.shape >= 2 and not role:find "^embedding" and not role:find "conv" then
      add(o.matrix, entry.count)
    end
  end
  if type(config.rope_parameters) == "table" or math.type(config.rotary_dim) then
    add(o.rope, counts.attention or 0)
  end
  if counts[o.rope] == 0 then counts[o.rope] = nil end
  return counts
end

--- The groups of `unique_ops_highlevel`, sorted.
---@param layer_types string[]
---@return string[]
function M.groups(layer_types)
  local seen, out = {}, {}
  for _, name in ipairs(layer_types) do
    for _, row in ipairs(named.get("layer_types").groups) do
      if name:find(row[1]) then
        if not seen[row[2]] then out[#out + 1] = row[2] end
        seen[row[2]] = true
        break
      end
    end
  end
  table.sort(out)
  return out
end

return M
