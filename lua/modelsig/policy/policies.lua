--- Policies: found by name, checked, merged with what they extend, and asked under a budget.
---
--- A policy file returns a table with any of the keys of `fields`. Each function replaces one step
--- of the way from fingerprints to a plan.

local check = require "modelsig.base.check"
local lists = require "modelsig.base.lists"
local named = require "modelsig.rules.named"

local M = {}

--- What a policy without `extends` builds on.
M.default = "structure"

--- Steps that a policy may replace, with their signatures.
M.functions = {
  fingerprint = "fingerprint(model) -> document of the model",
  compare = "compare(document_a, document_b, model_a, model_b) -> facts of the pair",
  decide = "decide(comparison, context) -> verdict, reasons",
  plan = "plan(documents, pairs) -> plan",
}

local rate = { type = "number", min = 0, max = 1 }
local word = { type = "string", choices = { "FULL", "PARTIAL", "NO" } }

--- What `reads` may name.
local settings = { "grades", "thresholds.coverage", "thresholds.layer_types",
  "thresholds.operators" }

---@type table<string, modelsig.field>
M.fields = {
  name = { type = "string", sentence = "what reports call it; the name of the file without it" },
  summary = { type = "string", sentence = "the question it answers, for lists" },
  extends = { type = "string", sentence = "the policy that gives what this one leaves out" },
  thresholds = { type = "table", sentence = "rates between 0 and 1", fields = {
    coverage = rate, layer_types = rate, operators = rate } },
  grades = { type = "table", sentence = "the verdict that each grade of a difference allows",
    fields = { free = word, shape = word, path = word, model = word, unknown = word } },
  asks = { type = "string", choices = { "structure", "kernel" },
    sentence = "`kernel`: a feature that could not be told keeps from FULL" },
  options = { type = "table", sentence = "settings of your own, given as `context.options`" },
  reads = { type = "list", item = { type = "string", choices = settings },
    sentence = "the settings that `decide` follows; all without it" },
  fingerprint = { type = "function", sentence = M.functions.fingerprint },
  compare = { type = "function", sentence = M.functions.compare },
  decide = { type = "function", sentence = M.functions.decide },
  plan = { type = "function", sentence = M.functions.plan },
}

---@class modelsig.policy
---@field name string
---@field from string where it was found
---@field digest string? of its file
---@field summary string?
---@field thresholds table<string, number> effective ones
---@field grades table<string, string>
---@field asks string
---@field reads table<string, boolean>? settings that its `decide` follows; nil: all
---@field options table
---@field chain string[] names, from this policy to its root
---@field functions table<string, {fn: function, where: table, depth: integer, by: string}>
---@field base modelsig.policy? what it extends

local registered = {}

local function merge(own, base)
  local out = {}
  for key, value in pairs(base or {}) do out[key] = value end
  for key, value in pairs(own or {}) do out[key] = value end
  return out
end

--- What is wrong with a raw policy table; nil when nothing is. Tests check the product's own.
local function trouble(raw, where, name)
  if named.is_own(where) then return nil end
  local problems = check.schema(M.fields, raw)
  if #problems > 0 then return check.text(problems, named.place_of(where, name)) end
end

local load

--- The raw table of a policy and where it was found.
local function find(reference)
  if type(reference) == "table" then
    local name = type(reference.name) == "string" and reference.name or "policy"
    return reference, { path = "table '" .. name .. "'", place = "lua" }, name
  end
  if registered[reference] then
    return registered[reference], { path = "registered '" .. reference .. "'", place = "lua" },
      reference
  end
  local raw, where, code = named.load("policies", reference)
  if not raw then
    local known = (named.is_path(reference) and check.hint or check.choices)(reference, M.names())
    if code == "notfound" and known ~= "" then where = where .. known end
    return nil, where, code or "notfound"
  end
  return raw, where, (reference:match "([^/]+)$" or reference):gsub("%.lua$", "")
end

local function set_of(list)
  if not list then return nil end
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

--- A setting that the `decide` of the policy below does not follow: it would do nothing.
local function idle(raw, base)
  if raw.decide or not base then return nil end
  local reads, by = base.reads, base.functions.decide and base.functions.decide.by or base.name
  if reads and raw.grades and next(raw.grades) and not reads.grades then
    return ("`grades`: the verdict of '%s' does not follow them"):format(by)
  end
  for _, name in ipairs(lists.sorted(raw.thresholds or {})) do
    if reads and not reads["thresholds." .. name] then
      return ("`thresholds.%s`: the verdict of '%s' does not follow it"):format(name, by)
    end
  end
  for _, name in ipairs(lists.sorted(raw.options or {})) do
    if base.options[name] == nil then
      return ("`options.%s`: '%s' has no such option%s"):format(tostring(name), by,
        check.hint(tostring(name), base.options))
    end
  end
end

local function build(raw, where, digest, name, base)
  local policy = { name = raw.name or name, summary = raw.summary or base and base.summary,
    from = named.place_of(where, name), place = where.place, digest = digest, base = base,
    thresholds = merge(raw.thresholds, base and base.thresholds),
    grades = merge(raw.grades, base and base.grades),
    options = merge(raw.options, base and base.options),
    asks = raw.asks or base and base.asks or "structure",
    reads = set_of(raw.reads) or not raw.decide and base and base.reads or nil,
    chain = { name }, functions = {}, depth = base and base.depth + 1 or 0 }
  for _, link in ipairs(base and base.chain or {}) do table.insert(policy.chain, link) end
  for role in pairs(M.functions) do
    policy.functions[role] = raw[role]
      and { fn = raw[role], where = where, depth = policy.depth, by = policy.name }
      or base and base.functions[role] or nil
  end
  return policy
end

function load(reference, seen, path)
  local raw, where, name = find(reference)
  if not raw then return nil, where --[[@as string]], name end
  local id = type(reference) == "table" and reference or where.path or name
  path = path .. (path == "" and "" or " -> ") .. name
  if seen[id] then return nil, ("policies extend each other: %s"):format(path), "malformed" end
  seen[id] = true
  local message = trouble(raw, where, name)
  if message then return nil, message, "malformed" end
  local base
  local parent = raw.extends or name ~= M.default and M.default or nil
  if parent then
    local code
    base, message, code = load(parent, seen, path)
    if not base then
      return nil, ("%s: `extends`: %s"):format(named.place_of(where, name), message), code
    end
  end
  message = idle(raw, base)
  if message then
    return nil, ("%s: %s"):format(named.place_of(where, name), message), "malformed"
  end
  return build(raw, where, where.digest, name, base)
end

--- Loads a policy: by name, by path, or given as a table. All problems of a file are told at once.
---@param reference? string|table the default one without it
---@return modelsig.policy|nil policy
---@return string|nil message
---@return string|nil code
---
---     local policy = assert(modelsig.policy.load "kernel")
function M.load(reference)
  reference = reference == nil and M.default or reference
  check.arg(1, reference, "string|table", "policy.load")
  local loaded = type(reference) == "table" and reference.functions and reference.chain
  if loaded then return reference end
  return load(reference, {}, "")
end

--- Makes a policy of this process known by a name, for `modelsig.compare` and `extends`.
---@param name string
---@param definition table as a policy file returns it; its problems raise here
---@return modelsig.policy
---
---     modelsig.policy.register("strict", { extends = "structure",
---       decide = function(c) return c.coverage_rate == 1.0 and "FULL" or "NO" end })
function M.register(name, definition)
  check.arg(1, name, "string", "policy.register")
  check.arg(2, definition, "table", "policy.register")
  local before = registered[name]
  registered[name] = definition
  local policy, message = M.load(name)
  if not policy then
    registered[name] = before
    error(message, 2)
  end
  return policy
end

--- Names of the policies there are.
---@return string[]
function M.names()
  local seen, list = {}, {}
  local function add(name)
    if not seen[name] then
      seen[name] = true
      list[#list + 1] = name
    end
  end
  for _, entry in ipairs(named.list "policies" or {}) do
    add(type(entry) == "table" and entry.name or entry)
  end
  for name in pairs(registered) do add(name) end
  table.sort(list)
  return list
end

return M
