--- The kind of each layer, from the many ways in which files say it.
---
--- Every rule is `{ key, derive, always?, evidence? }`: it may return the value of `key`, or nil if
--- the file does not use its keys; the first answer wins. `c` holds the values known so far,
--- `raw` the keys of the file; in both, null reads as nil. `n` is the bounded number of layers.
--- Indices in files count from 0.

--- Words for the same kind of layer.
local synonyms = {
  mamba = "linear_attention", mamba2 = "linear_attention", recurrent = "linear_attention",
  linear = "linear_attention", kda = "linear_attention", gdn = "linear_attention",
  attention = "full_attention", full = "full_attention", attn = "full_attention",
  global = "full_attention", global_attention = "full_attention",
  sliding = "sliding_attention", window = "sliding_attention", swa = "sliding_attention",
  local_attention = "sliding_attention", ["local"] = "sliding_attention",
  chunked = "chunked_attention",
  chunk_attention = "chunked_attention",
}

--- The letters of `hybrid_override_pattern`.
local letters = { M = "linear_attention", ["*"] = "full_attention", E = "moe", ["-"] = "mlp" }

local by_index, set = lists.by_index, lists.set

--- The list in common words; nil where it holds something else than words.
local function renamed(list)
  local out = {}
  for i, word in ipairs(type(list) == "table" and list or {}) do
    if type(word) ~= "string" then return nil end
    out[i] = synonyms[word] or word
  end
  return type(list) == "table" and out or nil
end

--- Kinds of layer in a word of class defaults: `conv,full`.
local function words_of(text)
  local out = {}
  for word in (text or ""):gmatch "[^,]+" do out[#out + 1] = synonyms[word] or word end
  return out
end

local function every(n, step, special, other)
  return by_index(n, function(i) return (i + 1) % step == 0 and special or other end)
end

local function letters_of(pattern)
  local out = {}
  for letter in pattern:gmatch(".") do
    if letter ~= "|" then out[#out + 1] = letters[letter] or letter end
  end
  return out
end

local function windowed(c) return c.sliding_window ~= nil and "sliding_attention" or nil end

return {
  -- kinds of layers
  { "layer_types", function(_, raw)
    return renamed(raw.layer_types)
  end, always = true, evidence = "config" },
  { "layer_types", function(_, raw)
    return renamed(raw.layers_block_type)
  end },
  { "layer_types", function(_, raw, n)
    local pattern = raw.hybrid_override_pattern
    if type(pattern) == "string" then return letters_of(pattern:sub(1, 2 * n)) end
  end },
  { "layer_types", function(_, raw, n)
    if type(raw.full_attn_idxs) ~= "table" then return nil end
    local full = set(raw.full_attn_idxs)
    return by_index(n, function(i) return full[i] and "full_attention" or "conv" end)
  end },
  { "layer_types", function(_, raw, n)
    if type(raw.attn_layer_indices) ~= "table" then return nil end
    local full = set(raw.attn_layer_indices)
    return by_index(n, function(i) return full[i] and "full_attention" or "linear_attention" end)
  end },
  { "layer_types", function(_, raw, n)
    if type(raw.attention_layers) == "table" then return renamed(raw.attention_layers) end
    local groups = raw.attention_types -- GPT-Neo: lists of words, and how often each comes
    if type(groups) ~= "table" then return nil end
    local out = {}
    for _, group in ipairs(groups) do
      local words = type(group) == "table" and renamed(group[1])
      local times = words and math.type(group[2]) == "integer" and math.min(group[2], n) or 0
      for _ = 1, times do table.move(words, 1, math.min(#words, n), #out + 1, out) end
    end
    return #out > 0 and out or nil
  end },
  { "layer_types", function(_, raw)
    local list = raw.hybrid_layer_pattern -- MiMo: 1 is a window layer
    if type(list) ~= "table" then return nil end
    local out = {}
    for i, v in ipairs(list) do out[i] = v == 1 and "sliding_attention" or "full_attention" end
    return out
  end },
  { "layer_types", function(_, raw)
    if type(raw.attn_type_list) ~= "table" then return nil end -- MiniMax: 0 is a linear layer
    local out = {}
    for i, v in ipairs(raw.attn_type_list) do
      out[i] = v == 0 and "linear_attention" or "full_attention"
    end
    return out
  end },
  { "layer_types", function(c, _, n)
    local linear = c.linear_attn_config
    if type(linear) ~= "table" or type(linear.full_attn_layers) ~= "table" then return nil end
    local full = set(linear.full_attn_layers) -- these count from 1
    return by_index(n, function(i)
      return full[i + 1] and "full_attention" or "linear_attention"
    end)
  end },
  { "layer_types", function(_, raw, n)
    local types = raw.block_types or raw._block_types -- RecurrentGemma: repeated to the end
    if type(types) ~= "table" or #types == 0 then return nil end
    return by_index(n, function(i)
      return types[i % #types + 1] == "attention" and "sliding_attention" or "linear_attention"
    end)
  end },
  { "layer_types", function(c, _, n)
    local ratios = c.compress_ratios
    if type(ratios) ~= "table" then return nil end
    local words = { [0] = "sliding_attention", [4] = "compressed_sparse_attention",
      [128] = "heavily_compressed_attention" }
    return by_index(n, function(i) return words[ratios[i + 1] or 0] or "sliding_attention" end)
  end },
  { "layer_types", function(c, _, n)
    if type(c.compress_rates) ~= "table" and not c.o_groups then return nil end
    -- DeepSeek V4 without a list: two heavily compressed layers first, then both in turn.
    return by_index(n, function(i)
      return i >= 2 and i % 2 == 1 and "compressed_sparse_attention"
        or "heavily_compressed_attention"
    end)
  end },
  { "layer_types", function(c, _, n, class)
    local period, offset, first = c.attn_layer_period, c.attn_layer_offset, class.hybrid_from
    if not first or not period or not offset or period < 1 then return nil end
    return by_index(n, function(i) -- Zamba: the last of the first ones, and then by the pattern
      local hybrid = i == first - 1 or i >= first and (i - first) % period == offset
      return hybrid and "hybrid" or "linear_attention"
    end)
  end },
  { "layer_types", function(c, _, n)
    local period, offset = c.attn_layer_period, c.attn_layer_offset
    if not period or not offset or period < 1 then return nil end
    return by_index(n, function(i)
      return i % period == offset and "full_attention" or "linear_attention"
    end)
  end },
  { "layer_types", function(c, _, n)
    local step = c.full_attention_interval
    if step and step > 0 then return every(n, step, "full_attention", "linear_attention") end
  end },
  { "layer_types", function(c, raw, n, class)
    local first, step = class.dense_apart and c.first_k_dense_replace, c.sliding_window_pattern
    if math.type(first) ~= "integer" or math.type(step) ~= "integer" or step < 1 then return nil end
    local own = raw.prefix_dense_sliding_window_pattern or 1
    if math.type(own) ~= "integer" or own < 1 then return nil end
    return by_index(n, function(i)
      local full = i < first and (i + 1) % own == 0 or i >= first and (i - first + 1) % step == 0
      return full and "full_attention" or windowed(c) or "full_attention"
    end)
  end },
  { "layer_types", function(_, raw, n, class)
    local picks = raw.use_dsa == false and "full_attention" or "indexed_attention"
    return class.indexed_and_windows and by_index(n, function(i)
      local all = raw.use_sliding_window == false or i < 2 or i % 4 == 1
      return all and picks or "sliding_attention"
    end) or nil
  end },
  { "layer_types", function(c, _, n, class)
    return class.conv_and_windows and by_index(n, function(i)
      return i % 4 == 2 and "full_attention" or i % 4 == 0 and i > 0 and windowed(c) or "conv"
    end) or nil
  end },
  { "layer_types", function(c, raw, n)
    local pattern = c.sliding_window_pattern or raw.sliding_window_pattern
    if type(pattern) == "string" and #pattern > 0 then -- EXAONE: letters, L is a window layer
      return by_index(n, function(i)
        local at = i % #pattern + 1
        return pattern:sub(at, at) == "L" and windowed(c) or "full_attention"
      end)
    elseif type(pattern) == "number" and pattern >= 1 then
      return every(n, pattern, "full_attention", windowed(c) or "full_attention")
    end
  end },
  { "layer_types", function(_, raw, n, class) -- the first of each group
    local step = raw.global_attn_every_n_layers or class.full_first
    if math.type(step) ~= "integer" or step < 1 then return nil end
    return by_index(n, function(i)
      return i % step == 0 and "full_attention" or "sliding_attention"
    end)
  end },
  { "no_rope_layers", function(_, raw)
    if type(raw.no_rope_layers) == "table" and #raw.no_rope_layers > 0 then
      return raw.no_rope_layers
    end
  end, always = true, evidence = "config" },
  { "no_rope_layers", function(c, raw, n)
    if type(raw.no_rope_layers) == "table" and #raw.no_rope_layers > 0 then return nil end
    local step = c.no_rope_layer_interval
    if step and step > 0 then return every(n, step, 0, 1) end
  end, always = true },
  { "layer_types", function(c, _, n)
    local rotated = c.no_rope_layers
    if not c.attention_chunk_size or type(rotated) ~= "table" then return nil end
    return by_index(n, function(i)
      local full = rotated[i + 1] == 0 or rotated[i + 1] == false
      return full and "full_attention" or "chunked_attention"
    end)
  end },
  { "layer_types", function(c, _, n)
    local from = c.max_window_layers
    if not from then return nil end
    return by_index(n, function(i)
      return c.use_sliding_window ~= false and i >= from and windowed(c) or "full_attention"
    end)
  end },
  { "layer_types", function(_, _, n, class)
    if not class.layer_types_cycle then return nil end
    local first, cycle = words_of(class.layer_types_first), words_of(class.layer_types_cycle)
    return by_index(n, function(i) return first[i + 1] or cycle[i % #cycle + 1] end)
  end },
  { "layer_types", function(_, _, n, class)
    if class.layer_types_all then
      return by_index(n, function() return class.layer_types_all end)
    end
  end },

  -- which layers pick tokens by an indexer of their own, and which use those of an earlier layer
  { "indexer_types", function(_, raw)
    local pattern, words = raw.index_topk_pattern, { F = "full", S = "shared" }
    if type(pattern) == "table" then return renamed(pattern) end
    if type(pattern) ~= "string" then return nil end
    local out = {}
    for letter in pattern:gmatch(".") do out[#out + 1] = words[letter] or letter end
    return out
  end },
  { "indexer_types", function(c, _, n)
    local step, offset = c.index_topk_freq, c.index_skip_topk_offset or 2
    if not step then return nil end
    step = math.max(step, 1)
    return by_index(n, function(i)
      return math.max(i - offset + 1, 0) % step == 0 and "full" or "shared"
    end)
  end },
}
