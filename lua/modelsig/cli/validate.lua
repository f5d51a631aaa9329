--- Reads a list of models and says honestly of each what came out of it: read, partly, wrong (what
--- is known of it differs), not read.

local check = require "modelsig.base.check"
local formats = require "modelsig.format.formats"
local named = require "modelsig.rules.named"
local wording = require "modelsig.rules.wording"

local M = {}

---@class modelsig.expectation
---@field [1] string reference
---@field format? string what is to be read: a format, "fast" (the configuration) or "any"
---@field known? table<string, any> keys of the configuration's vocabulary, and `is_moe`

---@class modelsig.outcome
---@field model string
---@field format string
---@field result "read"|"partly"|"wrong"|"not"
---@field why string[]
---@field revision string|nil
---@field network table|nil

--- What a list may ask for.
local function kinds()
  local list = formats.names()
  list[#list + 1], list[#list + 2] = "fast", "any"
  return list
end

local function check_entry(entry, i)
  if type(entry) == "string" then return { entry, format = "any" } end
  if type(entry) ~= "table" or type(entry[1]) ~= "string" then
    return nil, ("models[%d]: a reference expected, found %s"):format(i, check.describe(entry))
  end
  local format = entry.format or "any"
  if format ~= "fast" and format ~= "any" and not formats.find(format) then
    return nil, ("models[%d].format: one of %s expected, found %s"):format(i,
      table.concat(kinds(), ", "), check.describe(format))
  end
  if entry.known ~= nil and type(entry.known) ~= "table" then
    return nil, ("models[%d].known: a table expected, found %s"):format(i,
      check.describe(entry.known))
  end
  return { entry[1], format = format, known = entry.known }
end

--- Loads a list: `models` of `rules/`, another name, or a file.
---@param name? string
---@return {at_once: integer, models: modelsig.expectation[]}|nil list
---@return string|nil message
---@return string|nil code
function M.load(name)
  local list, where, code = named.load("rules", name or "models")
  if not list then return nil, where --[[@as string]], code end
  local models = type(list.models) == "table" and list.models or list
  local out = {}
  for i, entry in ipairs(models) do
    local checked, message = check_entry(entry, i)
    if not checked then return nil, ("%s: %s"):format(where.path, message), "malformed" end
    out[i] = checked
  end
  if #out == 0 then return nil, where.path .. ": a list of models expected", "malformed" end
  local at_once = math.type(list.at_once) == "integer" and list.at_once > 0 and list.at_once or #out
  return { models = out, at_once = at_once }
end

--- What is known and differs.
local function differences(model, known)
  local out, names = {}, {}
  for name in pairs(known or {}) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local found
    if name == "is_moe" then found = model.is_moe else found = model.config[name] end
    if found ~= known[name] then
      out[#out + 1] = wording.text("validate.differs", { key = name, known = tostring(known[name]),
        found = found == nil and "unknown" or tostring(found) })
    end
  end
  return out
end

--- What was to be read and was not.
local function missing(model, format)
  local out = {}
  local asked = formats.find(format)
  if asked and model.source ~= asked.name or format == "any" and model.source == "config_only" then
    for _, finding in ipairs(model.findings) do
      if finding.code == "unsupported" or finding.code == "notfound" then
        out[#out + 1] = finding.message
      end
    end
    if #out == 0 then out[1] = wording.text("validate.source", { source = model.source }) end
  end
  local unknown = {}
  for _, name in ipairs(model:unknown()) do
    if not name:find "^features%." then unknown[#unknown + 1] = name end
  end
  if #unknown > 0 then
    out[#out + 1] = wording.text("validate.unknown", { what = table.concat(unknown, ", ") })
  end
  return out
end

--- Judges one model.
---@param entry modelsig.expectation
---@param model table fingerprint, or a record with `error`
---@return modelsig.outcome
function M.judge(entry, model)
  local made = { model = entry[1], format = entry.format or "any", revision = model.revision,
    network = model.network, why = {} }
  if model.error then
    made.result, made.why = "not", { ("%s: %s"):format(model.error.code, model.error.message) }
    return made
  end
  local wrong, lacking = differences(model, entry.known), missing(model, made.format)
  made.result = #wrong > 0 and "wrong" or #lacking > 0 and "partly" or "read"
  made.why = table.move(lacking, 1, #lacking, #wrong + 1, wrong)
  return made
end

--- What `modelsig.open` is asked for.
---@param entry modelsig.expectation
---@return modelsig.OpenOptions
function M.request(entry)
  return { entry[1], fast = entry.format == "fast" or nil,
    format = formats.find(entry.format) and entry.format or nil }
end

--- Reads and judges a list, some at a time.
---@param list {at_once: integer, models: modelsig.expectation[]}
---@param open fun(requests: table[]): table[] models, with `error` where one could not be read
---@param each? fun(outcome: modelsig.outcome) called as they come
---@return modelsig.outcome[]
function M.run(list, open, each)
  local outcomes = {}
  for first = 1, #list.models, list.at_once do
    local batch = table.move(list.models, first, math.min(first + list.at_once - 1, #list.models),
      1, {})
    local requests = {}
    for i, entry in ipairs(batch) do
      requests[i] = M.request(entry)
    end
    for i, model in ipairs(open(requests)) do
      local outcome = M.judge(batch[i], model)
      outcomes[#outcomes + 1] = outcome
      if each then each(outcome) end
    end
  end
  return outcomes
end

--- How many came out how.
---@param outcomes modelsig.outcome[]
---@return {read: integer, partly: integer, wrong: integer, ["not"]: integer}
function M.count(outcomes)
  local counts = { read = 0, partly = 0, wrong = 0, ["not"] = 0 }
  for _, outcome in ipairs(outcomes) do counts[outcome.result] = counts[outcome.result] + 1 end
  return counts
end

return M
