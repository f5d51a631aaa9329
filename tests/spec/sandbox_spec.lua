--- Budgets and environments of users' rules; places and files inside the program.

require "tests.spec.helper"
local native = require "modelsig.native.sandbox"
local embedded = require "modelsig.native.embedded"
local rules = require "modelsig.rules.named"

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

  it("knows no text and no object as a stop; without a host its text stands for it", function()
    for _, value in ipairs { "interrupted!", 1, io.stdout, {} } do
      assert.is_false(native.is_stop(value))
    end
    assert.is_false(native.is_stop(nil))
    local ok, message = pcall(native.stop)
    assert.is_false(ok)
    assert.matches("interrupted!", message)
    assert.has_error(function() native.is_stop() end)
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

  it("counts memory that is held, not memory that was", function()
    local ok, message = native.call(function()
      for i = 1, 100 do
        local _ = (" "):rep(100000 + i)
        collectgarbage()
      end
    end, { bytes = 1000000 })
    assert.is_true(ok, message)
  end)

  it("is over when the call is over", function()
    native.call(function() while true do end end, { steps = 10000 })
    local n = 0
    for _ = 1, 1e6 do n = n + 1 end
    assert.equal(1000000, n)
  end)
end)

--- Runs source as a rule would, under a budget; the results of native.call, or of sandbox.call.
local function rule(source, budget)
  local chunk = assert(load("return " .. source, "=rule", "t",
    require("modelsig.rules.sandbox").environment({}, "rule")))()
  return native.call(chunk, budget or { steps = 1e6, bytes = 32 << 20, seconds = 20 })
end

describe("work inside the C library", function()
  -- Each of these would take hours or all memory, and most of them never see the hook.
  for name, source in pairs {
    ["a method that repeats"] = '("x"):rep(1 << 40)',
    ["repeating nothing"] = '#("x"):rep(1 << 20):rep(1000) .. ("").rep("", math.maxinteger)',
    ["repeating in a loop"] = "(function() local s = 'x' while true do s:rep(1 << 24) end end)()",
    ["repeating under pcall"] =
      "(function() while true do pcall(('x').rep, 'x', 1 << 40) end end)()",
    ["one repetition under pcall"] = "pcall(('x').rep, 'x', 1 << 40)",
    ["a pattern with many ways"] = '(("a"):rep(60)):find(("a-"):rep(30) .. "b")',
    ["the same by name"] = 'string.match(("a"):rep(60), ("a-"):rep(30) .. "b")',
    ["the same in a loop"] =
      'string.gmatch(("a"):rep(60), ("a?"):rep(30) .. ("a*"):rep(20) .. "b")()',
    ["the same in a substitution"] = '(("a"):rep(60)):gsub(("a*"):rep(20) .. "b", "")',
    ["balanced runs"] = '(("("):rep(1 << 20)):find "%b()"',
    ["a plain search"] = '(("a"):rep(1 << 22)):find(("a"):rep(1 << 21) .. "b", 1, true)',
    ["many matches of a long text"] = "(function() local s = ('a'):rep(1 << 20) "
      .. "while true do s:find 'b' end end)()",
    ["a replacement that grows"] = "(function() local s = 'aaaa' "
      .. "while true do s = s:gsub('a', 'aaaa') end end)()",
    ["a callback without end"] = '("a"):gsub("a", function() while true do end end)',
    ["a comparator without end"] = "table.sort({ 3, 2, 1 }, function() while true do end end)",
    ["a list that says it is long"] = "table.insert(setmetatable({}, { __len = function() "
      .. "return math.maxinteger - 1 end }), 1, 1)",
    ["sorting one"] =
      "table.sort(setmetatable({}, { __len = function() return 1 << 30 end }), rawequal)",
    ["removing from one"] = "table.remove(setmetatable({}, { __len = function() "
      .. "return math.maxinteger - 1 end }), 1)",
    ["removing from one that hides it"] = "table.remove(setmetatable({}, { __metatable = false, "
      .. "__len = function() return math.maxinteger - 1 end }), 1)",
    ["moving much"] = "table.move({}, 1, 1 << 50, 2)",
    ["inserting in front"] =
      "(function() local t = {} for i = 1, 1e6 do table.insert(t, 1, i) end end)()",
    ["formatting"] = "(function() local t = {} for i = 1, 20000 do t[i] = 1e300 end "
      .. "while true do (('%99.99f'):rep(20000)):format(table.unpack(t)) end end)()",
    ["tostring"] = "tostring(setmetatable({}, { __tostring = function() while true do end end }))",
    ["joining"] = "(function() local s = 'x' while true do s = s .. s end end)()",
    ["packing"] = '("c" .. (1 << 40)):pack ""',
    ["deep recursion"] = "(function() local function f() return 1 + f() end f() end)()",
    ["deep recursion that goes on"] = "(function() local function f() return 1 + f() end "
      .. "while true do pcall(f) end end)()",
    ["closing without end"] = "(function() local x <close> = setmetatable({}, "
      .. "{ __close = function() while true do end end }) end)()",
    ["closing after an error"] = "(function() local x <close> = setmetatable({}, "
      .. "{ __close = function() while true do end end }) while true do end end)()",
  } do
    it("is bounded: " .. name, function()
      local ok, message = rule("function() return " .. source .. " end")
      assert.is_false(ok)
      assert.is_string(message)
      assert.matches("budget exceeded", message:gsub("__len", "budget exceeded")
        :gsub("too many elements", "budget exceeded"):gsub("stack overflow", "budget exceeded")
        :gsub("result too long", "budget exceeded"):gsub("too many results", "budget exceeded")
        :gsub("size limit", "budget exceeded"):gsub("%(resulting string.*", "budget exceeded"))
    end)
  end

  it("that is one step and long ends by processor time", function()
    local ok, message = rule("function() local a, b = ('x'):rep(1 << 22), ('x'):rep(1 << 22) "
      .. "while true do local _ = a == b end end", { steps = 1e14, bytes = 1 << 26, seconds = 0.2 })
    assert.is_false(ok)
    assert.equal("time budget exceeded", message)
  end)

  it("is free outside of a budget", function()
    assert.equal(1 << 26, #("x"):rep(1 << 26))
    assert.equal(string, getmetatable("").__index)
    assert.has_no.errors(function() native.spend(math.maxinteger) end)
  end)

  it("gives the methods of strings back, whatever happened", function()
    local before = getmetatable("").__index
    rule "function() error 'x' end"
    rule "function() while true do end end"
    rule "function() return ('x'):rep(1 << 40) end"
    rule "function() return table.unpack({}, 1, 900000) end"
    native.call(function() native.call(function() end, {}) end, {})
    assert.equal(before, getmetatable("").__index)
  end)
end)

describe("a coroutine under a budget", function()
  local spin = function() while true do end end

  it("that was made before has no freedom of its own", function()
    local co = coroutine.create(function() while true do coroutine.yield() end end)
    local ok, message = native.call(function() while true do coroutine.resume(co) end end,
      { steps = 1e5 })
    assert.is_false(ok)
    assert.equal("step budget exceeded", message)
  end)

  it("does not keep the error to itself", function()
    assert.is_false((native.call(function() return coroutine.resume(coroutine.create(spin)) end,
      { steps = 1e5 })))
    assert.is_false((native.call(function()
      while true do pcall(coroutine.wrap(function() pcall(spin) end)) end
    end, { steps = 1e5 })))
  end)

  it("leaves the product's objects usable when it was made in a rule", function()
    -- What C allocates in a rule outlives the budget and its allocator.
    local json = require "modelsig.native.json"
    local numeric = require "modelsig.native.numeric"
    local ok, kept = native.call(function() return { numeric.intern and numeric.intern(),
      json.decode "[1,2,{\"a\":[3]}]" } end, { steps = 1e6 })
    assert.is_true(ok)
    collectgarbage()
    assert.is_table(kept)
    kept = nil -- luacheck: ignore
    collectgarbage()
  end)
end)

describe("strings of rules", function()
  local strings = native.strings()

  it("have the functions of Lua but for dump, each table its own", function()
    for name in pairs(string) do
      if name ~= "dump" then assert.is_function(strings[name], name) end
    end
    assert.is_nil(strings.dump)
    assert.is_not.equal(strings, native.strings())
  end)

  --- What a call gives, and the message of its error, without the place.
  local function result(library, name, ...)
    local out = table.pack(pcall(function(...) return library[name](...) end, ...))
    if not out[1] then out[2] = tostring(out[2]):gsub("^[^:]*:%d+: ", "") end
    return out
  end

  it("refuse what Lua refuses, in its words, and nothing else", function()
    local refused = 0
    for _, call in ipairs { { "match", "text", "%" }, { "match", "text", "[a" },
      { "match", "text", "%f" }, { "match", "text", "%b" }, { "match", "text", "(" },
      { "match", "text", ")" }, { "match", "text", "%1" }, { "match", "text", ("()"):rep(33) },
      { "match", ("a"):rep(300), ("a?"):rep(300) }, { "match", ("a"):rep(99), ("(a?)"):rep(32) },
      { "gsub", "a", "a", "%2" }, { "gsub", "a", "a", "%x" }, { "gsub", "a", "a", true },
      { "gsub", "a", "a", "a", "x" }, { "gsub", "a", "a", nil, "x" },
      { "gsub", "a", "a", function() return {} end }, { "rep", "xx", math.maxinteger },
      { "rep", "x" }, { "find" }, { "find", "x", {} }, { "gmatch", "x" } } do
      local expected = result(string, table.unpack(call))
      assert.same(expected, result(strings, table.unpack(call)))
      if not expected[1] then refused = refused + 1 end
    end
    assert.equal(20, refused)
    for _, call in ipairs { { "find", "text", ")" }, { "find", "abc", "x(" },
      { "match", "abc", "x%1" }, { "gmatch", "abc", "x[" }, { "find", "a\0b", "%z" },
      { "find", "a\0zb", "[^%z]*$" }, { "find", "a\0b", "%Z+" }, { "match", "xabab", "(ab)%1" },
      { "match", "abac", "(ab)%1" }, { "match", "cabbad", "(a)(b)%2%1" } } do
      local expected, got = result(string, table.unpack(call)), result(strings, table.unpack(call))
      if call[1] == "gmatch" then expected[2], got[2] = expected[2](), got[2]() end
      assert.same(expected, got)
      assert.is_true(got[1])
    end
  end)

  it("are as deep as Lua's own", function()
    for n = 190, 210 do
      for _, item in ipairs { "a?", "a-", "(a)" } do
        local subject, pattern = ("a"):rep(n), item:rep(item == "(a)" and n // 8 or n)
        assert.same(result(string, "match", subject, pattern),
          result(strings, "match", subject, pattern), item .. n)
      end
    end
  end)

  it("match as Lua's own do, on patterns made at random", function()
    local items = { "a", "b", ".", "%a", "%d", "%s", "[ab]", "[^a]", "[a-c]", "[%w_]", "(", ")",
      "()", "%1", "%2", "%b()", "%bab", "%f[a]", "%f[^a]", "$", "^", "%%", "[]a]", "[^]]", "[a-]",
      "[%]]", "-", "x", "%W", "%S", "\0", "%z", "[%Z]", "[", "[%a-z]", "[a-%%]", "%x", "%p",
      "%g", "%c", "%u", "%L" }
    local repeats = { "", "", "", "*", "+", "-", "?" }
    local subjects = { "a", "b", "c", "(", ")", "x", " ", "1", "\0", "%", "]", "-", "\200", "_" }
    local replacements = { "<%0>", "%1", "%%", "[%1%0]", "", 7, { a = "A", b = false },
      function(a) return a end, function() end }
    local seed = 20240501
    local function random(n)
      seed = (seed * 1103515245 + 12345) & 0x7fffffff
      return (seed >> 8) % n + 1
    end
    local function text(list, most, suffix)
      local out = {}
      for i = 1, random(most + 1) - 1 do
        out[i] = list[random(#list)] .. (suffix and suffix[random(#suffix)] or "")
      end
      return table.concat(out)
    end
    local function all(library, s, p, from)
      local out = {}
      for a, b, c in library.gmatch(s, p, from) do
        out[#out + 1] = ("%s|%s|%s"):format(a, b, c)
      end
      return table.concat(out, ";")
    end
    local compared = 0
    for _ = 1, 20000 do
      local pattern, subject = text(items, 5, repeats), text(subjects, 12)
      local from, replacement = random(20) - 10, replacements[random(#replacements)]
      for name, call in pairs {
        find = function(l) return l.find(subject, pattern, from) end,
        plain = function(l) return l.find(subject, pattern, from, true) end,
        match = function(l) return l.match(subject, pattern, from) end,
        gmatch = function(l) return all(l, subject, pattern, from) end,
        gsub = function(l) return l.gsub(subject, pattern, replacement) end,
      } do
        local expected, got = table.pack(pcall(call, string)), table.pack(pcall(call, strings))
        if got[1] then compared = compared + 1 end
        assert.same(expected, got, ("%s of %q with %q"):format(name, subject, pattern))
      end
    end
    assert.is_true(compared > 50000)
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

  it("has no way to the metatables of the product", function()
    for _, expression in ipairs { 'getmetatable("")', "getmetatable(1)", "getmetatable(string.rep)",
      "getmetatable(setmetatable({}, nil))" } do
      local value = assert(load_text("return { name = tostring(" .. expression .. ") }"))
      assert.equal("nil", value.name)
    end
    local value = assert(load_text("local mt = { __len = function() return 3 end } "
      .. "return { name = tostring(getmetatable(setmetatable({}, mt)) == mt) }"))
    assert.equal("true", value.name)
  end)

  it("may use metatables, but returns plain tables", function()
    assert.equal("v", assert(load_text("local t = setmetatable({}, { __index = function() "
      .. "return 'v' end }) return { name = t.x }")).name)
    for _, text in ipairs { "return setmetatable({}, {})", "return { options = { a = "
      .. "setmetatable({}, { __index = function() while true do end end }) } }" } do
      local value, message, code = load_text(text)
      assert.is_nil(value)
      assert.matches("%.lua: a table with a metatable came back", message)
      assert.equal("malformed", code)
    end
  end)

  it("must return a table", function()
    assert.matches("table was expected", select(2, load_text "return 1"))
  end)
end)

describe("a call that may be stopped", function()
  it("gives results through, and errors as a message", function()
    assert.same({ n = 3, true, 1, nil }, table.pack(native.stoppable(function() return 1, nil end)))
    local ok, message = native.stoppable(error, "boom")
    assert.is_false(ok)
    assert.equal("boom", message)
    assert.is_true((native.stoppable(native.stoppable, error)), "one inside another")
  end)
end)

describe("embedded files", function()
  it("can be listed and read", function()
    assert.is_true(#embedded.list "rules" > 0)
    assert.is_string(embedded.get("lua", "modelsig/init.lua"))
    assert.is_nil(embedded.get("lua", "nosuch"))
    assert.is_false(embedded.has("lua", "nosuch"))
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
          assert.is_true(embedded.has(kind, name))
          local text = assert(load(embedded.get(kind, name), "@" .. shown, "t"))
          assert.equal(string.dump(text, true), string.dump(embedded.load(kind, name), true))
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
    assert.has_error(function() embedded.load("lua", "modelsig/base/json.lua", {})() end)
  end)
end)
