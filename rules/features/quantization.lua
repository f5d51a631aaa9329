-- How weights, activations and caches are quantised: what selects the engine's kernels.

--- Names of one method.
local methods = {
  ["compressed-tensors"] = "compressed-tensors", compressed_tensors = "compressed-tensors",
  modelopt_fp4 = "modelopt", modelopt = "modelopt", modelopt_mixed = "modelopt",
}

--- Which part of a model a pattern of an exclusion list speaks of; the first that fits counts.
local parts = {
  { "norm", "norm" }, { "lm_head", "head" }, { "^head$", "head" }, { "embed", "embedding" },
  { "vision", "vision" }, { "visual", "vision" }, { "audio", "audio" }, { "multi_modal", "vision" },
  { "mtp", "draft" }, { "eh_proj", "draft" }, { "shared_expert_gate", "router" },
  { "shared_expert", "shared experts" }, { "experts", "experts" }, { "router", "router" },
  { "^gate$", "router" }, { "[%.%*]gate$", "router" }, { "%.gate%f[^%w_]", "router" },
  { "indexer", "indexer" }, { "linear_attn", "state space" }, { "mamba", "state space" },
  { "conv", "state space" }, { "[qkvo]_proj", "attention" }, { "mixer", "state space" },
  { "attn", "attention" }, { "attention", "attention" },
  { "mlp", "feed-forward" }, { "ffn", "feed-forward" }, { "feed_forward", "feed-forward" },
}

--- A copy of an object of the file without its nulls.
local function without_null(object)
  local out = {}
  for k, v in pairs(object) do
    if type(v) ~= "userdata" then out[k] = v end
  end
  return out
end

local function record_of(m)
  local q = m.c.quantization_config
  local evidence, own = "config", m.model.quantization
  if type(own) == "table" and own.contradicts_config then return own, "header" end
  if type(q) ~= "table" then
    q = own
    if type(q) ~= "table" then return nil end
    evidence = "header"
  end
  if type(q.quantization) == "table" then -- the form of hf_quant_config.json
    q = without_null(q.quantization)
    q.quant_method = q.quant_method or "modelopt"
  end
  return without_null(q), evidence
end

local function word(x) return type(x) == "string" and x:lower() or nil end
local function number(x) return type(x) == "number" and x or nil end

--- A single value as text; "?" for anything else.
local function say(x)
  return (type(x) == "table" or type(x) == "userdata") and "?" or tostring(x)
end

local function list_text(x)
  if type(x) ~= "table" then return nil end
  local out = {}
  for i, v in ipairs(x) do out[i] = say(v) end
  return #out > 0 and table.concat(out, "x") or nil
end

--- A whole number as a count of rows or columns.
local function count(x) return number(x) and math.tointeger(x) end

--- One side of a compressed-tensors group: "4-bit int group 32 symmetric".
local function scheme_text(s)
  if type(s) ~= "table" then return nil end
  s = without_null(s)
  local out = { ("%s-bit %s"):format(say(s.num_bits), say(s.type)), say(s.strategy or "tensor") }
  out[#out + 1] = list_text(s.block_structure) or count(s.group_size)
  if s.symmetric == false then out[#out + 1] = "asymmetric" end
  if s.dynamic ~= nil and s.dynamic ~= false then
    out[#out + 1] = s.dynamic == true and "dynamic" or say(s.dynamic)
  end
  return table.concat(out, " ")
end

local function group_texts(groups)
  local out = {}
  for _, group in pairs(groups) do
    if type(group) == "table" and type(group.weights) == "table" then
      local activations = scheme_text(group.input_activations)
      out[#out + 1] = scheme_text(group.weights)
        .. (activations and ", activations " .. activations or "")
    end
  end
  table.sort(out)
  local unique = {}
  for i, text in ipairs(out) do
    if text ~= out[i - 1] then unique[#unique + 1] = text end
  end
  return table.concat(unique, "; ")
end

--- The algorithms of a mixed scheme, of which each module has one.
local function mixed_text(q)
  local set, out = {}, {}
  for _, layer in pairs(type(q.quantized_layers) == "table" and q.quantized_layers or {}) do
    local name = type(layer) == "table" and word(layer.quant_algo)
    if name and not set[name] then
      set[name] = true
      out[#out + 1] = name:upper()
    end
  end
  table.sort(out)
  return #out > 0 and " of " .. table.concat(out, ", ") or ""
end

--- Algorithms whose group is a part of the definition.
local fixed_group = { NVFP4 = 16, W4A8_NVFP4_FP8 = 16, MXFP4 = 32, MXFP8 = 32 }

--- The group that the algorithm works with, which some files say in one place and some nowhere.
local function algorithm_group(q, algorithm)
  local group = fixed_group[algorithm] or count(q.group_size)
  for _, entry in pairs(type(q.config_groups) == "table" and q.config_groups or {}) do
    local weights = type(entry) == "table" and type(entry.weights) == "table" and entry.weights
    group = group or weights and count(weights.group_size)
  end
  return group and (", group %d"):format(group) or ""
end

local describe = {
  fp8 = function(q)
    local block = list_text(q.weight_block_size)
    local mixed = word(q.quant_algo) == "mixed_precision" and mixed_text(q) or ""
    return "8-bit float, " .. (block and "block " .. block or "tensor")
      .. ", activations " .. (word(q.activation_scheme) or "dynamic")
      .. (q.scale_fmt and ", scales " .. say(q.scale_fmt) or "")
      .. (mixed ~= "" and ", a mixture" .. mixed or "")
  end,
  gptq = function(q)
    return ("%s-bit int, group %s%s%s"):format(say(q.bits), say(q.group_size),
      q.sym == false and ", asymmetric" or "", q.desc_act and ", by activation order" or "")
  end,
  awq = function(q)
    return ("%s-bit int, group %s%s, %s"):format(say(q.bits or q.w_bit or 4),
      say(q.group_size or q.q_group_size), q.zero_point and ", zero points" or "",
      word(q.version) or "gemm")
  end,
  bitsandbytes = function(q)
    if q.load_in_4bit then
      return ("4-bit %s%s"):format(say(q.bnb_4bit_quant_type or "fp4"),
        q.bnb_4bit_use_double_quant and ", double" or "")
    end
    return "8-bit"
  end,
  modelopt = function(q)
    local algorithm = q.quant_algo and say(q.quant_algo)
    if not algorithm and type(q.config_groups) == "table" then
      return group_texts(q.config_groups)
    end
    if algorithm == "MIXED_PRECISION" then return algorithm .. mixed_text(q) end
    return (algorithm or "?") .. (algorithm and algorithm_group(q, algorithm) or "")
  end,
  ["compressed-tensors"] = function(q)
    return type(q.config_groups) == "table" and group_texts(q.config_groups)
      or say(q.format or "?")
  end,
}

local function key_of(q)
  local method = word(q.quant_method) or word(q.method)
  if not method then
    if q.quant_algo then method = "modelopt"
    elseif q.load_in_4bit or q.load_in_8bit then method = "bitsandbytes"
    elseif q.bits and q.group_size then method = "affine"
    else return q.scheme and say(q.scheme) or "?" end
  end
  method = methods[method] or method
  local detail = describe[method]
  if detail then return method .. ": " .. detail(q) end
  local bits = count(q.bits)
  return method .. (bits and (": %d-bit"):format(bits) or "")
    .. (count(q.group_size) and (", group %d"):format(q.group_size) or "")
end

local function excluded_parts(q)
  local set = {}
  if q.lm_head ~= true then set.head = true end -- engines leave the head alone unless told
  for _, name in ipairs(rule("quantization").ignored) do
    for _, pattern in ipairs(type(q[name]) == "table" and q[name] or {}) do
      for _, part in ipairs(parts) do
        if type(pattern) == "string" and pattern:find(part[1]) then
          if part[2] ~= "norm" then set[part[2]] = true end
          break
        end
      end
    end
  end
  local out = {}
  for part in pairs(set) do out[#out + 1] = part end
  table.sort(out)
  return out
end

--- Is it sure that nothing is quantised? The config is silent, and so are the tensors.
local function plain_weights(m)
  for _, entry in ipairs(m.model.keys or {}) do
    if type(entry.dtype) == "string" and entry.dtype:find("^F[48]_") then return false end
  end
  return next(m.values) ~= nil or m.model.keys ~= nil
end

return {
  {
    id = "quantization",
    scopes = { "quantization", "load", "numerics" },
    unknown = "config",
    read = function(m)
      local q, evidence = record_of(m)
      if q then return key_of(q), evidence end
      if plain_weights(m) then return "none", m.model.keys and m:tensor_evidence() or "config" end
    end,
    path = function(v) return v end,
    why = "weights are quantised by another scheme: every scheme has kernels of its own",
  },
  {
    id = "quantization_scope",
    scopes = { "quantization", "load" },
    unknown = "config",
    read = function(m)
      local q, evidence = record_of(m)
      if q then return { excluded = excluded_parts(q) }, evidence end
      if plain_weights(m) then return "none", "config" end
    end,
    grade = function(a, b)
      if a == "none" or b == "none" then return nil end
      return "path"
    end,
    behind = { "quantization" },
    why = "a part of the model is quantised on one side only",
  },
  {
    id = "kv_quantization",
    scopes = { "cache", "quantization", "attention" },
    unknown = "config",
    read = function(m)
      local q, evidence = record_of(m)
      local scheme = q and (q.kv_cache_scheme or q.kv_cache_quant_algo)
      if type(scheme) == "table" then
        return scheme_text(scheme), evidence
      elseif type(scheme) == "string" then
        return scheme, evidence
      end
      local found = m:tensor({ "%.k_scale$", "%.v_scale$", "k_proj%.output_scale$" })
      if found then return "scaled", m:tensor_evidence() end
      if q or plain_weights(m) then return "none", evidence or "config" end
    end,
    path = function(v) return v end,
    why = "the cache is quantised in another way",
  },
}
