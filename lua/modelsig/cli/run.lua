--- One run of the command line: what the options ask for, in the words that commands use. Scripts
--- get this as their context.

local exit = require "modelsig.base.exit"
local options = require "modelsig.cli.options"
local report = require "modelsig.report.report"
local strict = require "modelsig.base.strict"
local terminal = require "modelsig.cli.terminal"
local wording = require "modelsig.rules.wording"

local M = {}

---@class modelsig.context what a script's `run` gets
---@field args string[] words after the script's name, and the values of `-m`
---@field options table<string, any> parsed options, `multi_fidelity` for `--multi-fidelity`
---@field given table<string, boolean> options that were typed
---@field rest string[]|nil words for the script of `run`
---@field command string|nil
---@field out modelsig.stream standard output; call it, or call its `write`
---@field err modelsig.stream messages to standard error
---@field asked table[] models of the run, those that could not be read, too
---@field broken boolean|nil the reader of standard output went away
local context = {}

--- What a context may not have, beside its methods.
local absent = { rest = {}, command = {}, broken = {}, own = {}, loaded_policy = {},
  policy_error = {}, policy_failed = {}, output_error = {}, judged = {} }

local strict_context = { what = "the context of a command", names = function()
  local all = {}
  for _, from in ipairs { absent, context } do
    for name in pairs(from) do all[name] = {} end
  end
  return all
end }

function context.__index(self, name)
  local method = context[name]
  if method == nil then strict.check(strict_context, self, name, 2) end
  return method
end

--- Nil, and no error, for a name that a model, a pair or a document does not know.
context.maybe = strict.maybe

--- The options that were declared; another name is a slip of a command.
local function sealed(values, declared, what, command)
  if not command then return values end
  local fields = {}
  for _, option in ipairs(declared) do fields[options.key(option)] = {} end
  return strict.seal(values, { fields = fields, what = what })
end

--- Makes the context of a run.
---@param parsed modelsig.parsed
---@param command? string
---@return modelsig.context
function M.new(parsed, command)
  local declared = parsed.declared or options.list
  local self = setmetatable({ args = parsed.args,
    options = sealed(parsed.options, declared, "the options", command),
    given = sealed(parsed.given, declared, "the options that were given", command),
    rest = parsed.rest, command = command, asked = {} }, context)
  self.out = terminal.stream(io.stdout, self)
  self.err = terminal.stream(io.stderr, self)
  return self
end

--- `errno` of a pipe whose reader has gone.
local EPIPE = 32

--- Writing failed. A reader that has seen enough (`| head`) is no error; a full disk is.
function context:lost(message, number)
  self.broken = true
  if number ~= EPIPE and not self.output_error then
    self.output_error = tostring(message)
    io.stderr:write("modelsig: standard output: ", self.output_error, "\n")
  end
end

--- A message on standard error, with the program's name before it. It may quote a model.
---@param text string
function context:warn(text)
  self.err("modelsig: ", require("modelsig.base.layout").message(text), "\n")
end

--- A usage error: says so and returns the exit code.
---@param text string
---@return integer code
function context:fail(text)
  self:warn(text)
  return exit.usage
end

local function system()
  return require "modelsig.native.system"
end

--- Width, colour and characters of standard output.
---@return {columns: integer, colour: boolean, utf8: boolean}
function context:terminal()
  return terminal.describe(self.options)
end

--- Options of `modelsig.open`, from the command line.
---@return modelsig.OpenOptions
function context:open_options()
  local values = {}
  for _, option in ipairs(require("modelsig.origin.options").list) do
    values[option.name] = self.options[option.name] or nil -- a flag that was not typed is false
  end
  return values
end

--- What stands for the reference in the list: `--local` moves the first one to a folder.
local function place(self, reference, first)
  if first and self.options["local"] then return "local:" .. self.options["local"], reference end
  return reference
end

--- Opens models by requests, as for `modelsig.open`; options of the run are used where a request
--- has none. Those of Hubs are fetched at the same time.
---@param requests (string|table)[]
---@return table[] models in that order; one that cannot be read is there with `error`
function context:open_requests(requests)
  local bar = require("modelsig.cli.progress").new(self.options.progress, #requests)
  local wanted = {}
  for i, given in ipairs(requests) do
    wanted[i] = self:open_options()
    if type(given) ~= "table" then given = { given } end
    for key, value in pairs(given) do wanted[i][key] = value end
  end
  local models = require("modelsig").open_all(wanted, { progress = bar })
  bar:clear()
  require("modelsig.cli.remarks").notes(self, models)
  return models
end

--- Opens models; one that cannot be read stays in the list, with `error`.
---@param references? string[] the run's own without them
---@return table[] models with distinct labels
function context:open(references)
  references = references or self:references()
  local requests, labels = {}, {}
  for i, reference in ipairs(references) do
    requests[i], labels[i] = place(self, reference, i == 1 and references == self.own)
  end
  local models = self:open_requests(requests)
  for i, model in ipairs(models) do
    if labels[i] then model.label, model.typed = labels[i], labels[i] end
    table.insert(self.asked, model)
  end
  report.label(models)
  return models
end

--- References of the run: positional ones and those of `-m`, in the order typed; with `--local`
--- alone, that folder.
---@return string[]
function context:references()
  if not self.own then
    self.own = table.move(self.args, 1, #self.args, 1, {})
    local folder = self.options["local"]
    if folder and #self.own == 0 then self.own[1] = folder:match "([^/]+)/*$" or folder end
  end
  return self.own
end

--- The policy of the run. A name that does not exist is a usage error; one that is broken fails
--- the pairs and not the models.
---@return table|nil policy
---@return string|nil message
---@return string|nil code
function context:policy()
  if self.loaded_policy == nil then
    local policy, message, code = require("modelsig.policy.policies").load(self.options.policy)
    self.loaded_policy = policy or false
    self.policy_error = not policy and { code = code, message = message } or nil
  end
  local failed = self.policy_error
  if failed then return nil, failed.message, failed.code end
  return self.loaded_policy
end

--- The document of one pair; a policy that fails leaves an error in it, and the facts.
local function pair_document(self, a, b)
  local policy = self:policy() or self.options.policy
  local judge = require "modelsig.policy.judge"
  local pair = (self.command and judge.pair or judge.document)(a, b, policy)
  if pair.error and not a.error and not b.error then
    self.policy_failed = self.policy_failed or pair.error.message
  end
  return pair
end

--- Compares every pair, in the order of the models.
---@param models table[]
---@return modelsig.reported_pair[]
function context:compare(models)
  local pairs_ = {}
  for i = 1, #models do
    for j = i + 1, #models do
      local a, b = models[i], models[j]
      pairs_[#pairs_ + 1] = { a = a.label, b = b.label, document = pair_document(self, a, b) }
    end
  end
  return pairs_
end

--- The test plan: which model serves which level.
---@param models table[]
---@param pairs_ modelsig.reported_pair[]
---@return table|nil
function context:plan(models, pairs_)
  local policy = self:policy()
  if not policy then return nil end
  local readable, compared = {}, {}
  for _, model in ipairs(models) do
    if not model.error then readable[#readable + 1] = model end
  end
  for _, pair in ipairs(pairs_) do
    if not pair.document.error then compared[#compared + 1] = pair.document end
  end
  local plan, message = require("modelsig.policy.plan").make(readable, compared, policy)
  if not plan then self.policy_failed = self.policy_failed or message end
  return plan
end

--- The report of the run.
---@param models table[]
---@param pairs_? modelsig.reported_pair[]
---@param plan? table
---@return modelsig.report
function context:report(models, pairs_, plan)
  local every = self.options.layer_sig -- said, every layer is written
  if every and not self.given.layer_sig then every = nil end
  return report.build(models, pairs_ or {}, plan,
    { layer_sig = every, stats = self.options.stats, policy = self:policy(),
      plain = not self.command })
end

--- What the run took, on standard error.
---@param models table[]
function context:say_stats(models)
  require("modelsig.cli.remarks").stats(self, models)
end

--- Prints a report in the format of `--output`, or saves it with `--save`.
---@param made modelsig.report
---@return integer code `usage` when it could not be printed or saved
function context:emit(made)
  local text, message = report.format(made, self.options.output, self:terminal())
  if not text then return self:fail(message --[[@as string]]) end
  local file = self.options.save
  if not file then
    self.out(text)
    return self.output_error and exit.usage or exit.done
  end
  local ok, problem = system().write_atomic(file, text)
  if ok then
    self:warn(wording.text("cli.saved", { file = file }))
    return exit.done
  end
  self:warn(wording.text("cli.not_saved", { message = problem }))
  self.out(text)
  return exit.usage
end

-- What a run comes to, with exit codes, stands apart.
for name, method in pairs(require "modelsig.cli.outcome") do context[name] = method end

return M
