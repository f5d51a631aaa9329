--- Configurations with one value replaced by one that no model has, and what the program makes of
--- them. Deterministic: the same file gives the same mutations in the same order.

local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local writer = require "modelsig.base.json"

local M = {}

--- Values as JSON text: wrong types, impossible sizes, and words that look like names.
M.values = {
  "null", "true", "false", "0", "1", "-1", "2", "3", "7", "1.5", "-0.0", "1e-300", "1e400",
  "-1e400", "NaN", "Infinity", "2147483647", "2147483648", "4294967296", "9223372036854775807",
  "-9223372036854775808", "18446744073709551615", "1000000000000", "0.1e1", '""', '"8"', '"x"',
  '"full_attention"', '"\\u0000"', '"%d%s%f"', '"a\\nb"', "[]", "[[]]", "[null]", "[1]", '["x"]',
  "[-1, 2.5, 1e300]", "[true, null, {}, [1]]", "{}", '{"a": 1}', '{"": null}', '{"0": [1]}',
  '{"type": 5, "rope_type": [], "factor": {}}', '{"rope_type": "yarn", "factor": "x"}',
  '{"quant_method": "fp8", "weight_block_size": "x", "modules_to_not_convert": 5}',
  '{"config_groups": {"g": {"weights": 5, "targets": 5}}}', '{"model_type": "llama"}',
  '{"full_attention": {"rope_theta": {}}, "sliding_attention": 5}',
}

local HOLE = "\1hole\1"

local function same_kind(value)
  return type(value) == "table" and (json.is_array(value) and "list" or "object")
end

--- Calls `visit(container, key)` for every place of a document, at most the first two and the last
--- place of a list.
local function walk(value, visit, depth)
  local kind = same_kind(value)
  if not kind or depth > 6 then return end
  local keys = {}
  for key in pairs(value) do
    if kind == "object" or key <= 2 or key == #value then keys[#keys + 1] = key end
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    visit(value, key)
    walk(value[key], visit, depth + 1)
  end
end

--- The text of the document with the value of `container[key]` cut out, in two halves.
local function halves(document, container, key)
  local before = container[key]
  container[key] = HOLE
  local text = writer.encode(document)
  container[key] = before
  local quoted = writer.encode(HOLE)
  local first, last = text:find(quoted, 1, true)
  return text:sub(1, first - 1), text:sub(last + 1)
end

--- Mutations of a configuration: each value in turn replaced, each given key added, and of all
--- these every `step`-th.
---@param document table decoded configuration
---@param step integer
---@param added? string[] keys to put in where they are missing
---@return fun(): string|nil text, string|nil what
function M.mutations(document, step, added)
  return coroutine.wrap(function()
    local at = 0
    local function emit(container, key)
      local first = step - at % step
      at = at + #M.values
      if first > #M.values then return end
      local head, tail = halves(document, container, key)
      for i = first, #M.values, step do
        coroutine.yield(head .. M.values[i] .. tail, tostring(key) .. " = " .. M.values[i])
      end
    end
    walk(document, emit, 0)
    for _, key in ipairs(added or {}) do
      if document[key] == nil then emit(document, key) end
    end
  end)
end

--- A folder in memory with nothing but a configuration.
---@param text string
---@return table origin
function M.origin(text)
  return { label = "hostile", typed = "hostile", kind = "folder", config_name = "config.json",
    path = "hostile", folders = {}, files = { { name = "config.json", size = #text } },
    has = function(_, name) return name == "config.json" end, below = function() return {} end,
    read = function(_, name)
      if name == "config.json" then return text end
      return nil, name .. ": no such file", "notfound"
    end,
    open = function(_, name) return nil, name .. ": no such file", "notfound" end }
end

local codes = { malformed = true, truncated = true, limit = true, unsupported = true,
  mismatch = true, notfound = true, duplicate_key = true, nonfinite = true, big_integer = true,
  overflow = true }

--- What no reader should see: places in our sources, words of the interpreter.
local internal = { "%.lua:%d", "%[string", "attempt to ", "bad argument", "stack traceback",
  "got no value", "number has no integer", "invalid value", "table: 0x", "function: 0x",
  "userdata", "invalid option", "stack overflow", "not enough memory", "invalid order",
  "cannot be represented", "invalid key", "nil value" }

--- The first sign of our insides in a text.
---@param text string
---@return string|nil
function M.leak(text)
  for _, pattern in ipairs(internal) do
    local at = text:find(pattern)
    if at then return text:sub(math.max(1, at - 120), at + 120) end
  end
end

--- What is wrong with how findings, or a refusal, are told: our insides, a code nobody knows.
---@param findings {code: string, message: string}[]
---@return string|nil
function M.told_badly(findings)
  for _, finding in ipairs(findings) do
    local leak = M.leak(finding.message)
    if leak then return "told: " .. leak end
    if not codes[finding.code] then
      return ("code %s: %s"):format(finding.code, finding.message)
    end
  end
end

local report = require "modelsig.report.report"

local function document_problem(fp, partner, options)
  local document = modelsig.compare(partner, fp, { policy = options.policy })
  if document.error then return "pair: " .. document.error.message end
  local made = report.build({ partner, fp },
    { { a = partner.label, b = fp.label, document = document } }, nil,
    { layer_sig = options.layer_sig })
  local own = made.document.models[fp.label]
  if own.error then return "document: " .. own.error.message end
  for _, format in ipairs { "json", "table", "markdown" } do
    local text, message = report.format(made, format, { columns = 100 })
    if not text then return format .. ": " .. message end
    local leak = M.leak(text)
    if leak then return format .. " shows: " .. leak end
    if format == "json" then
      local back, why = json.decode(text)
      if not back then return "json does not read back: " .. why end
    end
  end
end

--- Reads a configuration and reports on it. A crash, a message from our insides, or a report that
--- cannot be made is the answer; nil is right.
---@param text string
---@param partner table fingerprint to compare with
---@param options {policy: string, layer_sig: boolean}
---@return string|nil problem
function M.problem(text, partner, options)
  local ok, result = xpcall(function()
    local fp, message, code = require("modelsig.model.fingerprint").new(M.origin(text))
    local bad = M.told_badly(fp and fp.findings or { { code = code, message = message } })
    if bad or not fp then return bad end
    return document_problem(fp, partner, options)
  end, debug.traceback)
  if not ok then return "raised: " .. tostring(result) end
  return result
end

return M
