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
