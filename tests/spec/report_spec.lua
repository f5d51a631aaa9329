require "tests.spec.helper"
local report = require "modelsig.report.report"
local stub = require "tests.spec.report_stub"
local transcript = require "tests.spec.transcript"

local function labels(...)
  local models = {}
  for i, pair in ipairs { ... } do models[i] = { label = pair[1], typed = pair[2] } end
  report.label(models)
  local list = {}
  for i, model in ipairs(models) do list[i] = model.label end
  return list
end

describe("labels", function()
  it("stay as they are where they differ", function()
    assert.same({ "a", "b" }, labels({ "a", "local:x/a" }, { "b", "local:x/b" }))
  end)

  it("become what was typed where two models share one", function()
    assert.same({ "local:x/m", "local:y/m", "b" },
      labels({ "m", "local:x/m" }, { "m", "local:y/m" }, { "b", "b" }))
  end)

  it("get a number where even that is equal", function()
    assert.same({ "m", "m#2", "m#3" }, labels({ "m", "m" }, { "m", "m" }, { "m", "m" }))
    assert.same({ "m", "m#3", "m#2" }, labels({ "m", "m" }, { "m", "m" }, { "m#2", "m#2" }))
  end)
end)

describe("a formatter", function()
  local folder

  before_each(function() folder = transcript.folder() end)
  after_each(function() folder:remove() end)

  it("may be a user's file", function()
    local path = folder:write("mine.lua",
      "return { format = function(d, c) return d.tool .. ':' .. #c.labels end }")
    assert.equal("modelsig:3\n", report.format(stub.report(), path))
  end)

  it("that does not exist is named with a suggestion", function()
    local text, message, code = report.format(stub.report(), "tabel")
    assert.is_nil(text)
    assert.equal("no format 'tabel' (did you mean 'table'?)", message)
    assert.equal("notfound", code)
  end)

  it("that fails is an error that names its file", function()
    for body, expected in pairs {
      ["return { format = function() error 'boom' end }"] = "boom",
      ["return { format = function() return 12 end }"] = "format returned number 12",
      ["return { fromat = tostring }"] = "unknown key %(did you mean 'format'%?%)",
      ["return 1"] = "table",
      ["return {"] = "mine.lua:1",
    } do
      local path = folder:write("mine.lua", body)
      local text, message = report.format(stub.report(), path)
      assert.is_nil(text)
      assert.matches("mine.lua", message)
      assert.matches(expected, message)
    end
  end)

  it("for JSON gives the document", function()
    local json = require "modelsig.native.json"
    local made = stub.report()
    local value = assert(json.decode(report.format(made, "json")))
    assert.equal("FULL_SUBSTITUTE",
      value.coverage_matrix["small|large"].substitution_verdict)
    assert.equal(4096, value.models.small.arch_fingerprint.hidden_size)
  end)
end)

describe("the timestamp", function()
  it("is ISO 8601 in UTC", function()
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", report.timestamp())
  end)
end)
