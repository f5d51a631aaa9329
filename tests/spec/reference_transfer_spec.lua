--- The estimate of policy `reference`: each weight by models that differ in one thing.

require "tests.spec.helper"
local named = require "modelsig.rules.named"

local names = require("modelsig.rules.kit").make(named.load, "policies", "reference")
local estimate = assert(named.load("policies/reference", "transfer", { kit = names })).estimate

--- A document, as much of it as the estimate reads.
local function model(changes, ratios)
  local print = { hidden_size = 1024, is_moe = false, rope_theta = 10000 }
  for key, value in pairs(changes or {}) do print[key] = value end
  return { arch_fingerprint = print, op_types = { "a", "b", "c", "d" },
    layer_types = { "x", "y" }, dimension_ratios = ratios or { gqa_ratio = 1, ffn_expansion = 4 } }
end

local function score(a, b, isomorphism, uniform)
  return estimate(a, b, isomorphism or "ISOMORPHIC", uniform ~= false)
end

local function close(expected, q)
  assert.is_true(math.abs(expected - q.estimated_transferability) < 1e-9,
    ("%s expected, %s"):format(expected, q.estimated_transferability))
end

describe("the estimate of the reference", function()
  it("is 1 for equals", function()
    local q = score(model(), model())
    close(1, q)
    assert.equal("HIGH", q.confidence)
    assert.equal(3, #q.recommended_methods)
  end)

  it("weighs the structure a quarter", function()
    close(0.95, score(model(), model(), "SCALE_ONLY"))
    close(0.80, score(model(), model(), "DIFFERENT_ARCH"))
    assert.equal("MEDIUM", score(model(), model(), "SCALE_ONLY").confidence)
    assert.equal("LOW", score(model(), model(), "DIFFERENT_ARCH").confidence)
  end)

  it("weighs operators and kinds of layer a fifth each", function()
    local other = model()
    other.op_types = { "a", "b", "c", "e" }
    local q = score(model(), other)
    assert.equal(0.75, q.op_hist_sim)
    close(0.95, q)
    other = model()
    other.layer_types = { "x", "y", "z", "u" }
    q = score(model(), other)
    assert.equal(0.5, q.layer_type_hist_sim)
    close(0.9, q)
  end)

  it("weighs shapes 15 %, of which others than uniform have 85", function()
    local q = score(model(), model(), "ISOMORPHIC", false)
    assert.equal(0.85, q.shape_uniform_score)
    close(1 - 0.15 * 0.15, q)
  end)

  it("weighs experts a tenth: 5 % off for a larger model with them, 10 % where one has them",
    function()
      local moe = { is_moe = true }
      assert.equal(0.95, score(model(moe), model(moe)).moe_correction)
      close(0.995, score(model(moe), model(moe)))
      local q = score(model(), model(moe))
      assert.equal(0.9, q.moe_correction)
      close(0.99 - 0.005, q) -- a risk, too
      assert.same({ "dense_to_moe" }, { table.unpack(q.arch_risk_factors) })
    end)

  it("takes half a hundredth for each risk, at its number and not below", function()
    local function risks(changes, ratios)
      return #score(model(), model(changes, ratios)).arch_risk_factors
    end
    assert.equal(1, risks { hidden_size = 4096 })
    assert.equal(0, risks { hidden_size = 4095 })
    assert.equal(0, risks({}, { gqa_ratio = 1.5, ffn_expansion = 4 }))
    assert.equal(1, risks({}, { gqa_ratio = 1.51, ffn_expansion = 4 }))
    assert.equal(0, risks({}, { gqa_ratio = 1, ffn_expansion = 4.25 }))
    assert.equal(1, risks({}, { gqa_ratio = 1, ffn_expansion = 4.35 }))
    assert.equal(1, risks { rope_theta = 500000 })
    close(0.995, score(model(), model { rope_theta = 500000 }))
    assert.equal("MEDIUM", score(model(), model { rope_theta = 500000 }).confidence)
  end)

  it("recommends from 0.80 and, without risks, from 0.70", function()
    --- The methods for models that share some of their kinds of layer.
    local function methods(common, all, isomorphism)
      local a, b = model(), model()
      a.layer_types, b.layer_types = {}, {}
      for i = 1, all do b.layer_types[i] = "kind" .. i end
      for i = 1, common do a.layer_types[i] = "kind" .. i end
      local q = score(a, b, isomorphism)
      return q.estimated_transferability, table.concat(q.recommended_methods, ", ")
    end
    local mixed = "Mixed-precision (HAWQ-style bit allocation)"
    local both = "GPTQ (W4A16), AWQ (W4A16), " .. mixed
    assert.same({ 0.8167, both }, { methods(1, 3, "SCALE_ONLY") })
    assert.same({ 0.79, mixed }, { methods(1, 5, "SCALE_ONLY") })
    assert.same({ 0.7143, mixed }, { methods(4, 7, "DIFFERENT_ARCH") })
    assert.same({ 0.6857, "Run full per-model calibration" },
      { methods(3, 7, "DIFFERENT_ARCH") })
  end)
end)
