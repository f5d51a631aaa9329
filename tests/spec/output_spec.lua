--- Output that is lost is an error, and nothing from outside forges a line.

require "tests.spec.helper"
local project = require "tests.spec.project"

local own

before_each(function() own = project.new() end)
after_each(function() own:remove() end)

describe("output on a full disk", function()
  for _, command in ipairs { "--help", "--version", "help", "inspect --help", "eval 1",
    "eval 'print(1)'", "eval 'io.write(1)'", "families", "policies", "which structure", "man",
    "completion bash", "sample:qwen3-mini", "sample:qwen3-mini --output table", "selftest",
    "explain sample:qwen3-mini sample:qwen3-midi", "plan sample:qwen3-mini", "demo",
    "inspect sample:qwen3-mini", "cache", "trust list", "run print.lua", "repl < lines" } do
    it("is an error with a message: " .. command, function()
      own.folder:write("project/print.lua", "print 'x'")
      own.folder:write("project/lines", "1 + 1\n")
      local _, exit, errors = own:run(("modelsig %s >/dev/full"):format(command))
      -- a list of trusted folders may be empty: nothing is written then
      if command == "trust list" and exit == 0 then return end
      assert.equal(1, exit, errors)
      local reason = command == "run print.lua" and "not all of it could be written"
        or "No space left on device"
      assert.truthy(errors:find("standard output: " .. reason, 1, true), errors)
    end)
  end

  it("is no error where the reader has seen enough", function()
    for _, command in ipairs { "modelsig --help", "modelsig sample:qwen3-mini" } do
      for reader in ("true|head -1"):gmatch "[^|]+" do
        local _, exit, errors = own:run(("bash -c 'set -o pipefail; %s | %s >/dev/null'"):format(
          command, reader))
        assert.equal(0, exit, command .. " | " .. reader)
        assert.equal("", errors)
      end
    end
  end)
end)

describe("a message", function()
  local layout = require "modelsig.base.layout"

  for name, path in pairs {
    ["a newline"] = "./zz\nmodelsig: all fine", ["a carriage return"] = "./zz\rmodelsig: all fine",
    ["a colour"] = "./\27[31mzz", ["a tab and a newline"] = "./zz\n\tmodelsig: all fine",
    ["another direction"] = "./\u{202e}zz", ["a mark of direction"] = "./\u{200e}zz",
    ["an isolate"] = "./\u{2066}zz", ["an Arabic mark"] = "./\u{61c}zz",
    ["a list of problems"] = "./p: `\n./p: `x",
  } do
    it("is one line, whatever a path has in it: " .. name, function()
      for _, command in ipairs { "modelsig %s", "modelsig plain plain --policy %s/x",
        "modelsig plain --output %s.lua", "modelsig plain --save %s/x/y", "modelsig inspect %s",
        "modelsig plain --require %s", "modelsig which %s" } do
        local quoted = "'" .. path .. "'"
        local _, exit, errors = own:run(command:format(quoted) .. " >/dev/null")
        assert.is_true(exit > 0)
        for line in errors:gmatch "[^\n]+" do
          assert.truthy(line:find "^modelsig: " or line:find "^  ", line)
          assert.is_nil(line:find "^modelsig: all fine", line)
        end
        assert.is_nil(errors:find "[\r\27\t]", errors)
        for _, code in ipairs { 0x202e, 0x200e, 0x2066, 0x61c } do
          assert.is_nil(errors:find(utf8.char(code), 1, true), errors)
        end
      end
    end)
  end

  it("shows every control of direction as an escape", function()
    for _, code in ipairs { 0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066,
      0x2067, 0x2068, 0x2069 } do
      assert.equal(("\\u{%x}"):format(code), layout.escape(utf8.char(code)))
      assert.equal(("a\\u{%x}b"):format(code), layout.message("a" .. utf8.char(code) .. "b"))
    end
  end)

  it("tells the problems of a file a line each", function()
    own:rule("policies/mine.lua", "return { a = 1, b = 2 }")
    local _, exit, errors = own:run "modelsig plain plain --policy mine >/dev/null"
    assert.equal(1, exit)
    assert.matches("\n  [^\n]*mine%.lua: `b`: unknown key", errors)
  end)
end)
