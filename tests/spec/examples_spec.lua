--- The examples of `scripts/examples` do what their comments say.

local transcript = require "tests.spec.transcript"

local here = debug.getinfo(1, "S").source:match "^@(.*)/tests/spec/[^/]*$" or "."
if here:sub(1, 1) ~= "/" then here = io.popen("pwd"):read "l" .. "/" .. here end
local examples = here .. "/scripts/examples/"

local folder

--- Runs the program; `EX/` stands for the folder of examples.
local function modelsig(arguments)
  return transcript.run("modelsig " .. arguments:gsub("EX/", examples), folder.path,
    transcript.environment(folder.path))
end

before_each(function() folder = transcript.folder() end)
after_each(function() folder:remove() end)

describe("the example policy", function()
  local pair = "sample:qwen3-mini sample:qwen3-midi --output table --policy EX/policies/"

  it("same-heads turns FULL into PARTIAL where the grouping differs", function()
    local output, exit = modelsig(pair .. "same-heads.lua")
    assert.equal(0, exit, output)
    assert.matches("PARTIAL_SUBSTITUTE", output)
    assert.matches("2 query heads per KV head in one, 3 in the other", output)
  end)

  it("lenient loads and gives a verdict", function()
    local output, exit = modelsig(pair .. "lenient.lua")
    assert.equal(0, exit, output)
    assert.matches("FULL_SUBSTITUTE", output)
  end)

  it("shipped-scopes asks for the scopes it names", function()
    local output, exit = modelsig(pair .. "shipped-scopes.lua")
    assert.equal(0, exit, output)
    assert.matches("_SUBSTITUTE", output)
  end)

  it("is explained by the policies command", function()
    local output, exit = modelsig "policies EX/policies/shipped-scopes.lua"
    assert.equal(0, exit, output)
    assert.matches("extends +structure", output)
  end)
end)

describe("the example script", function()
  it("smallest finds the smallest stand-in", function()
    local output, exit = modelsig("run EX/scripts/smallest.lua sample:qwen3-midi "
      .. "sample:llama-mini sample:qwen3-mini")
    assert.equal(0, exit, output)
    assert.matches("smallest stand%-in for sample:qwen3%-midi: sample:qwen3%-mini\n", output)
    output, exit = modelsig "run EX/scripts/smallest.lua sample:qwen3-midi sample:llama-mini"
    assert.equal(3, exit, output)
    assert.matches("nothing in the pool", output)
  end)

  it("cache prints the memory of a token and of a context", function()
    -- 2 layers, keys and values, 2 heads of 8, 2 bytes
    local output, exit = modelsig "run EX/scripts/cache.lua --context 100 sample:qwen3-mini"
    assert.equal(0, exit, output)
    assert.matches("sample:qwen3%-mini +128 +12800\n", output)
  end)

  it("verdicts runs in the program", function()
    local output, exit = modelsig "run EX/scripts/verdicts.lua sample:qwen3-mini sample:qwen3-midi"
    assert.equal(0, exit, output)
    assert.matches("^a,b,structure,kernel\nsample:qwen3%-mini,sample:qwen3%-midi,FULL_SUBSTITUTE,",
      output)
  end)

  it("may be called by its name from a project that is trusted", function()
    transcript.run(("mkdir -p .modelsig/scripts && cp %sscripts/smallest.lua .modelsig/scripts"
      ):format(examples), folder.path)
    local output, exit = modelsig "--trust-project smallest sample:qwen3-midi sample:qwen3-mini"
    assert.equal(0, exit, output)
    assert.matches("smallest stand%-in", output)
  end)
end)

describe("the example format", function()
  it("csv prints a line per pair", function()
    local output, exit = modelsig "sample:qwen3-mini sample:qwen3-midi --output EX/formats/csv.lua"
    assert.equal(0, exit, output)
    assert.matches("^pair,verdict,isomorphism,coverage_rate,kernel\n"
      .. "sample:qwen3%-mini|sample:qwen3%-midi,FULL_SUBSTITUTE,ISOMORPHIC,1.0,", output)
  end)
end)

describe("the example family", function()
  it("makes a model type known", function()
    transcript.run(("mkdir -p .modelsig/families m && cp %sfamilies/*.lua .modelsig/families && "
      .. "sed -e 's/\"llama\"/\"my_llama\"/; s/\"hidden_size\"/\"width\"/' -e "
      .. "'s/num_hidden_layers/depth/; /num_key_value_heads/d' %s/samples/llama-mini/config.json "
      .. ">m/config.json"):format(examples, here), folder.path)
    local output, exit = modelsig "--trust-project ./m --fast --output table"
    assert.equal(0, exit, output)
    assert.matches("family +my_llama", output)
    assert.matches("hidden_size +24", output)
    assert.matches("%(kv: 2%)", output)
  end)
end)

describe("the families of rules/families/README.md", function()
  local function inspect(config)
    folder:write("m/config.json", config)
    transcript.run(("mkdir -p .modelsig/families && cp %sfamilies/*.lua .modelsig/families")
      :format(examples), folder.path)
    local output, exit = modelsig "--trust-project inspect ./m --fast"
    assert.equal(0, exit, output)
    local shapes = {}
    for name, shape in output:gmatch '"name": "([^"]+)",%s*"shape": %[([%d, ]+)%]' do
      shapes[name] = shape
    end
    return shapes
  end

  it("are the files of the examples", function()
    local file = assert(io.open(here .. "/rules/families/README.md"))
    local text, count = file:read "a", 0
    file:close()
    for block in text:gmatch "\n   ```lua\n(.-)\n   ```" do
      block = ("\n" .. block):gsub("\n   ", "\n"):sub(2)
      local name = block:match "^%-%- ([%w_]+%.lua)\n"
      local example = assert(io.open(examples .. "families/" .. name))
      assert.equal(example:read "a", block .. "\n", name)
      example:close()
      count = count + 1
    end
    assert.equal(2, count)
  end)

  it("predict what they say", function()
    local config = [[{"model_type": "%s", "architectures": ["%sForCausalLM"], %s,
      "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
      "intermediate_size": 48, "vocab_size": 64, "tie_word_embeddings": true}]]
    assert.same({
      ["model.embed_tokens.weight"] = "64, 24", ["model.norm.weight"] = "24",
      ["model.layers.0.input_layernorm.weight"] = "24",
      ["model.layers.0.post_attention_layernorm.weight"] = "24",
      ["model.layers.0.self_attn.q_proj.weight"] = "32, 24",
      ["model.layers.0.self_attn.k_proj.weight"] = "16, 24",
      ["model.layers.0.self_attn.v_proj.weight"] = "16, 24",
      ["model.layers.0.self_attn.o_proj.weight"] = "24, 32",
      ["model.layers.0.self_attn.q_norm.weight"] = "8",
      ["model.layers.0.self_attn.k_norm.weight"] = "8",
      ["model.layers.0.mlp.w1.weight"] = "48, 24", ["model.layers.0.mlp.w3.weight"] = "48, 24",
      ["model.layers.0.mlp.w2.weight"] = "24, 48",
    }, inspect(config:format("tiny", "Tiny", '"width": 24, "sliding_window": 16')))
    local output = modelsig "--trust-project ./m --fast --no-layer-sig"
    assert.matches('"kind": "window"', output)
    assert.matches('"FFN_GeGLU"', output)

    local shapes = inspect(config:format("relu_tiny", "ReluTiny", '"hidden_size": 24'))
    assert.is_nil(shapes["model.layers.0.mlp.gate_proj.weight"])
    assert.equal("48, 24", shapes["model.layers.0.mlp.up_proj.weight"])
    output = modelsig "--trust-project ./m --fast --no-layer-sig"
    assert.matches('"FFN_ReLU2"', output)
    assert.matches('"relu2"', output)
  end)
end)
