--- Do configuration and headers speak of the same model? What differs is a finding of code
--- `mismatch`; nothing is repaired.

local M = {}

local function finding(list, where, text, ...)
  list[#list + 1] = { code = "mismatch", message = text:format(...), where = where }
end

local function join(shape)
  return "[" .. table.concat(shape, ", ") .. "]"
end

--- The first names of a list, and how many more there are.
local function some(list)
  table.sort(list)
  local text = table.concat(list, ", ", 1, math.min(3, #list))
  return #list > 3 and ("%s and %d more"):format(text, #list - 3) or text
end

--- Shapes against the family's prediction, and keys that only one side has.
local function against_family(out, keys, patterns, add, family, tied)
  local seen, unknown = {}, {}
  for _, entry in ipairs(keys) do
    seen[entry.pattern_key or entry.key] = true
    if not entry.pattern_key and not entry.buffer and not (entry.role or ""):find "^mtp" then
      unknown[#unknown + 1] = entry.key
    end
    for _, variant in ipairs(entry.shapes) do
      if variant.pattern and not variant.exprs then
        finding(out, entry.key, "%s is %s in the headers, and %s by the config (%s)", entry.key,
          join(variant.shape), join(variant.pattern.dims), join(variant.pattern.exprs))
        break
      end
    end
  end
  local absent = {}
  for key, list in pairs(patterns) do
    local head = list[1].role == "head"
    if not seen[key] and (add == "" or key:sub(1, #add) == add) and not (head and tied == nil) then
      absent[#absent + 1] = key
    end
  end
  if #absent > 0 then
    finding(out, nil, "%d kinds of tensors that family '%s' expects are missing: %s", #absent,
      family, some(absent))
  end
  if #unknown > 0 then
    finding(out, nil, "%d kinds of tensors are unknown to family '%s': %s", #unknown, family,
      some(unknown))
  end
end

local function find(keys, role)
  for _, entry in ipairs(keys) do
    if entry.role == role and not entry.key:find "bias$" then return entry end
  end
end

local function integer(value)
  return math.type(value) == "integer" and value or nil
end

--- One dimension against what the config comes to.
local function dimension(out, keys, role, dim, expected, name, gated)
  local entry = find(keys, role)
  if not (entry and expected and entry.shape[dim]) or #entry.shape ~= 2 then return end
  -- twice the rows: a gate of the output is computed beside the query
  if entry.shape[dim] ~= expected and not (gated and entry.shape[dim] == 2 * expected) then
    finding(out, entry.key, "%s is %d by the config, and %s is %s", name, expected, entry.key,
      join(entry.shape))
  end
end

local function against_roles(out, keys, c)
  local heads, dim = integer(c.num_attention_heads), integer(c.head_dim)
  local kv, hidden = integer(c.num_key_value_heads), integer(c.hidden_size)
  local latent = integer(c.kv_lora_rank)
  dimension(out, keys, "embedding.token", 1, integer(c.vocab_size), "vocab_size")
  if not latent then
    dimension(out, keys, "layer.attention.query", 1, heads and dim and heads * dim,
      "num_attention_heads * head_dim", true)
    dimension(out, keys, "layer.attention.key", 1, kv and dim and kv * dim,
      "num_key_value_heads * head_dim")
  end
  dimension(out, keys, "layer.attention.key", 2, hidden, "hidden_size")
  dimension(out, keys, "layer.router", 1, integer(c.num_experts), "num_experts")
end

--- Layers in the headers against the configuration's count.
local function layers(out, keys, c)
  local n = integer(c.num_hidden_layers)
  if not n then return end
  local last, beyond = -1, nil
  for _, entry in ipairs(keys) do
    local role = entry.role or ""
    if role:find "^layer%." or entry.pattern_key then
      for _, variant in ipairs(entry.shapes) do
        for _, range in ipairs(variant.layers or {}) do
          last = math.max(last, range[2])
          if range[2] >= n then beyond = true end
        end
      end
    end
  end
  local extra = integer(c.num_nextn_predict_layers) or 0
  if last >= 0 and last + 1 < n then
    finding(out, nil, "num_hidden_layers is %d, and the headers have %d layers", n, last + 1)
  elseif beyond and last + 1 > n + extra and not c.is_encoder_decoder then
    finding(out, nil, "num_hidden_layers is %d%s, and the headers have %d layers", n,
      extra > 0 and (" and %d more predict further tokens"):format(extra) or "", last + 1)
  end
end

local function experts(out, keys, c)
  local n = integer(c.num_experts)
  for _, entry in ipairs(keys) do
    local is_expert = (entry.role or ""):find "experts"
    for _, variant in ipairs(is_expert and entry.shapes or {}) do
      if n and variant.experts and variant.experts ~= n then
        finding(out, entry.key, "num_experts is %d, and %s is there for %d", n, entry.key,
          variant.experts)
        return
      end
    end
  end
end

local function tied(out, keys, c)
  local head, embedding = find(keys, "head"), find(keys, "embedding.token")
  if not embedding then return end
  if c.tie_word_embeddings == true and head then
    finding(out, head.key, "tie_word_embeddings is true, and %s is stored", head.key)
  elseif c.tie_word_embeddings == false and not head and M.is_generator(c) then
    finding(out, nil, "tie_word_embeddings is false, and no head is stored")
  end
end

--- Does the class have a language head?
---@param c table<string, any>
---@return boolean
function M.is_generator(c)
  local list = c.architectures
  local class = type(list) == "table" and list[1]
  return type(class) == "string" and (class:find "ForCausalLM$" ~= nil
    or class:find "LMHeadModel$" ~= nil)
end

--- What differs between the configuration and the headers.
---@param keys table[] annotated logical tensors
---@param config table<string, any>
---@param family string|nil
---@param patterns table<string, table[]>
---@param add string
---@return modelsig.Finding[]
function M.check(keys, config, family, patterns, add)
  local out = {}
  if family then
    local head
    for _, entry in ipairs(keys) do
      if entry.role == "head" then head = entry end
    end
    against_family(out, keys, patterns, add, family, head)
  else
    against_roles(out, keys, config)
  end
  layers(out, keys, config)
  experts(out, keys, config)
  tied(out, keys, config)
  return out
end

return M
