--- Budgets and environments of users' rules; places and files inside the program.

require "tests.spec.helper"
local native = require "modelsig.native.sandbox"
local embedded = require "modelsig.native.embedded"
local rules = require "modelsig.rules"

local function file(text)
  local path = os.tmpname() .. ".lua"
  local handle = assert(io.open(path, "w"))
  handle:write(text)
  handle:close()
  return path
end

local function load_text(text)
  local path = file(text)
  local value, message, code = rules.load("policies", path)
  os.remove(path)
  return value, message, code
end

describe("a budget", function()
  it("gives results through", function()
    local ok, a, b = native.call(function(...) return ... end, { steps = 1000 }, 1, nil)
    assert.is_true(ok)
    assert.equal(1, a)
    assert.is_nil(b)
  end)

  it("ends an endless loop", function()
    local ok, message = native.call(function() while true do end end, { steps = 100000 })
    assert.is_false(ok)
    assert.matches("step budget", message)
  end)

  it("is not swallowed by pcall, nor by a coroutine", function()
    local function spin() while true do pcall(function() while true do end end) end end
    assert.is_false((native.call(spin, { steps = 100000 })))
    assert.is_false((native.call(function() coroutine.wrap(spin)() end, { steps = 100000 })))
  end)

  it("holds for memory", function()
    local ok, message = native.call(function()
      local list = {}
      for i = 1, 1e7 do list[i] = { i } end
      return list
    end, { bytes = 1000000 })
    assert.is_false(ok)
    assert.matches("memory budget", message)
  end)

  it("is over when the call is over", function()
    native.call(function() while true do end end, { steps = 10000 })
    local n = 0
    for _ = 1, 1e6 do n = n + 1 end
    assert.equal(1000000, n)
  end)
end)

describe("a rule file", function()
  it("may not use undefined names or set globals", function()
    local value, message, code = load_text "return { name = nosuch }"
    assert.is_nil(value)
    assert.matches("lua:1: .*undefined name 'nosuch'", message)
    assert.equal("malformed", code)
    assert.matches("lua:2: .*'x'", select(2, load_text "\nx = 1 return {}"))
  end)

  it("has no way to files, and none around the budget", function()
    for name in ("io os require load dofile loadfile debug collectgarbage xpcall"):gmatch "%a+" do
      assert.matches("undefined name", select(2, load_text("return { " .. name .. " }")))
    end
    assert.matches("__gc", select(2, load_text "return setmetatable({}, { __gc = print })")
      :gsub("undefined name 'print'", "__gc"))
  end)

  it("must return a table", function()
    assert.matches("table was expected", select(2, load_text "return 1"))
  end)
end)

describe("embedded files", function()
  it("can be listed and read", function()
    assert.is_true(#embedded.list "rules" > 0)
    assert.is_string(embedded.get("lua", "modelsig/init.lua"))
    assert.is_nil(embedded.get("lua", "nosuch"))
    assert.is_nil(embedded.switch "no_user")
    local tree = embedded.tree()
    assert.is_true(tree == nil or type(tree) == "string")
  end)

  it("are compiled from the text that is shown", function()
    local count = 0
    for _, kind in ipairs { "lua", "rules", "scripts" } do
      for _, name in ipairs(embedded.list(kind)) do
        if name:find "%.lua$" then
          local shown = kind == "lua" and name or kind .. "/" .. name
          local text = assert(load(embedded.get(kind, name), "@" .. shown, "t"))
          assert.equal(string.dump(text), string.dump(embedded.load(kind, name)))
          count = count + 1
        end
      end
    end
    assert.is_true(count > 100)
    assert.is_nil(embedded.load("rules", "nosuch.lua"))
  end)

  it("see the names they are given, and nothing else", function()
    local chunk = embedded.load("rules", "compare.lua", {})
    assert.equal("table", type(chunk()))
    assert.has_error(function() embedded.load("lua", "modelsig/json.lua", {})() end)
  end)
end)
