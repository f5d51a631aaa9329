--- Completion for bash and zsh, made from the option table and the names of scripts, policies and
--- formats. Names that a user adds are asked of the program when Tab is pressed.

local help = require "modelsig.cli.help"
local options = require "modelsig.cli.options"

local M = {}

M.shells = { "bash", "zsh" }

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- A line of bash that fills COMPREPLY, one word a line, so that blanks in names survive.
local function bash_reply(...)
  local sources = {}
  for i, source in ipairs { ... } do sources[i] = ("compgen %s -- \"$cur\""):format(source) end
  return ("mapfile -t COMPREPLY < <(%s)"):format(table.concat(sources, "; "))
end

local function bash_names(kind)
  return ("-W \"$(modelsig completion --names %s 2>/dev/null)\""):format(kind)
end

--- Words after an option that takes an argument: a list, files, folders or nothing.
local function bash_case(option)
  local reply
  local choices = options.choices(option)
  if choices then
    reply = bash_reply("-W " .. quote(table.concat(choices, " ")))
  elseif option.complete == "policy" then
    reply = bash_reply(bash_names "policies", "-f")
  elseif option.complete == "format" then
    reply = bash_reply(bash_names "formats", "-f")
  elseif option.complete == "dir" then
    reply = bash_reply "-d"
  else
    reply = option.complete and bash_reply "-f" or "COMPREPLY=()"
  end
  return ("    %s) %s; return ;;"):format(table.concat(options.words(option), "|"), reply)
end

--- The script for bash.
---@return string
function M.bash()
  local cases, words = {}, {}
  for _, option in ipairs(options.list) do
    for _, word in ipairs(options.words(option)) do words[#words + 1] = word end
    if option.argument then cases[#cases + 1] = bash_case(option) end
  end
  return table.concat({
    "# bash completion for modelsig, made by 'modelsig completion bash'",
    "_modelsig() {",
    "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}",
    "  compopt -o filenames 2>/dev/null",
    "  case $prev in",
    table.concat(cases, "\n"),
    "  esac",
    "  if [[ $cur == -* ]]; then",
    "    " .. bash_reply("-W " .. quote(table.concat(words, " "))),
    "  elif [[ $COMP_CWORD -eq 1 ]]; then",
    "    " .. bash_reply(bash_names "scripts", "-f"),
    "  else",
    "    " .. bash_reply "-f",
    "  fi",
    "}",
    "complete -F _modelsig modelsig",
    "",
  }, "\n")
end

--- Text inside a `_arguments` specification.
local function spec_text(text)
  return (text:gsub("[%[%]:\\]", "\\%0"))
end

local function zsh_action(option)
  local choices = options.choices(option)
  if choices then return "(" .. table.concat(choices, " ") .. ")" end
  if option.complete == "policy" then return "_modelsig_policies" end
  if option.complete == "format" then return "_modelsig_formats" end
  if option.complete == "dir" then return "_files -/" end
  return option.complete and "_files" or " "
end

local function zsh_option(option)
  local lines = {}
  for _, word in ipairs(options.words(option)) do
    local spec = ("%s%s[%s]"):format(option.repeats and "*" or "", word,
      spec_text(option.sentence))
    if option.argument then
      spec = ("%s:%s:%s"):format(spec, spec_text(option.argument), zsh_action(option))
    end
    lines[#lines + 1] = "    " .. quote(spec)
  end
  return table.concat(lines, " \\\n")
end

--- The script for zsh.
---@return string
function M.zsh()
  local specs = {}
  for i, option in ipairs(options.list) do specs[i] = zsh_option(option) end
  local function names(kind)
    return ("_modelsig_%s() {\n  local -a names\n  names=(${=\"$(modelsig completion --names %s "
      .. "2>/dev/null)\"})\n  compadd -a names\n  _files\n}"):format(kind, kind)
  end
  return table.concat({
    "#compdef modelsig",
    "# zsh completion for modelsig, made by 'modelsig completion zsh'",
    names "policies", names "formats", names "scripts",
    "_modelsig() {",
    "  _arguments -s \\",
    table.concat(specs, " \\\n") .. " \\",
    "    '1:model or command:_modelsig_scripts' \\",
    "    '*:model:_files'",
    "}",
    '_modelsig "$@"',
    "",
  }, "\n")
end

--- Names of one kind, separated by blanks, for the shells' functions.
---@param kind "scripts"|"policies"|"formats"
---@return string
function M.names(kind)
  if kind == "scripts" then
    local list = {}
    for i, row in ipairs(help.commands()) do list[i] = row[1] end
    return table.concat(list, " ")
  end
  return table.concat(require("modelsig.rules.named").list(kind), " ")
end

return M
