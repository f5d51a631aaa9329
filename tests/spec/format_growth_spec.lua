--- Formatting takes time in proportion to what is printed: four times the input, at most six times
--- the processor time.

require "tests.spec.helper"
local layout = require "modelsig.base.layout"
local modelsig = require "modelsig"
local report = require "modelsig.report.report"

local a, b = modelsig.open "sample:qwen3-mini", modelsig.open "sample:llama-mini"

--- Processor time, the least of some runs.
local function cpu(fn)
  local least = math.huge
  for _ = 1, 4 do
    collectgarbage()
    local start = os.clock()
    fn()
    least = math.min(least, os.clock() - start)
  end
  return least
end

local function grows(make, n)
  local small, large = cpu(make(n)), cpu(make(4 * n))
  assert.is_true(large <= 6 * math.max(small, 0.002), ("%.4f s, %.4f s"):format(small, large))
end

local kinds = {
  reasons = { 2000, function(n)
    local pair = modelsig.compare(a, b)
    local text = "reason %d, which is long enough to be wrapped"
    for i = 1, n do pair.reasons[i] = text:format(i) end
    return report.build({ a, b }, { pair })
  end },
  ["one long reason"] = { 50000, function(n)
    local pair = modelsig.compare(a, b)
    pair.reasons[1] = ("x"):rep(n)
    return report.build({ a, b }, { pair })
  end },
  findings = { 2000, function(n)
    local made = report.build({ a }, {})
    local findings = made.document.models[a.label].findings
    for i = 1, n do findings[i] = { code = "odd", message = "finding " .. i } end
    return made
  end },
  models = { 40, function(n)
    local models = {}
    for i = 1, n do models[i] = setmetatable({ label = "model" .. i }, { __index = a }) end
    return report.build(models, {})
  end },
  pairs = { 80, function(n)
    local list = {}
    for i = 1, n do list[i] = { a = "a" .. i, b = "b", document = modelsig.compare(a, b) } end
    return report.build({ a, b }, list)
  end },
}

describe("formatting", function()
  for kind, case in pairs(kinds) do
    for _, format in ipairs { "table", "markdown", "json" } do
      it(("of %s as %s grows with their number"):format(kind, format), function()
        grows(function(n)
          local made = case[2](n)
          return function() assert(report.format(made, format)) end
        end, case[1])
      end)
    end
  end

  for name, word in pairs { ["of a letter"] = "x", ["of letters and separators"] = "ab/",
    ["of letters beyond ASCII"] = "é", ["of wide letters"] = "漢", ["of bytes"] = "\xff" } do
    it("wraps a word " .. name .. " in time with its length", function()
      grows(function(n)
        local text = word:rep(n)
        return function() layout.wrap(text, 40) end
      end, 50000)
    end)
  end

  it("keeps wide letters within the width", function()
    for _, line in ipairs(layout.wrap(("漢"):rep(50), 12)) do
      assert.is_true(layout.width(line) <= 12)
    end
    assert.equal(("漢"):rep(50), table.concat(layout.wrap(("漢"):rep(50), 13)))
  end)

  it("is cut off where it takes too long, whosever the formatter is", function()
    local sandbox = require "modelsig.rules.sandbox"
    local before = sandbox.formatting
    sandbox.formatting = { steps = 1000, bytes = 1 << 30, seconds = 60 }
    local text, message, code = report.format(report.build({ a, b }, {}), "table")
    sandbox.formatting = before
    assert.is_nil(text)
    assert.matches("table%.lua: step budget exceeded", message)
    assert.equal("limit", code)
  end)
end)
