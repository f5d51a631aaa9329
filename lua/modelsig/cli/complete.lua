--- Completion at the prompt: names in the environment, fields and methods behind a dot or colon,
--- and inside a string the models seen so far, samples and files.

local collect = require("modelsig.base.fields").collect
local lists = require "modelsig.base.lists"

local M = {}

local keywords = { "and", "break", "do", "else", "elseif", "end", "false", "for", "function",
  "goto", "if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until",
  "while" }

--- Is the end of the text inside a string? Returns where its contents begin.
local function open_string(text)
  local quote, from
  local i = 1
  while i <= #text do
    local c = text:sub(i, i)
    if quote then
      if c == "\\" then
        i = i + 1
      elseif c == quote then
        quote = nil
      end
    elseif c == '"' or c == "'" then
      quote, from = c, i + 1
    elseif text:find("^%-%-", i) then
      return nil
    end
    i = i + 1
  end
  return quote and from
end

--- The value of `a.b.c`, without running anything.
local function resolve(env, path)
  local value = env
  for name in path:gmatch "[%a_][%w_]*" do
    local found = {}
    collect(value, found)
    value = found[name]
    if value == nil or value == false then return nil end
  end
  return value
end

local function in_names(env, word)
  local path, separator, last = word:match "^(.*)([.:])([%w_]*)$"
  local found, words = {}, {}
  if path then
    local value = resolve(env, path)
    if value == nil then return {} end
    collect(value, found)
    for name, field in pairs(found) do
      local wanted = separator == "." or type(field) == "function"
      if wanted and name:sub(1, #last) == last and name:find "^[%a_][%w_]*$" then
        words[path .. separator .. name] = true
      end
    end
    return lists.sorted(words)
  end
  collect(env, found)
  for name in pairs(found) do
    if name:sub(1, #word) == word and name:find "^[%a_][%w_]*$" then words[name] = true end
  end
  for _, name in ipairs(keywords) do
    if word ~= "" and name:sub(1, #word) == word then words[name] = true end
  end
  return lists.sorted(words)
end

--- Files and folders that continue a path.
local function files(text, words)
  local folder, last = text:match "^(.*/)([^/]*)$"
  folder, last = folder or "", last or text
  local list = require("modelsig.native.system").list(folder == "" and "." or folder)
  for _, entry in ipairs(list or {}) do
    local hidden = entry.name:sub(1, 1) == "." and last:sub(1, 1) ~= "."
    if not hidden and entry.name:sub(1, #last) == last then
      words[folder .. entry.name .. (entry.kind == "directory" and "/" or "")] = true
    end
  end
end

local function in_string(text, models)
  local words = {}
  for _, name in ipairs(models) do
    if name:sub(1, #text) == text then words[name] = true end
  end
  files(text, words)
  return lists.sorted(words)
end

--- Candidates for the end of a line.
---@param line string up to the cursor
---@param env table globals of the prompt
---@param models string[] references seen so far, samples
---@return string[] words each replaces the line from `from` on
---@return integer from
function M.candidates(line, env, models)
  local inside = open_string(line)
  if inside then return in_string(line:sub(inside), models), inside end
  local from = line:find "[%w_.:]*$"
  return in_names(env, line:sub(from)), from
end

return M
