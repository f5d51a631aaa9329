--- The sample models and what the program says about them.

require "tests.spec.helper"
local modelsig = require "modelsig"
local transcript = require "tests.spec.transcript"

local here = debug.getinfo(1, "S").source:match "^@(.*)/tests/spec/[^/]*$" or "."
if here:sub(1, 1) ~= "/" then here = io.popen("pwd"):read "l" .. "/" .. here end

local function verdict(a, b, policy)
  local pair = modelsig.compare(assert(modelsig.open(a)), assert(modelsig.open(b)),
    { policy = policy })
  return pair.substitution_verdict, pair
end

describe("the samples", function()
  it("are what samples/make.lua writes", function()
    local folder <close> = transcript.folder()
    local command = "lua5.4 %s/samples/make.lua %s && diff -r -x make.lua %s %s"
    local output, exit = transcript.run(command:format(here, folder.path, folder.path,
      here .. "/samples"), here)
    assert.equal("", output)
    assert.equal(0, exit)
  end)

  it("of one family are full stand-ins, headers or not", function()
    for _, fast in ipairs { false, true } do
      local small = assert(modelsig.open { "sample:qwen3-mini", fast = fast })
      local large = assert(modelsig.open { "sample:qwen3-midi", fast = fast })
      local pair = modelsig.compare(small, large)
      assert.equal("FULL_SUBSTITUTE", pair.substitution_verdict)
      assert.equal("ISOMORPHIC", pair.isomorphism)
      assert.equal(small.label, pair.smaller)
    end
  end)

  it("of different families are not", function()
    assert.is_not.equal("FULL_SUBSTITUTE", (verdict("sample:qwen3-mini", "sample:llama-mini")))
  end)

  it("are identical to themselves", function()
    assert.equal("FULL_SUBSTITUTE", (verdict("sample:llama-mini", "sample:llama-mini")))
    assert.equal("FULL_SUBSTITUTE",
      (verdict("sample:llama-mini", "sample:llama-mini", "kernel")))
  end)

  it("that do not exist are told apart, with a suggestion or a list", function()
    local model, message, code = modelsig.open "sample:qwen3-mnii"
    assert.is_nil(model)
    assert.matches("qwen3%-mini", message)
    assert.equal("notfound", code)
  end)
end)

describe("modelsig demo", function()
  local function demo(arguments)
    local folder <close> = transcript.folder()
    return transcript.run("modelsig demo " .. (arguments or ""), folder.path,
      transcript.environment(folder.path))
  end

  it("compares two samples and says what to do next", function()
    local output, exit = demo()
    assert.equal(0, exit)
    assert.matches("qwen3%-mini | sample:qwen3%-midi", output)
    assert.matches("FULL_SUBSTITUTE", output)
    assert.matches("modelsig explain sample:qwen3%-mini sample:qwen3%-midi\n", output)
  end)

  it("takes other samples and formats", function()
    local output, exit = demo "qwen3-mini llama-mini --output markdown"
    assert.equal(0, exit)
    assert.matches("^# modelsig report", output)
  end)
end)

describe("modelsig selftest", function()
  it("passes", function()
    local folder <close> = transcript.folder()
    local output, exit = transcript.run("modelsig selftest", folder.path,
      transcript.environment(folder.path))
    assert.equal(0, exit, output)
    assert.is_nil(output:find "FAILED")
    assert.matches("\n(%d+) of %1 checks passed\n", output)
  end)
end)
