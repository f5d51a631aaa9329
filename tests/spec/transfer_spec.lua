--- Quantisation transfer: the known scheme, from the smaller to the larger model.

require "tests.spec.helper"
local stub = require("tests.spec.stub_models").install()
local compare = require "modelsig.policy.judge"

local big = { hidden_size = 8192, num_attention_heads = 64, intermediate_size = 28672,
  num_hidden_layers = 80 }

local function block(a, b)
  return compare.pair(a, b).quant_transfer
end

local function kinds(list)
  local out = {}
  for i, risk in ipairs(list) do out[i] = risk:match "^[%w_]+" end
  return out
end

describe("quant_transfer", function()
  it("is HIGH and 1.0 for two equal models of other depth", function()
    local q = block(stub.llama "a", stub.llama("b", { num_hidden_layers = 64 }))
    assert.equal(1.0, q.estimated_transferability)
    assert.equal("HIGH", q.confidence)
    assert.same({}, kinds(q.arch_risk_factors))
    assert.same({ "GPTQ (W4A16)", "AWQ (W4A16)", "Mixed-precision (HAWQ-style bit allocation)" },
      { table.unpack(q.recommended_methods) })
  end)

  it("counts operators, so another depth of one kind of layer shows", function()
    local q = block(stub.llama "a", stub.llama("b", { num_hidden_layers = 64 }, function(model)
      model.operators.attention = 1
    end))
    assert.is_true(q.op_hist_sim < 1.0)
    assert.is_true(q.op_hist_sim > 0.9)
  end)

  it("takes 0.80 for the same parts in another scale, 0.20 for another structure", function()
    local function uneven(model)
      local entry = stub.get(model, "model.layers.N.mlp.up_proj.weight")
      entry.shapes = { entry.shapes[1], { shape = { 1, 1 }, layers = { { 40, 41 } } } }
    end
    local scale = block(stub.llama "a", stub.llama("b", big, uneven))
    assert.equal(0.8, scale.struct_sim_score)
    assert.equal(0.85, scale.shape_uniform_score)
    assert.equal("MEDIUM", scale.confidence)
    local other = block(stub.llama "a", stub.llama("b", big, function(model)
      stub.remove(model, "mlp")
    end))
    assert.equal(0.2, other.struct_sim_score)
    assert.equal("LOW", other.confidence)
  end)

  it("takes 5 % off for a larger model with experts, whatever the order", function()
    local function moe(model) model.is_moe = true end
    local a, b = stub.llama("a", nil, moe), stub.llama("b", big, moe)
    assert.equal(0.95, block(a, b).moe_correction)
    assert.equal(0.95, block(b, a).moe_correction)
    assert.equal("Expert-aware quantization (expert-group calibration)",
      block(a, b).recommended_methods[#block(a, b).recommended_methods])
    local mixed = block(stub.llama "a", b)
    assert.equal(0.9, mixed.moe_correction)
    assert.same({ "gqa_mismatch", "dense_to_moe" }, kinds(mixed.arch_risk_factors))
    local back = block(stub.llama("c", big), a)
    assert.same({ "gqa_mismatch", "moe_to_dense" }, kinds(back.arch_risk_factors))
  end)

  it("names its risks in a fixed order, from the smaller to the larger model", function()
    local wide = { hidden_size = 16384, num_attention_heads = 128, intermediate_size = 65536,
      num_hidden_layers = 4 }
    local a = stub.llama("a", nil, function(model) model.config.rope_theta = 10000 end)
    local b = stub.llama("b", wide, function(model)
      model.config.rope_parameters = { rope_theta = 500000.0 }
    end)
    local wanted = { "hidden_size_ratio", "gqa_mismatch", "ffn_expansion", "rope_theta" }
    assert.same(wanted, kinds(block(a, b).arch_risk_factors))
    assert.same(wanted, kinds(block(b, a).arch_risk_factors))
  end)

  it("finds no risk in equal thetas of another type", function()
    local a = stub.llama("a", nil, function(model) model.config.rope_theta = 10000 end)
    local b = stub.llama("b", { num_hidden_layers = 64 }, function(model)
      model.config.rope_parameters = { rope_theta = 10000.0 }
    end)
    assert.same({}, kinds(block(a, b).arch_risk_factors))
  end)

  it("never recommends methods where the verdict is NO", function()
    local q = block(stub.llama "a", stub.llama("b", big, function(m) m.is_moe = true end))
    assert.same({ "Run full per-model calibration" }, { table.unpack(q.recommended_methods) })
  end)

  it("always says that it is a structural pre-filter", function()
    for _, other in ipairs { stub.llama "b", stub.llama("c", big) } do
      local caveats = block(stub.llama "a", other).caveats
      assert.truthy(caveats[#caveats]:find "pre%-filter")
      assert.truthy(caveats[#caveats]:find "RepAlign")
    end
  end)

  it("names the scheme of models that are quantised already", function()
    local q = block(stub.llama "a", stub.llama("b", big, function(model)
      model.quantization = { method = "fp8" }
    end))
    assert.truthy(table.concat(q.caveats, "\n"):find("fp8", 1, true))
  end)
end)
