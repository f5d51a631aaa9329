--- Values that differ from layer to layer: `{ per_layer = { ... } }` takes the place of the one
--- value. `variants` says which other key holds the second value, and for which kind of layer.

local variants = {
  { key = "head_dim", other = "global_head_dim", kind = "full_attention" },
  { key = "num_key_value_heads", other = "num_global_key_value_heads", kind = "full_attention",
    switch = "attention_k_eq_v" },
}
for _, key in ipairs { "head_dim", "v_head_dim", "num_attention_heads", "num_key_value_heads",
  "q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim" } do
  variants[#variants + 1] = { key = key, other = "swa_" .. key, kind = "sliding_attention" }
end

local integer = numbers.whole

--- The values of a key over the layers, or nil if they are all the same.
local function over_layers(base, n, value_of)
  local out, differs = {}, false
  for i = 1, n do
    out[i] = value_of(i)
    if out[i] == nil then out[i] = base end
    differs = differs or out[i] ~= base
  end
  return differs and out or nil
end

--- Encoders in stages, each twice as wide as the one before, but where they end in a larger image:
--- heads and their sizes by stage.
local function over_stages(out, raw)
  local heads, wide = raw.num_heads, raw.embed_dim
  if type(heads) ~= "table" or not integer(wide) or type(raw.depths) ~= "table" then return end
  local sizes = {}
  for i, n in ipairs(heads) do
    if not integer(n) or n < 1 or i > 64 then return end
    sizes[i] = (raw.upscale and wide or wide << (i - 1)) // n
  end
  if #heads == 0 then return end
  out.num_key_value_heads, out.head_dim = heads, sizes
end

---@param c table<string, any> the values known so far, null as nil
---@param raw table<string, any> the keys of the file, null as nil
---@param n integer bounded number of layers
---@return table<string, any[]>
local function read(c, raw, n)
  local out = {}
  local kinds = c.layer_types
  for _, rule in ipairs(variants) do
    local base, other = c[rule.key], c[rule.other]
    local on = (rule.switch == nil or c[rule.switch] == true)
      and (raw.per_layer_config == nil or raw[rule.other] ~= nil)
    if on and integer(base) and integer(other) and type(kinds) == "table" then
      out[rule.key] = over_layers(base, n, function(i)
        return kinds[i] == rule.kind and other or nil
      end) or out[rule.key]
    end
  end
  over_stages(out, raw)
  local heads = raw.num_attention_heads_per_layer
  if type(heads) == "table" and integer(c.num_attention_heads) then
    out.num_attention_heads = over_layers(c.num_attention_heads, n, function(i)
      return integer(heads[i]) and heads[i] or nil
    end)
  end
  -- Version 5 writes what differs as `per_layer_config = { "05": { head_dim: 512 } }`.
  local layers = raw.per_layer_config
  if type(layers) == "table" then
    local by_index, keys = {}, {}
    for index, values in pairs(layers) do
      local i = math.tointeger(tonumber(index))
      if i and type(values) == "table" then
        by_index[i + 1] = values
        for key in pairs(values) do keys[key] = true end
      end
    end
    for key in pairs(keys) do
      if integer(c[key]) then
        out[key] = over_layers(c[key], n, function(i)
          local value = by_index[i] and by_index[i][key]
          return integer(value) and value or nil
        end)
      end
    end
  end
  return out
end

return { read = read }
