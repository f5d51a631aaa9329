--- Users' rules that fail, by kind and by how. Through the program, in a project of its own.

require "tests.spec.helper"
local json = require "modelsig.native.json"
local project = require "tests.spec.project"

local own

before_each(function()
  own = project.new()
end)

after_each(function() own:remove() end)

local function run(command, more) return own:run(command, more) end

local function rule(name, text) return own:rule(name, text) end

local LOOP = "while true do end"
local BOMB = "local t = {} for i = 1, 1e9 do t[i] = { i } end"
local HIDDEN = "while true do pcall(function() while true do end end) end"
local TEXT = "return (('x'):rep(1 << 40))"
local PATTERN = "return (('a'):rep(99):find(('a-'):rep(40) .. 'b'))"

--- What is wrong, with the code and a pattern of the message for each. Where a build is slow, time
--- is over before the steps are.
local failures = {
  { "an endless loop", LOOP, "limit", "%.lua: [st]%a+ budget exceeded" },
  { "one that catches its error", HIDDEN, "limit", "%.lua: [st]%a+ budget exceeded" },
  { "a memory bomb", BOMB, "limit", "%.lua: %w+ budget exceeded" },
  { "a long text", TEXT, "limit", "%.lua: %w+ budget exceeded" },
  { "a pattern without end", PATTERN, "limit", "%.lua: [st]%a+ budget exceeded" },
  { "a runtime error", "\nlocal x = nil\nreturn x.y", "malformed", "%.lua:3: attempt to index" },
  { "an undefined name", "\nreturn os.time()", "malformed", "%.lua:2: undefined name 'os'" },
}

describe("a policy's decide with", function()
  for _, case in ipairs(failures) do
    it(case[1] .. " fails the pair, and the models stay", function()
      local path = rule("policies/bad.lua", "return { decide = function() " .. case[2] .. " end }")
      local out, exit, errors = run "modelsig plain mine --policy bad"
      assert.equal(1, exit)
      assert.matches(case[4], errors)
      assert.matches(path, errors, 1, true)
      local document = assert(json.decode(out))
      assert.equal(case[3], document.coverage_matrix["plain|mine"].error.code)
      assert.matches(case[4], document.coverage_matrix["plain|mine"].error.message)
      assert.equal(json.null, document.test_strategy_summary["plain|mine"].verdict)
      assert.is_nil(document.models.plain.error)
      assert.is_table(document.models.mine.arch_fingerprint)
    end)
  end
end)

describe("a policy file with", function()
  for name, case in pairs {
    ["a syntax error"] = { "\nreturn {", "malformed", "bad%.lua:%d+: .*<eof>" },
    ["an endless loop"] = { LOOP, "limit", "bad%.lua: [st]%a+ budget exceeded" },
    ["an error"] = { "\nerror 'boom'", "malformed", "bad%.lua:2: boom" },
    ["no table"] = { "return 1", "malformed", "a table was expected" },
    ["an unknown key"] = { "return { treshold = 1 }", "malformed", "treshold.*thresholds" },
    ["a wrong type"] = { "return { decide = 5 }", "malformed", "decide.*function" },
    ["a global"] = { "\nx = 1", "malformed", "bad%.lua:2: assignment to the global 'x'" },
  } do
    it(name .. " is told, and the models stay", function()
      rule("policies/bad.lua", case[1])
      local out, exit, errors = run "modelsig plain mine --policy bad"
      assert.equal(1, exit, errors)
      assert.matches(case[3], errors)
      local document = assert(json.decode(out))
      assert.equal(case[2], document.coverage_matrix["plain|mine"].error.code)
      assert.is_table(document.models.plain.arch_fingerprint)
    end)
  end

  for name, result in pairs { ["no verdict"] = "nil", ["another word"] = "'MAYBE'",
    ["a number"] = "1", ["bad reasons"] = "'FULL', { {} }",
    ["a table that pretends"] =
      "setmetatable({}, { __tostring = function() return 'FULL' end })" } do
    it("a decide that returns " .. name .. " is told", function()
      rule("policies/bad.lua", "return { decide = function() return " .. result .. " end }")
      local out, exit, errors = run "modelsig plain mine --policy bad"
      assert.equal(1, exit)
      assert.matches("bad%.lua", errors)
      assert.equal("malformed", assert(json.decode(out)).coverage_matrix["plain|mine"].error.code)
    end)
  end
end)

describe("a family with", function()
  for _, case in ipairs(failures) do
    it(case[1] .. " in a slot is an error of its model, and the other has its report", function()
      rule("families/mine.lua", "return { extends = 'llama', model_types = { mine = 'Mine' }, "
        .. "kind = function() " .. case[2] .. " end }")
      local out, exit = run "modelsig plain mine"
      assert.equal(2, exit)
      local document = assert(json.decode(out))
      local failed = document.models.mine.error
      assert.equal(case[3], failed.code)
      assert.matches(case[4], failed.message)
      assert.equal("llama", document.models.plain.family)
      assert.is_nil(document.coverage_matrix["plain|mine"].substitution_verdict)
    end)
  end

  for name, text in pairs {
    ["a syntax error"] = "return {", ["an endless loop"] = LOOP, ["a memory bomb"] = BOMB,
    ["an error"] = "error 'boom'", ["no table"] = "return 1", ["no family"] = "return { 5 }",
    ["an unknown slot"] = "return { model_types = { mine = 'Mine' }, extend = 'llama' }",
    ["an unknown parent"] = "return { model_types = { mine = 'Mine' }, extends = 'lama' }",
    ["itself as parent"] = "return { model_types = { mine = 'Mine' }, extends = 'mine' }",
    ["a wrong list"] = "return { model_types = 5 }",
    ["metatables"] = "return setmetatable({}, { __index = function() while true do end end })",
  } do
    it(name .. " costs the models that it could describe, and no other", function()
      local path = rule("families/mine.lua", text)
      local out, exit, errors = run "modelsig plain mine"
      assert.equal(2, exit)
      assert.matches(path, errors, 1, true)
      local document = assert(json.decode(out))
      assert.is_string(document.models.mine.error.code)
      assert.matches(path, document.models.mine.error.message, 1, true)
      assert.is_nil(document.models.plain.error)
      assert.equal("llama", document.models.plain.family)
    end)
  end

  it("a mistyped slot or parent gets a suggestion", function()
    rule("families/mine.lua", "return { model_types = { mine = 'Mine' }, extend = 'llama' }")
    assert.matches("did you mean `?'?extends", (select(3, run "modelsig mine")))
    rule("families/mine.lua", "return { model_types = { mine = 'Mine' }, extends = 'lama' }")
    assert.matches("did you mean `?'?llama", (select(3, run "modelsig mine")))
  end)
end)

describe("a formatter with", function()
  for _, case in ipairs(failures) do
    it(case[1] .. " prints nothing and is told", function()
      rule("formats/bad.lua", "return { format = function() " .. case[2] .. " end }")
      local out, exit, errors = run "modelsig plain mine --output bad"
      assert.equal(1, exit)
      assert.equal("", out)
      assert.matches(case[4], errors)
    end)
  end

  it("a wrong type of result is told", function()
    rule("formats/bad.lua", "return { format = function() return {} end }")
    local _, exit, errors = run "modelsig plain --output bad"
    assert.equal(1, exit)
    assert.matches("bad%.lua: format returned .*text was expected", errors)
  end)
end)

describe("a feature with", function()
  for _, case in ipairs(failures) do
    it(case[1] .. " is an error of the pair, and the models stay", function()
      rule("features/bad.lua", "return { id = 'bad', read = function() " .. case[2] .. " end }")
      local out, _, errors = run "modelsig plain mine"
      local document = assert(json.decode(out))
      local pair = document.coverage_matrix["plain|mine"]
      assert.matches(case[4], pair.error.message .. errors)
      assert.is_nil(pair.substitution_verdict)
      assert.is_table(document.models.plain.arch_fingerprint)
    end)
  end
end)
