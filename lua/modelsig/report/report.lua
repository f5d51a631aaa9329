--- The document of a whole run, and printing it through a formatter of `formats/`.

local check = require "modelsig.base.check"
local named = require "modelsig.rules.named"
local strict = require "modelsig.base.strict"
local wording = require "modelsig.rules.wording"

local M = {}

M.TOOL = "modelsig"

--- The time of the report; SOURCE_DATE_EPOCH makes runs repeatable to the byte.
---@return string ISO 8601, UTC
function M.timestamp()
  local epoch = os.getenv "SOURCE_DATE_EPOCH"
  epoch = epoch and epoch:match "^%d+$" and #epoch <= 12 and math.tointeger(tonumber(epoch))
  return os.date("!%Y-%m-%dT%H:%M:%SZ", epoch or nil)
end

--- Gives every model a label of its own: where two share one, both carry what was typed, and a
--- number where even that is equal.
---@param models {label: string, typed?: string}[] their `label` is set
function M.label(models)
  local function count()
    local seen = {}
    for _, model in ipairs(models) do
      seen[model.label] = (seen[model.label] or 0) + 1
    end
    return seen
  end
  local seen = count()
  for _, model in ipairs(models) do
    if seen[model.label] > 1 and model.typed then model.label = model.typed end
  end
  seen = count()
  local used = {}
  for _, model in ipairs(models) do
    local label = model.label
    used[label] = (used[label] or 0) + 1
    if used[label] > 1 then
      local n = used[label]
      while seen[("%s#%d"):format(label, n)] do n = n + 1 end
      used[label] = n
      model.label = ("%s#%d"):format(label, n)
      seen[model.label] = 1
    end
  end
end

--- Stands for a model that could not be read: it keeps its place in the report.
---@param reference string what was typed
---@param message string
---@param code string
---@param offset? integer
---@return table
function M.unreadable(reference, message, code, offset)
  local path = reference:match "^local:(.+)$"
  local label = path and (path:match "([^/]+)/*$" or path) or reference
  return { label = label, typed = reference, source = "error",
    error = { code = code or "io", message = message, offset = offset } }
end

local function array(list)
  return require("modelsig.native.json").array(list or {})
end

--- The document of a model that could not be read; the keys that scripts look at are there.
local function error_document(model)
  return {
    arch_fingerprint = {}, static_weight_signature = {}, op_types = array(),
    unique_ops_highlevel = array(), layer_types = array(), dimension_ratios = {},
    findings = array(model.findings), source = "error", error = model.error,
    revision = model.revision, format = model.format,
  }
end

local function summary(pair)
  local null = require("modelsig.native.json").null
  local strategy = pair.test_strategy or {}
  local function value(v)
    if v == nil then return null end
    return v
  end
  return { verdict = value(pair.substitution_verdict), level = value(strategy.level),
    scope = value(strategy.test_scope), isomorphism = value(pair.isomorphism),
    coverage_rate = value(pair.coverage_rate), error = pair.error }
end

---@class modelsig.reported_pair
---@field a string label
---@field b string label
---@field document table

---@class modelsig.report
---@field document table
---@field labels string[] models in the order of the command line
---@field pairs string[] keys of the pairs in that order
---@field compared modelsig.reported_pair[] in that order, for gates
---@field problem string|nil a policy failed to describe a model

local function model_document(model, options, policy, report)
  if model.source == "error" or model.error then return error_document(model) end
  local call = require "modelsig.policy.call"
  local document, message, code = call.document(policy, model, options)
  if document then return document end
  report.problem = report.problem or message
  document = call.document(nil, model, options)
  document.error = { code = code or "malformed", message = message }
  return document
end

--- A pair with the labels of its models, whatever was given.
local function labelled(pair, i)
  if rawget(pair, "document") then return pair end
  local behind = require("modelsig.compare.pairs").details(pair)
  check.arg("pairs[" .. i .. "]", behind, "table", "report.build", 4)
  return { a = behind.a.label, b = behind.b.label, document = pair }
end

--- The key of a pair: "A|B", with a number where labels that have a bar in them give one twice.
local function key_of(pair, taken)
  local key = pair.a .. "|" .. pair.b
  local unique, n = key, 2
  while taken[unique] do unique, n = ("%s#%d"):format(key, n), n + 1 end
  return unique
end

--- Makes names that no document has errors, for readers from outside the product.
local function seal(report)
  strict.seal(report.document, require("modelsig.policy.schema").report)
end

--- Puts the document of a run together. Models that could not be read are tables with `error`. A
--- plain one is for those who are sure of the names that they read.
---@param models table[] fingerprints with distinct labels
---@param pairs_ (modelsig.reported_pair|table)[] plain ones are documents of `compare.pair`
---@param plan? table
---@param options? {layer_sig?: boolean, stats?: boolean, plain?: boolean,
---  policy?: modelsig.policy|string|table}
---@return modelsig.report
function M.build(models, pairs_, plan, options)
  check.arg(1, models, "table", "report.build")
  local document = {
    tool = M.TOOL, version = require("modelsig.base.version"), timestamp = M.timestamp(),
    models = {}, test_strategy_summary = {}, coverage_matrix = {}, multi_fidelity_plan = plan,
  }
  local report = { document = document, labels = {}, pairs = {}, compared = {} }
  options = options or {}
  local policy = options.policy
  if policy and not policy.functions then
    policy = require("modelsig.policy.policies").load(policy)
  end
  for i, model in ipairs(models) do
    report.labels[i] = model.label
    document.models[model.label] = model_document(model, options, policy, report)
  end
  for i, given in ipairs(pairs_ or {}) do
    local pair = labelled(given, i)
    local key = key_of(pair, document.coverage_matrix)
    report.pairs[i], report.compared[i] = key, pair
    document.coverage_matrix[key] = pair.document
    document.test_strategy_summary[key] = summary(pair.document)
  end
  if not options.plain then seal(report) end
  return report
end

--- Escape sequences by the name of a style. Colours carry no meaning of their own: the words do.
local styles = { good = "32", warn = "33", bad = "31", title = "1", model = "36", dim = "2" }

--- What a formatter gets beside the document.
---@class modelsig.format_context
---@field columns integer width to fill
---@field colour boolean
---@field utf8 boolean false: only ASCII may be printed
---@field labels string[]
---@field pairs string[]
---@field layout table wrap, pad, cut, width, columns, show, big, percent
---@field rows table[] rows of the model table, `rules/rows.lua`
---@field escape fun(text: any): string makes names from a model safe to print
---@field style fun(name: string, text: string): string
---@field text fun(id: string, values?: table): string a sentence of `rules/wording.lua`
---@field json fun(value: any): string
---@field maybe fun(value: table, name: string): any nil, and no error, for a name that is unknown

--- Parts of the context that many formatters do without.
local on_demand = {
  layout = function() return require "modelsig.base.layout" end,
  rows = function() return named.get "rows" end,
}

local strict_context = { fields = on_demand, what = "the context of a formatter" }

local function demand(context, name)
  strict.check(strict_context, context, name, 2)
  local value = on_demand[name]()
  rawset(context, name, value)
  return value
end

--- Makes the context of a formatter.
---@param report modelsig.report
---@param options? {columns?: integer, colour?: boolean, utf8?: boolean}
---@return modelsig.format_context
function M.context(report, options)
  options = options or {}
  local ascii = options.utf8 == false
  return setmetatable({ maybe = strict.maybe,
    columns = math.max(40, math.min(options.columns or 80, 400)), colour = options.colour or false,
    utf8 = not ascii, labels = report.labels, pairs = report.pairs,
    escape = function(text) return require("modelsig.base.layout").escape(text, ascii) end,
    style = function(name, text)
      if not options.colour or not styles[name] then return text end
      return ("\27[%sm%s\27[0m"):format(styles[name], text)
    end,
    text = wording.text,
    json = function(value) return require("modelsig.base.json").encode(value, { indent = 2 }) end,
  }, { __index = demand })
end

--- What a formatter's file may give. Tests check the product's own.
M.formatter_fields = { name = { type = "string" }, description = { type = "string" },
  format = { type = "function", required = true } }

--- Loads a formatter by name or path.
---@param name string
---@return table|nil formatter
---@return string|table message_or_where
---@return string|nil code
function M.formatter(name)
  local formatter, where, code = named.load("formats", name)
  if not formatter then
    if code == "notfound" or not code then
      where = ("no format '%s'%s"):format(name, check.choices(name, named.list "formats"))
    end
    return nil, where, code or "notfound"
  end
  local problems = named.is_own(where) and {} or check.schema(M.formatter_fields, formatter)
  if #problems > 0 then return nil, check.text(problems, where.path or name), "malformed" end
  return formatter, where
end

--- Prints a report with a formatter. A formatter that fails is an error that names its file.
---@param report modelsig.report
---@param name string
---@param options? {columns?: integer, colour?: boolean, utf8?: boolean}
---@return string|nil text ends with a newline
---@return string|nil message
---@return string|nil code
function M.format(report, name, options)
  local formatter, where, code = M.formatter(name)
  if not formatter then return nil, where --[[@as string]], code end
  if not named.is_own(where --[[@as modelsig.where]]) then seal(report) end
  local context = M.context(report, options)
  local ok, text, failed = named.call(where, formatter.format, report.document, context)
  if not ok then return nil, text, failed end
  if type(text) ~= "string" then
    return nil, ("%s: format returned %s, a text was expected"):format(where.path or name,
      check.describe(text)), "malformed"
  end
  return text:sub(-1) == "\n" and text or text .. "\n"
end

return M
