--- Commands: a file each, which says what it is.

local check = require "modelsig.base.check"
local named = require "modelsig.rules.named"

local M = {}

local declaration = {
  summary = { type = "string", required = true }, usage = { type = "string" },
  options = { type = "list" }, details = { type = "string" },
  run = { type = "function", required = true },
}

--- Loads a script and checks its declaration.
---@param name string
---@return table|nil script {summary, usage, options, run}
---@return string|nil message
function M.load(name)
  local script, where = named.load("scripts", name)
  if not script then return nil, where --[[@as string]] end
  local problems = check.schema(declaration, script)
  if #problems > 0 then
    return nil, check.text(problems, type(where) == "table" and where.path or name)
  end
  return script
end

--- Options that a script declares itself, beside those of the table.
---@param script table
---@return modelsig.option[] own
---@return table<string, boolean> general names of the common options it listens to
function M.options(script)
  local own, general = {}, {}
  for _, option in ipairs(script.options or {}) do
    if type(option) == "table" then
      option.group = option.group or "Options"
      own[#own + 1] = option
    else
      general[option] = true
    end
  end
  return own, general
end

return M
