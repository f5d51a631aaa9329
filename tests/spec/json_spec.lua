local json = require "modelsig.base.json"
local native = require "modelsig.native.json"

local function line(value)
  return json.encode(value, { indent = false })
end

describe("the document writer", function()
  it("sorts keys in byte order and indents by two", function()
    assert.equal(
      '{\n  "B": 1,\n  "a": {\n    "x": [\n      {\n        "y": 1\n      }\n    ]\n  }\n}',
      json.encode { a = { x = { { y = 1 } } }, B = 1 })
  end)

  it("writes numbers as short as they read back, integers exactly, floats with a point", function()
    for value, text in pairs { [0.1] = "0.1", [1 / 3] = "0.3333333333333333", [1e300] = "1e+300",
      [5e-324] = "5e-324", [123456.5] = "123456.5" } do
      assert.equal(text, json.encode(value))
      assert.equal(value, tonumber(text))
    end
    assert.equal("9007199254740992.0", json.encode(2.0 ^ 53))
    assert.equal("1.0", json.encode(1.0))
    assert.equal("-0.0", json.encode(-0.0))
    assert.equal("9223372036854775807", json.encode(math.maxinteger))
    assert.equal("-9223372036854775808", json.encode(math.mininteger))
  end)

  it("marks what JSON has no number for", function()
    assert.equal('[{"__float__": "Infinity"}, {"__float__": "-Infinity"}, {"__float__": "NaN"}]',
      json.encode { math.huge, -math.huge, 0 / 0 })
  end)

  it("keeps empty lists and empty objects apart, and null", function()
    assert.equal('{"a": [],"b": {},"c": null}',
      line { a = native.array {}, b = {}, c = native.null })
  end)

  it("escapes controls, quotes and backslashes, and no slash", function()
    assert.equal([["a/b\"\\\n\u0000\u001f\u007f"]], json.encode 'a/b"\\\n\0\31\127')
  end)

  it("never writes what is no UTF-8", function()
    assert.equal('"a\u{FFFD}b\u{e9}"', json.encode "a\xffb\u{e9}")
    assert.equal('"\u{FFFD}\u{FFFD}\u{FFFD}"', json.encode "\xed\xa0\x80")
  end)

  it("writes a table that comes again as it would write another", function()
    local shared = { deep = { 1, 2 }, text = ("x"):rep(40) }
    local other = { deep = { 1, 2 }, text = ("x"):rep(40) }
    assert.equal(json.encode { a = other, b = { c = { other } }, d = other },
      json.encode { a = shared, b = { c = { shared } }, d = shared })
  end)

  it("writes numbers as keys, and what a table shows to `pairs`", function()
    assert.equal('{"1.5": true,"2": {}}', line { [2] = {}, [1.5] = true })
    local view = setmetatable({}, { __pairs = function() return next, { b = 1, a = { 2 } } end })
    assert.equal('{"a": [2],"b": 1}', line(view))
  end)

  it("sorts by bytes, shorter names first", function()
    assert.equal('{"": 1,"A": 2,"a": 3,"a\\u0000": 4,"ab": 5,"\u{e9}": 6}',
      line { ["\u{e9}"] = 6, ab = 5, ["a\0"] = 4, a = 3, A = 2, [""] = 1 })
  end)

  it("raises on what cannot be written, at the caller", function()
    for _, value in ipairs { print, { print }, { [{}] = 1 } } do
      assert.has_error(function() json.encode(value) end)
    end
    local loop = {}
    loop.self = loop
    local ok, message = pcall(json.encode, loop)
    assert.is_false(ok)
    assert.matches("contains itself", message)
    local deep = {}
    for _ = 1, 300 do deep = { deep } end
    assert.matches("deeper than 256", select(2, pcall(json.encode, deep)))
    assert.has_error(function() native.encode({}, 17) end)
  end)
end)

describe("the canonical text", function()
  it("has sorted keys and a comma behind each item", function()
    assert.equal('{"a":[1,{},[],],"b":null,"c":true,}', native.canonical {
      b = native.null, c = true, a = { 1, {}, native.array {} } })
    assert.equal("7", native.canonical(7))
  end)

  it("has equal texts for equal numbers", function()
    for text, numbers in pairs { ["1"] = { 1, 1.0 }, ["0"] = { 0, 0.0, -0.0 }, ["-3"] = { -3.0 },
      ["0.1"] = { 0.1 }, ["1e+300"] = { 1e300 }, ["inf"] = { math.huge },
      ["9.007199254741e+15"] = { 2.0 ^ 53 }, ["9007199254740991"] = { 2.0 ^ 53 - 1 } } do
      for _, number in ipairs(numbers) do assert.equal(text, native.canonical(number)) end
    end
  end)

  it("quotes as Lua does", function()
    for _, text in ipairs { "", "plain", 'a"b', "a\\b", "two\nlines", "\0001", "a\0", "\r\t\127",
      "\1279", "\u{e9}\xff" } do
      assert.equal(("%q"):format(text), native.canonical(text))
    end
    local bytes = {}
    for byte = 0, 255 do bytes[#bytes + 1] = string.char(byte) .. (byte % 3) end
    local all = table.concat(bytes)
    assert.equal(("%q"):format(all), native.canonical(all))
  end)

  it("has a text between all parts where one is given", function()
    assert.equal('{|"a":|[|1|,|2|,|]|,|}', native.canonical({ a = { 1, 2 } }, "|"))
    assert.equal("{\n}", native.canonical({}, "\n"))
  end)
end)

describe("json.decode", function()
  it("joins both halves of a character, from the first to the last", function()
    for text, code in pairs { ["\\ud800\\udc00"] = 0x10000, ["\\ud800\\udfff"] = 0x103ff,
      ["\\udbff\\udc00"] = 0x10fc00, ["\\udbff\\udfff"] = 0x10ffff } do
      assert.equal(utf8.char(code), native.decode('"' .. text .. '"'))
    end
    for text, expected in pairs { ["\\ud800\\udbff"] = "\u{fffd}\u{fffd}",
      ["\\udc00"] = "\u{fffd}", ["\\ud800\\ue000"] = "\u{fffd}\u{e000}" } do
      assert.equal(expected, (native.decode('"' .. text .. '"')))
    end
  end)

  it("counts what it finds beyond a hundred findings", function()
    local function findings(n)
      return select(2, assert(native.decode("[" .. ("1e999,"):rep(n) .. "0]")))
    end
    assert.equal(100, #findings(100))
    local found = findings(5000)
    assert.equal(101, #found)
    assert.equal("[100]", found[100].where)
    assert.same({ code = "more", message = "4900 more findings in the same text" }, found[101])
  end)
end)
