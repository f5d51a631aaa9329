--- The manual page, made from the same tables as `--help`.

local help = require "modelsig.cli.help"
local options = require "modelsig.cli.options"
local report = require "modelsig.report.report"

local M = {}

--- Escapes text for roff: backslashes, hyphens that are typed, dots and quotes that begin a line.
local function roff(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-")
  return (text:gsub("^([.'])", "\\&%1"))
end

local function section(out, title)
  out[#out + 1] = ".SH " .. title
end

local function item(out, term, text)
  out[#out + 1] = ".TP"
  out[#out + 1] = ".B " .. roff(term)
  out[#out + 1] = roff(text)
end

M.environment = {
  { "MODELSIG_LUA_DIR", "As --lua-dir." },
  { "MODELSIG_TRUST_PROJECT", "With 1: as --trust-project." },
  { "NO_COLOR, CLICOLOR_FORCE, COLUMNS", "Colour and width of tables." },
  { "SOURCE_DATE_EPOCH", "Time of the report in seconds, for output that is equal to the byte." },
  { "XDG_CONFIG_HOME", "Users' rules, policies, formats and scripts are in its folder modelsig." },
  { "XDG_STATE_HOME", "The prompt's history and the list of trusted projects." },
}

--- The page as roff text.
---@return string
function M.page()
  local out = {}
  out[#out + 1] = ('.TH MODELSIG 1 "%s" "modelsig %s" "User Commands"'):format(
    report.timestamp():sub(1, 10), require "modelsig.base.version")
  section(out, "NAME")
  out[#out + 1] = "modelsig \\- tell whether a small model may stand in for a large one"
  section(out, "SYNOPSIS")
  for i, line in ipairs(help.usage) do
    if i > 1 then out[#out + 1] = ".br" end
    out[#out + 1] = roff(line)
  end
  section(out, "DESCRIPTION")
  out[#out + 1] = roff(help.description)
  section(out, "MODELS")
  for _, row in ipairs(help.references) do item(out, row[1], row[2]) end
  section(out, "COMMANDS")
  for _, row in ipairs(help.commands()) do item(out, row[1], row[2]) end
  section(out, "OPTIONS")
  for _, group in ipairs(options.groups) do
    out[#out + 1] = ".SS " .. roff(group)
    for _, option in ipairs(options.list) do
      if option.group == group then item(out, help.left(option), help.sentence(option)) end
    end
  end
  section(out, "EXIT STATUS")
  for _, row in ipairs(help.codes) do item(out, row[1], row[2]) end
  section(out, "ENVIRONMENT")
  for _, row in ipairs(M.environment) do item(out, row[1], row[2]) end
  section(out, "EXAMPLES")
  for _, row in ipairs(help.examples) do item(out, row[1], row[2]) end
  return table.concat(out, "\n") .. "\n"
end

return M
