local complete = require "modelsig.cli.complete"
local layout = require "modelsig.base.layout"

describe("layout.escape", function()
  it("makes control characters visible", function()
    assert.equal("a\\x1b[31m\\nb", layout.escape "a\27[31m\nb")
    assert.equal("\\u{9b}31m", layout.escape "\u{9b}31m")
  end)

  it("makes characters that hide or turn text visible", function()
    assert.equal("a\\u{202e}b\\u{200b}", layout.escape "a\u{202e}b\u{200b}")
  end)

  it("makes bytes that are no UTF-8 visible and keeps the rest", function()
    assert.equal("é\\xff中\\xc3", layout.escape "é\xff中\xc3")
  end)

  it("prints only ASCII when asked to", function()
    assert.equal("\\u{e9}\\u{4e2d}", layout.escape("é中", true))
  end)
end)

describe("layout", function()
  it("counts cells, wide characters twice", function()
    assert.equal(3, layout.width "é中")
    assert.equal("é中 ", layout.pad("é中", 4))
  end)

  it("wraps at blanks, and long words after a separator", function()
    assert.same({ "one two", "three" }, layout.wrap("one two three", 8))
    assert.same({ "nvidia/", "Nemotron-3-", "Super" }, layout.wrap("nvidia/Nemotron-3-Super", 11))
    assert.same({ "" }, layout.wrap("", 10))
  end)

  it("never makes a line wider than asked for", function()
    local text = ("supercalifragilistic "):rep(5) .. "a-b-c-d-e-f-g-h-i-j-k-l"
    for width = 8, 60 do
      for _, line in ipairs(layout.wrap(text, width)) do
        assert.is_true(layout.width(line) <= width)
      end
    end
  end)

  it("cuts with a mark", function()
    assert.equal("nvidia/N..", layout.cut("nvidia/Nemotron", 10))
    assert.equal("short", layout.cut("short", 10))
  end)

  it("lays out columns within the width", function()
    local rows = { { "a", "12", "some text that is too long" }, { "bbb", "3", "x" } }
    local lines = layout.columns(rows, { {}, { right = true }, {} }, 24, "  ")
    assert.same({ "  a    12  some text", "           that is too", "           long",
      "  bbb   3  x" }, lines)
  end)

  it("shows numbers as people write them", function()
    assert.equal("8.19 B", layout.big(8190735360, "count"))
    assert.equal("12", layout.big(12, "count"))
    assert.equal("1.00 M", layout.big(999999, "count"))
    assert.equal("100.0%", layout.percent(1.0))
    assert.equal("3", layout.show(3.0))
    assert.equal("0.9125", layout.show(0.9125))
    assert.equal("-", layout.show(nil))
    assert.equal("-", layout.show {})
    assert.equal("1e-06", layout.show(1e-6))
    assert.equal("0.0078", layout.show(0.0078))
    assert.equal("tp1: a, tp2: b, tp16: c", layout.show { tp16 = "c", tp2 = "b", tp1 = "a" })
  end)

  it("of two records shows what differs", function()
    local function contrast(a, b)
      local x, y = layout.contrast(a, b)
      return layout.show(x) .. " | " .. layout.show(y)
    end
    assert.equal("ratio: 7 | ratio: 8",
      contrast({ kind = "GQA", ratio = 7 }, { kind = "GQA", ratio = 8 }))
    assert.equal("latent: 1 | -", contrast({ width = 2, latent = 1 }, { width = 2 }))
    assert.equal("none | kind: x", contrast("none", { kind = "x" }))
    assert.equal("a, b | a", contrast({ "a", "b" }, { "a" }))
    assert.equal("x: 1, 2 | x: 1", contrast({ x = { 1, 2 }, y = { 3 } }, { x = { 1 }, y = { 3 } }))
  end)

  it("shrinks other columns before a rigid one", function()
    local rows = { { "a name of several words", "PARTIAL_SUBSTITUTE" } }
    assert.same({ "a name of   PARTIAL_SUBSTITUTE", "several", "words" },
      layout.columns(rows, { {}, { rigid = true } }, 30))
  end)
end)

describe("completion", function()
  local env = setmetatable({ model = { config = { head_dim = 128, hidden_size = 1 },
    close = function() end } }, { __index = { print = print, pairs = pairs } })

  local function words(line)
    return (complete.candidates(line, env, { "sample:a", "org/model" }))
  end

  it("offers globals, also those behind the environment", function()
    assert.same({ "pairs", "print" }, words "p")
    assert.same({ "model" }, words "x = mo")
  end)

  it("offers fields behind dots and methods behind a colon", function()
    assert.same({ "model.config.head_dim", "model.config.hidden_size" }, words "model.config.h")
    assert.same({ "model:close" }, words "model:")
  end)

  it("offers keywords", function()
    assert.same({ "return", "repeat" }, (function(list)
      table.sort(list, function(a, b) return a > b end)
      return list
    end)(words "re"))
  end)

  it("offers models seen inside a string", function()
    local list, from = complete.candidates('open("sample:', env, { "sample:a", "org/model" })
    assert.same({ "sample:a" }, list)
    assert.equal(7, from)
  end)

  it("offers nothing for what does not exist, and runs nothing", function()
    assert.same({}, words "nosuch.field")
    local called = false
    env.lazy = setmetatable({}, { __index = function() called = true end })
    assert.same({}, words "lazy.x.y")
    assert.is_false(called)
  end)
end)
