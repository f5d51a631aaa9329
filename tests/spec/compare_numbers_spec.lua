--- The numbers in the rules of comparison at work, on both sides of each: what is just within one
--- counts, what is one beyond does not.

require "tests.spec.helper"
local stub = require("tests.spec.stub_models").install()
local compare = require "modelsig.policy.judge"

local big = { hidden_size = 8192, num_attention_heads = 64, intermediate_size = 28672,
  num_hidden_layers = 80 }

--- Keys k1 .. kN beside the main parts.
local function extra(count)
  return function(model)
    for i = 1, count do
      stub.add(model, { ("extra.%s.weight"):format(string.char(96 + i)), { "hidden_size" },
        "LinearLayer" })
    end
  end
end

--- Layer types, or operators, of which `both` are those of either model and `own` another's.
local function counted(field, both, own)
  return function(model)
    model[field] = {}
    for i = 1, both do model[field]["Kind" .. i] = 1 end
    for i = 1, own or 0 do model[field]["Own" .. i] = 1 end
  end
end

local function pair(change_a, change_b, sizes_b, policy)
  return compare.pair(stub.llama("a", nil, change_a), stub.llama("b", sizes_b or big, change_b),
    policy)
end

describe("the policy structure", function()
  it("wants 80 % of the keys", function()
    local keys = #stub.llama("a").keys -- 12, all in common
    assert.equal(12, keys)
    local function phase1(more) return pair(nil, extra(more)).phase1_normalized_match end
    assert.is_true(phase1(3)) -- 12 of 15
    assert.is_false(phase1(4))
  end)

  it("wants 95 % of the kinds of layers for FULL", function()
    local function verdict(both, own)
      return pair(counted("layer_types", both), counted("layer_types", both, own))
        .substitution_verdict
    end
    assert.equal("FULL_SUBSTITUTE", verdict(19, 1))
    assert.equal("PARTIAL_SUBSTITUTE", verdict(18, 1))
  end)

  it("wants 80 % of the operators for PARTIAL where structures differ", function()
    local function verdict(both, own)
      local function another(model)
        counted("operators", both, own)(model)
        stub.remove(model, "self_attn")
        stub.remove(model, "mlp")
      end
      return pair(counted("operators", both), another).substitution_verdict
    end
    assert.equal("PARTIAL_SUBSTITUTE", verdict(4, 1))
    assert.equal("NO_SUBSTITUTE", verdict(15, 4))
  end)
end)

describe("the lists of a pair", function()
  it("have at most twenty keys of a side", function()
    for count, listed in pairs { [19] = 19, [20] = 20, [21] = 20 } do
      assert.equal(listed, #pair(nil, extra(count)).only_in_b)
      assert.equal(listed, #pair(extra(count)).only_in_a)
    end
  end)

  it("have at most ten keys whose dimensions scale apart", function()
    for count, listed in pairs { [9] = 9, [10] = 10, [11] = 10 } do
      local function uneven(model)
        extra(count)(model)
        for _, entry in ipairs(model.keys) do
          local second = model.label == "a" and 100 or 300
          if entry.key:find "^extra" then entry.shape = { 100, second } end
        end
      end
      assert.equal(listed, #pair(uneven, uneven, {}).non_uniform_shape_keys)
    end
  end)

  it("take ratios for uniform that differ by 5 % of the larger", function()
    local function shaped(model)
      local entry = stub.get(model, "model.layers.N.self_attn.o_proj.weight")
      entry.shape = { 1000, 1000 }
      if model.label == "b" then entry.shape = { 2000, model.second } end
    end
    local function uniform(second)
      return pair(shaped, function(model)
        model.second = second
        shaped(model)
      end, {}).shape_ratios_all_uniform
    end
    for second, is in pairs { [2000] = true, [1901] = true, [1899] = false, [2105] = true,
      [2106] = false } do
      assert.equal(is, uniform(second), second)
    end
  end)
end)

describe("the risks of quant_transfer", function()
  local function kinds(sizes_a, sizes_b)
    local list = {}
    local found = compare.pair(stub.llama("a", sizes_a), stub.llama("b", sizes_b))
    for _, risk in ipairs(found.quant_transfer.arch_risk_factors) do
      list[risk:match "^[%w_]+"] = true
    end
    return list
  end

  it("begin with four times the width", function()
    local small = { hidden_size = 1024, intermediate_size = 4096 }
    assert.is_nil(kinds(small, { hidden_size = 4095, intermediate_size = 16380 })
      .hidden_size_ratio)
    assert.is_true(kinds(small, { hidden_size = 4096, intermediate_size = 16384 })
      .hidden_size_ratio)
  end)

  it("begin beyond half a head to a key head", function()
    local four = { num_attention_heads = 32, num_key_value_heads = 8 }
    assert.is_nil(kinds(four, { num_attention_heads = 36, num_key_value_heads = 8 }).gqa_mismatch)
    assert.is_true(kinds(four, { num_attention_heads = 37, num_key_value_heads = 8 })
      .gqa_mismatch)
  end)

  it("begin beyond 0.3 of the width between the widths of FFNs", function()
    local function wide(part) return { hidden_size = 1024, intermediate_size = part } end
    assert.is_nil(kinds(wide(2048), wide(2355)).ffn_expansion)
    assert.is_true(kinds(wide(2048), wide(2356)).ffn_expansion)
  end)
end)

describe("a feature that could not be read", function()
  it("lowers its own scopes, or all where it has none", function()
    local kernel = require "modelsig.compare.kernel"
    local function scopes(entry)
      return kernel.evaluate({}, { entry }, { unknown = "PARTIAL" }).scopes
    end
    local own, all = scopes { feature = "x", scopes = { "cache" } }, scopes "x"
    for name, verdict in pairs(all) do
      assert.equal("PARTIAL_SUBSTITUTE", verdict)
      assert.equal(name == "cache" and "PARTIAL_SUBSTITUTE" or "FULL_SUBSTITUTE", own[name], name)
    end
    assert.is_not_nil(all.cache)
  end)
end)
