--- Asking a policy: its functions are called here and nowhere else, users' ones under a budget and
--- with read-only views. A function that fails is an error that names its file, never a pass.

local check = require "modelsig.base.check"
local lists = require "modelsig.base.lists"
local readonly = require "modelsig.base.readonly"
local named = require "modelsig.rules.named"
local text = require "modelsig.base.text"

local M = {}

--- What code outside the product may rely on; most runs have none.
local function schema() return require "modelsig.policy.schema" end

local verdicts = { FULL = "FULL_SUBSTITUTE", PARTIAL = "PARTIAL_SUBSTITUTE", NO = "NO_SUBSTITUTE" }
for _, name in pairs { verdicts.FULL, verdicts.PARTIAL, verdicts.NO } do verdicts[name] = name end

--- Calls a function of a policy. Its results follow `true`; a failure names its file.
---@param policy modelsig.policy
---@param name string
---@return boolean ok
---@return any ... results, or a message and a code
function M.call(policy, name, ...)
  local called = policy.functions[name]
  local args = table.pack(...)
  if not named.is_own(called.where) then
    local declared = schema().arguments[name]
    for i = 1, args.n do args[i] = readonly.view(args[i], declared[i]) end
  end
  local result = table.pack(named.call(called.where, called.fn, table.unpack(args, 1, args.n)))
  if result[1] then return table.unpack(result, 1, result.n) end
  return false, tostring(result[2]), result[3] or "malformed"
end

--- Calls a function of a policy that has to return a table; gives a plain copy of it, as declared.
---@param policy modelsig.policy
---@param name string
---@param declared table|nil of `schema.lua`
---@return table|nil made
---@return string|nil message
---@return string|nil code
function M.ask(policy, name, declared, ...)
  local ok, value, code = M.call(policy, name, ...)
  if not ok then return nil, value, code end
  local where = named.place_of(policy.functions[name].where, policy.name)
  if type(value) ~= "table" then
    return nil, ("%s: %s returned %s, a table was expected"):format(where, name,
      check.describe(value)), "malformed"
  end
  local made, problem = readonly.copy(value)
  if made and declared then problem = schema().problem(declared, made) end
  if problem then return nil, ("%s: %s: %s"):format(where, name, problem), "malformed" end
  return made
end

local documents = setmetatable({}, { __mode = "k" })

--- The document of a model, as the policy's `fingerprint` makes it, else the product's own.
---@param policy modelsig.policy|nil
---@param model table fingerprint
---@param options? {layer_sig?: boolean, stats?: boolean}
---@return table|nil document
---@return string|nil message
---@return string|nil code
function M.document(policy, model, options)
  if not (policy and policy.functions.fingerprint) then
    return require("modelsig.model.document").model(model, options or {})
  end
  documents[policy] = documents[policy] or setmetatable({}, { __mode = "k" })
  if documents[policy][model] then return documents[policy][model] end
  local made, message, code = M.ask(policy, "fingerprint", schema().model, model)
  if not made then return nil, message, code end
  documents[policy][model] = made
  return made
end

local function reasons_of(value, where)
  if value == nil then return {} end
  if type(value) == "string" then return { value } end
  if type(value) ~= "table" then
    return nil, ("%s: decide returned %s for the reasons, a list of texts was expected"):format(
      where, check.describe(value))
  end
  local list = {}
  for i = 1, #value do
    if type(value[i]) ~= "string" then
      return nil, ("%s: decide returned a reason that is a %s, a text was expected"):format(where,
        type(value[i]))
    end
    list[i] = value[i]
  end
  return list
end

local decide

--- The options of a policy; a name that no policy of the chain sets is a slip.
local function options_of(policy)
  local fields = {}
  for name in pairs(policy.options) do fields[name] = {} end
  return readonly.view(policy.options, { fields = fields, what = "the options of the policy" })
end

--- What `decide` gets beside the comparison.
local function context_of(policy, shared)
  local context = {}
  for key, value in pairs(shared or {}) do context[key] = value end
  context.policy = policy.name
  context.thresholds, context.options = policy.thresholds, options_of(policy)
  context.fill, context.contrast, context.maybe = text.fill, lists.contrast, readonly.maybe
  return context
end

local function add_base(context, policy, called, comparison, shared)
  local below = policy
  while below and below.functions.decide and below.functions.decide.depth >= called.depth do
    below = below.base
  end
  if not below then return end
  --- The verdict and the reasons of the policy that this one extends.
  function context.base()
    local with = setmetatable({ thresholds = policy.thresholds, options = policy.options,
      name = policy.name }, { __index = below })
    local verdict, reasons = decide(with, comparison, shared)
    if not verdict then error(reasons, 0) end
    return verdict:match "^%u+", reasons
  end
end

function decide(policy, comparison, shared)
  local called = policy.functions.decide
  local where = named.place_of(called.where, policy.name)
  local context = context_of(policy, shared)
  add_base(context, policy, called, comparison, shared)
  local ok, verdict, reasons = M.call(policy, "decide", comparison, context)
  if not ok then return nil, verdict, reasons end
  if type(verdict) ~= "string" or not verdicts[verdict] then
    return nil, ("%s: decide returned %s, FULL, PARTIAL or NO was expected"):format(where,
      check.describe(verdict)), "malformed"
  end
  local list, message = reasons_of(reasons, where)
  if not list then return nil, message, "malformed" end
  return verdicts[verdict], list
end

--- Asks a policy for its verdict.
---@param policy modelsig.policy
---@param comparison table
---@param shared? table what the context has beside thresholds, options and helpers
---@return string|nil verdict FULL_SUBSTITUTE, PARTIAL_SUBSTITUTE or NO_SUBSTITUTE
---@return string[]|string reasons or the message
---@return string|nil code
function M.decide(policy, comparison, shared)
  return decide(policy, comparison, shared)
end

return M
