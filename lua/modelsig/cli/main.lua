--- The program: from the words of the command line to an exit code.

local check = require "modelsig.base.check"
local exit = require "modelsig.base.exit"
local interrupt = require "modelsig.base.interrupt"
local options = require "modelsig.cli.options"
local ours = require "modelsig.base.ours"
local report = require "modelsig.report.report"
local named = require "modelsig.rules.named"
local sandbox = require "modelsig.native.sandbox"
local scripts = require "modelsig.cli.scripts"
local session = require "modelsig.cli.run"
local wording = require "modelsig.rules.wording"

local M = {}

local function version()
  return ("%s %s\n"):format(report.TOOL, require "modelsig.base.version")
end

local function complain(message)
  io.stderr:write("modelsig: ", require("modelsig.base.layout").message(message), "\n")
  return exit.usage
end

local function try_help(message, command)
  complain(message)
  local program = command and "modelsig " .. command or "modelsig"
  return complain(wording.text("cli.try_help", { command = program }))
end

--- What goes to standard output before there is a context; the exit code.
local function put(text)
  local context = session.new { args = {}, options = options.defaults(), given = {} }
  context.out(text)
  return context:finish()
end

--- Position of the first word that was not given by `-m`.
local function first_word(parsed)
  for i, word in ipairs(parsed.args) do
    if not parsed.forced[i] then return word, i end
  end
end

--- After `run FILE` the words belong to the script.
local function stop_after_file(parsed)
  local words = {}
  for i, word in ipairs(parsed.args) do
    if not parsed.forced[i] then words[#words + 1] = word end
  end
  return words[1] == "run" and #words >= 2
end

local function is_script(word)
  if word:find("[/\\]") or word:find "%.lua$" or word == "" then return false end
  return #(named.which("scripts", word) or {}) > 0
end

--- A word that is nearly a command's name, and no path, is a mistake and no model.
local function misspelt(word)
  if word:find "[/:.@]" or require("modelsig.native.system").stat(word) then return nil end
  return check.suggest(word, named.list "scripts")
end

local function needs_two(context, count)
  for _, name in ipairs { "require", "compare", "multi_fidelity" } do
    if context.given[name] and count < 2 then
      local text = wording.text("cli.one_model", { option = "--" .. name:gsub("_", "-") })
      if name == "require" then return context:fail(text) end
      context:warn(text)
    end
  end
end

--- What can be known to be wrong before a model is read.
local function usage_errors(context)
  if context.given.require then
    local ok, message = require("modelsig.policy.gate").parse(context.options.require)
    if not ok then return message end
  end
  local formatter, problem = report.formatter(context.options.output)
  if not formatter then return "--output: " .. problem end
  if context.given.policy then
    local policy, message, code = context:policy()
    -- A policy that is there and whose parent is not is broken, and no slip of the command line.
    local absent = code == "notfound" and #named.which("policies", context.options.policy) == 0
    if not policy and absent then return "--policy: " .. message end
  end
end

--- Fingerprints of all models, pairs where there are two, and the plan if it was asked for. The
--- second result says that no script ran, whose objects might wait to be finalized.
local function analyse(context)
  local references = context:references()
  local code = needs_two(context, #references)
  if code then return code end
  local models = context:open()
  local pairs_ = context:compare(models)
  local plan = context.options.multi_fidelity and #models > 1 and context:plan(models, pairs_)
  local made = context:report(models, pairs_, plan or nil)
  code = context:emit(made)
  if context.options.stats then context:say_stats(models) end
  return context:result(models, made, code), true
end

local function without_models(words)
  local system = require "modelsig.native.system"
  if system.isatty(0) and system.isatty(1) and is_script "repl" then return "repl" end
  if #words == 0 then
    put(require("modelsig.cli.help").general())
    return nil, exit.usage
  end
  return nil, try_help(wording.text "cli.no_model")
end

--- Runs a command's script.
local function command(name, words, first)
  local script, message = scripts.load(name)
  if not script then return complain(message) end
  if first and first.options.help then
    return put(require("modelsig.cli.help").command(name, script))
  end
  local list = table.move(options.list, 1, #options.list, 1, {})
  for _, own in ipairs((scripts.options(script))) do list[#list + 1] = own end
  local parsed, problem = options.parse(words, { list = list, stop = stop_after_file })
  if not parsed then return try_help(problem, name) end
  local word, at = first_word(parsed)
  if word == name then table.remove(parsed.args, at) end
  local context = session.new(parsed, name)
  local wrong = usage_errors(context)
  if wrong then return try_help(wrong, name) end
  return context:finish(script.run(context))
end

local function models(words)
  local parsed, message = options.parse(words)
  if not parsed then return try_help(message) end
  local word = first_word(parsed)
  local near = word and misspelt(word)
  if near then return complain(wording.text("cli.not_a_command", { word = word, near = near })) end
  local context = session.new(parsed)
  if #context:references() == 0 then
    local name, code = without_models(words)
    if not name then return code end
    return command(name, words)
  end
  local wrong = usage_errors(context)
  if wrong then return try_help(wrong) end
  if parsed.options.trust_remote_code then context:warn(wording.text "cli.trust_remote_code") end
  return analyse(context)
end

local function run(words)
  -- A first look finds the command, whose own options are not known yet.
  local first = options.parse(words, { tolerant = true, stop = stop_after_file })
  local chosen = first and first.options or options.defaults()
  named.configure { lua_dir = chosen.lua_dir, user = not chosen.no_user,
    trust_project = chosen.trust_project or nil }
  local word = first and first_word(first)
  if chosen.version then
    return put(version())
  end
  if word and is_script(word) then return command(word, words, first) end
  if chosen.help then
    return put(require("modelsig.cli.help").general())
  end
  return models(words)
end

--- Keeps messages of the program as they are; a mistake of ours comes with a traceback.
local function handler(message)
  if interrupt.is(message) then return message end
  message = interrupt.text(message)
  if not ours.failed(2) then return message end
  return { ours = debug.traceback(require("modelsig.base.layout").escape(message), 2) }
end

--- Runs a command line.
---@param argv string[] without the program's name
---@return integer code of `base/exit.lua`
---@return boolean|nil done nothing waits to be finalized
function M.main(argv)
  local called, ok, code, done = sandbox.stoppable(xpcall, run, handler, argv)
  if not called then ok, code = false, ok end
  if ok then return code, done end
  if interrupt.is(code) then
    io.stderr:write("\nmodelsig: ", wording.text "cli.interrupted", "\n")
    return exit.interrupted
  end
  if code.ours then
    io.stderr:write("modelsig: ", code.ours, "\n")
    return exit.usage
  end
  return complain(code)
end

return M
