local check = require "modelsig.base.check"

describe("check.suggest", function()
  it("finds a name with a letter missing, added, wrong or swapped", function()
    local names = { "threshold", "extends", "decide" }
    for _, typo in ipairs { "treshold", "thresholdd", "threshild", "threhsold" } do
      assert.equal("threshold", check.suggest(typo, names))
    end
  end)

  it("takes case, hyphens and underscores for nothing", function()
    assert.equal("num_experts", check.suggest("Num-Experts", { "num_experts", "num_layers" }))
  end)

  it("takes the keys of a table as candidates", function()
    assert.equal("fast", check.suggest("fsat", { fast = "boolean", strict = "boolean" }))
  end)

  it("completes a unique beginning, and no other one", function()
    assert.equal("multi-fidelity", check.suggest("multi", { "multi-fidelity", "model" }))
    assert.is_nil(check.suggest("moda", { "modality-one", "modality-two" }))
  end)

  it("suggests nothing for a name that is far from all", function()
    assert.is_nil(check.suggest("banana", { "structure", "kernel" }))
    assert.is_nil(check.suggest("", { "a" }))
    assert.equal("", check.hint("banana", { "structure" }))
  end)

  it("does not depend on the order of the candidates", function()
    assert.equal(check.suggest("ab", { "ac", "ad" }), check.suggest("ab", { "ad", "ac" }))
  end)
end)

describe("check.arg", function()
  it("blames the line that called the checking function", function()
    local function open(reference) check.arg(1, reference, "string|table", "open") end
    local ok, message = pcall(function() open(12) end)
    assert.is_false(ok)
    assert.matches("check_spec.lua:%d+: argument 1 of open: string or table expected, got number",
      message)
  end)

  it("admits nil only where the type says so", function()
    assert.is_true(check.is(nil, "string?"))
    assert.is_false(check.is(nil, "string"))
  end)

  it("knows integers, counts and lists", function()
    assert.is_true(check.is(3, "integer"))
    assert.is_false(check.is(3.0, "integer"))
    assert.is_false(check.is(-1, "count"))
    assert.is_true(check.is({ 1, 2 }, "list"))
    assert.is_false(check.is({ a = 1 }, "list"))
  end)

  it("names an unknown option with a suggestion", function()
    local function open(options)
      options = check.options(options, { fast = "boolean" }, "open")
      return options
    end
    local ok, message = pcall(function() open { fsat = true } end)
    assert.is_false(ok)
    assert.matches("check_spec.lua:%d+: open: unknown option 'fsat'; did you mean 'fast'%?",
      message)
    assert.same({}, open(nil))
  end)
end)

describe("check.schema", function()
  local spec = {
    extends = { type = "string" },
    thresholds = { type = "table", fields = { coverage = { type = "number", min = 0, max = 1 } } },
    level = { choices = { "low", "high" } },
    names = { type = "list", item = { type = "string" } },
    run = { type = "function", required = true },
  }

  it("finds nothing wrong in a good table", function()
    assert.same({}, check.schema(spec, { extends = "x", thresholds = { coverage = 0.5 },
      level = "low", names = { "a" }, run = print }))
  end)

  it("lists every problem at once, in the order of the keys", function()
    local text = check.text(check.schema(spec, { extend = "x", thresholds = { coverage = 2 },
      level = "hgih", names = { "a", 1 } }), "p.lua")
    assert.equal([[
p.lua: `extend`: unknown key (did you mean 'extends'?)
p.lua: `level`: one of low, high expected, got string "hgih" (did you mean 'high'?)
p.lua: `names[2]`: string expected, got number 1
p.lua: `thresholds.coverage`: at most 1 expected, got 2
p.lua: `run`: missing]], text)
  end)

  it("says so when the value is no table at all", function()
    assert.equal("p.lua: table expected, got nil", check.text(check.schema(spec, nil), "p.lua"))
  end)
end)
