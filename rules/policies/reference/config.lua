-- What the Python tool reads of a configuration.

local null, array = json.null, json.array
local manners = part "manners"
local contains, integer, print_text = manners.contains, manners.integer, manners.print_text
local round, truthy, whole = manners.round, manners.truthy, manners.whole

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


return { flatten = flatten, is_moe = is_moe, architecture = architecture,
  cache_pattern = cache_pattern, dimension_ratios = dimension_ratios }
