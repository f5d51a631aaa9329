--- Why a verdict: every fact with its evidence.

require "tests.spec.helper"
local stub = require("tests.spec.stub_models").install()
local compare = require "modelsig.policy.judge"
local explain = require "modelsig.compare.explain"

local function window(value)
  return function(model)
    model.features.window = { value = value, grade = "path", scopes = { "attention", "cache" },
      evidence = "default" }
    model.config_evidence.hidden_size = "header"
  end
end

describe("explain", function()
  local pair = compare.pair(stub.llama("small", nil, window(4096)),
    stub.llama("large", { hidden_size = 8192, num_attention_heads = 64 }, window(0)))

  it("names both models, the verdict and where the policy is from", function()
    local text = explain.text(explain.build(pair))
    assert.truthy(text:find("small | large: FULL_SUBSTITUTE under the policy 'structure'", 1, true))
    assert.truthy(text:find("structure.lua", 1, true) or text:find("embedded", 1, true))
  end)

  it("gives every size with the evidence of both sides", function()
    local text = explain.text(explain.build(pair))
    assert.truthy(text:find("hidden_size: 4096 (header) and 8192 (header)", 1, true))
    assert.truthy(text:find("head_dim: 128 (config) and 128 (config)", 1, true))
  end)

  it("gives every kernel difference with grade, scopes, reason and evidence", function()
    local text = explain.text(explain.build(pair))
    assert.truthy(text:find("window: 4096 and 0; path (attention, cache): ", 1, true), text)
    assert.truthy(text:find("[default]", 1, true))
  end)

  it("shows no control characters of tensor names", function()
    local odd = stub.llama("odd\27[31m", nil, function(model)
      stub.remove(model, "mlp.up_proj")
      stub.add(model, { "x\27]0;t\7\u{202e}y", { "hidden_size" }, "Other", "other" })
    end)
    local text = explain.text(explain.build(compare.pair(odd, stub.llama "whole")))
    assert.truthy(text:find("odd\\x1b[31m", 1, true), text)
    assert.falsy(text:find "[^\n\x20-\x7e]", text)
  end)

  it("gives the facts as data too", function()
    local facts = {}
    for _, section in ipairs(explain.build(pair).sections) do
      for _, fact in ipairs(section.facts) do
        assert.equal("string", type(fact.text))
        if fact.fact then facts[fact.fact] = fact end
      end
    end
    assert.equal(8192, facts.hidden_size.b)
    assert.equal("header", facts.hidden_size.evidence.a)
    assert.equal("path", facts.window.grade)
    assert.is_true(facts.phase3_algebraic_consistent.value)
  end)

  it("says what could not be told and what is only on one side", function()
    local unread = stub.llama("unread", nil, function(model)
      stub.remove(model, "mlp.up_proj")
      model.is_moe = nil
      model.features.sinks = { value = "unknown", evidence = "unknown" }
    end)
    local text = explain.text(explain.build(compare.pair(unread, stub.llama "whole")))
    assert.truthy(text:find("only in whole: model.layers.N.mlp.up_proj.weight", 1, true), text)
    assert.truthy(text:find("mixture of experts", 1, true))
    assert.truthy(text:find("sinks", 1, true))
  end)

  it("explains a pair without a verdict by its error", function()
    local failed = compare.pair(stub.llama "a", stub.llama "b", { decide = function() end })
    local text = explain.text(explain.build(failed))
    assert.truthy(text:find "no verdict")
    assert.truthy(text:find "was expected")
    local unread = compare.pair(stub.llama "a",
      { label = "b", error = { code = "io", message = "cannot be read" } })
    assert.truthy(explain.text(explain.build(unread)):find "cannot be read")
  end)
end)
