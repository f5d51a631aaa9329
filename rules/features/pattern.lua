-- Which kinds of layers there are, and how far their attention reaches.

local windowed = { sliding_attention = "sliding", chunked_attention = "chunked" }

--- Kinds of layer as a test sees them: the reach of attention is a feature of its own.
local function base_kind(word)
  if windowed[word] or word == "full_attention" then return "attention" end
  return word
end

local function state_space_keys(m)
  local c = m.c
  return c.ssm_state_size or c.mamba_num_heads or c.linear_num_value_heads or c.conv_L_cache
    or c.linear_attn_config or c.lru_width
end

--- The kinds of DeciLM's blocks, of which each says what it lacks.
local function kinds_of_blocks(blocks)
  local kinds = {}
  for _, block in ipairs(blocks) do
    local function part(name)
      local value = type(block) == "table" and block[name]
      return type(value) == "table" and value or {}
    end
    local attention, ffn = part "attention", part "ffn"
    local word = attention.no_op == true and "mlp"
      or attention.replace_with_linear == true and "linear layer" or "full_attention"
    if ffn.no_op == true then word = word == "mlp" and "nothing" or word .. " alone" end
    kinds[word] = true
  end
  return kinds
end

--- The set of layer kinds, or nil.
local function kinds_of(m)
  local types = m.c.layer_types
  local kinds = {}
  if type(types) == "table" then
    for _, word in ipairs(types) do kinds[word] = true end
    return kinds, m:evidence("layer_types")
  end
  local blocks = m.c.block_configs
  if type(blocks) == "table" and #blocks > 0 then
    return kinds_of_blocks(blocks), m:evidence("block_configs")
  end
  if m.facts.mixer then return { [m.facts.mixer] = true }, "family" end
  if not m.known or state_space_keys(m) then return nil end
  if m:by_layer("num_attention_heads") == nil then return nil end
  kinds[m.c.sliding_window and "sliding_attention" or "full_attention"] = true
  return kinds, m:evidence("num_attention_heads")
end

--- The kinds of layer by name, whether some of them are dense, and how far attention reaches.
local function parts_of(list)
  local set, dense, reaches = {}, false, {}
  for _, word in ipairs(list) do
    if word == "dense" then dense = true else set[base_kind(word)] = true end
    if base_kind(word) == "attention" then reaches[#reaches + 1] = word end
  end
  return table.concat(lists.sorted(set), " "), dense, reaches
end

local function experts(m)
  local n = m.c.num_experts
  return math.type(n) == "integer" and n > 0 and m.c.enable_moe_block ~= false
end

return {
  {
    id = "window",
    scopes = { "attention", "cache" },
    read = function(m)
      local kinds, evidence = kinds_of(m)
      if not kinds then
        if m.c.sliding_window and not m.c.layer_types then
          return { kind = "sliding", size = m.c.sliding_window }, m:evidence("sliding_window")
        end
        if m.known and m.c.num_attention_heads == nil and m:lacks("num_attention_heads") then
          return "none", "default"
        end
        if m.values.sliding_window ~= nil or m.known then
          return "none", m:evidence("sliding_window")
        end
        return nil
      end
      if kinds.chunked_attention then
        return { kind = "chunked", size = m.c.attention_chunk_size }, evidence
      elseif kinds.sliding_attention then
        return { kind = "sliding", size = m.c.sliding_window }, m:evidence("sliding_window")
      end
      return "none", m.values.sliding_window ~= nil and m:evidence("sliding_window") or evidence
    end,
    path = function(v) return v == "none" and v or v.kind end,
    same = "shape",
    why = {
      path = "attention reaches back without limit on one side and over a window or chunk on the "
        .. "other: another mask, another kind of cache",
      shape = "a window of another length",
    },
  },
  {
    id = "layer_pattern",
    scopes = { "attention", "cache", "numerics" },
    read = function(m)
      local kinds, evidence = kinds_of(m)
      if not kinds then return nil end
      local set = {}
      for word in pairs(kinds) do set[word] = true end
      if (m.c.cross_attention_layers or {})[1] then set["cross_attention"] = true end
      if experts(m) then
        local dense, sparse = false, false
        for _, word in ipairs(m.c.mlp_layer_types or {}) do
          if word == "dense" then dense = true else sparse = true end
        end
        if dense and sparse then set["dense"] = true end
      end
      return lists.sorted(set), evidence
    end,
    path = function(v)
      local bases, dense, reaches = parts_of(v)
      return ("%s, %s, %s"):format(bases, dense and "some dense" or "alike",
        #reaches > 1 and table.concat(reaches, " and ") or "one reach")
    end,
    same = function() end, -- which reach that is, `window` says
    grade = function(a, b)
      local x, dense_x = parts_of(a)
      local y, dense_y = parts_of(b)
      if x ~= y then return "model" end
      return "path", dense_x ~= dense_y and "dense" or nil
    end,
    why = {
      model = "a kind of layer is missing on one side",
      path = "layers of limited and of unlimited reach are mixed on one side only",
      dense = "dense layers stand between the expert layers on one side only",
    },
  },
  {
    id = "loops",
    scopes = { "cache" },
    read = function(m)
      local c = m.c
      local loop = c.loop_num and c.loop_num > 1 and c.loop_num or nil
      local shared = c.num_kv_shared_layers and c.num_kv_shared_layers > 0 or nil
      if loop or shared then
        return { times = loop, shared_cache = shared },
          m:evidence(loop and "loop_num" or "num_kv_shared_layers")
      end
      if m:lacks("loop_num") then return "none", m:evidence("loop_num") end
    end,
    path = function(v)
      if v == "none" then return v end
      return ("%d times%s"):format(v.times or 1, v.shared_cache and ", shared cache" or "")
    end,
    grade = "model",
    why = "layers run several times or share a cache: its depth is not the number of layers",
  },
}
