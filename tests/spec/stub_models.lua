--- Hand-made fingerprints for the specs of comparison: the fields that it reads, and nothing else.

local M = {}

local function copy(value)
  if type(value) ~= "table" then return value end
  local out = {}
  for k, v in pairs(value) do out[k] = copy(v) end
  return out
end

--- The weights of a Llama-like model: key, shape as expressions, layer type, role.
local decoder = {
  { "model.embed_tokens.weight", { "vocab_size", "hidden_size" }, "EmbeddingLayer",
    "embedding" },
  { "model.norm.weight", { "hidden_size" }, "RMSNorm", "final_norm" },
  { "lm_head.weight", { "vocab_size", "hidden_size" }, "LMHead", "head" },
  { "model.layers.N.input_layernorm.weight", { "hidden_size" }, "RMSNorm",
    "layer.attention_norm" },
  { "model.layers.N.post_attention_layernorm.weight", { "hidden_size" }, "RMSNorm",
    "layer.ffn_norm" },
  { "model.layers.N.self_attn.q_proj.weight", { "q_size", "hidden_size" }, "AttentionLayer",
    "layer.attention.query" },
  { "model.layers.N.self_attn.k_proj.weight", { "kv_size", "hidden_size" }, "AttentionLayer",
    "layer.attention.key" },
  { "model.layers.N.self_attn.v_proj.weight", { "kv_size", "hidden_size" }, "AttentionLayer",
    "layer.attention.value" },
  { "model.layers.N.self_attn.o_proj.weight", { "hidden_size", "q_size" }, "AttentionLayer",
    "layer.attention.output" },
  { "model.layers.N.mlp.gate_proj.weight", { "intermediate_size", "hidden_size" }, "FFN_SwiGLU",
    "layer.ffn.gate" },
  { "model.layers.N.mlp.up_proj.weight", { "intermediate_size", "hidden_size" }, "FFN_SwiGLU",
    "layer.ffn.up" },
  { "model.layers.N.mlp.down_proj.weight", { "hidden_size", "intermediate_size" }, "FFN_SwiGLU",
    "layer.ffn.down" },
}

--- One logical weight.
---@param s table<string, integer> sizes
---@param row table
---@param layers integer
---@return table
function M.entry(s, row, layers)
  local shape, params = {}, 1
  for i, name in ipairs(row[2]) do
    shape[i] = s[name] or name
    params = params * shape[i]
  end
  local layered = row[1]:find("%.N%.") ~= nil
  local count = layered and layers or 1
  return { key = row[1], shape = shape, exprs = copy(row[2]), layer_type = row[3], role = row[4],
    dtype = "BF16", count = count, params = params * count,
    shapes = { { shape = copy(shape), count = count,
      layers = layered and { { 0, layers - 1 } } or nil } } }
end

--- A Llama-like fingerprint. `change` edits it before it is finished.
---@param label string
---@param sizes? table<string, integer>
---@param change? fun(model: table)
---@return table
function M.llama(label, sizes, change)
  local s = { vocab_size = 128256, hidden_size = 4096, num_attention_heads = 32,
    num_key_value_heads = 8, head_dim = 128, intermediate_size = 14336, num_hidden_layers = 32 }
  for key, value in pairs(sizes or {}) do s[key] = value end
  s.q_size = s.num_attention_heads * s.head_dim
  s.kv_size = s.num_key_value_heads * s.head_dim
  local config = copy(s)
  config.q_size, config.kv_size = nil, nil
  config.architectures, config.model_type = { "LlamaForCausalLM" }, "llama"
  config.tie_word_embeddings = false
  local model = {
    label = label, typed = label, source = "safetensors", family = "llama", config = config,
    config_evidence = {}, symbols = copy(s), is_moe = false, findings = {},
    operators = { ["aten/mm"] = 7 * s.num_hidden_layers + 1, attention = s.num_hidden_layers,
      embedding = 1, rms_norm = 2 * s.num_hidden_layers + 1, rope = s.num_hidden_layers,
      silu = s.num_hidden_layers, swiglu = s.num_hidden_layers },
    layer_types = { AttentionLayer = s.num_hidden_layers, EmbeddingLayer = 1,
      FFN_SwiGLU = s.num_hidden_layers, LMHead = 1, RMSNorm = 2 * s.num_hidden_layers + 1,
      RotaryEmb = 1 },
    highlevel_ops = { "Attention", "Embedding", "LMHead", "Norm", "SwiGLU/FFN" },
    features = { head_dim = { value = s.head_dim, evidence = "config" },
      window = { value = "none", evidence = "config" } },
    keys = {}, digests = {},
  }
  for key in pairs(config) do model.config_evidence[key] = "config" end
  for i, row in ipairs(decoder) do model.keys[i] = M.entry(s, row, s.num_hidden_layers) end
  model.sizes = s
  if change then change(model) end
  table.sort(model.keys, function(x, y) return x.key < y.key end)
  local total = 0
  for _, entry in ipairs(model.keys) do total = total + entry.params end
  model.parameters = model.parameters or { total = total }
  return model
end

--- Adds a weight.
---@param model table
---@param row table
function M.add(model, row)
  table.insert(model.keys, M.entry(model.sizes, row, model.sizes.num_hidden_layers))
end

--- Takes away the weights whose key contains the text.
---@param model table
---@param text string
function M.remove(model, text)
  for i = #model.keys, 1, -1 do
    if model.keys[i].key:find(text, 1, true) then table.remove(model.keys, i) end
  end
end

--- The weight of a key.
---@param model table
---@param key string
---@return table
function M.get(model, key)
  for _, entry in ipairs(model.keys) do
    if entry.key == key then return entry end
  end
  error("no weight '" .. key .. "'", 2)
end

--- Features that differ, by the stub's own grades: a value of a model's `features` may carry
--- `grade` and `scopes`. Stands in for the product's rules, which have specs of their own.
local features = {}

function features.differences(a, b)
  local ids, differences, unknown = {}, {}, {}
  for id in pairs(a.features) do ids[#ids + 1] = id end
  table.sort(ids)
  for _, id in ipairs(ids) do
    local x, y = a.features[id], b.features[id]
    if not y or x.value == "unknown" or y.value == "unknown" then
      unknown[#unknown + 1] = { feature = id, scopes = x.scopes or {} }
    elseif x.value ~= y.value then
      differences[#differences + 1] = { feature = id, a = x.value, b = y.value,
        grade = x.grade or "path", scopes = x.scopes or { "attention" }, why = "the stub says so",
        evidence = { a = x.evidence, b = y.evidence } }
    end
  end
  return differences, unknown
end

--- Puts the stub's features in place of the product's, for this spec file.
---@return table module
function M.install()
  package.loaded["modelsig.model.features"] = features
  return M
end

return M
