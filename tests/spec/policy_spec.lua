--- Policies: loading, checking, extending, deciding; and everything that can be wrong with one.

require "tests.spec.helper"
local stub = require("tests.spec.stub_models").install()
local compare = require "modelsig.policy.judge"
local policy = require "modelsig.policy.policies"

local FULL, PARTIAL, NO = "FULL_SUBSTITUTE", "PARTIAL_SUBSTITUTE", "NO_SUBSTITUTE"

local big = { hidden_size = 8192, num_attention_heads = 64, intermediate_size = 28672,
  num_hidden_layers = 80 }
local function pair_with(definition)
  return compare.pair(stub.llama "small", stub.llama("large", big), definition)
end

local folder

--- Writes a policy file and returns its path.
local function file(name, source)
  local path = folder .. "/" .. name .. ".lua"
  local out = assert(io.open(path, "w"))
  out:write(source)
  out:close()
  return path
end

setup(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir -p '" .. folder .. "'"))
end)

teardown(function() os.execute("rm -rf '" .. folder .. "'") end)

describe("policy.load", function()
  it("reads a policy in several files, whose digest is that of all", function()
    os.execute("mkdir -p '" .. folder .. "/split'")
    file("split/limits", "return { word = 'PARTIAL', n = lists.product { 2, 3 } }")
    local path = file("split", [[
      local limits = part "limits"
      return { decide = function() return limits.n == 6 and limits.word or "NO" end }]])
    local loaded = assert(policy.load(path))
    assert.equal(PARTIAL, pair_with(path).substitution_verdict)
    file("split/limits", "return { word = 'FULL', n = 6 }")
    local changed = assert(policy.load(path))
    assert.equal(FULL, pair_with(path).substitution_verdict)
    assert.not_equal(loaded.digest, changed.digest)
  end)

  it("says what is wrong with a part", function()
    os.execute("mkdir -p '" .. folder .. "/broken'")
    file("broken/self", "return part 'self'")
    file("broken/text", "return 'text'")
    for name, message in pairs { self = "asks for itself", text = "a table was expected",
      absent = "no such file", ["../split"] = "no plain name" } do
      local found = select(2, policy.load(file("broken", ("return part %q"):format(name))))
      assert.matches(message, found)
    end
  end)

  it("takes structure when nothing is named", function()
    local loaded = assert(policy.load())
    assert.equal("structure", loaded.name)
    assert.equal(0.8, loaded.thresholds.coverage)
    assert.equal("string", type(loaded.digest))
  end)

  it("merges what a policy leaves out from the one it extends", function()
    local loaded = assert(policy.load { extends = "kernel", thresholds = { coverage = 0.5 },
      grades = { path = "NO" } })
    assert.equal(0.5, loaded.thresholds.coverage)
    assert.equal(0.95, loaded.thresholds.layer_types)
    assert.equal("NO", loaded.grades.path)
    assert.equal("FULL", loaded.grades.shape)
    assert.same({ "policy", "kernel", "structure" }, loaded.chain)
  end)

  it("tells all problems of a file at once, with file, field and a suggestion", function()
    local path = file("many", [[return { tresholds = {}, decide = 5,
      thresholds = { coverage = 1.5, layertypes = 0.9 }, grades = { path = "MAYBE" } }]])
    local loaded, message, code = policy.load(path)
    assert.is_nil(loaded)
    assert.equal("malformed", code)
    for _, words in ipairs { path, "did you mean 'thresholds'", "`decide`: function expected",
      "`thresholds.coverage`: at most 1", "did you mean 'layer_types'",
      "`grades.path`: one of FULL, PARTIAL, NO expected" } do
      assert.truthy(message:find(words, 1, true), words .. " in " .. message)
    end
  end)

  it("names a policy like the one that does not exist", function()
    local loaded, message, code = policy.load "kernl"
    assert.is_nil(loaded)
    assert.equal("notfound", code)
    assert.truthy(message:find "kernel")
  end)

  it("reports a syntax error with file and line", function()
    local path = file("syntax", "return {\n  decide = function( return end }")
    local loaded, message, code = policy.load(path)
    assert.is_nil(loaded)
    assert.equal("malformed", code)
    assert.truthy(message:find "syntax.lua:2:")
  end)

  it("reports a file that returns no table", function()
    local loaded, _, code = policy.load(file("number", "return 5"))
    assert.is_nil(loaded)
    assert.equal("malformed", code)
  end)

  it("reports policies that extend each other", function()
    policy.register("ring", { extends = "structure" })
    local loaded, message = policy.load { name = "outer", extends = "nowhere" }
    assert.is_nil(loaded)
    assert.truthy(message:find "`extends`")
    local path = folder .. "/loop.lua"
    file("loop", ("return { extends = %q }"):format(path))
    loaded, message = policy.load(path)
    assert.is_nil(loaded)
    assert.truthy(message:find("loop -> loop", 1, true))
  end)

  it("raises for misuse at the caller's line", function()
    local ok, message = pcall(policy.load, 5)
    assert.is_false(ok)
    assert.truthy(message:find "string or table")
    ok, message = pcall(policy.register, "bad", { decid = print })
    assert.is_false(ok)
    assert.truthy(message:find "did you mean 'decide'")
    assert.is_nil((policy.load "bad"))
  end)
end)

describe("a policy of the user", function()
  it("decides, with the facts of the pair and the context", function()
    local seen = {}
    local pair = pair_with { name = "mine", options = { limit = 3 },
      decide = function(c, context)
        seen.keys, seen.iso, seen.head = c.coverage_rate, c.isomorphism, context.a.config.head_dim
        seen.limit, seen.smaller = context.options.limit, context.smaller.label
        seen.count = #c.kernel.differences
        local names = {}
        for name in pairs(c.phases) do names[#names + 1] = name end
        seen.phases = #names
        return "PARTIAL", { context.fill("only {n}", { n = 1 }) }
      end }
    assert.equal(PARTIAL, pair.substitution_verdict)
    assert.same({ "only 1" }, { table.unpack(pair.reasons) })
    assert.same({ keys = 1.0, iso = "ISOMORPHIC", head = 128, limit = 3, smaller = "small",
      count = 0, phases = 3 }, seen)
    assert.equal("PARTIAL", pair.test_strategy.level)
    assert.equal("mine", pair.policy.name)
  end)

  it("may ask the policy that it extends", function()
    local pair = pair_with { extends = "structure", decide = function(_, context)
      local verdict, reasons = context.base()
      local list = { "asked: " .. verdict }
      for _, reason in ipairs(reasons) do list[#list + 1] = reason end
      return "NO", list
    end }
    assert.equal(NO, pair.substitution_verdict)
    assert.equal("asked: FULL", pair.reasons[1])
    assert.is_true(#pair.reasons > 2)
  end)

  it("changes thresholds without a function", function()
    local function worse(model) model.layer_types.Extra = 1 end
    local a, b = stub.llama "small", stub.llama("large", big, worse)
    assert.equal(PARTIAL, compare.pair(a, b).substitution_verdict)
    assert.equal(FULL, compare.pair(a, b, { thresholds = { layer_types = 0.8 } })
      .substitution_verdict)
  end)

  it("changes what a grade allows, in the kernel block too", function()
    local function window(value)
      return function(model)
        model.features.window = { value = value, grade = "path", scopes = { "cache" },
          evidence = "config" }
      end
    end
    local a, b = stub.llama("a", nil, window(1)), stub.llama("b", big, window(2))
    local pair = compare.pair(a, b, { extends = "kernel", grades = { path = "NO" } })
    assert.equal(NO, pair.substitution_verdict)
    assert.equal(NO, pair.kernel.verdict)
    assert.equal(NO, pair.kernel.scopes.cache)
  end)

  it("comes from a file, which the report names", function()
    local path = file("strict", [[return { extends = "structure", summary = "stricter?",
      decide = function(c) return #c.only_in_a == 0 and "FULL" or "NO" end }]])
    local pair = pair_with(path)
    assert.equal(FULL, pair.substitution_verdict)
    assert.equal("strict", pair.policy.name)
    assert.equal(path, pair.policy.from)
    assert.equal("string", type(pair.policy.digest))
  end)

  it("cannot change what it is given", function()
    for _, source in ipairs { "c.isomorphism = 'X'", "c.kernel.verdict = 'X'",
      "context.a.label = 'X'", "context.thresholds.coverage = 0", "c.reasons = {}" } do
      local path = file("writer", ("return { decide = function(c, context) %s return 'FULL' end }")
        :format(source))
      local pair = pair_with(path)
      assert.is_nil(pair.substitution_verdict, source)
      assert.truthy(pair.error.message:find "read%-only", source)
    end
  end)
end)

describe("a failing policy", function()
  local wrong = {
    ["a runtime error"] = { "error 'no luck'", "no luck" },
    ["an undefined name"] = { "return nothing.here", "nothing" },
    ["no verdict"] = { "return nil", "FULL, PARTIAL or NO was expected" },
    ["an unknown verdict"] = { "return 'MAYBE'", "FULL, PARTIAL or NO was expected" },
    ["a verdict of another type"] = { "return true", "FULL, PARTIAL or NO was expected" },
    ["reasons of another type"] = { "return 'FULL', 7", "a list of texts was expected" },
    ["a reason of another type"] = { "return 'FULL', { {} }", "a text was expected" },
    ["an error that is no text"] = { "error { 1 }", "" },
  }
  for name, case in pairs(wrong) do
    it("is an error in the pair and never a pass: " .. name, function()
      local path = file("wrong", "return { decide = function() " .. case[1] .. " end }")
      local pair = pair_with(path)
      assert.is_nil(pair.substitution_verdict)
      assert.is_nil(pair.can_substitute)
      assert.is_nil(pair.test_strategy)
      assert.equal("malformed", pair.error.code)
      assert.truthy(pair.error.message:find(case[2], 1, true), pair.error.message)
      assert.truthy(pair.error.message:find("wrong.lua", 1, true), pair.error.message)
      assert.equal("ISOMORPHIC", pair.isomorphism)
    end)
  end

  it("is stopped when it does not end", function()
    local path = file("endless", "return { decide = function() while true do end end }")
    local pair = pair_with(path)
    assert.is_nil(pair.substitution_verdict)
    assert.equal("limit", pair.error.code)
    assert.truthy(pair.error.message:find("endless.lua", 1, true))
  end)

  it("is no worse than a failing feature rule: an error, no verdict and no kernel block", function()
    local features = package.loaded["modelsig.model.features"]
    local differences = features.differences
    finally(function() features.differences = differences end)
    features.differences = function() error("features/mine.lua: no luck", 0) end
    for _, name in ipairs { "structure", "kernel" } do
      local pair = pair_with(name)
      assert.equal("features/mine.lua: no luck", pair.error.message)
      assert.is_nil(pair.substitution_verdict)
      assert.is_nil(pair.kernel)
    end
  end)

  it("is an error in the pair where it cannot be loaded at all", function()
    local pair = pair_with(file("broken", "return {"))
    assert.equal("malformed", pair.error.code)
    assert.is_nil(pair.substitution_verdict)
    assert.equal("ISOMORPHIC", pair.isomorphism)
    assert.equal("notfound", pair_with("no-such-policy").error.code)
  end)
end)

describe("the functions of a policy", function()
  it("fingerprint and compare may be replaced as a whole", function()
    local pair = pair_with { name = "whole",
      fingerprint = function(model) return { layers = model.config.num_hidden_layers } end,
      compare = function(x, y, a, b)
        return { isomorphism = x.layers < y.layers and "SCALE_ONLY" or "ISOMORPHIC",
          substitution_verdict = "NO_SUBSTITUTE", labels = a.label .. b.label }
      end }
    assert.equal("SCALE_ONLY", pair.isomorphism)
    assert.equal(NO, pair.substitution_verdict)
    assert.equal("smalllarge", pair.labels)
    assert.equal(FULL, pair.kernel.verdict)
    assert.equal("whole", pair.policy.name)
  end)

  it("decide may follow a compare of the same policy", function()
    local pair = pair_with { fingerprint = function() return {} end,
      compare = function() return { number = 4 } end,
      decide = function(c) return c.number == 4 and "PARTIAL" or "NO", "four" end }
    assert.equal(PARTIAL, pair.substitution_verdict)
    assert.same({ "four" }, { table.unpack(pair.reasons) })
  end)

  it("fail as errors", function()
    local fingerprint = function() return {} end
    for _, definition in ipairs {
      { fingerprint = function() return 5 end, compare = function() return {} end },
      { fingerprint = function() error "no" end, compare = function() return {} end },
      { fingerprint = fingerprint, compare = function() return 5 end },
      { fingerprint = fingerprint, compare = function() error "no" end },
      { fingerprint = fingerprint, compare = function() return {} end },
    } do
      local pair = pair_with(definition)
      assert.equal("malformed", pair.error.code)
      assert.is_nil(pair.substitution_verdict)
    end
  end)
end)
