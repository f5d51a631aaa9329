--- Help texts, made from the option table and from what the scripts say of themselves.

local exit = require "modelsig.base.exit"
local formats = require "modelsig.format.formats"
local layout = require "modelsig.base.layout"
local options = require "modelsig.cli.options"
local named = require "modelsig.rules.named"
local scripts = require "modelsig.cli.scripts"

local M = {}

local WIDTH = 80

M.usage = {
  "modelsig [MODEL ...] [-m MODEL]... [options]",
  "modelsig COMMAND [ARG ...] [options]",
}

M.description = "Reads the metadata of models, never their weights, and says whether a small one "
  .. "may stand in for a large one, for which tests, and why not for the others. Without a word "
  .. "on a terminal: the prompt."

--- What a model may look like on the command line.
M.references = {
  { "PATH, local:PATH", ("a folder, a config.json or a %s file on disk"):format(
    formats.shown "") },
  { "org/name[@revision]", "a repository of the Hub" },
  { "sample:NAME", "one of the bundled samples, see 'modelsig demo'" },
}

M.codes = {}
for i, row in ipairs(exit.list) do M.codes[i] = { tostring(row.code), row.text } end

M.examples = {
  { "modelsig ./Qwen3-8B ./Qwen3-32B --output table", "compare two folders" },
  { "modelsig small/ large/ --require FULL,attention:FULL",
    ("a gate for CI: exit code %d"):format(exit.gate) },
  { "modelsig explain small/ large/", "why this verdict" },
}

--- `-m, --model MODEL`
local function left(option)
  local words = table.concat(options.words(option), ", ")
  if option.negated then words = ("--%s, --no-%s"):format(option.name, option.name) end
  return option.argument and words .. " " .. option.argument or words
end

M.left = left

local function sentence(option)
  local text = option.sentence
  local choices = options.choices(option)
  if choices then text = ("%s (%s)"):format(text, table.concat(choices, ", ")) end
  if option.argument and option.default ~= nil then
    text = ("%s Default: %s."):format(text, tostring(option.default))
  end
  return text
end

M.sentence = sentence

--- Two columns: what one types, and what it means.
local function list(out, rows, width)
  for _, row in ipairs(rows) do
    local lines = layout.wrap(row[2], WIDTH - width - 4)
    if #row[1] > width then
      out[#out + 1] = "  " .. row[1]
    else
      out[#out + 1] = "  " .. layout.pad(row[1], width) .. "  " .. table.remove(lines, 1)
    end
    for _, line in ipairs(lines) do out[#out + 1] = (" "):rep(width + 4) .. line end
  end
end

local function heading(out, title)
  if #out > 0 then out[#out + 1] = "" end
  out[#out + 1] = title .. ":"
end

local function option_groups(out, wanted)
  for _, group in ipairs(options.groups) do
    local rows = {}
    for _, option in ipairs(options.list) do
      if option.group == group and (not wanted or wanted[option.name]) then
        rows[#rows + 1] = { left(option), sentence(option) }
      end
    end
    if #rows > 0 then
      heading(out, group)
      list(out, rows, 24)
    end
  end
end

--- Names and summaries of all commands; a script that cannot be loaded shows why.
---@return {[1]: string, [2]: string}[]
function M.commands()
  local rows = {}
  for _, name in ipairs(named.list "scripts") do
    if not name:find("/", 1, true) then
      local script, message = scripts.load(name)
      rows[#rows + 1] = { name, script and script.summary or "broken: " .. tostring(message) }
    end
  end
  return rows
end

--- The whole help.
---@return string
function M.general()
  local out = {}
  heading(out, "Usage")
  for _, line in ipairs(M.usage) do out[#out + 1] = "  " .. line end
  out[#out + 1] = ""
  for _, line in ipairs(layout.wrap(M.description, WIDTH)) do
    out[#out + 1] = line
  end
  heading(out, "A MODEL is one of")
  list(out, M.references, 24)
  heading(out, "Commands ('modelsig COMMAND --help' says more)")
  list(out, M.commands(), 24)
  option_groups(out)
  heading(out, "Exit codes")
  list(out, M.codes, 24)
  heading(out, "Examples")
  for _, example in ipairs(M.examples) do
    out[#out + 1] = "  " .. example[1]
    out[#out + 1] = "      " .. example[2]
  end
  return table.concat(out, "\n") .. "\n"
end

--- Help for one command.
---@param name string
---@param script table
---@return string
function M.command(name, script)
  local out = {}
  heading(out, "Usage")
  for line in (script.usage or ("modelsig %s [options]"):format(name)):gmatch "[^\n]+" do
    out[#out + 1] = "  " .. line
  end
  out[#out + 1] = ""
  for _, line in ipairs(layout.wrap(script.summary, WIDTH)) do out[#out + 1] = line end
  for paragraph in (script.details or ""):gmatch "[^\n]+" do
    out[#out + 1] = ""
    for _, line in ipairs(layout.wrap(paragraph, WIDTH)) do out[#out + 1] = line end
  end
  local own, general = scripts.options(script)
  if #own > 0 then
    local rows = {}
    for i, option in ipairs(own) do rows[i] = { left(option), sentence(option) } end
    heading(out, "Options")
    list(out, rows, 24)
  end
  if next(general) then option_groups(out, general) end
  out[#out + 1] = ""
  out[#out + 1] = "'modelsig --help' lists the options that every command knows."
  return table.concat(out, "\n") .. "\n"
end

return M
