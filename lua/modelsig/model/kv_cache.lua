--- The cache of keys and values, for models without a family: only where it is certain.

local count = require "modelsig.base.count"
local dtype = require "modelsig.base.dtype"
local named = require "modelsig.rules.named"

local M = {}

--- Are all layers plain attention, by the tensors? Every layer has a key and a value projection
--- (or the fused one), nothing else mixes tokens, and no latent stands in for them.
local function only_attention(keys)
  local attention = false
  for _, entry in ipairs(keys) do
    local role = entry.role or ""
    if role:find "ssm" or role:find "linear_attention" or role:find "%.conv%."
      or role:find "key_value_down" or role:find "indexer" or role:find "cross_attention"
      or role:find "^encoder" then
      return false
    end
    if role:find "attention%.key$" or role:find "attention%.qkv$" then attention = true end
  end
  return attention
end

--- Does the model write text, word by word? Encoders have the same tensors and no cache.
local function generates(fp)
  for _, entry in ipairs(fp.keys) do
    if entry.role == "head" then return true end
  end
  return require("modelsig.model.consistency").is_generator(fp.config)
end

--- The cache of a model with plain attention in all layers, or nil: not certain.
---@param fp table fingerprint
---@return table[]|nil
function M.plain(fp)
  local c = fp.config
  local layers, heads = count.positive(c.num_hidden_layers), count.positive(c.num_key_value_heads)
  local dim = count.positive(c.head_dim)
  if not (layers and heads and dim and fp.keys and only_attention(fp.keys)
    and generates(fp)) then return nil end
  if c.kv_lora_rank or count.positive(c.sliding_window) or c.is_encoder_decoder == true
    or type(c.layer_types) == "table" then
    return nil
  end
  local stored = named.get("dtypes").config[c.dtype]
  return { { kind = "attention", layers = layers, shape = { "batch", heads, "seq_len", dim },
    bytes_per_token = stored and dtype.bytes(stored, count.product(layers, 2, heads, dim)) } }
end

--- The pattern as one text: `[batch, 8, seq_len, 128]`, several joined by " + ".
---@param cache table[]|nil
---@return string
function M.pattern(cache)
  if not cache then return "unknown" end
  if #cache == 0 then return "none" end
  local texts, seen = {}, {}
  for _, entry in ipairs(cache) do
    local words = {}
    for i, dim in ipairs(entry.shape) do words[i] = tostring(dim) end
    local text = "[" .. table.concat(words, ", ") .. "]"
    if not seen[text] then texts[#texts + 1] = text end
    seen[text] = true
  end
  return table.concat(texts, " + ")
end

return M
