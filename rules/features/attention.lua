-- The attention kernel: sizes of heads, sharing of heads, latent and sparse attention, sinks, caps.

--- The head sizes for which engines have kernels of their own. FlashInfer, the TensorRT-LLM
--- attention and AITER: 64, 128, 256. llama.cpp's fused kernels: the longer list; its vector kernel
--- the multiples of 64 up to 256 but 192. FP8 caches in SGLang end at 256.
local head_sets = {
  function(d) return d == 64 or d == 128 or d == 256 end,
  function(d)
    return d == 40 or d == 64 or d == 72 or d == 80 or d == 96 or d == 112 or d == 128 or d == 256
      or d == 512 or d == 576
  end,
  function(d) return d % 64 == 0 and d <= 256 and d ~= 192 end,
  function(d) return d <= 256 end,
}

--- SGLang and vLLM with AITER run latent attention only with these many heads; llama.cpp has tiles
--- of its own for 20.
local latent_heads = { [16] = "16 or 128 heads", [128] = "16 or 128 heads", [20] = "20 heads" }

--- GQA ratios that share the columns of one thread block.
local plain_ratios = { [2] = true, [4] = true, [8] = true, [16] = true }

local integer = numbers.positive

--- One value, or the distinct ones of all layers in order.
local function values_of(x)
  if type(x) ~= "table" then return { x ~= 0 and x or nil } end -- 0 counts as missing
  local seen, out = {}, {}
  for _, v in ipairs(x) do
    if math.type(v) == "integer" and v > 0 and not seen[v] then
      seen[v] = true
      out[#out + 1] = v
    end
  end
  table.sort(out)
  return out
end

local function plain(list)
  return #list > 1 and table.concat(list, ", ") or list[1]
end

local function has_attention(m)
  if m:by_layer("num_attention_heads") ~= nil then return true end
  return not m:lacks("num_attention_heads") and nil
end

local function signature(d)
  local out = {}
  for i, fits in ipairs(head_sets) do out[i] = fits(d) and "y" or "n" end
  return table.concat(out)
end

--- The kernels of every number in a text such as "128, 256", each kind once.
local function each_kind(value, kind)
  local set, out = {}, {}
  for word in tostring(value):gmatch("[^,%s]+") do set[kind(word)] = true end
  for text in pairs(set) do out[#out + 1] = text end
  table.sort(out)
  return table.concat(out, ", ")
end

--- A size of latent attention, or those of its layers.
local function latent_size(m, key) return plain(values_of(m:by_layer(key))) end

local function is_latent(m) return latent_size(m, "kv_lora_rank") ~= nil end

local function ratio_kind(heads, kv)
  if kv == heads then return "MHA" end
  return kv == 1 and "MQA" or "GQA"
end

local function gqa_path(v)
  if type(v) ~= "table" then return v end
  if v.kind == "MLA" then return "MLA " .. (latent_heads[v.heads] or "other heads") end
  if v.kind ~= "GQA" then return v.kind end
  return "GQA " .. each_kind(v.ratio, function(ratio)
    return plain_ratios[tonumber(ratio)] and "2, 4, 8 or 16" or ratio
  end)
end

--- Sizes that fast paths of latent attention are written for; the rank of the query is no part.
local latent_sizes = { "latent", "nope", "rope", "value", "without_rope", "gated" }

local function mla_path(v)
  if v == "none" then return v end
  local out = { v.query_rank == "none" and "plain query" or "low-rank query" }
  for _, key in ipairs(latent_sizes) do out[#out + 1] = key .. " " .. tostring(v[key]) end
  return table.concat(out, ", ")
end

--- Attention of another kind, as families say it.
local own_kinds = { differential = true, ["masked by values"] = true, routed = true }

return {
  {
    id = "head_dim",
    scopes = { "attention", "cache" },
    read = function(m)
      if has_attention(m) == false then return "none", m:evidence("num_attention_heads") end
      if integer(m.c.kv_lora_rank) and integer(m.c.qk_rope_head_dim) then
        return m.c.kv_lora_rank + m.c.qk_rope_head_dim, m:evidence("kv_lora_rank")
      end
      return plain(values_of(m:by_layer("head_dim"))), m:evidence("head_dim")
    end,
    path = function(v)
      if v == "none" then return v end
      local kinds = each_kind(v, function(d) return signature(tonumber(d)) end)
      return math.type(v) and kinds or "mixed " .. kinds -- a pool of the cache for each size
    end,
    same = "shape",
    grade = function(a, b)
      return "path", math.type(a) ~= math.type(b) and "layers" or nil
    end,
    behind = { "mla", "layer_pattern" },
    why = {
      shape = "the same kernels are there for both head sizes, as other template instances",
      path = "engines have attention kernels for other sets of head sizes",
      layers = "the head sizes over the layers are not the same kinds",
    },
  },
  {
    id = "value_head_dim",
    scopes = { "attention", "cache" },
    read = function(m)
      if has_attention(m) == false then return "none", m:evidence("num_attention_heads") end
      if is_latent(m) then return "latent", m:evidence("kv_lora_rank") end
      local value = m:by_layer("v_head_dim")
      if value == nil and m.values.v_head_dim == nil and not m.known then
        local k, v = m:tensor({ "k_proj%.weight$" }), m:tensor({ "v_proj%.weight$" })
        if k and v and k.shape[1] and v.shape[1] then
          return k.shape[1] == v.shape[1] and "equal" or ("%d/%d"):format(k.shape[1], v.shape[1]),
            m:tensor_evidence()
        end
        return nil
      end
      local head = values_of(m:by_layer("head_dim"))
      local other = values_of(value)
      if #other == 0 then other = head end
      if plain(head) == plain(other) then return "equal", m:evidence("v_head_dim") end
      return ("%s/%s"):format(plain(head) or "?", plain(other) or "?"), m:evidence("v_head_dim")
    end,
    path = function(v) return v end,
    grade = function(a, b)
      if a == "latent" or b == "latent" or a == "none" or b == "none" then return nil end
      return "model"
    end,
    behind = { "mla", "layer_pattern" },
    why = {
      model = "keys and values have other head sizes against each other: another kernel and "
        .. "another cache layout",
      none = "only one side keeps a key and a value for each head",
    },
  },
  {
    id = "gqa",
    scopes = { "attention", "cache" },
    read = function(m)
      if has_attention(m) == false then return "none", m:evidence("num_attention_heads") end
      local heads, kv = m:by_layer("num_attention_heads"), m:by_layer("num_key_value_heads")
      if is_latent(m) then
        return { kind = "MLA", heads = plain(values_of(heads)) }, m:evidence("num_attention_heads")
      end
      local ratios, seen, kind = {}, {}, nil
      local hs, ks = type(heads) == "table" and heads, type(kv) == "table" and kv
      for i = 1, hs and #hs or ks and #ks or 1 do
        local h, k = hs and hs[i] or heads, ks and ks[i] or kv
        if integer(h) and integer(k) and k <= h then
          local one = h % k == 0 and h // k or h / k
          kind = kind or ratio_kind(h, k)
          if not seen[one] then
            seen[one] = true
            ratios[#ratios + 1] = one
          end
        end
      end
      if not kind then return nil end
      table.sort(ratios)
      return { kind = kind, ratio = plain(ratios) }, m:evidence("num_key_value_heads")
    end,
    path = gqa_path,
    same = "shape",
    grade = function(a, b)
      if type(a) ~= "table" or type(b) ~= "table" then return "model", "kind" end
      if a.kind == "MLA" and b.kind == "MLA" then return "path", "latent" end
      if a.kind == "MLA" or b.kind == "MLA" then return nil end
      return "path", a.kind ~= b.kind and "kind" or nil
    end,
    behind = { "mla" },
    why = {
      shape = "another number of query heads shares a key head: another block shape of the kernel",
      path = "a ratio of query to key heads outside 2, 4, 8, 16 takes other blocks",
      kind = "keys are shared in another way (each head its own, groups, one for all)",
      none = "keys are shared by heads on one side, and a latent stands for them on the other",
      latent = "some latent-attention kernels exist only for 16 or 128 heads",
    },
  },
  {
    id = "mla",
    scopes = { "attention", "cache", "load" },
    read = function(m)
      if has_attention(m) == false then return "none", m:evidence("num_attention_heads") end
      if not is_latent(m) then
        if m:lacks("kv_lora_rank") then return "none", m:evidence("kv_lora_rank") end
        local found = m:tensor({ "kv_a_proj_with_mqa", "kv_a_layernorm" })
        if found == false then return "none", m:tensor_evidence() end
        return nil
      end
      return {
        latent = latent_size(m, "kv_lora_rank"),
        query_rank = latent_size(m, "q_lora_rank") or "none",
        nope = latent_size(m, "qk_nope_head_dim"), rope = latent_size(m, "qk_rope_head_dim"),
        value = latent_size(m, "v_head_dim"),
        without_rope = m.c.mla_use_nope or nil, gated = m.c.mla_use_output_gate or nil,
      }, m:evidence("kv_lora_rank")
    end,
    path = mla_path,
    same = "shape",
    grade = function(a, b)
      if a == "none" or b == "none" then return "model" end
      for _, key in ipairs(latent_sizes) do
        if a[key] ~= b[key] then return "path" end
      end
      return "path", "query"
    end,
    why = {
      model = "latent attention on one side only: another cache and other kernels",
      path = "the fast paths of latent attention are written for one set of sizes",
      query = "the query goes through a low-rank projection on one side only",
      shape = "another rank of the query's projection",
    },
  },
  {
    id = "sparse_attention",
    scopes = { "attention", "cache" },
    read = function(m)
      local c = m.c
      if c.compress_ratios or c.compress_rates then
        return { kind = "compressed", topk = c.index_topk, heads = c.index_n_heads,
          head_dim = c.index_head_dim, streams = c.hc_mult, groups = c.o_groups },
          m:evidence(c.compress_ratios and "compress_ratios" or "compress_rates")
      elseif integer(c.index_topk) then
        local kinds = type(c.indexer_types) == "table" and table.concat(c.indexer_types, " ") or ""
        return { kind = "indexer", topk = c.index_topk, heads = c.index_n_heads,
          head_dim = c.index_head_dim, shared = kinds:find "shared" ~= nil },
          m:evidence("index_topk")
      elseif type(c.sparse_attention_config) == "table" then
        return { kind = "block" }, m:evidence("sparse_attention_config")
      end
      local class = m.facts.attention_kind
      if class then return { kind = class }, "family" end
      local found = m:tensor({ "%.indexer%." })
      if found then return { kind = "indexer" }, m:tensor_evidence() end
      if m:lacks("index_topk") or found == false then
        return "none", found == false and m:tensor_evidence() or "default"
      end
    end,
    grade = function(a, b)
      local one, other = a == "none" and a or a.kind, b == "none" and b or b.kind
      if one == other then return "path" end
      return "model", (own_kinds[one] or own_kinds[other]) and "own" or nil
    end,
    why = {
      own = "attention is not the usual softmax of queries and keys on one side only (heads that "
        .. "are subtracted, a mask made of the values, queries of experts)",
      model = "an indexer picks the tokens that are attended to on one side only: another backend "
        .. "and a second cache of keys",
      path = "the indexer has another size or is shared between layers in another way",
    },
  },
  {
    id = "sinks",
    scopes = { "attention" },
    read = function(m)
      local c = m.c
      if c.add_swa_attention_sink_bias ~= nil or c.add_full_attention_sink_bias ~= nil then
        local window, full = c.add_swa_attention_sink_bias, c.add_full_attention_sink_bias
        return window and full and "all layers" or window and "window layers"
          or full and "full layers" or "none", m:evidence(
          c.add_swa_attention_sink_bias ~= nil and "add_swa_attention_sink_bias"
          or "add_full_attention_sink_bias")
      end
      if m.facts.sinks ~= nil then return m.facts.sinks and "all layers" or "none", "family" end
      local found = m:tensor({ "%.sinks$", "attention_sink_bias$" })
      if found ~= nil then return found and "all layers" or "none", m:tensor_evidence() end
    end,
    path = function(v) return v end,
    why = "a learned sink in the softmax leaves only a part of the attention backends",
  },
}
