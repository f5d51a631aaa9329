--- What users were promised, on folders of real size: headers without weights, and by config alone.

require "tests.spec.helper"
local shared = require "tests.spec.shared"

local FULL, NO = "FULL_SUBSTITUTE", "NO_SUBSTITUTE"

local qwen3 = { "Qwen--Qwen3-8B", "Qwen--Qwen3-32B" }
local qwen2 = { "Qwen--Qwen2.5-7B", "Qwen--Qwen2.5-72B" }
local llama = { "meta-llama--Llama-3.1-8B-Instruct", "meta-llama--Llama-3.1-70B-Instruct" }
local mistral = { "meta-llama--Llama-3.1-8B-Instruct", "mistralai--Mistral-7B-v0.1" }
local moe = { "Qwen--Qwen3-30B-A3B", "Qwen--Qwen3-235B-A22B" }
local gemma = { "google--gemma-7b", "meta-llama--Llama-3.1-8B-Instruct" }
local mixed = { "Qwen--Qwen3-30B-A3B", "Qwen--Qwen3-8B" }

if not shared.available() then
  describe("the promised results", function()
    pending "7 pairs by headers and 7 by config: the shared material is not there"
  end)
  return
end

local modelsig = require "modelsig"
local folder, made = nil, {}

--- A folder of the model, made once.
local function folder_of(name)
  local path = folder .. "/" .. name
  if not made[name] then
    made[name] = true
    local command = ("python3 '%s' '%s' '%s' --config '%s' --shards 3 >/dev/null"):format(
      shared.path "tools/make_model.py", shared.path("golden/transformers/tensors/" .. name
      .. ".json.gz"), path, shared.path("zoo/configs/" .. name .. ".json"))
    assert(os.execute(command))
  end
  return path
end

local function open(name, fast)
  return assert(modelsig.open { "local:" .. folder_of(name), fast = fast })
end

--- What a swap has to leave alone.
local function check_swap(pair, swapped)
  for _, key in ipairs { "isomorphism", "substitution_verdict", "coverage_rate",
    "operator_coverage_rate", "layer_type_coverage", "phase1_normalized_match",
    "phase2_substructure_match", "phase3_algebraic_consistent", "quant_transfer", "smaller",
    "larger", "test_strategy", "recommendation" } do
    assert.same(pair[key], swapped[key], key)
  end
  assert.equal(pair.kernel.verdict, swapped.kernel.verdict)
  assert.same(pair.kernel.scopes, swapped.kernel.scopes)
end

local function compared(names, fast)
  local a, b = open(names[1], fast), open(names[2], fast)
  local pair = modelsig.compare(a, b)
  check_swap(pair, modelsig.compare(b, a))
  return pair, a, b
end

setup(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir -p '" .. folder .. "'"))
end)

teardown(function() os.execute("rm -rf '" .. folder .. "'") end)

for _, way in ipairs { { "headers", false }, { "config", true } } do
  local fast = way[2]
  describe("the promised results, by " .. way[1], function()
    for _, names in ipairs { qwen3, qwen2, llama, mistral } do
      it(("%s for %s: ISOMORPHIC and FULL"):format(names[1], names[2]), function()
        local pair = compared(names, fast)
        assert.equal("ISOMORPHIC", pair.isomorphism)
        assert.equal(FULL, pair.substitution_verdict, table.concat(pair.reasons, "\n"))
        assert.equal("RECOMMENDED", pair.test_strategy.level)
        assert.is_true(#pair.kernel.differences > 0)
      end)
    end

    it("Qwen3-30B-A3B for 235B-A22B: ISOMORPHIC", function()
      local pair = compared(moe, fast)
      assert.equal("ISOMORPHIC", pair.isomorphism)
      assert.equal(0.95, pair.quant_transfer.moe_correction)
    end)

    it("Llama-3.1-8B for Mistral-7B-v0.1: window and rope stand in the kernel block", function()
      local pair, found = compared(mistral, fast), {}
      for _, difference in ipairs(pair.kernel.differences) do found[difference.feature] = true end
      assert.is_true(found.window)
      assert.is_true(found.rope_kind)
      assert.is_not.equal(FULL, pair.kernel.verdict)
    end)

    it("Gemma-7B is no Llama-3.1-8B", function()
      assert.is_not.equal(FULL, compared(gemma, fast).substitution_verdict)
    end)

    it("a mixture of experts is no dense model", function()
      assert.equal(NO, compared(mixed, fast).substitution_verdict)
    end)

    it("a model is FULL for itself, under every policy of the product", function()
      local a, b = open(qwen3[1], fast), open(qwen3[1], fast)
      for _, policy in ipairs { "structure", "kernel" } do
        local pair = modelsig.compare(a, b, { policy = policy })
        assert.equal(FULL, pair.substitution_verdict)
        assert.equal(FULL, pair.kernel.verdict)
      end
    end)
  end)
end

describe("headers and config of one model", function()
  it("agree about the structure", function()
    for _, name in ipairs { qwen3[1], llama[1], moe[1] } do
      local pair = modelsig.compare(open(name, false), open(name, true))
      assert.equal("ISOMORPHIC", pair.isomorphism)
      assert.equal(FULL, pair.substitution_verdict, table.concat(pair.reasons, "\n"))
    end
  end)
end)
