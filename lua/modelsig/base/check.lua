--- Argument checks, suggestions for misspelt names, and validation of tables by a declaration.
---
--- Misuse raises at the line of the caller's caller (`check.arg`); what comes from a file is
--- validated instead and every problem is listed at once (`check.schema`).

local M = {}

--- `integer`, `number`, `string`, ... and three that Lua has no name for.
local matchers = {
  integer = function(v) return math.type(v) == "integer" end,
  count = function(v) return math.type(v) == "integer" and v >= 0 end,
  list = function(v)
    if type(v) ~= "table" then return false end
    local n = 0
    for _ in pairs(v) do n = n + 1 end
    return n == #v
  end,
  callable = function(v)
    if type(v) == "function" then return true end
    local mt = getmetatable(v)
    return type(mt) == "table" and mt.__call ~= nil
  end,
  any = function() return true end,
}

--- The names in a text of types, taken apart once.
local alternatives = setmetatable({}, { __index = function(known, types)
  local list = {}
  for name in types:gmatch "[%a_]+" do list[#list + 1] = name end
  known[types] = list
  return list
end })

--- Is `value` of one of the types? Alternatives are separated by `|`; a trailing `?` admits nil.
---@param value any
---@param types string for example "string|table?"
---@return boolean
function M.is(value, types)
  if type(value) == types or value == nil and types:sub(-1) == "?" then return true end
  for _, name in ipairs(alternatives[types]) do
    local matcher = matchers[name]
    if matcher and matcher(value) or not matcher and type(value) == name then return true end
  end
  return false
end

--- What a value is, for messages: its type, and its text where that is short.
---@param value any
---@return string
function M.describe(value)
  local kind = type(value)
  if kind == "string" then
    local text = #value <= 40 and value or value:sub(1, 37) .. "..."
    return (("string %q"):format(text):gsub("\\\n", "\\n"))
  elseif kind == "number" or kind == "boolean" then
    return kind .. " " .. tostring(value)
  end
  return kind
end

local function readable(types)
  return (types:gsub("userdata", "null"):gsub("%?$", " or nil"):gsub("|", " or "))
end

--- Checks argument `index` of the calling function; raises at the line that called it.
---@generic T
---@param index integer|string position, or the name of a field
---@param value T
---@param types string as for `check.is`
---@param who? string name of the function, for the message
---@param level? integer 3 by default: the caller of the function that checks
---@return T value
---
---     function M.open(reference, options)
---       check.arg(1, reference, "string|table", "modelsig.open")
function M.arg(index, value, types, who, level)
  if M.is(value, types) then return value end
  local place = math.type(index) == "integer" and "argument %s" or "field '%s'"
  local what = place:format(tostring(index))
  error(("%s%s%s: %s expected, got %s"):format(what, who and " of " or "", who or "",
    readable(types), M.describe(value)), level or 3)
end

--- What is wrong with a number that has a range. NaN is in none.
local function bounds(field, value)
  local least, most, above = field.min, field.max, field.above
  local got = "%s %s expected, got %s"
  local range = least or most or above
  if range and value ~= value then return got:format("a", "number", "NaN") end
  if least and value < least then return got:format("at least", least, value) end
  if most and value > most then return got:format("at most", most, value) end
  if above and value <= above then return got:format("above", above, value) end
end

--- Checks the fields of an options table; unknown ones raise with a suggestion.
---@param options table|nil
---@param spec table<string, string|modelsig.field> field name -> types, or with a range
---@param who? string
---@return table options an empty table for nil
function M.options(options, spec, who)
  if options == nil then return {} end
  M.arg("options", options, "table", who, 4)
  for key, value in pairs(options) do
    if not spec[key] then
      local near = M.suggest(tostring(key), spec)
      error(("%sunknown option '%s'%s"):format(who and who .. ": " or "", tostring(key),
        near and ("; did you mean '%s'?"):format(near) or ""), 3)
    end
    local field = spec[key]
    if type(field) == "string" then field = { type = field } end
    M.arg(key, value, field.type, who, 4)
    local trouble = type(value) == "number" and bounds(field, value)
    if trouble then error(("field '%s' of %s: %s"):format(key, who or "options", trouble), 3) end
  end
  return options
end

--- Edits between two words (insert, delete, replace, swap of neighbours), at most `limit` + 1.
local function distance(a, b, limit)
  local la, lb = #a, #b
  if math.abs(la - lb) > limit then return limit + 1 end
  local before, row = {}, {}
  for j = 0, lb do row[j] = j end
  for i = 1, la do
    local this, best = { [0] = i }, i
    for j = 1, lb do
      local same = a:byte(i) == b:byte(j)
      local cost = math.min(row[j] + 1, this[j - 1] + 1, row[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        cost = math.min(cost, before[j - 2] + 1)
      end
      this[j] = cost
      if cost < best then best = cost end
    end
    if best > limit then return limit + 1 end
    before, row = row, this
  end
  return row[lb]
end

local function plain(text)
  return (text:lower():gsub("[_%-]", ""))
end

--- The candidate nearest to a misspelt name, or nil when none is near.
--- Case, `-` and `_` count for nothing; a unique beginning of a candidate is near too.
---@param name string
---@param candidates string[]|table<string, any> a list of names, or a table with names as keys
---@return string|nil
function M.suggest(name, candidates)
  local names = {}
  if #candidates > 0 then
    for _, candidate in ipairs(candidates) do names[#names + 1] = candidate end
  else
    for candidate in pairs(candidates) do
      if type(candidate) == "string" then names[#names + 1] = candidate end
    end
  end
  table.sort(names)
  local wanted = plain(name)
  if wanted == "" or #wanted > 64 then return nil end
  local limit = math.max(1, math.min(3, #wanted // 3))
  local best, least = nil, limit + 1
  for _, candidate in ipairs(names) do
    local edits = distance(wanted, plain(candidate), limit)
    if edits < least then best, least = candidate, edits end
  end
  if best then return best end
  local beginning
  for _, candidate in ipairs(names) do
    if #wanted >= 3 and plain(candidate):sub(1, #wanted) == wanted then
      if beginning then return nil end
      beginning = candidate
    end
  end
  return beginning
end

--- " (did you mean 'x'?)" or "", to be appended to a message.
---@param name string
---@param candidates string[]|table<string, any>
---@return string
function M.hint(name, candidates)
  local near = M.suggest(name, candidates)
  return near and (" (did you mean '%s'?)"):format(near) or ""
end

--- The name that was probably meant, or else all there are.
---@param name string
---@param candidates string[]
---@return string text beginning with a blank or a semicolon, "" if there are none
function M.choices(name, candidates)
  local near = M.hint(name, candidates)
  if near ~= "" or #candidates == 0 then return near end
  return "; there are " .. table.concat(candidates, ", ")
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, function(x, y) return tostring(x) < tostring(y) end)
  return keys
end

local function choice(field, value)
  for _, allowed in ipairs(field.choices) do
    if allowed == value then return nil end
  end
  local words = {}
  for i, allowed in ipairs(field.choices) do words[i] = tostring(allowed) end
  return ("one of %s expected, got %s%s"):format(table.concat(words, ", "), M.describe(value),
    type(value) == "string" and M.hint(value, words) or "")
end

local validate

--- Problems of one value against one declared field.
local function validate_field(field, value, path, problems)
  local types = field.type or "any"
  if not M.is(value, types) then
    problems[#problems + 1] = { field = path,
      message = ("%s expected, got %s"):format(readable(types), M.describe(value)) }
    return
  end
  local trouble = type(value) == "number" and bounds(field, value)
    or field.choices and choice(field, value)
  if not trouble and field.check then trouble = field.check(value) end
  if trouble then problems[#problems + 1] = { field = path, message = trouble } end
  if field.fields and type(value) == "table" then validate(field.fields, value, path, problems) end
  if field.item and type(value) == "table" then
    for _, key in ipairs(sorted_keys(value)) do
      validate_field(field.item, value[key], ("%s[%s]"):format(path, tostring(key)), problems)
    end
  end
end

function validate(spec, value, path, problems)
  local prefix = path == "" and "" or path .. "."
  for _, key in ipairs(sorted_keys(value)) do
    local field = spec[key]
    if field then
      validate_field(field, value[key], prefix .. tostring(key), problems)
    elseif not spec["*"] then
      problems[#problems + 1] = { field = prefix .. tostring(key),
        message = "unknown key" .. M.hint(tostring(key), spec) }
    else
      validate_field(spec["*"], value[key], prefix .. tostring(key), problems)
    end
  end
  for _, key in ipairs(sorted_keys(spec)) do
    if spec[key].required and value[key] == nil then
      problems[#problems + 1] = { field = prefix .. key, message = "missing" }
    end
  end
end

---@class modelsig.field declaration of one field of a rule file
---@field type? string as for `check.is`
---@field required? boolean
---@field min? number
---@field max? number
---@field above? number
---@field choices? any[]
---@field fields? table<string, modelsig.field> the fields of a nested table
---@field item? modelsig.field every entry of a list or map
---@field names? fun(): table<string, any> for `strict`: its names, computed when asked for
---@field what? string for `strict`: what messages call the table
---@field check? fun(value: any): string|nil returns a sentence when something is wrong
---@field default? any
---@field sentence? string what the field means

--- Checks a table against a declaration. All problems are found in one go, in the order of
--- their keys. The key `*` of a declaration admits any other key.
---@param spec table<string, modelsig.field>
---@param value any
---@return {field: string, message: string}[] problems empty when there are none
function M.schema(spec, value)
  local problems = {}
  if type(value) ~= "table" then
    return { { field = "", message = "table expected, got " .. M.describe(value) } }
  end
  validate(spec, value, "", problems)
  return problems
end

--- The problems as one text, a line each: "FILE: `treshold`: unknown key (did you mean ...?)".
---@param problems {field: string, message: string}[]
---@param where? string file or other place
---@return string
function M.text(problems, where)
  local lines = {}
  for i, problem in ipairs(problems) do
    local field = problem.field ~= "" and ("`%s`: "):format(problem.field) or ""
    lines[i] = (where and where .. ": " or "") .. field .. problem.message
  end
  return table.concat(lines, "\n")
end

return M
