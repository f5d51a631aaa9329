--- Ctrl-C outside of the prompt: the exit code, coroutines, rules, and nothing half-written.

local transcript = require "tests.spec.transcript"

--- Runs `modelsig ARGUMENTS`, sends it SIGINT when FOLDER/runs is there, and reports. A pipe, since
--- a program in the background of `sh` would ignore the signal.
local interrupt = [[
import os, signal, subprocess, sys, time
process = subprocess.Popen(["modelsig"] + sys.argv[1:], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
deadline = time.monotonic() + 45
while not os.path.exists("runs") and process.poll() is None and time.monotonic() < deadline:
    time.sleep(0.01)
process.send_signal(signal.SIGINT)
try:
    out = process.communicate(timeout=45)[0]
except subprocess.TimeoutExpired:
    process.kill()
    out = b"[killed]"
sys.stdout.write(out.decode())
sys.exit(process.returncode if process.returncode >= 0 else 128 - process.returncode)
]]

local BUSY = "local function busy() io.open('runs', 'w'):close() while true do end end\n"

describe("Ctrl-C", function()
  local folder, environment

  before_each(function()
    folder = transcript.folder()
    environment = transcript.environment(folder.path)
    folder:write("interrupt.py", interrupt)
  end)

  after_each(function() folder:remove() end)

  local function run(arguments)
    return transcript.run("python3 interrupt.py " .. arguments, folder.path, environment)
  end

  for name, body in pairs {
    ["in a script"] = "busy()",
    ["in a coroutine"] = "coroutine.wrap(busy)()",
    ["in a coroutine of a coroutine"] = "coroutine.wrap(function() coroutine.wrap(busy)() end)()",
    ["in a resumed coroutine whose result nobody looks at"] =
      "local co = coroutine.create(busy) coroutine.resume(co) while true do end",
    ["in a coroutine made before it was needed"] = "local co = coroutine.create(function() "
      .. "coroutine.yield() busy() end) coroutine.resume(co) coroutine.resume(co) "
      .. "while true do end",
    ["under pcall, again and again"] = "while true do pcall(busy) end",
    ["under xpcall with a handler"] = "while true do xpcall(busy, function(m) return m end) end",
    ["in a comparator"] = "table.sort({ 3, 2, 1 }, busy)",
    ["in a metamethod"] = "return #setmetatable({}, { __len = busy })",
    ["in a callback of gsub"] = "('x'):gsub('x', busy)",
    ["in what is closed"] = "local x <close> = setmetatable({}, { __close = busy })",
    ["beside a hook of the script"] = "debug.sethook(function() end, '', 1000) busy()",
  } do
    it("ends the program " .. name .. " with 130", function()
      folder:write("busy.lua", BUSY .. body)
      local text, exit = run "run busy.lua"
      assert.equal(130, exit, text)
      assert.matches("interrupted", text)
      assert.is_nil(text:find("traceback", 1, true))
    end)
  end

  it("ends eval and lines from a pipe with 130", function()
    local busy = "io.open([[runs]], [[w]]):close() while true do end"
    local text, exit = run(('eval "%s"'):format(busy))
    assert.equal(130, exit, text)
    os.remove(folder.path .. "/runs")
    folder:write("lines", busy .. "\nprint 'on'\n")
    text, exit = run "repl < lines"
    assert.equal(130, exit, text)
    assert.is_nil(text:find("on\n", 1, true))
  end)

  it("ends eval inside a pattern with 130", function()
    local text, exit = run(('eval "%s"'):format("io.open([[runs]], [[w]]):close() "
      .. "return ([[a]]):rep(60):find(([[a-]]):rep(50) .. [[b]])"))
    assert.equal(130, exit, text)
  end)

  it("ends a wait for a server that says nothing", function()
    folder:write("silent.py", [[
import os, socket, time
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen()
open("port.new", "w").write(str(server.getsockname()[1]))
os.rename("port.new", "port")
client = server.accept()
open("runs", "w")
time.sleep(100)
]])
    environment.HF_HUB_OFFLINE, environment.no_proxy = "", "*"
    local text, exit = transcript.run([[python3 silent.py & server=$!
      while [ ! -e port ]; do sleep 0.05; done
      HF_ENDPOINT=http://127.0.0.1:$(cat port) python3 interrupt.py org/name
      code=$?; kill $server; (exit $code)]], folder.path, environment)
    assert.equal(130, exit, text)
  end)

  it("reaches a rule inside its budget", function()
    -- The rule cannot write a file, so that a script does before it asks the policy.
    folder:write("slow.lua", "return { decide = function() local n = 0 while true do n = n + 1 "
      .. "pcall(string.rep, 'x', 100) end end }")
    folder:write("ask.lua", "local sandbox = require 'modelsig.rules.sandbox' "
      .. "sandbox.steps = 1 << 49 sandbox.seconds = 1000 local m = require 'modelsig' "
      .. "local a = m.open 'sample:qwen3-mini' "
      .. "local b = m.open 'sample:qwen3-midi' io.open('runs', 'w'):close() "
      .. "print(m.compare(a, b, { policy = './slow.lua' }).substitution_verdict)")
    local text, exit = run "run ask.lua"
    assert.equal(130, exit, text)
  end)

  it("is not what a rule, a family or a script says", function()
    local said = "error('interrupted!', 0)"
    folder:write("policy.lua", "return { decide = function() " .. said .. " end }")
    folder:write("script.lua", said)
    folder:write(".config/modelsig/families/mine.lua", "return { extends = 'llama', model_types = "
      .. "{ 'qwen3' }, kind = function() " .. said .. " end }")
    for _, words in ipairs { "sample:qwen3-mini sample:qwen3-midi --policy ./policy.lua",
      "run script.lua", "sample:qwen3-mini --fast --require FULL", "eval \"" .. said .. "\"" } do
      local text, exit = transcript.run("modelsig " .. words, folder.path, environment)
      assert.not_equal(130, exit, words .. text)
      assert.is_true(exit ~= 0, words)
    end
  end)

  it("can be told from errors by a script, and raised again", function()
    folder:write("told.lua", BUSY .. "local interrupt = require 'modelsig.base.interrupt' "
      .. "assert(not interrupt.is 'interrupted!' and not interrupt.is(io.stdout)) "
      .. "local ok, value = pcall(busy) assert(not ok and interrupt.is(value)) "
      .. "assert(tostring(value) == 'interrupted!' and not getmetatable(value)) "
      .. "interrupt.pass 'x' interrupt.pass(value) print 'not reached'")
    local text, exit = run "run told.lua"
    assert.equal(130, exit, text)
    assert.is_nil(text:find("not reached", 1, true))
  end)

  it("lets what is being left put things in order", function()
    folder:write("tidy.lua", BUSY .. "local x <close> = setmetatable({}, { __close = function() "
      .. "for i = 1, 1000 do local _ = i end print 'tidied' end }) busy()")
    local text, exit = run "run tidy.lua"
    assert.equal(130, exit)
    assert.matches("tidied", text)
  end)

  it("leaves the file of --save as it was", function()
    -- A formatter of the user's runs between reading and writing.
    folder:write("busy.lua", BUSY .. [[
      local session = require "modelsig.report.report"
      local format = session.format
      session.format = function(...) busy() return format(...) end
      return require("modelsig.cli.main").main { "sample:qwen3-mini", "--save", "out.json" }]])
    folder:write("out.json", "before\n")
    local text, exit = run "run busy.lua"
    assert.equal(130, exit, text)
    local output = transcript.run("cat out.json; ls -A", folder.path)
    assert.equal("before\nbusy.lua\ninterrupt.py\nout.json\nruns\n", output)
  end)
end)
