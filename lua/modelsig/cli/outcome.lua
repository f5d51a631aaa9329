--- What a run comes to: gates, models that could not be read, and the exit code. These are methods
--- of the context of `run.lua`.

local exit = require "modelsig.base.exit"
local wording = require "modelsig.rules.wording"

local M = {}

--- Labels of the models that a gate is about, all that were asked for, and how many of them the
--- report does not have.
local function asked_for(self, models)
  local labels, reported, absent = {}, {}, 0
  for i, model in ipairs(models) do
    labels[i], reported[model] = model.label, true
  end
  for _, model in ipairs(self.asked) do
    if not reported[model] then
      labels[#labels + 1], absent = model.label, absent + 1
      self:warn(wording.text("cli.gate_dropped", { model = model.label }))
    end
  end
  return labels, absent
end

--- Says which pair misses which gate.
---@param self modelsig.context
---@param models table[]
---@param made modelsig.report
---@return integer code 0: every pair of the models asked for was judged and meets every gate
function M.gates(self, models, made)
  self.judged = true
  if #self.options.require == 0 then return exit.done end
  local gate = require "modelsig.policy.gate"
  local gates = assert(gate.parse(self.options.require))
  local labels, absent = asked_for(self, models)
  if #labels < 2 then return self:fail(wording.text("cli.one_model", { option = "--require" })) end
  local missed = gate.missed(gates, labels, made.compared)
  for _, miss in ipairs(missed) do
    self:warn(wording.text(miss.verdict and "cli.gate" or "cli.gate_none",
      { gate = miss.gate.text, pair = miss.pair, verdict = miss.verdict }))
  end
  return absent > 0 and exit.unreadable or #missed > 0 and exit.gate or exit.done
end

--- The error of a model, with its label where the message does not begin with it anyway.
local function named(model)
  local message = model.error.message
  for _, name in ipairs { model.label, (model.typed or ""):gsub("^local:", ""), model.typed } do
    if type(name) == "string" and name ~= "" and message:sub(1, #name) == name then
      return message
    end
  end
  return ("%s: %s"):format(model.label, message)
end

--- The exit code of a run whose report is out: mistakes of the user first, then models that could
--- not be read, then gates.
---@param self modelsig.context
---@param models table[]
---@param made modelsig.report
---@param code? integer of `emit`
---@return integer
function M.result(self, models, made, code)
  local unreadable = false
  for _, model in ipairs(models) do
    if model.error then
      unreadable = true
      self:warn(named(model))
    end
  end
  local failed = self.policy_error and self.policy_error.message or self.policy_failed
  if failed or made.problem then
    self:warn(failed or made.problem)
    if failed then self:warn(wording.text "cli.policy_failed") end
    return exit.usage
  end
  if code and code ~= exit.done then return code end
  local gates = self:gates(models, made)
  return gates ~= exit.usage and unreadable and exit.unreadable or gates
end

--- The exit code of a command, from what its script returned. A gate that was asked for and that
--- nobody judged is a mistake, and so is output that got lost.
---@param self modelsig.context
---@param value any
---@return integer
function M.finish(self, value)
  local code = value
  if value == nil or value == true then code = exit.done end
  if value == false then code = exit.usage end
  if math.type(code) ~= "integer" or code < 0 or code > 255 then
    return self:fail(wording.text("cli.exit_code", { command = self.command,
      value = require("modelsig.base.check").describe(value) }))
  end
  if code == exit.done and self.given.require and not self.judged then
    code = self:fail(wording.text("cli.gate_unused", { command = self.command }))
  end
  return self.output_error and exit.usage or code
end

return M
