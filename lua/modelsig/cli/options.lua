--- The command line's options: one table that drives parsing, help, the man page, the shells'
--- completion and "did you mean".

local check = require "modelsig.base.check"
local origin_options = require "modelsig.origin.options"

local M = {}

---@class modelsig.option
---@field name string as typed after `--`
---@field short? string one letter
---@field argument? string what the option takes, as shown in help; none: a flag
---@field kind? string how the argument is read, a key of `readers`; any text without it
---@field choices? string[]|fun(): string[]
---@field least? integer
---@field default? any
---@field repeats? boolean values are collected in a list
---@field negated? boolean `--no-NAME` exists too
---@field group string heading in help
---@field complete? string what shells offer: "file", "dir", "policy", "format", "model"
---@field sentence string

local remote = "Reading remote models"
M.groups = { "Models", "Comparing", "Output", remote, "Rules and scripts", "Other" }

---@type modelsig.option[]
M.list = {}

--- Puts options of the command line's own into the list.
local function add(list)
  table.move(list, 1, #list, #M.list + 1, M.list)
end

--- Puts options of opening a model into the list.
local function add_opening(from, group)
  for _, option in ipairs(origin_options.list) do
    if option.group == from then
      M.list[#M.list + 1] = { name = (option.name:gsub("_", "-")), argument = option.argument,
        kind = option.kind, choices = option.choices, default = option.default,
        complete = option.complete, least = option.min, sentence = option.sentence, group = group }
    end
  end
end

add {
  { name = "model", short = "m", argument = "MODEL", repeats = true, group = "Models",
    complete = "model",
    sentence = "Add a model, also one that has the name of a command." },
  { name = "local", argument = "PATH", group = "Models", complete = "dir",
    sentence = "Read the first model from this folder." },
}
add_opening("models", "Models")
add {
  { name = "layer-sig", negated = true, default = true, group = "Models",
    sentence = "Report inputs and outputs of every module; without it equal layers are one." },

  { name = "compare", group = "Comparing",
    sentence = "Compare every pair of models; two or more are compared anyway." },
  { name = "policy", argument = "NAME|FILE", default = "structure", group = "Comparing",
    complete = "policy",
    sentence = "Let this policy give the verdicts." },
  { name = "require", argument = "[SCOPE:]VERDICT[,...]", repeats = true, group = "Comparing",
    sentence = "Exit with 3 unless every pair reaches FULL, PARTIAL or NO, in all or in a scope." },
  { name = "multi-fidelity", group = "Comparing",
    sentence = "Add the test plan: which model serves which level." },

  { name = "output", argument = "FORMAT", default = "json", group = "Output", complete = "format",
    sentence = "Print json, table, markdown or a format of your own." },
  { name = "save", argument = "FILE", group = "Output", complete = "file",
    sentence = "Write the report to this file instead of standard output." },
  { name = "no-color", group = "Output",
    sentence = "Print without colour; NO_COLOR does the same." },
  { name = "stats", group = "Output",
    sentence = "Add what the work took: time, memory, bytes read." },
  { name = "progress", argument = "WHEN", choices = { "auto", "always", "never" }, default = "auto",
    group = "Output", sentence = "Show progress on standard error; auto: on a terminal." },
}
add_opening("remote", remote)
add {
  { name = "trust-remote-code", group = remote,
    sentence = "Accepted for old scripts; nothing of a repository is ever run." },

  { name = "lua-dir", argument = "DIR", group = "Rules and scripts", complete = "dir",
    sentence = "Look here first for modules, rules and scripts." },
  { name = "no-user", group = "Rules and scripts",
    sentence = "Use only what is built in: no folder of the user or the project." },
  { name = "trust-project", group = "Rules and scripts",
    sentence = "Use the project's .modelsig folder without asking." },

  { name = "version", group = "Other", sentence = "Print the version." },
  { name = "help", short = "h", group = "Other", sentence = "Print help, or help for a command." },
}

local units = { [""] = 1, k = 1000, m = 1000 ^ 2 // 1, g = 1000 ^ 3 // 1, t = 1000 ^ 4 // 1,
  ki = 1 << 10, mi = 1 << 20, gi = 1 << 30, ti = 1 << 40 }

--- Each returns the value, or nil and what was expected.
local readers = {
  seconds = function(text)
    local n = text:match "^%d+%.?%d*$" and tonumber(text)
    if n and n > 0 and n <= 1e9 then return math.tointeger(n) or n end
    return nil, "a number of seconds above 0"
  end,
  count = function(text)
    local n = #text <= 9 and text:match "^%d+$" and math.tointeger(tonumber(text))
    if n and n > 0 then return n end
    return nil, "a whole number above 0"
  end,
  bytes = function(text)
    local digits, unit = text:lower():gsub("b$", ""):match "^(%d+)(%a?i?)$"
    local factor = units[unit]
    if digits and factor and #digits <= 12 then
      local n = math.tointeger(tonumber(digits) * factor)
      if n then return n end
    end
    return nil, "a number of bytes, as 500000, 64M or 2GiB"
  end,
  url = function(text)
    if text:match "^https?://[^/%s]+" then return text end
    return nil, "an address that begins with https:// or http://"
  end,
}

--- The key of an option in the table of parsed options: `multi_fidelity` for `--multi-fidelity`.
---@param option modelsig.option
---@return string
function M.key(option)
  return (option.name:gsub("%-", "_"))
end

--- Words that select an option, as `--save`, `-m`, `--no-layer-sig`.
---@param option modelsig.option
---@return string[]
function M.words(option)
  local words = {}
  if option.short then words[1] = "-" .. option.short end
  words[#words + 1] = "--" .. option.name
  if option.negated then words[#words + 1] = "--no-" .. option.name end
  return words
end

--- The table of defaults.
---@param list? modelsig.option[]
---@return table<string, any>
function M.defaults(list)
  local values = {}
  for _, option in ipairs(list or M.list) do
    local value = option.default
    if option.repeats then value = {} end
    if value == nil and not option.argument then value = false end
    values[M.key(option)] = value
  end
  return values
end

--- The option that a word selects, of several the last one, and whether it says no.
---@return modelsig.option|nil option
---@return boolean|nil negated
local function option_of(list, word)
  local long, letter = word:match "^%-%-(.+)$", word:match "^%-(.)$"
  local denied = long and long:match "^no%-(.+)$"
  for i = #list, 1, -1 do
    local option = list[i]
    if option.name == long or letter and option.short == letter then return option, false end
    if option.name == denied and option.negated then return option, true end
  end
end

--- All words that select options.
local function all_words(list)
  local all = {}
  for _, option in ipairs(list) do table.move(M.words(option), 1, 3, #all + 1, all) end
  return all
end

--- The values that an option may have, or nil.
---@param option modelsig.option
---@return string[]|nil
function M.choices(option)
  local choices = option.choices
  return type(choices) == "function" and choices() or choices
end

local function read_value(option, word, text)
  local choices = M.choices(option)
  if choices then
    for _, allowed in ipairs(choices) do if text == allowed then return text end end
    return nil, ("%s: one of %s expected, got '%s'%s"):format(word, table.concat(choices, ", "),
      text, check.hint(text, choices))
  end
  if text == "" then return nil, ("%s: %s expected, got nothing"):format(word, option.argument) end
  if option.kind then
    local value, expected = readers[option.kind](text)
    if value and option.least and value < option.least then
      value, expected = nil, "at least 1 byte"
    end
    if value ~= nil then return value end
    return nil, ("%s: %s expected, got '%s'"):format(word, expected, text)
  end
  return text
end

--- Splits `--name=value`, `-mVALUE` and plain words into the word and what is attached to it.
local function split(word)
  if word:sub(1, 2) == "--" then
    local name, value = word:match "^(%-%-[^=]+)=(.*)$"
    return name or word, value
  end
  return word:sub(1, 2), #word > 2 and word:sub(3) or nil
end

---@class modelsig.parsed
---@field options table<string, any>
---@field args string[] positional words and the values of `-m`, in the order typed
---@field forced table<integer, boolean> positions in `args` that came from `-m`
---@field given table<string, boolean> keys of the options that were typed
---@field declared modelsig.option[] the options that there are
---@field rest? string[] words after the file of `run`, untouched

---@class modelsig.parsing
---@field list? modelsig.option[] the declared options
---@field tolerant? boolean unknown options are passed over (first look, to find the command)
---@field stop? fun(parsed: modelsig.parsed): boolean true: the words that follow are `rest`

--- Reads the words of a command line.
---@param words string[]
---@param how? modelsig.parsing
---@return modelsig.parsed|nil parsed nil when a word is wrong
---@return string|nil message
function M.parse(words, how)
  how = how or {}
  local list = how.list or M.list
  local parsed = { options = M.defaults(list), args = {}, forced = {}, given = {},
    declared = list }
  local i, plain = 1, false

  local function positional(word, forced)
    parsed.args[#parsed.args + 1] = word
    if forced then parsed.forced[#parsed.args] = true end
  end

  local function store(option, value)
    local key = M.key(option)
    parsed.given[key] = true
    if option.name == "model" then positional(value, true) end
    if not option.repeats then
      parsed.options[key] = value
    else
      table.insert(parsed.options[key], value)
    end
  end

  local function take(word)
    local name, attached = split(word)
    local option, negated = option_of(list, name)
    if not option then
      if how.tolerant then return true end
      local hint = #name > 3 and check.hint(name, all_words(list)) or ""
      return nil, ("unknown option '%s'%s"):format(name, hint)
    end
    if not option.argument then
      if attached then return nil, name .. " takes no value" end
      store(option, not negated)
      return true
    end
    local text = attached
    if not text then
      i = i + 1
      text = words[i]
      if text == nil or text:match "^%-%-." and option_of(list, (split(text))) then
        return nil, ("%s needs %s"):format(name, option.argument)
      end
    end
    local value, message = read_value(option, name, text)
    if value == nil then return nil, message end
    store(option, value)
    return true
  end

  while i <= #words do
    local word = words[i]
    if plain or word:sub(1, 1) ~= "-" or word == "-" then
      positional(word)
      if how.stop and how.stop(parsed) then
        parsed.rest = table.move(words, i + 1, #words, 1, {})
        break
      end
    elseif word == "--" then
      plain = true
    else
      local ok, message = take(word)
      if not ok then return nil, message end
    end
    i = i + 1
  end
  return parsed
end

return M
