--- Sizes of the parts of a model beside its language model: towers, projectors.

local config = require "modelsig.model.config"
local lists = require "modelsig.base.lists"
local named = require "modelsig.rules.named"

local M = {}

--- The sizes of one part, under names that begin with the part's.
local function sizes_of(part, inner, rule, out)
  local function add(key, value)
    if math.type(value) == "integer" and value > 0 then out[part .. "." .. key] = value end
  end
  for key, value in pairs(inner.text) do
    if type(key) == "string" and lists.fits(key, rule.sizes)
      and not lists.fits(key, rule.other) then
      add(key, value)
    end
  end
  for key, value in pairs(config.symbols(inner)) do add(key, value) end
  for key, derive in pairs(rule.derived) do add(key, derive(inner.text)) end
  return out
end

--- The sizes of every part, by part.
---@param cfg modelsig.Config
---@return table<string, table<string, integer>>
function M.symbols(cfg)
  local rule, out = named.get "parts", {}
  for part, inner in pairs(cfg.parts or {}) do out[part] = sizes_of(part, inner, rule, {}) end
  return out
end

--- Whose sizes measure a tensor: nil for the language model, the name of a part, or "joins" for a
--- tensor between a part and the language model.
---@param key string
---@param parts table<string, table> of the model
---@return string|nil
function M.of(key, parts)
  for _, rule in ipairs(named.get("parts").tensors) do
    if lists.fits(key, rule.names) then
      if rule.joins then return "joins" end
      for _, part in ipairs(rule.parts) do
        if parts[part] then return part end
      end
    end
  end
end

--- The symbols that measure a tensor.
---@param key string
---@param own table<string, integer> sizes of the language model
---@param parts table<string, table<string, integer>> see `symbols`
---@return table<string, integer>
function M.measures(key, own, parts)
  local part = next(parts) and M.of(key, parts)
  if not part then return own end
  local out = {}
  for name, symbols in pairs(parts) do
    if part == "joins" or part == name then
      for symbol, value in pairs(symbols) do out[symbol] = value end
    end
  end
  for _, name in ipairs(named.get("parts").common) do out[name] = own[name] end
  return out
end

return M
