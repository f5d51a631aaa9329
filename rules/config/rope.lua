--- Rotary positions: from every published form to one record `rope_parameters`, either flat
--- (`rope_type`, `rope_theta`, ...) or one such record per kind of layer.

--- Where a ready record stands, in the order in which it is asked.
local records = { "rope_scaling", "rope_parameters", "rotary_scaling" }

local theta_names = { "rope_theta", "rotary_emb_base", "rope_embedding_base",
  "global_rope_theta", "rotary_base" }

local partial_names = {
  "partial_rotary_factor", "rotary_pct", "rope_pct", "rotary_emb_fraction", "rope_percent",
}

--- `type` was the name of `rope_type` before version 4.45, and some files had words of their own.
local synonyms = { mrope = "default", su = "longrope" }

--- Keys that hold a second base, for another kind of layer. `scaled` says which of the two kinds
--- the scaling of the file belongs to.
local two_bases = {
  { key = "rope_local_base_freq", main = "full_attention", other = "sliding_attention",
    scaled = "full_attention" },
  { key = "swa_rope_theta", main = "full_attention", other = "sliding_attention",
    scaled = "full_attention" },
  { key = "local_rope_theta", main = "full_attention", other = "sliding_attention",
    scaled = "full_attention" },
  { key = "compress_rope_theta", main = "main", other = "compress", scaled = "compress",
    record = "compress_rope_parameters", added = { attention_factor = 1.0 } },
}

local function first(raw, names, kind)
  for _, name in ipairs(names) do
    if type(raw[name]) == kind then return raw[name] end
  end
end

--- Fields of a record that are numbers: another value is left out.
local numbers = { rope_theta = true, partial_rotary_factor = true, factor = true }

local function copy(record)
  local out = {}
  for k, v in pairs(record or {}) do
    if not numbers[k] or type(v) == "number" and v - v == 0 then out[k] = v end
  end
  return out
end

--- Fills what a record leaves out: base, share of rotated dimensions, and the kind.
local function complete(record, theta, partial, usual)
  if next(record) == nil and theta == nil then return record end
  if record.rope_theta == nil then record.rope_theta = theta end
  if record.partial_rotary_factor == nil then record.partial_rotary_factor = partial end
  local kind = record.rope_type or record.type
  if type(kind) ~= "string" then kind = usual or "default" end
  record.rope_type = synonyms[kind] or kind
  return record
end

--- The record of a class, where a file has neither one nor a base: words `rope.NAME` of its row.
local function of_class(class)
  local out = {}
  for key, value in pairs(class) do
    local name = key:match "^rope%.(.*)"
    if name then out[name] = value end
  end
  return out
end

--- The share of each head that is rotated, where the file says it.
local function share(raw, c, class)
  local written = first(raw, partial_names, "number")
  if written then return written end
  local head, part = c.head_dim, raw.rotary_dim
  if class.rope_of_head then part = c.qk_rope_head_dim
  elseif raw.rope_parameters ~= nil then return nil end -- the form of version 5 is complete
  if math.type(head) == "integer" and math.type(part) == "integer" and part < head then
    return part / head
  end
end

--- Are the keys of a record kinds of layer, each with a record of its own?
local function is_per_kind(record)
  for key, value in pairs(record) do
    if type(value) == "table" and key ~= "rope_type" and key ~= "type" and (
      tostring(key):find("attention") or value.rope_type or value.type or value.rope_theta) then
      return true
    end
  end
  return false
end

--- The records of two kinds of layer with different bases, as in DeepSeek V4 and Gemma 3.
local function split(rule, raw, record, theta, other, partial, class)
  local kinds = { [rule.main] = {}, [rule.other] = {} }
  local other_record = rule.record and raw[rule.record]
  kinds[rule.scaled] = copy(type(other_record) == "table" and other_record or record)
  for k, v in pairs(rule.added or {}) do
    if kinds[rule.scaled].factor ~= nil then kinds[rule.scaled][k] = v end
  end
  complete(kinds[rule.main], theta, partial, class.rope_type)
  complete(kinds[rule.other], other, not class.rope_of_main and partial or nil)
  return kinds
end

--- The record of a model, or nil if it does not rotate; and whether the file says it.
---@param raw table<string, any> the file's keys; absent and null are both nil
---@param c table<string, any> the values known so far, class defaults included
---@param class table<string, any> what the class assumes: rope_theta, rope_partial, rope_type, ...
local function build(raw, c, class)
  local record = first(raw, records, "table")
  local theta = first(raw, theta_names, "number")
  if record and #record > 0 then record = nil end -- a list
  local written_at_all = record ~= nil or theta ~= nil
  if not record and theta == nil and class.rope_theta == nil then return nil end
  theta = theta or class.rope_theta
  local written = share(raw, c, class)
  local partial = written or class.rope_partial

  local per_kind = record and is_per_kind(record)
  for _, rule in ipairs(two_bases) do
    local declared = raw[rule.key] or class[rule.key]
    if type(declared) == "number" and not per_kind then
      return split(rule, raw, record, theta, declared, partial, class), written_at_all
    end
  end
  if per_kind then
    local out = {}
    for kind, value in pairs(record) do
      local base = kind == "sliding_attention" and class.rope_local_base_freq or theta
      out[kind] = type(value) == "table" and complete(copy(value), base, written) or value
    end
    return out, true
  end
  local out = written_at_all and copy(record) or of_class(class)
  out = complete(out, theta, partial, class.rope_type)
  if out.rope_type == "longrope" and out.original_max_position_embeddings == nil then
    out.original_max_position_embeddings = raw.original_max_position_embeddings
  end
  if class.rope_by_kind then out = { [class.rope_by_kind] = out } end
  return out, written_at_all
end

return { build = build }
