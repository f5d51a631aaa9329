--- What layers keep between tokens: shapes, expressions and bytes of the caches that modules
--- declared.

local count = require "modelsig.base.count"
local dtypes = require "modelsig.base.dtype"
local expr = require "modelsig.family.expr"

local M = {}

--- Shape and expressions of a cache: words stay, sizes are both a number and a text.
local function entry_of(kind, layers, ...)
  local entry = { kind = kind, layers = layers, shape = { "batch" }, exprs = { "batch" } }
  for i = 1, select("#", ...) do
    local dim = select(i, ...)
    entry.shape[i + 1] = type(dim) == "string" and dim or expr.value(dim)
    entry.exprs[i + 1] = type(dim) == "string" and dim or expr.text(dim)
  end
  return entry
end

--- A state of fixed size, whatever the number of tokens.
local function state(cache, layers, width)
  local entry = entry_of(cache.kind, layers, table.unpack(cache.dims))
  entry.bytes_per_sequence = count.product(layers, width, table.unpack(entry.shape, 2))
  return entry
end

--- One vector for each token: a latent that stands for keys and values, or an index key; or one
--- for so many tokens (`every`), which a token has its share of.
local function vector(cache, layers, width)
  local n = cache.rope and cache.latent + cache.rope or cache.latent
  local every = cache.every or 1
  local entry = entry_of(cache.kind, layers, every > 1 and "seq_len/" .. every or "seq_len", n)
  local bytes = count.product(layers, width, expr.value(n))
  entry.bytes_per_token = bytes and -(-bytes // every)
  if cache.window then entry.window = expr.value(cache.window) end
  return entry
end

--- Keys and values of heads, whose values may be of another size; for as many tokens as there are,
--- or a number that is known.
local function heads(cache, layers, width)
  local entry = entry_of(cache.kind, layers, cache.heads, cache.tokens or "seq_len", cache.dim)
  local both = count.sum(expr.value(cache.dim), expr.value(cache.value or cache.dim))
  local bytes = count.product(layers, width, expr.value(cache.heads), both)
  if cache.value then entry.value_dim = expr.value(cache.value) end
  if cache.tokens then entry.bytes_per_sequence = count.product(bytes, entry.shape[3])
  else entry.bytes_per_token = bytes end
  if cache.window then entry.window = expr.value(cache.window) end
  return entry
end

local function add(same, entry)
  same.layers = same.layers + entry.layers
  for _, key in ipairs { "bytes_per_token", "bytes_per_sequence" } do
    same[key] = same[key] and count.sum(same[key], entry[key])
  end
end

--- The caches of all layers, equal ones as one.
---@param buffers table[] of the trace
---@param dtype string in which keys and values are kept
---@return table[] kind, layers, shape, exprs, bytes_per_token?, bytes_per_sequence?, window?
function M.of(buffers, dtype)
  local list, seen = {}, {}
  for _, buffer in ipairs(buffers) do
    for _, cache in ipairs(buffer.caches) do
      local read = cache.dims and state or cache.latent and vector or heads
      local entry = read(cache, buffer.times, dtypes.bytes(cache.dtype or dtype, 1))
      local text = table.concat({ entry.kind, entry.window or "", entry.value_dim or "",
        table.concat(entry.shape, ",") }, " ")
      if seen[text] then
        add(seen[text], entry)
      else
        seen[text] = entry
        list[#list + 1] = entry
      end
    end
  end
  return list
end

return M
