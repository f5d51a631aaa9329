--- modelsig as a library: open models, compare them, report and plan.
---
---     local modelsig = require "modelsig"
---     local small = assert(modelsig.open "local:models/small")
---     local large = assert(modelsig.open { "local:models/large", fast = true })
---     local pair = modelsig.compare(small, large, { policy = "kernel" })
---     print(pair.substitution_verdict)
---
--- Misuse raises at the caller's line; what goes wrong in the world is `nil, message, code`.

local check = require "modelsig.base.check"

local M = {}

--- Opens a model and makes its fingerprint; the layers are computed when first asked for.
---@param reference string|table what a user types, or a table with it as [1] (or `reference`) and
---  options by name
---@return table|nil fingerprint
---@return string|nil message
---@return string|nil code
---@return integer|nil offset in the input, where there is one
---
---     local model, message, code = modelsig.open { "local:models/small", fast = true }
function M.open(reference)
  check.arg(1, reference, "string|table", "modelsig.open")
  local open = require "modelsig.model.open"
  local name, options = open.split(reference)
  check.arg("reference", name, "string", "modelsig.open")
  check.options(options, open.options, "modelsig.open")
  local results
  open.each({ { reference = name, options = options } }, function(_, ...)
    results = table.pack(...)
  end)
  return table.unpack(results, 1, 4)
end

--- Opens many models; those of Hubs are fetched at the same time. One that cannot be read stays in
--- the list, with `error`.
---@param references (string|table)[] as for `open`
---@param how? {progress?: modelsig.Progress} hears of what is opened
---@return table[] models in the order of the list
---
---     for _, model in ipairs(modelsig.open_all { "Qwen/Qwen3-8B", "Qwen/Qwen3-32B" }) do
---       print(model.label, model.error and model.error.message or model.family)
---     end
function M.open_all(references, how)
  check.arg(1, references, "list", "modelsig.open_all")
  how = check.options(how, { progress = "table?" }, "modelsig.open_all")
  local open, report = require "modelsig.model.open", require "modelsig.report.report"
  local list, models = {}, {}
  for i, reference in ipairs(references) do
    check.arg(("1[%d]"):format(i), reference, "string|table", "modelsig.open_all")
    local name, options = open.split(reference)
    check.arg(("1[%d][1]"):format(i), name, "string", "modelsig.open_all")
    check.options(options, open.options, "modelsig.open_all")
    list[i] = { reference = name, options = options }
  end
  open.each(list, function(i, model, message, code, offset, network)
    if not model then
      model = report.unreadable(list[i].reference, message, code, offset)
      model.network = network
    end
    models[i] = model
  end, how.progress)
  -- Whoever asks for a model hears of it, whatever a setting made of the way to it.
  for i, one in ipairs(list) do
    models[i] = models[i] or report.unreadable(one.reference,
      ("%s: nothing was read of it"):format(one.reference), "io")
  end
  return models
end

local function check_model(index, value, who)
  check.arg(index, value, "table", who, 4)
  if type(value.label) ~= "string" then
    error(("argument %s of %s: a model from modelsig.open expected"):format(index, who), 3)
  end
end

--- Compares two models. A policy that fails leaves `error` in the pair and no verdict.
---@param a table fingerprint
---@param b table
---@param options? {policy?: string|table}
---@return table pair as in the document
---
---     local pair = modelsig.compare(small, large)
---     print(pair.isomorphism, pair.substitution_verdict)
function M.compare(a, b, options)
  check_model(1, a, "modelsig.compare")
  check_model(2, b, "modelsig.compare")
  options = check.options(options, { policy = "string|table?" }, "modelsig.compare")
  return require("modelsig.policy.judge").pair(a, b, options.policy)
end

---@class modelsig.made_report
---@field document table
local Report = {}
Report.__index = Report

--- The report as text: "json", "table", "markdown" or a format of yours.
---@param format string
---@param options? {columns?: integer, colour?: boolean, utf8?: boolean}
---@return string|nil text
---@return string|nil message
---@return string|nil code
function Report:as(format, options)
  check.arg(1, format, "string", "report:as")
  options = check.options(options, { columns = "integer?", colour = "boolean?", utf8 = "boolean?" },
    "report:as")
  return require("modelsig.report.report").format(self, format, options)
end

--- Labels of the models behind a pair.
local function labelled(pair, index)
  local behind = type(pair) == "table" and require("modelsig.compare.pairs").details(pair)
  if behind then return { a = behind.a.label, b = behind.b.label, document = pair } end
  if type(pair) == "table" and pair.smaller and pair.larger then
    return { a = pair.smaller, b = pair.larger, document = pair }
  end
  error(("pair %d of modelsig.report: a pair from modelsig.compare expected"):format(index), 3)
end

--- Puts models and pairs together as one document.
---@param models table[]
---@param pairs_? table[]
---@param options? {plan?: table, layer_sig?: boolean, stats?: boolean, policy?: string|table}
---@return modelsig.made_report|nil report nil, message, code where the policy cannot be loaded
---
---     io.write(modelsig.report({ small, large }, { pair }):as "markdown")
function M.report(models, pairs_, options)
  check.arg(1, models, "list", "modelsig.report")
  check.arg(2, pairs_, "list?", "modelsig.report")
  options = check.options(options, { plan = "table?", layer_sig = "boolean?", stats = "boolean?",
    policy = "string|table?" }, "modelsig.report")
  for i, model in ipairs(models) do check_model(("1[%d]"):format(i), model, "modelsig.report") end
  local report = require "modelsig.report.report"
  report.label(models)
  local list = {}
  for i, pair in ipairs(pairs_ or {}) do list[i] = labelled(pair, i) end
  local policy = options.policy
  if policy then
    local message, code
    policy, message, code = require("modelsig.policy.policies").load(policy)
    if not policy then return nil, message, code end
  end
  local made = report.build(models, list, options.plan,
    { layer_sig = options.layer_sig, stats = options.stats, policy = policy })
  return setmetatable(made, Report)
end

--- Which model serves which level of testing.
---@param models table[]
---@param pairs_? table[] pairs of these models; what is missing is compared
---@param options? {policy?: string|table}
---@return table|nil plan
---@return string|nil message
---@return string|nil code
---
---     local plan = assert(modelsig.plan { small, middle, large })
---     print(plan.level4_canary[1].model)
function M.plan(models, pairs_, options)
  check.arg(1, models, "list", "modelsig.plan")
  check.arg(2, pairs_, "list?", "modelsig.plan")
  options = check.options(options, { policy = "string|table?" }, "modelsig.plan")
  for i, model in ipairs(models) do check_model(("1[%d]"):format(i), model, "modelsig.plan") end
  return require("modelsig.policy.plan").make(models, pairs_, options.policy)
end

local Explanation = { __tostring = function(self)
  return require("modelsig.compare.explain").text(self)
end }

--- Why a pair got its verdict; `tostring` gives the text.
---@param pair table from `modelsig.compare`
---@return modelsig.explanation
---
---     print(modelsig.explain(pair))
function M.explain(pair)
  check.arg(1, pair, "table", "modelsig.explain")
  return setmetatable(require("modelsig.compare.explain").build(pair), Explanation)
end

--- The version of the library.
M.version = require "modelsig.base.version"

--- Policies: `modelsig.policy.load(name)`, `.register(name, table)`, `.names()`.
M.policy = nil

-- Loaded when first asked for, so that `require "modelsig"` stays cheap.
return setmetatable(M, { __index = function(self, key)
  if key ~= "policy" then return nil end
  local value = require "modelsig.policy.policies"
  rawset(self, key, value)
  return value
end })
