--- The prompt: its loop in this process, and the program on a pseudo-terminal.

require "tests.spec.helper"
local repl = require "modelsig.cli.repl"
local transcript = require "tests.spec.transcript"

--- A prompt whose output is collected, fed with lines.
local function session(lines)
  local out = {}
  local function put(...)
    for _, text in ipairs { ... } do out[#out + 1] = text end
  end
  local prompt = repl.new { out = put, err = put }
  local i = 0
  local ok = repl.loop(prompt, function()
    i = i + 1
    return lines[i]
  end)
  return table.concat(out), ok, prompt
end

describe("the prompt's loop", function()
  it("tries a line as an expression first", function()
    assert.equal("2\n", (session { "1+1" }))
    assert.equal("5\n", (session { "x = 5", "x" }))
    assert.equal("7\n", (session { "= 7" }))
  end)

  it("goes on while a chunk is unfinished", function()
    assert.equal("1\n2\n", (session { "for i = 1, 2 do", "show(i)", "end" }))
    assert.equal("a\nb\n", (session { "[[a", "b]]" }))
  end)

  it("throws an unfinished chunk away after Ctrl-C", function()
    assert.equal("3\n", (session { "for i = 1, 2 do", false, "3" }))
  end)

  it("keeps the last value in _", function()
    assert.equal("4\n8\n", (session { "4", "_ * 2" }))
  end)

  it("shows nothing for a statement and every value of an expression", function()
    assert.equal("", (session { "local x = 1" }))
    assert.equal("1\nnil\ntwo\n", (session { "1, nil, 'two'" }))
    assert.equal("nil\n", (session { "nil" }))
  end)

  it("reports mistakes and goes on", function()
    local text, ok = session { "error('boom')", ")", "nosuch.x", "error({})", "1" }
    assert.is_false(ok)
    assert.matches("boom", text)
    assert.matches("unexpected symbol near '%)'", text)
    assert.matches("index a nil value %(global 'nosuch'%)", text)
    assert.matches("error object is a table value", text)
    assert.matches("\n1\n$", text)
  end)

  it("shows what went wrong in the world in one line", function()
    assert.equal("nil (notfound): no such thing\n",
      (session { "nil, 'no such thing', 'notfound'" }))
  end)

  it("leaves at exit and quit, unless they are names", function()
    assert.equal("", (session { "quit", "1" }))
    assert.equal("", (session { "exit", "1" }))
    assert.equal("2\n1\n", (session { "quit = 2", "quit", "1" }))
  end)

  it("makes control characters visible", function()
    assert.equal("a\\x1b[31m\n", (session { [["a\27[31m"]] }))
  end)

  it("cuts long tables with a count", function()
    local text = session { "local l = {} for i = 1, 50 do l[i] = i end return l" }
    assert.matches("20  20\n%.%.%. 30 more %(50 in all%)\n$", text)
  end)

  it("shows records in columns", function()
    assert.equal("name  n\na     1\nbb    22\n",
      (session { "{{name='a', n=1}, {name='bb', n=22}}" }))
  end)

  it("offers help for itself and for values", function()
    assert.matches("Ctrl%-C stops", (session { "help" }))
    assert.matches("compare +function", (session { "help(modelsig)" }))
  end)
end)

describe("models at the prompt", function()
  it("print as a table, pairs with their verdict", function()
    local text = session { "a, b = open 'sample:qwen3-mini', open 'sample:qwen3-midi'", "a",
      "compare(a, b)", "a.config.head_dim" }
    assert.matches("hidden_size%S* +16", text)
    assert.matches("FULL_SUBSTITUTE", text)
    assert.matches("\n8\n$", text)
  end)

  it("are known to completion once seen", function()
    local _, _, prompt = session { "open 'sample:llama-mini'" }
    assert.same({ "sample:llama-mini" }, prompt.seen)
  end)
end)

describe("the prompt on a pseudo-terminal", function()
  local folder, environment

  before_each(function()
    folder = transcript.folder()
    environment = transcript.environment(folder.path, { TERM = "xterm" })
  end)

  after_each(function() folder:remove() end)

  --- Talks to the program, one step an argument; see terminal.py for the steps. The session must
  --- end well.
  local function talk(steps, arguments)
    local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
    if here:sub(1, 1) ~= "/" then here = io.popen("pwd"):read "l" .. "/" .. here end
    folder:write("steps", table.concat(steps, "\n") .. "\n")
    local text = transcript.run(("python3 %s/terminal.py modelsig %s < steps"):format(here,
      arguments or ""), folder.path, environment)
    assert.matches("%[exit 0%]\n$", text)
    return text
  end

  it("starts without arguments, answers and leaves at Ctrl-D", function()
    local text = talk { "prompt", "send 6*7\\r", "wait 42", "prompt", "end" }
    assert.matches("modelsig %d", text)
  end)

  it("leaves at exit", function()
    talk { "prompt", "send exit\\r" }
  end)

  it("goes on in the next line while a chunk is unfinished", function()
    talk { "prompt", "send for i = 1, 2 do\\r", "wait >> ", "send show('n'..i)\\r", "wait >> ",
      "send end\\r", "wait n1", "wait n2", "prompt", "end" }
  end)

  it("stops a running call at Ctrl-C and returns to the prompt", function()
    talk { "prompt", "send print('run'..'ning') while true do end\\r", "wait running",
      "send \\x03", "wait interrupted", "prompt", "send 'still '..'here'\\r", "wait still here",
      "prompt", "end" }
  end)

  it("stops a coroutine at Ctrl-C", function()
    talk { "prompt",
      "send coroutine.wrap(function() print('run'..'ning') while true do end end)()\\r",
      "wait running", "send \\x03", "wait interrupted", "prompt", "end" }
  end)

  it("stops a chunk that keeps its errors to itself", function()
    talk { "prompt", "send print('run'..'ning') while true do pcall(function() while true do "
      .. "end end) end\\r", "wait running", "send \\x03", "wait interrupted", "prompt", "end" }
  end)

  for name, code in pairs {
    ["a pattern of a method"] = "('a'):rep(40):find(('a-'):rep(40)..'b')",
    ["a pattern by name"] = "string.match(('a'):rep(41), ('a?'):rep(41)..('a*'):rep(30)..'b')",
    ["a substitution"] = "('b'):rep(50):gsub(('b*'):rep(40)..'c', '')",
  } do
    it("stops " .. name, function()
      talk { "prompt", "send print('run'..'ning') return " .. code .. "\\r", "wait running",
        "send \\x03", "wait interrupted", "prompt", "send 'still '..'here'\\r", "wait still here",
        "prompt", "end" }
    end)
  end

  it("stops the printing of a value", function()
    talk { "prompt", "send setmetatable({}, { __tostring = function() print('run'..'ning') "
      .. "while true do end end })\\r", "wait running", "send \\x03", "wait interrupted", "prompt",
      "end" }
  end)

  it("throws a line away at Ctrl-C, and an unfinished chunk", function()
    talk { "prompt", "send error('no'..'ne')", "wait no", "send \\x03", "prompt",
      "send for i = 1, 2 do\\r", "wait >> ", "send \\x03", "prompt", "send \\x03", "prompt",
      "send 'o'..'k'\\r", "wait ok", "prompt", "end" }
  end)

  it("takes every Ctrl-C of many", function()
    local steps = { "prompt" }
    for _ = 1, 30 do table.move({ "send \\x03", "prompt" }, 1, 2, #steps + 1, steps) end
    table.move({ "send 'o'..'k'\\r", "wait ok", "prompt", "end" }, 1, 4, #steps + 1, steps)
    talk(steps)
  end)

  it("completes names with Tab", function()
    talk { "prompt", "send modelsig.ver\\t\\r", "wait " .. require("modelsig").version, "prompt",
      "end" }
  end)

  it("lists what a name may become, and completes samples inside a string", function()
    talk { "prompt", "send modelsig.\\t", "wait modelsig.compare", "wait modelsig.version",
      "wait modelsig.", "send plan\\r", "wait function", "prompt",
      "send (open 'sample:lla\\t').label..' it is'\\r", "wait sample:llama-mini it is", "prompt",
      "end" }
  end)

  it("keeps its history in the state folder", function()
    talk { "prompt", "send 'rem'..'ember'\\r", "wait remember", "prompt", "end" }
    talk { "prompt", "send \\x1b[A\\r", "wait remember", "prompt", "end" }
    local file = assert(io.open(folder.path .. "/.state/modelsig/history"))
    assert.matches("ember", file:read "a")
    file:close()
  end)

  it("reads letters of every script", function()
    talk { "prompt", "send #'\\xc3\\xa9\\xe2\\x82\\xac'..' bytes'\\r", "wait 5 bytes", "prompt",
      "end" }
  end)

  it("has the models of the command line in m", function()
    talk({ "prompt", "send #m..' models'\\r", "wait 2 models", "prompt", "end" },
      "repl sample:qwen3-mini sample:qwen3-midi")
  end)

  it("shows tables as wide as the terminal", function()
    local text = talk { "prompt", "size 120", "send open 'sample:qwen3-mini'\\r", "wait source",
      "prompt", "end" }
    assert.matches("hidden_size%S* +16", text)
  end)

  it("helps", function()
    local text = talk { "prompt", "send help\\r", "prompt", "send help(modelsig)\\r", "prompt",
      "end" }
    assert.matches("Ctrl%-C stops", text)
    assert.matches("compare +function", text)
  end)
end)

describe("the prompt without a terminal", function()
  it("reads plain lines from a pipe and tells mistakes by its exit code", function()
    local folder <close> = transcript.folder()
    local environment = transcript.environment(folder.path)
    local text, exit = transcript.run("printf '1+1\\n' | modelsig repl", folder.path, environment)
    assert.equal("2\n", text)
    assert.equal(0, exit)
    text, exit = transcript.run("printf 'error(\"x\")\\n1\\n' | modelsig repl", folder.path,
      environment)
    assert.matches("prompt:1: x\n1\n$", text)
    assert.equal(1, exit)
  end)
end)
