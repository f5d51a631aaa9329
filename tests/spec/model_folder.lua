--- Small model folders for specs: real safetensors headers over zeros, written from Lua.

local M = {}

local bytes_of = { F64 = 8, I64 = 8, F32 = 4, I32 = 4, U32 = 4, BF16 = 2, F16 = 2, I8 = 1, U8 = 1,
  BOOL = 1, F8_E4M3 = 1, F8_E5M2 = 1, F8_E8M0 = 1 }

local made = {}

--- A new folder; `M.clean()` removes all of them.
---@return string
function M.new()
  local path = os.tmpname()
  os.remove(path)
  assert(os.execute(("mkdir -p '%s'"):format(path)))
  made[#made + 1] = path
  return path
end

function M.clean()
  for _, path in ipairs(made) do os.execute(("rm -rf '%s'"):format(path)) end
  made = {}
end

---@param path string
---@param text string
function M.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

--- The text of a safetensors file.
---@param tensors table[] {name, dtype, shape}
---@return string
function M.safetensors(tensors)
  local rows, at = { '"__metadata__":{"format":"pt"}' }, 0
  for _, t in ipairs(tensors) do
    local size = bytes_of[t[2]]
    for _, dim in ipairs(t[3]) do size = size * dim end
    rows[#rows + 1] = ('"%s":{"dtype":"%s","shape":[%s],"data_offsets":[%d,%d]}'):format(t[1], t[2],
      table.concat(t[3], ","), at, at + size)
    at = at + size
  end
  local header = "{" .. table.concat(rows, ",") .. "}"
  header = header .. (" "):rep(-#header % 8)
  return ("<I8"):pack(#header) .. header .. ("\0"):rep(at)
end

--- A folder with a configuration and weights. With several lists of tensors: shards and an index.
---@param config string|nil text of config.json
---@param ... table[] lists of tensors
---@return string path
function M.model(config, ...)
  local path, shards = M.new(), { ... }
  if config then M.write(path .. "/config.json", config) end
  if #shards == 1 then M.write(path .. "/model.safetensors", M.safetensors(shards[1])) end
  local map = {}
  for i, tensors in ipairs(#shards > 1 and shards or {}) do
    local name = ("model-%05d-of-%05d.safetensors"):format(i, #shards)
    M.write(path .. "/" .. name, M.safetensors(tensors))
    for _, t in ipairs(tensors) do map[#map + 1] = ('"%s":"%s"'):format(t[1], name) end
  end
  if #map > 0 then
    M.write(path .. "/model.safetensors.index.json",
      '{"metadata":{"total_size":1},"weight_map":{' .. table.concat(map, ",") .. "}}")
  end
  return path
end

M.llama = [[{"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 16,
  "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4,
  "intermediate_size": 32, "vocab_size": 64, "torch_dtype": "bfloat16",
  "tie_word_embeddings": false, "rms_norm_eps": 1e-5, "hidden_act": "silu"}]]

--- Tensors of that Llama; `change(list)` edits them.
---@param change? fun(list: table[])
---@return table[]
function M.llama_tensors(change)
  local list = { { "model.embed_tokens.weight", "BF16", { 64, 16 } },
    { "model.norm.weight", "BF16", { 16 } }, { "lm_head.weight", "BF16", { 64, 16 } } }
  local function add(layer, name, ...)
    list[#list + 1] = { ("model.layers.%d.%s.weight"):format(layer, name), "BF16", { ... } }
  end
  for layer = 0, 1 do
    add(layer, "input_layernorm", 16)
    add(layer, "post_attention_layernorm", 16)
    add(layer, "self_attn.q_proj", 16, 16)
    add(layer, "self_attn.k_proj", 8, 16)
    add(layer, "self_attn.v_proj", 8, 16)
    add(layer, "self_attn.o_proj", 16, 16)
    add(layer, "mlp.gate_proj", 32, 16)
    add(layer, "mlp.up_proj", 32, 16)
    add(layer, "mlp.down_proj", 16, 32)
  end
  if change then change(list) end
  return list
end

return M
