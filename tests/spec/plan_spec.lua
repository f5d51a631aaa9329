--- The test plan: groups of models that may stand in for each other, and a model per level.

require "tests.spec.helper"
local stub = require("tests.spec.stub_models").install()
local compare = require "modelsig.policy.judge"
local plan = require "modelsig.policy.plan"

local levels = { "level1_structure", "level2_numerical", "level3_runtime", "level4_canary" }

local function depth(label, layers, change)
  return stub.llama(label, { num_hidden_layers = layers }, change)
end

local function models_of(made)
  local out = {}
  for i, level in ipairs(levels) do
    out[i] = {}
    for _, entry in ipairs(made[level]) do table.insert(out[i], entry.model) end
  end
  return out
end

describe("plan.make", function()
  it("takes the smallest, the lower middle twice, and the largest of a group", function()
    local list = { depth("c", 30), depth("a", 10), depth("d", 40), depth("b", 20) }
    assert.same({ { "a" }, { "b" }, { "b" }, { "d" } }, models_of(plan.make(list)))
    table.remove(list)
    assert.same({ { "a" }, { "c" }, { "c" }, { "d" } }, models_of(plan.make(list)))
  end)

  it("takes the smallest of two for all but the canary", function()
    local made = plan.make { depth("b", 20), depth("a", 10) }
    assert.same({ { "a" }, { "a" }, { "a" }, { "b" } }, models_of(made))
  end)

  it("gives every group a model in every level", function()
    local function moe(model) model.is_moe = true end
    local made = plan.make { depth("dense", 10), depth("moe", 12, moe), depth("moe2", 24, moe) }
    assert.same({ { "dense", "moe" }, { "dense", "moe" }, { "dense", "moe" },
      { "dense", "moe2" } }, models_of(made))
    local focus = table.concat(made.level4_canary[2].test_focus, "; ")
    assert.truthy(focus:find "MoE routing")
    assert.falsy(table.concat(made.level4_canary[1].test_focus, "; "):find "MoE")
  end)

  it("does not depend on the order of the models", function()
    local a, b, c = depth("a", 10), depth("b", 10), depth("c", 30)
    assert.same(plan.make { a, b, c }, plan.make { c, b, a })
  end)

  it("uses the pairs that are there and compares the missing ones", function()
    local a, b, c = depth("a", 10), depth("b", 20), depth("c", 30)
    local pair = compare.pair(b, a)
    assert.same(plan.make { a, b, c }, plan.make({ a, b, c }, { pair }))
  end)

  it("groups only models that may all stand in for each other under the policy", function()
    local function window(value)
      return function(model)
        model.features.window = { value = value, grade = "path", scopes = { "attention" },
          evidence = "config" }
      end
    end
    local list = { depth("a", 10, window(1)), depth("b", 20, window(1)), depth("c", 30, window(2)) }
    assert.same({ { "a" }, { "b" }, { "b" }, { "c" } }, models_of(plan.make(list)))
    assert.truthy(plan.make(list).level1_structure[1].reason:find("window", 1, true))
    assert.same({ { "a", "c" }, { "a", "c" }, { "a", "c" }, { "b", "c" } },
      models_of(plan.make(list, nil, "kernel")))
  end)

  it("leaves out what could not be read", function()
    local made = plan.make { depth("a", 10), { label = "gone", error = { code = "io" } } }
    assert.same({ { "a" }, { "a" }, { "a" }, { "a" } }, models_of(made))
    assert.same({ {}, {}, {}, {} }, models_of(plan.make {}))
  end)

  it("fails with the policy, and not silently", function()
    local bad = { decide = function() error "broken" end }
    local made, message, code = plan.make({ depth("a", 10), depth("b", 20) }, nil, bad)
    assert.is_nil(made)
    assert.truthy(message:find "broken")
    assert.equal("malformed", code)
    assert.is_nil((plan.make({ depth("a", 10) }, nil, { plan = function() return 1 end,
      fingerprint = function() return {} end })))
  end)

  it("hands the whole step to a policy with a plan of its own", function()
    local seen
    local made = plan.make({ depth("b", 20), depth("a", 10) }, nil, {
      fingerprint = function(model) return { size = model.config.num_hidden_layers } end,
      plan = function(documents)
        seen = documents[1].label .. documents[1].document.size
        return { level1_structure = { { model = documents[2].label } } }
      end })
    assert.equal("a10", seen)
    assert.equal("b", made.level1_structure[1].model)
  end)
end)
