--- Do configuration and headers speak of the same model? What differs is a finding of code
--- `mismatch`; nothing is repaired.

local lists = require "modelsig.base.lists"
local named = require "modelsig.rules.named"

local whole = require("modelsig.base.count").whole

local M = {}

local function finding(list, where, text, ...)
  list[#list + 1] = { code = "mismatch", message = text:format(...), where = where }
end

local function find(keys, role)
  for _, entry in ipairs(keys) do
    if entry.role == role and not entry.key:find "bias$" then return entry end
  end
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

--- The head that is stored: where embeddings are tied no family knows it, but names do.
local function stored_head(keys)
  local names = named.get("compare").head.names
  for _, entry in ipairs(keys) do
    if entry.role == "head" and not entry.key:find "bias$" or lists.fits(entry.key, names) then
      return entry
    end
  end
end

--- More rows than tokens: the vocabulary is padded. Says so, and nothing else of that tensor.
local function padded(out, key, shape, dims, exprs)
  if #shape ~= #dims or exprs[1] ~= "vocab_size" or shape[1] <= dims[1] then return false end
  for i = 2, #shape do
    if shape[i] ~= dims[i] then return false end
  end
  finding(out, key, "the vocabulary is padded: %s has %d rows, and vocab_size is %d", key, shape[1],
    dims[1])
  return true
end

--- Does a dimension differ for no other reason than the size of a head?
local function by_head(exprs, is_other_head)
  return is_other_head and table.concat(exprs, " "):find("head_dim", 1, true) ~= nil
end

--- Shapes against the family's prediction, and keys that only one side has.
local function against_family(out, keys, patterns, add, family, tied_head, is_other_head)
  local seen, unknown = {}, {}
  for _, entry in ipairs(keys) do
    seen[entry.pattern_key or entry.key] = true
    if not entry.pattern_key and not entry.buffer and not (entry.role or ""):find "^mtp"
      and entry ~= tied_head then
      unknown[#unknown + 1] = entry.key
    end
    for _, variant in ipairs(entry.shapes) do
      local p = variant.pattern
      if p and not variant.exprs and not by_head(p.exprs, is_other_head)
        and not padded(out, entry.key, variant.shape, p.dims, p.exprs) then
        finding(out, entry.key, "%s is %s in the headers, and %s by the config (%s)", entry.key,
          join(variant.shape), join(p.dims), join(p.exprs))
        break
      end
    end
  end
  local absent = {}
  for key, list in pairs(patterns) do
    local tied = list[1].role == "head" and tied_head == nil
    if not seen[key] and (add == "" or key:sub(1, #add) == add) and not tied then
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

--- Queries and keys of the headers that come to one size of head, and not to the config's.
local function other_head(out, keys, c)
  local query, key = find(keys, "layer.attention.query"), find(keys, "layer.attention.key")
  local heads, kv = whole(c.num_attention_heads), whole(c.num_key_value_heads)
  local dim = whole(c.head_dim)
  if not (query and key and heads and kv and dim) or whole(c.kv_lora_rank) then return false end
  local rows, other = query.shape[1] or 0, key.shape[1] or 0
  if rows % heads ~= 0 or other % kv ~= 0 or rows // heads ~= other // kv then return false end
  if rows // heads == dim or #query.shape ~= 2 then return false end
  finding(out, query.key, "head_dim is %d by the config, and %d by the headers: %s is %s, for %d "
    .. "heads", dim, rows // heads, query.key, join(query.shape), heads)
  return true
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

local function against_roles(out, keys, c, is_other_head)
  local heads, dim = whole(c.num_attention_heads), whole(c.head_dim)
  local kv, hidden = whole(c.num_key_value_heads), whole(c.hidden_size)
  local latent = whole(c.kv_lora_rank)
  local embedding, tokens = find(keys, "embedding.token"), whole(c.vocab_size)
  if not (embedding and tokens and padded(out, embedding.key, embedding.shape,
    { tokens, embedding.shape[2] }, { "vocab_size" })) then
    dimension(out, keys, "embedding.token", 1, tokens, "vocab_size")
  end
  if not latent and not is_other_head then
    dimension(out, keys, "layer.attention.query", 1, heads and dim and heads * dim,
      "num_attention_heads * head_dim", true)
    dimension(out, keys, "layer.attention.key", 1, kv and dim and kv * dim,
      "num_key_value_heads * head_dim")
  end
  dimension(out, keys, "layer.attention.key", 2, hidden, "hidden_size")
  dimension(out, keys, "layer.router", 1, whole(c.num_experts), "num_experts")
end

--- Layers in the headers against the configuration's count.
local function layers(out, keys, c)
  local n = whole(c.num_hidden_layers)
  if not n then return end
  local last, beyond, drafts = -1, nil, false
  local draft_names = named.get("compare").beside_names
  for _, entry in ipairs(keys) do
    local role = entry.role or ""
    drafts = drafts or lists.fits(entry.key, draft_names)
    if role:find "^layer%." or entry.pattern_key then
      for _, variant in ipairs(entry.shapes) do
        for _, range in ipairs(variant.layers or {}) do
          last = math.max(last, range[2])
          if range[2] >= n then beyond = true end
        end
      end
    end
  end
  local extra = whole(c.num_nextn_predict_layers) or 0
  if last >= 0 and last + 1 < n then
    finding(out, nil, "num_hidden_layers is %d, and the headers have %d layers", n, last + 1)
  elseif extra > 0 and not drafts and last + 1 == n then
    finding(out, "num_nextn_predict_layers", "the config has %d more layers that predict further "
      .. "tokens, and the headers have none", extra)
  elseif extra == 0 and drafts then
    finding(out, "num_nextn_predict_layers", "the headers have layers that predict further "
      .. "tokens, and the config names none")
  elseif beyond and last + 1 > n + extra and not c.is_encoder_decoder then
    finding(out, nil, "num_hidden_layers is %d%s, and the headers have %d layers", n,
      extra > 0 and (" and %d more predict further tokens"):format(extra) or "", last + 1)
  end
end

local function experts(out, keys, c)
  local n = whole(c.num_experts)
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
  local head, embedding = stored_head(keys), find(keys, "embedding.token")
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
  local is_other_head = other_head(out, keys, config)
  if family then
    against_family(out, keys, patterns, add, family, stored_head(keys), is_other_head)
  else
    against_roles(out, keys, config, is_other_head)
  end
  layers(out, keys, config)
  experts(out, keys, config)
  tied(out, keys, config)
  return out
end

return M
