--- Makes the sample models beside this file: real configs and safetensors headers of small sizes,
--- with zeros for weights. Run as `lua5.4 samples/make.lua` from the root of the tree; what it
--- writes is kept in the repository, and a test checks that it still writes the same.

local target = arg and arg[1] or "samples"

local config = [[
{
  "architectures": ["%(class)"],
  "attention_bias": false,
  "attention_dropout": 0.0,
  "bos_token_id": 1,
  "eos_token_id": 2,
  "head_dim": %(head_dim),
  "hidden_act": "silu",
  "hidden_size": %(hidden_size),
  "initializer_range": 0.02,
  "intermediate_size": %(intermediate_size),
  "max_position_embeddings": %(max_position_embeddings),
  "model_type": "%(model_type)",
  "num_attention_heads": %(num_attention_heads),
  "num_hidden_layers": %(num_hidden_layers),
  "num_key_value_heads": %(num_key_value_heads),
  "rms_norm_eps": 1e-06,
  "rope_scaling": null,
  "rope_theta": %(rope_theta),
  "tie_word_embeddings": %(tied),
  "torch_dtype": "bfloat16",
  "use_cache": true,
  "vocab_size": %(vocab_size)
}
]]

local samples = {
  ["qwen3-mini"] = { class = "Qwen3ForCausalLM", model_type = "qwen3", head_dim = 8,
    hidden_size = 16, intermediate_size = 48, num_attention_heads = 4, num_key_value_heads = 2,
    num_hidden_layers = 2, vocab_size = 96, max_position_embeddings = 40960,
    rope_theta = "1000000", tied = true, qk_norm = true },
  ["qwen3-midi"] = { class = "Qwen3ForCausalLM", model_type = "qwen3", head_dim = 8,
    hidden_size = 24, intermediate_size = 64, num_attention_heads = 6, num_key_value_heads = 2,
    num_hidden_layers = 3, vocab_size = 96, max_position_embeddings = 40960,
    rope_theta = "1000000", tied = true, qk_norm = true },
  ["llama-mini"] = { class = "LlamaForCausalLM", model_type = "llama", head_dim = 8,
    hidden_size = 24, intermediate_size = 72, num_attention_heads = 4, num_key_value_heads = 2,
    num_hidden_layers = 2, vocab_size = 96, max_position_embeddings = 8192,
    rope_theta = "500000.0", tied = false, qk_norm = false },
}

--- Name and shape of every tensor, as a checkpoint is saved.
local function tensors(c)
  local list = {}
  local function add(name, ...) list[#list + 1] = { name = name, shape = { ... } } end
  local q, kv = c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim
  add("model.embed_tokens.weight", c.vocab_size, c.hidden_size)
  for i = 0, c.num_hidden_layers - 1 do
    local layer = ("model.layers.%d."):format(i)
    add(layer .. "input_layernorm.weight", c.hidden_size)
    add(layer .. "post_attention_layernorm.weight", c.hidden_size)
    add(layer .. "self_attn.q_proj.weight", q, c.hidden_size)
    add(layer .. "self_attn.k_proj.weight", kv, c.hidden_size)
    add(layer .. "self_attn.v_proj.weight", kv, c.hidden_size)
    add(layer .. "self_attn.o_proj.weight", c.hidden_size, q)
    if c.qk_norm then
      add(layer .. "self_attn.q_norm.weight", c.head_dim)
      add(layer .. "self_attn.k_norm.weight", c.head_dim)
    end
    add(layer .. "mlp.gate_proj.weight", c.intermediate_size, c.hidden_size)
    add(layer .. "mlp.up_proj.weight", c.intermediate_size, c.hidden_size)
    add(layer .. "mlp.down_proj.weight", c.hidden_size, c.intermediate_size)
  end
  add("model.norm.weight", c.hidden_size)
  if not c.tied then add("lm_head.weight", c.vocab_size, c.hidden_size) end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

--- The bytes of a safetensors file: length of the header, header, zeros.
local function safetensors(list)
  local entries, offset = { '"__metadata__":{"format":"pt"}' }, 0
  for _, tensor in ipairs(list) do
    local bytes = 2
    for _, dim in ipairs(tensor.shape) do bytes = bytes * dim end
    entries[#entries + 1] = ('"%s":{"dtype":"BF16","shape":[%s],"data_offsets":[%d,%d]}'):format(
      tensor.name, table.concat(tensor.shape, ","), offset, offset + bytes)
    offset = offset + bytes
  end
  local header = "{" .. table.concat(entries, ",") .. "}"
  header = header .. (" "):rep(-#header % 8)
  return string.pack("<I8", #header) .. header .. ("\0"):rep(offset)
end

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  assert(file:write(bytes))
  assert(file:close())
end

for name, sample in pairs(samples) do
  local folder = ("%s/%s"):format(target, name)
  os.execute(("mkdir -p '%s'"):format(folder))
  write(folder .. "/config.json", (config:gsub("%%%(([%w_]+)%)", function(key)
    assert(sample[key] ~= nil, key)
    return tostring(sample[key])
  end)))
  write(folder .. "/model.safetensors", safetensors(tensors(sample)))
end
