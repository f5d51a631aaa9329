-- What would the Python tool say? Its numbers, defects included, for people who migrate from it.
--
-- Replaces every seam. Values of a config follow Python: null, false, 0, "" and empty lists are
-- false, booleans are integers, rounding is half to even. The loader gives `json.null` and
-- `json.array`.

local null, array = json.null, json.array

-- ---------------------------------------------------------------- Python's manners

local function round(value, places)
  return (tonumber(("%." .. places .. "f"):format(value)) or value) + 0.0
end

local function truthy(value)
  if value == nil or value == null or value == false or value == 0 or value == "" then
    return false
  end
  return type(value) ~= "table" or next(value) ~= nil
end

local function integer(value)
  if type(value) == "boolean" then return value and 1 or 0 end
  return math.type(value) == "integer" and value or nil
end

--- An integer, or the largest one of a list.
local function whole(value)
  if type(value) ~= "table" then return integer(value) end
  local most
  for _, item in ipairs(value) do
    local n = integer(item)
    if not n then return nil end
    most = most and math.max(most, n) or n
  end
  return most
end

local function equal(x, y)
  if x == nil then x = null end
  if y == nil then y = null end
  if type(x) == "boolean" and type(y) == "number" then x = integer(x) end
  if type(y) == "boolean" and type(x) == "number" then y = integer(y) end
  if x == y then return true end
  if type(x) ~= "table" or type(y) ~= "table" or x == null or y == null then return false end
  for key, value in pairs(x) do
    if y[key] == nil or not equal(value, y[key]) then return false end
  end
  for key in pairs(y) do
    if x[key] == nil then return false end
  end
  return true
end

local function float_text(value)
  for digits = 1, 17 do
    local text = ("%." .. digits .. "g"):format(value)
    if tonumber(text) == value then
      local plain = math.abs(value) < 1e16 and (value == 0 or math.abs(value) >= 1e-4)
      if plain and text:find "e" then text = ("%.0f"):format(value) end
      return text:find "[.en]" and text or text .. ".0"
    end
  end
  return tostring(value)
end

--- A value as Python prints it; inside lists texts have quotes.
local function print_text(value, inside)
  if value == null then return "None" end
  if value == true then return "True" elseif value == false then return "False" end
  if math.type(value) == "float" then return float_text(value) end
  if type(value) == "string" then return inside and "'" .. value .. "'" or value end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for i, item in ipairs(value) do parts[i] = print_text(item, true) end
  return "[" .. table.concat(parts, ", ") .. "]"
end

local function contains(text, words)
  for _, word in ipairs(words) do
    if text:find(word, 1, true) then return true end
  end
  return false
end

local function sorted(set)
  local list = array {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

-- ---------------------------------------------------------------- config

local nested = { "text_config", "llm_config", "language_config", "language_model_config" }

local aliases = {
  { "n_embd", "hidden_size" }, { "n_head", "num_attention_heads" },
  { "n_layer", "num_hidden_layers" }, { "n_inner", "intermediate_size" },
  { "dim", "hidden_size" }, { "n_heads", "num_attention_heads" },
  { "n_layers", "num_hidden_layers" }, { "hidden_dim", "intermediate_size" },
  { "d_model", "hidden_size" }, { "num_layers", "num_hidden_layers" },
  { "d_ff", "intermediate_size" }, { "num_heads", "num_attention_heads" },
  { "d_kv", "head_dim" }, { "encoder_attention_heads", "num_attention_heads" },
  { "encoder_layers", "num_hidden_layers" },
}

local kept = { "model_type", "hidden_size", "num_hidden_layers", "num_attention_heads",
  "num_key_value_heads", "intermediate_size", "head_dim", "max_position_embeddings", "rope_theta",
  "rope_scaling", "sliding_window", "layer_types", "num_experts_per_tok", "num_local_experts",
  "vocab_size", "architectures" }

local expert_counts = { "num_local_experts", "num_experts", "moe_num_experts" }
local chosen_counts = { "num_experts_per_tok", "num_selected_experts" }
local expert_names = { "mlp.experts.", "block_sparse_moe", "moe.experts." }

local function flatten(raw)
  local config = {}
  if type(raw) ~= "table" or raw == null then return config end
  for key, value in pairs(raw) do config[key] = value end
  for _, name in ipairs(nested) do
    local part = config[name]
    if type(part) == "table" and part ~= null then
      for key, value in pairs(part) do
        if config[key] == nil then config[key] = value end
      end
    end
  end
  for _, alias in ipairs(aliases) do
    local source, target = alias[1], alias[2]
    if config[target] == nil then config[target] = config[source] end
  end
  return config
end

local function is_moe(config, keys)
  for _, name in ipairs(expert_counts) do
    if truthy(config[name]) then return true end
  end
  local model_type = config.model_type
  if type(model_type) == "string" and model_type:lower():find("moe", 1, true) then return true end
  for _, key in ipairs(keys or {}) do
    if contains(key, expert_names) then return true end
  end
  return false
end

--- Python's chain of `or`: the first true value, else the last one looked at.
local function first_true(config, names)
  local value
  for _, name in ipairs(names) do
    value = config[name]
    if truthy(value) then return value end
  end
  if value == nil then return null end
  return value
end

local function architecture(config, moe)
  local out = {}
  for _, key in ipairs(kept) do out[key] = config[key] end
  if out.head_dim == nil then
    local hidden, heads = integer(config.hidden_size), whole(config.num_attention_heads)
    if hidden and heads and heads ~= 0 then out.head_dim = hidden // heads end
  end
  out.is_moe = moe
  local experts = first_true(config, expert_counts)
  out.num_experts = truthy(experts) and experts or null
  out.num_experts_per_tok = first_true(config, chosen_counts)
  if out.layer_types == nil then out.layer_types = array {} end
  return out
end

local function cache_pattern(config, fingerprint)
  local heads, size = config.num_key_value_heads, fingerprint.head_dim
  if heads == nil then heads = config.num_attention_heads end
  return ("[batch, %s, seq_len, %s]"):format(heads == nil and "?" or print_text(heads),
    size == nil and "?" or print_text(size))
end

local function dimension_ratios(config)
  local out = {}
  local function add(name, above, below)
    if above and below and below > 0 then out[name] = round(above / below, 6) end
  end
  add("ffn_expansion", integer(config.intermediate_size), integer(config.hidden_size))
  add("gqa_ratio", whole(config.num_attention_heads), whole(config.num_key_value_heads))
  return out
end

-- ---------------------------------------------------------------- names and tensors

local dtypes = { F16 = "FP16", F32 = "FP32", F64 = "FP64", F8_E4M3 = "FP8_E4M3",
  F8_E5M2 = "FP8_E5M2", I8 = "INT8", I4 = "INT4", U8 = "UINT8" }

local layer_rules = {
  { "AttentionLayer", { "q_proj", "k_proj", "v_proj", "o_proj", "qkv_proj", "query_key_value",
    "self_attn", "attention" } },
  { "FFN_SwiGLU", { "gate_proj", "up_proj", "down_proj", "fc1", "fc2", "ffn" } },
  { "MoELayer", { "experts", "moe", "router" } },
  { "RMSNorm", { "layernorm", "layer_norm", "rmsnorm", "norm" } },
  { "EmbeddingLayer", { "embed_tokens", "embedding", "wte", "wpe" } },
  { "LMHead", { "lm_head" } },
  { "RotaryEmb", { "rotary_emb", "rope" } },
}

local op_rules = {
  attention = { ".q_proj.", ".k_proj.", ".v_proj.", ".o_proj.", ".query_key_value.", ".qkv_proj.",
    ".query.", ".key.", ".value." },
  swiglu = { ".gate_proj.", ".up_proj.", ".down_proj." },
  ffn = { ".fc1.", ".fc2.", ".ffn." },
  moe_expert = { ".experts." },
  moe_router = { ".router.", ".gate." },
  moe_shared_expert = { ".shared_experts." },
  embedding = { ".embed_tokens.", ".wte.", ".word_embeddings." },
  lm_head = { ".lm_head.", ".output." },
  rms_norm = { ".input_layernorm.", ".post_attention_layernorm.", ".norm.", ".ln_f.",
    ".layernorm." },
  rope = { ".rotary_emb.", ".rope." },
  silu = { ".gate_proj.", ".up_proj." },
  ["topk/router"] = { ".experts.", ".router.", ".gate." },
}

local highlevel_rules = {
  Attention = { "q_proj", "k_proj", "v_proj", "o_proj", "self_attn", "attention" },
  ["SwiGLU/FFN"] = { "gate_proj", "up_proj", "down_proj", "swiglu", "ffn", "mlp" },
  MoE = { "experts", "moe", "router" },
  Norm = { "norm", "layernorm", "rmsnorm", "layer_norm" },
  Embedding = { "embed" },
  LMHead = { "lm_head", "head" },
  RotaryEmb = { "rotary", "rope", "pos_emb" },
}

local function layer_type(key)
  local lower = key:lower()
  for _, rule in ipairs(layer_rules) do
    if contains(lower, rule[2]) then return rule[1] end
  end
  return "LinearLayer"
end

local function elements(shape)
  local n = 1
  for _, dim in ipairs(shape) do n = n * dim end
  return n
end

local function entry(shape, dtype, kind)
  return { representative_shape = array { table.unpack(shape) }, dtype = dtype, layer_type = kind,
    count = 0, param_count = 0 }
end

--- Tensors in the order of the files' names; of a repeated name the first counts.
local function in_file_order(model)
  local files, by_file = {}, {}
  for i = 1, #model.tensors do
    local tensor = model.tensors[i]
    local file = tensor.file or ""
    if not by_file[file] then
      by_file[file] = {}
      files[#files + 1] = file
    end
    table.insert(by_file[file], tensor)
  end
  table.sort(files)
  return files, by_file
end

local function signature_of(model)
  local signature, keys, seen = {}, {}, {}
  local files, by_file = in_file_order(model)
  for _, file in ipairs(files) do
    for _, tensor in ipairs(by_file[file]) do
      local name = tensor.name
      if not seen[name] then
        seen[name] = true
        local key = name:gsub("%.%d+%.", ".N.")
        local found = signature[key]
        if not found then
          local dtype = tensor.dtype and tensor.dtype:upper() or "UNKNOWN"
          found = entry(tensor.shape, dtypes[dtype] or dtype, layer_type(key))
          signature[key] = found
          keys[#keys + 1] = key
        end
        found.count = found.count + 1
        found.param_count = found.param_count + elements(tensor.shape)
      end
    end
  end
  return signature, keys
end

local function matching(keys, rules, lower, into)
  for _, key in ipairs(keys) do
    local text = lower and key:lower() or key
    for name, words in pairs(rules) do
      if not into[name] and contains(text, words) then into[name] = true end
    end
  end
  return into
end

--- The weights that the tool takes every model to have when it sees only the config.
local function assumed_signature(config, moe)
  local signature = {}
  local function size(name) return whole(config[name]) or 0 end
  local h, i, v = size "hidden_size", size "intermediate_size", size "vocab_size"
  local heads = size "num_attention_heads"
  local kv = config.num_key_value_heads == nil and heads or size "num_key_value_heads"
  local function add(key, shape, dtype, kind)
    local found = entry(shape, dtype, kind)
    found.count, found.param_count = 1, elements(shape)
    signature[key] = found
  end
  local layer = "model.layers.N."
  if v ~= 0 and h ~= 0 then
    add("model.embed_tokens.weight", { v, h }, "BF16", "EmbeddingLayer")
    add("lm_head.weight", { v, h }, "BF16", "LMHead")
  end
  if h ~= 0 then
    add(layer .. "input_layernorm.weight", { h }, "FP32", "RMSNorm")
    add(layer .. "post_attention_layernorm.weight", { h }, "FP32", "RMSNorm")
  end
  if h ~= 0 and heads ~= 0 then
    local width = h // heads
    for name, shape in pairs { q = { heads * width, h }, k = { kv * width, h },
      v = { kv * width, h }, o = { h, heads * width } } do
      add(("%sself_attn.%s_proj.weight"):format(layer, name), shape, "BF16", "AttentionLayer")
    end
  end
  if h ~= 0 and i ~= 0 then
    local place = moe and "mlp.experts.N." or "mlp."
    for name, shape in pairs { gate = { i, h }, up = { i, h }, down = { h, i } } do
      add(("%s%s%s_proj.weight"):format(layer, place, name), shape, "BF16",
        moe and "MoELayer" or "FFN_SwiGLU")
    end
  end
  return signature
end

local function fingerprint(model)
  local config = flatten(model.raw_config)
  local with_headers = model.source == "safetensors"
  local signature, keys
  if with_headers then signature, keys = signature_of(model) end
  local moe = is_moe(config, keys)
  if not with_headers then signature = assumed_signature(config, moe) end
  local kinds, highlevel = {}, {}
  for _, found in pairs(signature) do kinds[found.layer_type] = true end
  local operators = matching(keys or {}, op_rules, false,
    { ["aten/mm"] = true, scaled_dot_product_attention = true })
  if with_headers then
    matching(keys, highlevel_rules, true, highlevel)
    if next(highlevel) == nil then highlevel.Linear = true end
  end
  local arch = architecture(config, moe)
  return {
    arch_fingerprint = arch, static_weight_signature = signature,
    op_types = sorted(operators), unique_ops_highlevel = sorted(highlevel),
    layer_types = sorted(kinds), kv_cache_shape_pattern = cache_pattern(config, arch),
    dimension_ratios = dimension_ratios(config),
    source = with_headers and "safetensors" or "config_only",
  }
end

-- ---------------------------------------------------------------- pairs

local parts = { q_proj = "attention", k_proj = "attention", v_proj = "attention",
  o_proj = "attention", gate_proj = "ffn", up_proj = "ffn", down_proj = "ffn",
  input_layernorm = "norm", post_attention_layernorm = "norm" }

--- Which parts the layers have; nothing is known of them without headers.
local function substructure(document)
  local found = {}
  if document.source ~= "safetensors" then return found end
  for key in pairs(document.static_weight_signature) do
    local rest = key:match "%.N%.(.*)"
    local part = rest and (rest:match "([^.]*)%.[^.]*$")
    if part and parts[part] then found[parts[part]] = true end
  end
  return found
end

local function key_counts(a, b)
  local common, only_a, only_b = {}, array {}, array {}
  for key in pairs(a) do table.insert(b[key] and common or only_a, key) end
  for key in pairs(b) do
    if not a[key] then only_b[#only_b + 1] = key end
  end
  for _, list in ipairs { common, only_a, only_b } do table.sort(list) end
  return { common = common, only_a = only_a, only_b = only_b,
    larger = #common + math.max(#only_a, #only_b), all = #common + #only_a + #only_b }
end

local function phases(a, b, counts)
  local first = #counts.common + #counts.only_a > 0 and #counts.common + #counts.only_b > 0
    and #counts.common / counts.larger >= 0.8
  return first, equal(substructure(a), substructure(b))
end

local function is_other(a, b, first, second)
  local x, y = a.arch_fingerprint, b.arch_fingerprint
  return x.is_moe ~= y.is_moe or truthy(x.model_type) and truthy(y.model_type)
    and x.model_type ~= y.model_type or not first or not second
end

local function scaling(x, y)
  local out, ratios, sum = {}, {}, 0.0
  for _, name in ipairs { "hidden_size", "intermediate_size", "head_dim" } do
    local p, q = x[name], y[name]
    if truthy(p) and truthy(q) and math.type(p) and math.type(q) then
      local ratio = round(q / p, 6)
      out[name] = { a = p, b = q, ratio = ratio }
      ratios[#ratios + 1] = ratio
      sum = sum + ratio
    end
  end
  local mean = sum / math.max(#ratios, 1)
  for _, ratio in ipairs(ratios) do
    if #ratios > 1 and math.abs(ratio - mean) > 0.2 * mean then return out, false end
  end
  return out, true
end

local function differ(a, b, name, by)
  local x, y = a.dimension_ratios[name], b.dimension_ratios[name]
  return x ~= nil and y ~= nil and math.abs(x - y) > by
end

local function jaccard(a, b)
  local have, common, all = set_of(a), 0, #a
  for _, name in ipairs(b) do
    if have[name] then common = common + 1 else all = all + 1 end
  end
  return all == 0 and 1.0 or common / all, common
end

local function is_uniform(x, y)
  local small, large = x, y
  if elements(x) > elements(y) then small, large = y, x end
  local least, most = math.huge, 0
  for i = 1, #small do
    local ratio = large[i] / small[i]
    least, most = math.min(least, ratio), math.max(most, ratio)
  end
  return most - least <= 0.05 * most
end

local function shapes(a, b, counts)
  local same_rank, other = 0, array {}
  for _, key in ipairs(counts.common) do
    local x = a.static_weight_signature[key].representative_shape
    local y = b.static_weight_signature[key].representative_shape
    if #x == #y then
      same_rank = same_rank + 1
      if #x > 0 and elements(x) ~= 0 and elements(y) ~= 0 and not is_uniform(x, y) then
        other[#other + 1] = key
      end
    end
  end
  return counts.all == 0 and 1.0 or same_rank / counts.all, other
end

local function first(list, count)
  return array { table.unpack(list, 1, math.min(count, #list)) }
end

local function missing(from, list)
  local have, out = set_of(list), {}
  for _, name in ipairs(from) do
    if not have[name] then out[name] = true end
  end
  return sorted(out)
end

local function risks_of(a, b)
  local x, y, list = a.arch_fingerprint, b.arch_fingerprint, array {}
  local function add(when, name)
    if when then list[#list + 1] = name end
  end
  local p, q = x.hidden_size, y.hidden_size
  add(truthy(p) and truthy(q) and math.type(p) and math.type(q) and q / p >= 4,
    "hidden_size_ratio")
  add(differ(a, b, "gqa_ratio", 0.5), "gqa_mismatch")
  add(differ(a, b, "ffn_expansion", 0.3), "ffn_expansion")
  add(x.is_moe and not y.is_moe, "moe_to_dense")
  add(y.is_moe and not x.is_moe, "dense_to_moe")
  add(truthy(x.rope_theta) and truthy(y.rope_theta) and not equal(x.rope_theta, y.rope_theta),
    "rope_theta")
  return list
end

local structure_scores = { ISOMORPHIC = 1.0, SCALE_ONLY = 0.80, DIFFERENT_ARCH = 0.20 }

local caveats = {
  risks = "The architectures differ in ways that shift the ranges of activations.",
  always = "Structure only: calibration data must confirm it (SensCorr, RepAlign).",
  high = "Settings of the small model are a good start for the large one.",
  mixed = "Choose the bits of each layer on the large model.",
  moe = "Experts must each see enough calibration data.",
  none = "The structures are too far apart to transfer settings.",
}

local function methods_of(score, risks, moe)
  local methods, notes = array {}, array {}
  local function add(note, ...)
    for _, name in ipairs { ... } do methods[#methods + 1] = name end
    notes[#notes + 1] = caveats[note]
  end
  if score >= 0.80 then add("high", "GPTQ (W4A16)", "AWQ (W4A16)") end
  if score >= 0.70 and #risks == 0 then
    add("mixed", "Mixed-precision (HAWQ-style bit allocation)")
  end
  if moe then add("moe", "Expert-aware quantization (expert-group calibration)") end
  if #methods == 0 then add("none", "Run full per-model calibration") end
  if #risks > 0 then notes[#notes + 1] = caveats.risks end
  notes[#notes + 1] = caveats.always
  return methods, notes
end

local function transfer(a, b, isomorphism, uniform)
  local x, y = a.arch_fingerprint, b.arch_fingerprint
  local _, common = jaccard(a.op_types, b.op_types)
  local op = common / (math.sqrt(#a.op_types) * math.sqrt(#b.op_types))
  local layer = jaccard(a.layer_types, b.layer_types)
  local struct, shape = structure_scores[isomorphism], uniform and 1.0 or 0.85
  local moe = x.is_moe ~= y.is_moe and 0.90 or y.is_moe and 0.95 or 1.0
  local risks = risks_of(a, b)
  local score = 0.25 * struct + 0.20 * op + 0.20 * layer + 0.15 * shape + 0.10 * moe
    + 0.10 * math.max(0.0, 1 - 0.05 * #risks)
  local methods, notes = methods_of(score, risks, y.is_moe)
  local confidence = isomorphism == "DIFFERENT_ARCH" and "LOW"
    or isomorphism == "ISOMORPHIC" and #risks == 0 and "HIGH" or "MEDIUM"
  return { struct_sim_score = round(struct, 4), op_hist_sim = round(op, 4),
    layer_type_hist_sim = round(layer, 4), shape_uniform_score = round(shape, 4),
    moe_correction = round(moe, 4), arch_risk_factors = risks,
    estimated_transferability = round(score, 4), confidence = confidence,
    recommended_methods = methods, caveats = notes }
end

local advice = {
  RECOMMENDED = "The smaller model may stand in for structural tests of the larger one.",
  PARTIAL = "The smaller model covers a part of the tests of the larger one.",
  NOT_RECOMMENDED = "Test the models one by one.",
}

local scopes = {
  RECOMMENDED = { "loading", "layer shapes", "numerics" },
  PARTIAL = { "loading", "common layers" },
  NOT_RECOMMENDED = {},
}

local function strategy(layer, shape, can)
  local level = can and "RECOMMENDED" or layer >= 0.70 and shape >= 0.70 and "PARTIAL"
    or "NOT_RECOMMENDED"
  return { level = level, description = advice[level],
    test_scope = array { table.unpack(scopes[level]) } }
end

local function same_structure(x, y)
  for _, key in ipairs { "model_type", "num_attention_heads", "num_key_value_heads", "is_moe" } do
    if not equal(x[key], y[key]) then return false end
  end
  return true
end

local function compare(a, b)
  local counts = key_counts(a.static_weight_signature, b.static_weight_signature)
  local phase1, phase2 = phases(a, b, counts)
  local analysis, scales = scaling(a.arch_fingerprint, b.arch_fingerprint)
  local phase3 = scales and not differ(a, b, "gqa_ratio", 0.5)
  local isomorphism = is_other(a, b, phase1, phase2) and "DIFFERENT_ARCH"
    or phase3 and "ISOMORPHIC" or "SCALE_ONLY"
  local layer = jaccard(a.layer_types, b.layer_types)
  local shape, other = shapes(a, b, counts)
  local can = layer >= 0.95 and shape >= 0.90
  local plan = strategy(layer, shape, can)
  return {
    isomorphism = isomorphism, a_covers_b = #counts.only_b == 0, b_covers_a = #counts.only_a == 0,
    coverage_rate = counts.larger > 0 and round(#counts.common / counts.larger, 6) or 0.0,
    only_in_a = first(counts.only_a, 20), only_in_b = first(counts.only_b, 20),
    operator_coverage_rate = round(jaccard(a.op_types, b.op_types), 4),
    missing_highlevel_ops = missing(b.unique_ops_highlevel, a.unique_ops_highlevel),
    layer_type_coverage = round(layer, 4), shape_compatibility = round(shape, 4),
    can_substitute = can,
    structural_coverage = same_structure(a.arch_fingerprint, b.arch_fingerprint),
    phase1_normalized_match = phase1, phase2_substructure_match = phase2,
    phase3_algebraic_consistent = phase3, scaling_analysis = analysis,
    shape_ratios_all_uniform = #other == 0, non_uniform_shape_keys = first(other, 10),
    test_strategy = plan, recommendation = plan.description,
    quant_transfer = transfer(a, b, isomorphism, #other == 0),
  }
end

local function decide(pair)
  if pair.isomorphism == "DIFFERENT_ARCH" then return "NO" end
  if pair.isomorphism == "ISOMORPHIC" and pair.shape_ratios_all_uniform and pair.can_substitute
  then
    return "FULL"
  end
  return "PARTIAL"
end

-- ---------------------------------------------------------------- plan

local function size_of(document)
  local x = document.arch_fingerprint
  local size = (whole(x.num_hidden_layers) or 0) * (whole(x.hidden_size) or 0)
  return x.is_moe and 4 * size or size
end

local function is_related(a, b)
  local counts = key_counts(a.static_weight_signature, b.static_weight_signature)
  return not is_other(a, b, phases(a, b, counts))
end

local levels = {
  { "level1_structure", "smallest of its group", { "loading", "tensor shapes", "dtypes" } },
  { "level2_numerical", "middle of its group",
    { "layer-wise cosine", "perplexity on a calibration set" } },
  { "level3_runtime", "middle of its group",
    { "prefill latency", "decode throughput", "KV cache eviction" } },
  { "level4_canary", "largest of its group", { "peak memory", "TP/PP" } },
}

local function plan(models)
  local list, groups, taken = {}, {}, {}
  for i, model in ipairs(models) do
    list[i] = { label = model.label, document = model.document, size = size_of(model.document),
      place = i }
  end
  table.sort(list, function(x, y)
    if x.size ~= y.size then return x.size < y.size end
    return x.place < y.place
  end)
  for i, head in ipairs(list) do
    if not taken[i] then
      local group = { head }
      for j = i + 1, #list do
        if not taken[j] and is_related(head.document, list[j].document) then
          taken[j] = true
          group[#group + 1] = list[j]
        end
      end
      groups[#groups + 1] = group
    end
  end
  local out = {}
  for n, level in ipairs(levels) do
    out[level[1]] = array {}
    for _, group in ipairs(groups) do
      local middle = #group // 2 + 1
      local pick = ({ 1, middle, #group > 1 and middle or 1, #group })[n]
      if n ~= 2 or #group > 1 then
        table.insert(out[level[1]], { model = group[pick].label, reason = level[2],
          test_focus = array { table.unpack(level[3]) } })
      end
    end
  end
  return out
end

return {
  summary = "what would the Python tool say?",
  fingerprint = fingerprint,
  compare = compare,
  decide = decide,
  plan = plan,
}
