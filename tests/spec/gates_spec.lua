--- Gates of --require fail closed: they pass when every pair of the models asked for was judged and
--- met them, and for no other reason.

require "tests.spec.helper"
local project = require "tests.spec.project"

local own

before_each(function() own = project.new() end)
after_each(function() own:remove() end)

--- Runs a command line; the exit code and standard error.
local function run(command)
  local _, exit, errors = own:run(command)
  return exit, errors
end

local SAMPLES = "sample:qwen3-mini sample:qwen3-midi"

describe("a gate", function()
  it("passes when every pair meets it", function()
    assert.equal(0, (run("modelsig " .. SAMPLES .. " --require FULL")))
    assert.equal(0, (run("modelsig compare " .. SAMPLES .. " --require FULL,load:NO")))
    assert.equal(0, (run("modelsig explain " .. SAMPLES .. " --require FULL")))
    assert.equal(3, (run("modelsig " .. SAMPLES .. " sample:llama-mini --require FULL")))
  end)

  it("does not pass when a model could not be read", function()
    assert.equal(2, (run("modelsig " .. SAMPLES .. " ./none --require NO")))
    assert.equal(2, (run("modelsig plan " .. SAMPLES .. " ./none --require NO")))
  end)

  for name, body in pairs {
    ["drops one"] = "table.remove(models)",
    ["drops all"] = "models = {}",
    ["asks for one more and forgets it"] = "context:open { 'sample:llama-mini' }",
  } do
    it("does not pass when a script " .. name, function()
      own.folder:write("project/drop.lua", ([[
return { summary = "x", run = function(context)
  local models = context:open()
  %s
  local made = context:report(models, context:compare(models))
  return context:result(models, made, context:emit(made))
end }]]):format(body))
      local exit, errors = run("modelsig run drop.lua " .. SAMPLES .. " --require FULL")
      assert.is_true(exit == 1 or exit == 2, exit .. errors)
      assert.matches("was asked for and is not in the report", errors)
    end)
  end

  it("does not pass when a script leaves pairs out", function()
    own.folder:write("project/some.lua", [[
return { summary = "x", run = function(context)
  local models = context:open()
  local pairs = context:compare(models)
  table.remove(pairs)
  local made = context:report(models, pairs)
  return context:result(models, made, context:emit(made))
end }]])
    local exit, errors = run("modelsig run some.lua " .. SAMPLES .. " --require NO")
    assert.equal(3, exit)
    assert.matches("%-%-require NO: .* has no verdict", errors)
  end)

  for _, command in ipairs { "inspect sample:qwen3-mini", "families", "policies", "which structure",
    "eval 1" } do
    it("is refused where nothing judges it: " .. command, function()
      local exit, errors = run("modelsig " .. command .. " --require FULL")
      assert.equal(1, exit)
      assert.matches("judges no pairs", errors)
    end)
  end

  for name, value in pairs { ["256"] = "256", ["a fraction"] = "0.5", ["a whole float"] = "3.0",
    ["a text"] = "'3'", ["below 0"] = "-1", ["a function"] = "print" } do
    it("does not pass by an exit code that is " .. name, function()
      own.folder:write("project/code.lua", "return { summary = 'x', run = function() return "
        .. value .. " end }")
      local exit, errors = run "modelsig run code.lua"
      assert.equal(1, exit)
      assert.matches("exit code from 0 to 255", errors)
    end)
  end

  for name, rule in pairs {
    ["a policy"] = { "policies/mine.lua", "return { decide = function() while true do end end }" },
    ["a policy that says so itself"] = { "policies/mine.lua",
      "return { decide = function() return 'FULL', { 5 } end }" },
    ["a feature"] = { "features/mine.lua",
      "return { id = 'mine', read = function() while true do end end }" },
    ["a feature's grade"] = { "features/mine.lua", "return { id = 'mine', read = function(m) "
      .. "return m.c.hidden_size end, grade = function() error 'x' end }" },
    ["a formatter"] = { "formats/mine.lua",
      "return { format = function() while true do end end }" },
  } do
    it("does not pass when a rule is cut off: " .. name, function()
      own:rule(rule[1], rule[2])
      local more = rule[1]:find "policies" and " --policy mine"
        or rule[1]:find "formats" and " --output mine" or ""
      local exit, errors = run("modelsig " .. SAMPLES .. " --require NO" .. more)
      assert.equal(1, exit, errors)
      assert.matches("mine%.lua", errors)
    end)
  end
end)

describe("a family that fails", function()
  local function family(body)
    own:rule("families/mine.lua", "return {{ model_types = { mine = 'Mine' }, extends = 'llama', "
      .. body .. " }}")
    return run "modelsig plain mine --require NO"
  end

  for name, body in pairs {
    ["without end"] = "kind = function() while true do end end",
    ["with an error"] = "kind = function() error 'boom' end",
    ["with an error that is a table"] = "kind = function() error {} end",
  } do
    it("is an error of its model, " .. name, function()
      local exit, errors = family(body)
      assert.equal(2, exit)
      assert.matches("mine: .*mine%.lua", errors)
    end)
  end
end)
