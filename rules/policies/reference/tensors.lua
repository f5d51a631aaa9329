-- The tool's names of layers and operators, and its static signature: of the headers, or, with the
-- config alone, of the weights that it takes every model to have.

local array = json.array
local manners = part "manners"
local contains, whole = manners.contains, manners.whole

local dtypes = rule("dtypes").report

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
        found.param_count = found.param_count + lists.product(tensor.shape)
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
  -- null where every layer has its own number of heads: no number, as if it were missing
  local kv = whole(config.num_key_value_heads) or heads
  local function add(key, shape, dtype, kind)
    local found = entry(shape, dtype, kind)
    found.count, found.param_count = 1, lists.product(shape)
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


return { op_rules = op_rules, highlevel_rules = highlevel_rules, matching = matching,
  signature_of = signature_of, assumed_signature = assumed_signature }
