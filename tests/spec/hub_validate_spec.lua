--- `modelsig validate` over the bundled list, against a stand-in Hub that serves repositories of
--- these names: where the published configuration and list of tensors are at hand they are served
--- in real size, else a configuration of what is known of the model.

local hub = require "tests.hub.hub"
local json = require "cjson"
local model_folder = require "tests.spec.model_folder"
local onnx = require "tests.spec.onnx_tiny"
local shared = require "tests.spec.shared"
local validate = require "modelsig.cli.validate"

local GONE = "openai/gpt-oss-20b" -- the one that the Hub of this test does not have

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

local function real_parts(id)
  local name = id:gsub("/", "--")
  local config = shared.path("zoo/configs/" .. name .. ".json")
  local tensors = shared.path("golden/transformers/tensors/" .. name .. ".json.gz")
  return exists(config) and config or nil, exists(tensors) and tensors or nil
end

--- A folder of real size without weights.
local function make_real(server, id, config, tensors)
  local folder = server.folder .. "/" .. id
  assert(os.execute(("mkdir -p '%s' && python3 '%s' '%s' '%s' --config '%s' --shards 3 >/dev/null")
    :format(folder, shared.path "tools/make_model.py", tensors, folder, config)))
end

--- What the list knows, as a configuration.
local function known_config(entry)
  local config = { architectures = { "SomethingForCausalLM" } }
  for key, value in pairs(entry.known or {}) do config[key] = value end
  config.is_moe = nil
  if entry.known and entry.known.is_moe then
    config.num_experts, config.num_experts_per_tok = 8, 2
    config.moe_intermediate_size = 64
  end
  return json.encode(config)
end

--- Weights that have experts where the model has.
local function weights(entry)
  if not (entry.known or {}).is_moe then return hub.tiny()["model.safetensors"] end
  local list = {}
  for expert = 0, 7 do
    local name = "model.layers.0.mlp.experts.%d.%s_proj.weight"
    list[#list + 1] = { name:format(expert, "up"), "BF16", { 64, 32 } }
    list[#list + 1] = { name:format(expert, "down"), "BF16", { 32, 64 } }
  end
  return model_folder.safetensors(list)
end

local function make(server, entry)
  local config, tensors = real_parts(entry[1])
  if config and tensors and entry.format == "safetensors" then
    make_real(server, entry[1], config, tensors)
    return "real"
  end
  local files = { ["README.md"] = "# " .. entry[1] }
  files["config.json"] = config and assert(io.open(config)):read "a" or known_config(entry)
  if entry.format == "onnx" then files["onnx/model.onnx"] = onnx.model() end
  if entry.format == "safetensors" then files["model.safetensors"] = weights(entry) end
  server:add(entry[1], files)
  return "known"
end

describe("modelsig validate", function()
  local server, list, made

  lazy_setup(function()
    server = hub.start()
    list = assert(validate.load())
    made = {}
    for _, entry in ipairs(list.models) do
      if entry[1] ~= GONE then made[entry[1]] = make(server, entry) end
    end
  end)
  lazy_teardown(function() server:stop() end)

  local function outcomes(arguments)
    local output, exit = server:run("modelsig validate " .. arguments)
    local document = json.decode(output:match "%b{}")
    local by_name = {}
    for _, outcome in ipairs(document.models) do by_name[outcome.model] = outcome end
    return by_name, document, exit, output
  end

  it("reads all it can, says the rest, and fails for what is gone", function()
    local by_name, document, exit, output = outcomes "--output json"
    assert.equal(57, #document.models)
    assert.equal(2, exit)
    local gone = by_name[GONE]
    assert.equal("not", gone.result)
    assert.matches("^notfound: ", gone.why[1])
    assert.matches("57 models: %d+ read, %d+ partly, 0 wrong, 1 not read", output)
    local sum = document.summary
    assert.equal(57, sum.read + sum.partly + sum.wrong + sum["not"])
    for id, kind in pairs(made) do
      local outcome = by_name[id]
      assert.is_truthy(outcome.result == "read" or outcome.result == "partly",
        id .. ": " .. table.concat(outcome.why, "; "))
      assert.matches("^%x+$", outcome.revision)
      if kind == "real" and id:find "Qwen2.5" then assert.equal("read", outcome.result) end
    end
  end)

  it("finds that a published model is no longer what is known of it", function()
    local config = json.encode { model_type = "llama", architectures = { "LlamaForCausalLM" },
      hidden_size = 2561, num_hidden_layers = 32, num_attention_heads = 20,
      num_key_value_heads = 4 }
    server:put("Nanbeige/Nanbeige4.1-3B", { ["config.json"] = config })
    local path = server.folder .. "/list.lua"
    local file = assert(io.open(path, "w"))
    file:write [[return { { "Nanbeige/Nanbeige4.1-3B", format = "fast",
      known = { hidden_size = 2560 } } }]]
    file:close()
    local output, exit = server:run("modelsig validate " .. path)
    assert.equal(3, exit)
    assert.matches("wrong   Nanbeige/Nanbeige4.1-3B  (fast)\n"
      .. "        hidden_size is 2561; 2560 is known", output, 1, true)
    assert.matches("1 models: 0 read, 0 partly, 1 wrong, 0 not read", output, 1, true)
  end)
end)
