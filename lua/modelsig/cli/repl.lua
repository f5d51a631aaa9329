--- The prompt: reads Lua, runs it, shows the result.
---
--- A line is tried as an expression first; a chunk that is not finished goes on in the next line.
--- Ctrl-C stops the running call and returns here, Ctrl-D leaves.

local interrupt = require "modelsig.base.interrupt"
local printer = require "modelsig.report.printer"
local report = require "modelsig.report.report"
local sandbox = require "modelsig.native.sandbox"
local strict = require "modelsig.base.strict"
local terminal = require "modelsig.cli.terminal"
local wording = require "modelsig.rules.wording"

local M = {}

local PROMPT, CONTINUATION = "> ", ">> "

--- Compiles what was typed so far. Returns the chunk, or nil, the message and whether more lines
--- could still make it right.
---@param text string
---@param env table
---@return function|nil chunk
---@return string|nil message
---@return boolean|nil unfinished
function M.compile(text, env)
  local chunk = load("return " .. text, "=prompt", "t", env)
  if chunk then return chunk end
  local message
  chunk, message = load(text, "=prompt", "t", env)
  if chunk then return chunk end
  return nil, message, message:find("<eof>", -5, true) ~= nil
end

--- A place where help can be found; shown when it is the value of a line.
local function help_entry(name)
  local function text(topic)
    local id = "prompt.help." .. tostring(topic or name)
    if wording.has(id) then return wording.text(id) end
    return wording.text "prompt.help.unknown"
  end
  return setmetatable({}, { __tostring = function() return text() end,
    __call = function(_, topic)
      if type(topic) == "string" then return text(topic) end
      return wording.text "prompt.help.value" .. "\n" .. (printer.fields(topic) or "")
    end })
end

--- Globals of the prompt: Lua's own, the library, and short names for what is typed most.
local function environment(self)
  local library = require "modelsig"
  local env = setmetatable({}, { __index = _G })
  env.string = self.strings
  function env.print(...)
    local texts = table.pack(...)
    for i = 1, texts.n do texts[i] = tostring(texts[i]) end
    self.out(table.concat(texts, "\t"), "\n")
  end
  env.modelsig = library
  env.help = help_entry "prompt"
  --- Opens a model, by what the command line would take.
  function env.open(reference, options)
    local request = {}
    for key, value in pairs(self.open_options) do request[key] = value end
    for key, value in pairs(options or {}) do request[key] = value end
    request[1] = reference
    if type(reference) == "string" then self.seen[#self.seen + 1] = reference end
    return library.open(request)
  end
  env.compare = library.compare
  env.maybe = strict.maybe
  env.plan = library.plan
  --- Prints models, or a pair, in a format of reports.
  function env.show(...)
    local values = table.pack(...)
    for i = 1, values.n do self.out(printer.text(values[i], self.terminal), "\n") end
  end
  return env
end

---@class modelsig.prompt
---@field out fun(...: string)
---@field err fun(...: string)
---@field env table globals
---@field terminal {columns: integer, colour: boolean, utf8: boolean}
---@field strings table the functions of strings that Ctrl-C can stop
---@field seen string[] references typed so far
---@field open_options table of `modelsig.open`
---@field interactive boolean|nil Ctrl-C returns to the prompt

--- Makes a prompt without reading anything.
---@param options {out: function, err: function, options?: table, open_options?: table}
---@return modelsig.prompt
function M.new(options)
  local self = { out = options.out, err = options.err, seen = {},
    open_options = options.open_options or {},
    terminal = terminal.describe(options.options or {}) }
  self.strings = sandbox.strings()
  self.strings.dump = string.dump
  self.env = environment(self)
  return self
end

local function handler(message)
  return interrupt.is(message) and message or interrupt.text(message)
end

--- Makes methods of texts those that Ctrl-C can stop, until the result is closed.
local function stoppable_methods(self)
  local mt = getmetatable ""
  local before = mt.__index
  mt.__index = self.strings
  return setmetatable({}, { __close = function() mt.__index = before end })
end

--- Calls under the handler; at a terminal Ctrl-C ends this call and not the prompt.
local function protected(self, fn, ...)
  local _ <close> = stoppable_methods(self)
  if not self.interactive then return xpcall(fn, handler, ...) end
  local results = table.pack(sandbox.stoppable(xpcall, fn, handler, ...))
  if not results[1] then return false, results[2] end
  return table.unpack(results, 2, results.n)
end

--- Says what went wrong.
local function say(self, message)
  if interrupt.is(message) then
    if not self.interactive then error(message, 0) end
    message = wording.text "cli.interrupted"
  end
  self.err(message, "\n")
end

--- Runs a chunk and shows what it returns; its first value becomes `_`.
---@param self modelsig.prompt
---@param chunk function
---@return boolean ok
function M.run(self, chunk)
  local results = table.pack(protected(self, chunk))
  if not results[1] then
    say(self, results[2])
    return false
  end
  results = table.pack(table.unpack(results, 2, results.n))
  if results.n > 0 then rawset(self.env, "_", results[1]) end
  -- A printer walks lazy values, so it may fail, and may be stopped, as the chunk itself.
  local ok, text = protected(self, printer.results, results, self.terminal)
  if not ok then
    say(self, text)
  elseif text then
    self.out(text, "\n")
  end
  return ok
end

--- Does this line ask to leave?
local function leaves(self, line)
  local word = line:match "^%s*(%a+)%s*$"
  return (word == "exit" or word == "quit") and rawget(self.env, word) == nil
end

--- Reads one chunk, over as many lines as it needs. `read` returns a line, false for a line that
--- Ctrl-C threw away, or nil at the end.
---@return function|nil chunk false: nothing to run
local function read_chunk(self, read)
  local text = read(PROMPT)
  if not text then return text end
  if text:match "^%s*$" then return false end
  if leaves(self, text) then return nil end
  text = text:gsub("^%s*=", "return ")
  while true do
    local chunk, message, unfinished = M.compile(text, self.env)
    if chunk then return chunk end
    local line
    if unfinished then line = read(CONTINUATION) end
    if line == false then return false end
    if not unfinished or line == nil then
      self.failed = true
      self.err(message, "\n")
      return false
    end
    text = text .. "\n" .. line
  end
end

--- Reads and runs until the end of input.
---@param self modelsig.prompt
---@param read fun(prompt: string): string|false|nil
---@return boolean ok false when a chunk failed
function M.loop(self, read)
  repeat
    local chunk = read_chunk(self, read)
    if chunk and not M.run(self, chunk) then self.failed = true end
  until chunk == nil
  return not self.failed
end

--- Where lines typed before are kept.
---@return string|nil
function M.history_file()
  local folder = require("modelsig.rules.folders").state()
  return folder and folder .. "/history"
end

--- Lines from a pipe: no prompt, no history.
local function pipe_reader()
  return (io.read "l")
end

--- References for completion inside a string: what was typed, and the samples.
local function known_models(self)
  local names = table.move(self.seen, 1, #self.seen, 1, {})
  for _, name in ipairs(require("modelsig.native.embedded").list "samples") do
    local sample = name:match "^([^/]+)/config%.json$"
    if sample then names[#names + 1] = "sample:" .. sample end
  end
  return names
end

--- Lines from a terminal, with editing, history and completion. Without the editor: plain lines.
local function terminal_reader(self)
  local ok, library = pcall(require, "modelsig.native.prompt")
  if not ok then
    return function(text)
      self.out(text)
      return (io.read "l")
    end, function() end
  end
  local file = M.history_file()
  if file then require("modelsig.native.system").mkdir_p((file:match "^(.*)/")) end
  local editor = library.open { history = file, complete = function(line)
    return require("modelsig.cli.complete").candidates(line, self.env, known_models(self))
  end }
  return function(text)
    local line, code = editor:read(text)
    if line == nil and code == "interrupted" then return false end
    if line == nil then self.out "\n" end
    return line
  end, function() editor:close() end
end

--- The greeting of a terminal.
---@return string
function M.greeting()
  return wording.text("prompt.greeting",
    { tool = report.TOOL, version = require "modelsig.base.version" })
end

--- Runs the prompt until its input ends.
---@param self modelsig.prompt
---@return boolean ok false when input from a pipe had a mistake
function M.start(self)
  if not require("modelsig.native.system").isatty(0) then
    return M.loop(self, pipe_reader)
  end
  self.interactive = true
  -- From here on Ctrl-C between two lines is for whoever reads the next one.
  local _, greeting = sandbox.stoppable(M.greeting)
  self.out(greeting, "\n")
  local read, close = terminal_reader(self)
  M.loop(self, read)
  close()
  return true
end

return M
