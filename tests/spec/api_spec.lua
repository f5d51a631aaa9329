--- The library: `require "modelsig"`. Origins and fingerprints are stand-ins here.

require "tests.spec.helper"
local stub = require("tests.spec.stub_models").install()

local opened = {}
local stand_in = { is_hub = function() return false end }
package.loaded["modelsig.origin.open"] = stand_in
function stand_in.open(reference, options)
  opened = { reference = reference, options = options }
  if reference == "gone" then return nil, "gone: no such folder", "notfound" end
  return { label = reference, typed = reference }
end
package.loaded["modelsig.model.fingerprint"] = { new = function(origin)
  if origin.label == "cut" then return nil, "header is cut", "truncated", 17 end
  local layers = tonumber(origin.label:match "%d+") or 8
  return stub.llama(origin.label, { num_hidden_layers = layers })
end }
package.loaded["modelsig.model.document"] = { model = function(model)
  return { source = model.source, findings = {} }
end }

local modelsig = require "modelsig"

--- The message of the error that a call raises; it has to name this file.
local function raised(...)
  local ok, message = pcall(...)
  assert.is_false(ok)
  assert.truthy(tostring(message):find("api_spec.lua", 1, true), tostring(message))
  return message
end

describe("modelsig.open", function()
  it("takes a text, or a table with options", function()
    local model = assert(modelsig.open "m10")
    assert.equal(128, model.config.head_dim)
    assert.equal("m10", opened.reference)
    assert(modelsig.open { "m10", fast = true, strict = false })
    assert.is_true(opened.options.fast)
  end)

  it("returns nil, message and code when the world fails", function()
    local model, message, code = modelsig.open "gone"
    assert.is_nil(model)
    assert.equal("gone: no such folder", message)
    assert.equal("notfound", code)
    local _, _, truncated, offset = modelsig.open "cut"
    assert.equal("truncated", truncated)
    assert.equal(17, offset)
  end)

  it("raises for misuse at the caller's line, with a suggestion", function()
    assert.truthy(raised(function() modelsig.open(5) end):find "string or table")
    assert.truthy(raised(function() modelsig.open {} end):find "string expected")
    assert.truthy(raised(function() modelsig.open { "m", fasd = true } end):find "'fast'")
    assert.truthy(raised(function() modelsig.open { "m", fast = 1 } end):find "boolean")
  end)
end)

describe("modelsig.policy.judge", function()
  it("returns the pair as in the document", function()
    local pair = modelsig.compare(modelsig.open "m8", modelsig.open "m16", { policy = "kernel" })
    assert.equal("FULL_SUBSTITUTE", pair.substitution_verdict)
    assert.equal("kernel", pair.policy.name)
    assert.equal("m8", pair.smaller)
    assert.equal(0, #pair.kernel.differences)
  end)

  it("raises for misuse at the caller's line", function()
    local a = modelsig.open "a1"
    assert.truthy(raised(function() modelsig.compare(a) end):find "argument 2")
    assert.truthy(raised(function() modelsig.compare(a, {}) end):find "modelsig.open")
    assert.truthy(raised(function() modelsig.compare(a, a, { polici = "x" }) end):find "policy")
    assert.truthy(raised(function() modelsig.compare(a, a, { policy = 5 }) end):find "policy")
  end)
end)

describe("modelsig.report, plan and explain", function()
  local a, b = modelsig.open "m8", modelsig.open "m16"
  local pair = modelsig.compare(a, b)

  it("puts models and pairs into one document", function()
    local report = modelsig.report({ a, b }, { pair })
    assert.equal(pair, report.document.coverage_matrix["m8|m16"])
    assert.equal("FULL_SUBSTITUTE", report.document.test_strategy_summary["m8|m16"].verdict)
    assert.equal("safetensors", report.document.models.m8.source)
    assert.equal("string", type(report:as "markdown"))
    assert.equal("string", type(report:as "table"))
    local text, message, code = report:as "tabel"
    assert.is_nil(text)
    assert.truthy(message:find "'table'")
    assert.equal("notfound", code)
  end)

  it("plans", function()
    local plan = assert(modelsig.plan { a, b })
    assert.equal("m8", plan.level1_structure[1].model)
    assert.equal("m16", plan.level4_canary[1].model)
  end)

  it("explains as text and as data", function()
    local explanation = modelsig.explain(pair)
    assert.truthy(tostring(explanation):find("m8 | m16: FULL_SUBSTITUTE", 1, true))
    assert.is_true(#explanation.sections > 3)
  end)

  it("raises for misuse at the caller's line", function()
    raised(function() modelsig.report(a) end)
    raised(function() modelsig.report({ a }, { {} }) end)
    raised(function() modelsig.report({ 5 }) end)
    raised(function() modelsig.plan(5) end)
    raised(function() modelsig.explain() end)
    raised(function() modelsig.report({ a }, {}):as(5) end)
  end)
end)

describe("modelsig.policy.policies", function()
  it("registers policies of the process by name", function()
    modelsig.policy.register("no-luck", { decide = function() return "NO", "no luck" end })
    local pair = modelsig.compare(modelsig.open "m8", modelsig.open "m9", { policy = "no-luck" })
    assert.equal("NO_SUBSTITUTE", pair.substitution_verdict)
    assert.equal("no-luck", pair.policy.name)
    local listed = table.concat(modelsig.policy.names(), " ")
    assert.truthy(listed:find "kernel")
    assert.truthy(listed:find "no%-luck")
  end)

  it("is given with the version", function()
    assert.equal("string", type(modelsig.version))
    assert.is_nil(modelsig.nothing)
  end)
end)
