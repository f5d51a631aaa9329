-- How a token's place enters: rotary positions of some kind, and what stands in their place.

local function sorted(set)
  local out = {}
  for k in pairs(set) do out[#out + 1] = tostring(k) end
  table.sort(out)
  return table.concat(out, ", ")
end

--- The records of `rope_parameters`: one, or one for each kind of layer.
local function records(rope)
  if rope.rope_type ~= nil or rope.rope_theta ~= nil then return { rope } end
  local out, names = {}, {}
  for kind in pairs(rope) do names[#names + 1] = kind end
  table.sort(names)
  for _, kind in ipairs(names) do
    if type(rope[kind]) == "table" then out[#out + 1] = rope[kind] end
  end
  return out
end

local function kind_of(record)
  if type(record.mrope_section) == "table" then
    return record.mrope_interleaved == true and "mrope interleaved" or "mrope"
  end
  local kind = type(record.rope_type) == "string" and record.rope_type or "default"
  return kind == "default" and type(record.alpha) == "number" and "ntk" or kind
end

local function rotates(m)
  if m.c.position_embedding_type == "nope" then return false end
  if m.facts.positions == "learned" then return false end -- a base in the file that no code uses
  local rope = m.c.rope_parameters
  if type(rope) == "table" and #records(rope) > 0 then return true end
  if m.facts.positions ~= nil then return m.facts.positions == "rope" end
  if m.c.rotary_dim then return true end
  if m:lacks("rope_parameters") then return false end
end

--- Classes that choose by size.
local sized = {
  baichuan = function(c) return c.hidden_size == 4096 and "rope" or "alibi" end,
}

--- Classes that rotate only in layers with a window, where there are any.
local rotates_in_windows = { exaone4 = true }

local function is_latent(m) return m.c.kv_lora_rank ~= nil end

return {
  {
    id = "rope_kind",
    scopes = { "attention", "numerics" },
    read = function(m)
      local on = rotates(m)
      if on == nil then return nil end
      local evidence = m:evidence("rope_parameters")
      local rope = m.c.rope_parameters
      if not on or type(rope) ~= "table" then
        return { kind = on and "default" or "none" }, evidence
      end
      local kinds, bases, factors = {}, {}, {}
      for _, record in ipairs(records(rope)) do
        kinds[kind_of(record)] = true
        if type(record.rope_theta) == "number" then
          bases[("%.14g"):format(record.rope_theta)] = true
        end
        if type(record.factor) == "number" then
          factors[("%.14g"):format(record.factor)] = true
        end
      end
      return { kind = sorted(kinds), theta = sorted(bases),
        factor = next(factors) and sorted(factors) or nil }, evidence
    end,
    path = function(v) return v.kind end,
    why = {
      path = "rotary positions are stretched by another rule: another class of the engine",
      free = "the same rule with another base or factor",
    },
  },
  {
    id = "rope_layout",
    scopes = { "numerics", "attention" },
    read = function(m)
      if rotates(m) == false then return "none", m:evidence("rope_parameters") end
      if type(m.c.rope_interleave) == "boolean" then
        return m.c.rope_interleave and "interleaved" or "half", m:evidence("rope_interleave")
      end
      return m:fact("rope_layout")
    end,
    path = function(v) return v end,
    grade = function(a, b)
      if a == "none" or b == "none" then return nil end
      return "model"
    end,
    behind = { "positions" },
    why = {
      model = "the pairs of rotated numbers are neighbours on one side and half a head apart on "
        .. "the other",
      none = "queries and keys are rotated on one side only",
    },
  },
  {
    id = "partial_rotary",
    scopes = { "attention" },
    read = function(m)
      local on = rotates(m)
      if on == nil then return nil end
      if not on then return "none", m:evidence("rope_parameters") end
      if is_latent(m) then return "latent", m:evidence("kv_lora_rank") end
      local rope, parts = m.c.rope_parameters, {}
      for _, record in ipairs(type(rope) == "table" and records(rope) or {}) do
        local part = record.partial_rotary_factor
        parts[("%.6g"):format(type(part) == "number" and part or 1)] = true
      end
      if type(rope) ~= "table" and m.c.rotary_dim and math.type(m.c.head_dim) == "integer" then
        parts[("%.6g"):format(m.c.rotary_dim / m.c.head_dim)] = true
      end
      if next(parts) == nil then
        local told = m.facts.partial_rotary
        return told and ("%.6g"):format(told), told and "family"
      end
      return sorted(parts), m:evidence("rope_parameters")
    end,
    path = function(v)
      if v == "none" or v == "latent" or v == "1" then return v end
      return v:find(", 1$") and "a part and all" or "a part"
    end,
    same = "shape",
    grade = function(a, b)
      if a == "none" or b == "none" or a == "latent" or b == "latent" then return nil end
      return "path"
    end,
    behind = { "positions", "mla" },
    why = {
      none = "queries and keys are rotated on one side only, or apart from the rest of a head",
      path = "only a part of each head is rotated on one side",
      shape = "another part of each head is rotated",
    },
  },
  {
    id = "nope_layers",
    scopes = { "numerics", "attention" },
    read = function(m)
      local c, without = m.c, nil
      local evidence = "default"
      if type(c.no_rope_layers) == "table" then
        without, evidence = "none", m:evidence("no_rope_layers")
        local rotated = false
        for _, v in ipairs(c.no_rope_layers) do
          if v == 0 or v == false then without = "some" else rotated = true end
        end
        if without == "some" and not rotated then without = "all" end
      elseif m.facts.nope_layers ~= nil then
        without = m.facts.nope_layers
        if type(without) == "boolean" then without = without and "some" or "none" end
        evidence = "family"
      elseif rotates_in_windows[c.model_type] then
        without, evidence = c.sliding_window and "some" or "none", m:evidence("sliding_window")
      elseif c.mla_use_nope then
        without, evidence = "all", m:evidence("mla_use_nope")
      elseif m.model.family then
        without, evidence = "none", "family"
      elseif rotates(m) == false then
        without, evidence = "none", m:evidence("rope_parameters")
      end
      local rope = c.rope_parameters
      local scaling = "none"
      if type(c.llama_4_scaling) == "table"
        or type(rope) == "table" and type(rope.llama_4_scaling_beta) == "number" then
        scaling = "by position"
      elseif c.attn_temperature_tuning and without == "some" then
        scaling = "by position, layers without rope"
      end
      if not without and scaling == "none" then return nil end
      return { layers = without or "unknown", query_scaling = scaling },
        without and evidence or m:evidence("rope_parameters")
    end,
    path = function(v) return v.layers .. ", " .. v.query_scaling, v.layers == "unknown" end,
    grade = function(a, b)
      local open = a.layers == "unknown" or b.layers == "unknown"
      if a.query_scaling ~= b.query_scaling or not open then return "model" end
    end,
    why = "some layers know no positions, or queries are scaled by their position, on one side "
      .. "only",
  },
  {
    id = "positions",
    scopes = { "attention", "numerics" },
    unknown = "config", -- Baichuan chooses by it
    read = function(m)
      local c = m.c
      if c.alibi == true or c.position_embedding_type == "alibi" then
        return "alibi", m:evidence(c.alibi and "alibi" or "position_embedding_type")
      end
      if c.position_embedding_type == "nope" then
        return "none", m:evidence("position_embedding_type")
      end
      if m.facts.positions ~= nil then return m.facts.positions, "family" end
      local choose = sized[c.model_type]
      if choose and c.hidden_size then return choose(c), m:evidence("hidden_size") end
      local rope = c.rope_parameters
      if type(rope) == "table" and m:evidence("rope_parameters") ~= "default" then
        return "rope", m:evidence("rope_parameters")
      end
      if c.relative_attention_num_buckets then
        return "relative", m:evidence("relative_attention_num_buckets")
      end
      local learned = m:tensor({ "wpe%.weight$", "embed_positions%.weight$",
        "position_embeddings%.weight$", "position_embedding$" })
      if learned then return "learned", m:tensor_evidence() end
      if type(rope) == "table" then return "rope", m:evidence("rope_parameters") end
      if c.rotary_dim then return "rope", m:evidence("rotary_dim") end
      if c.position_embedding_type == "absolute" then
        return "learned", m:evidence("position_embedding_type")
      end
      if m.c.num_attention_heads == nil and m:lacks("num_attention_heads") then
        return "none", "default"
      end
    end,
    path = function(v) return v end,
    grade = "model",
    why = "positions enter in another way (rotation, a learned table, a bias, none)",
  },
}
