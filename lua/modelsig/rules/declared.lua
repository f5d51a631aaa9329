--- Loads rule files that are checked against a declaration. A mistake raises with its file and
--- line. A user's file has only what it changes.

local check = require "modelsig.base.check"
local embedded = require "modelsig.native.embedded"
local named = require "modelsig.rules.named"
local system = require "modelsig.native.system"

local M = {}

local LARGEST_FILE = 4 * 1024 * 1024

--- A whole number in a range, as a declaration has it.
---@param min integer
---@param max integer
---@return modelsig.field
function M.count(min, max) return { type = "integer", min = min, max = max } end

--- A number in a range.
---@param min number
---@param max number
---@return modelsig.field
function M.number(min, max) return { type = "number", min = min, max = max } end

--- The line of a field such as "limits.redirects" in the text of a file; remarks do not count.
---@param source string
---@param field string
---@return integer|nil
function M.line_of(source, field)
  source = source:gsub("%-%-[^\n]*", "")
  local at = 1
  for name in field:gsub("%[.*", ""):gmatch "[^.]+" do
    local first = source:find("%f[%w_]" .. name:gsub("%p", "%%%0") .. "%f[^%w_][\"'%]%s]*=", at)
    if not first then return nil end
    at = first
  end
  return select(2, source:sub(1, at):gsub("\n", "")) + 1
end

--- Checks what a file returned; everything that is wrong is raised at once, in the order of lines.
---@param spec table<string, modelsig.field> as for `check.schema`
---@param found table
---@param where modelsig.where
function M.check(spec, found, where)
  local problems = check.schema(spec, found)
  if #problems == 0 then return end
  local source = system.read(where.path, LARGEST_FILE) or ""
  for _, problem in ipairs(problems) do problem.line = M.line_of(source, problem.field) or 0 end
  table.sort(problems, function(a, b)
    if a.line ~= b.line then return a.line < b.line end
    return a.field < b.field
  end)
  local texts = {}
  for i, problem in ipairs(problems) do
    local line = problem.line > 0 and ":" .. problem.line or ""
    texts[i] = check.text({ problem }, where.path .. line)
  end
  error(table.concat(texts, "\n"), 0)
end

--- Lays one table over another; a list is replaced as a whole.
local function merge(into, from)
  for key, value in pairs(from) do
    if type(value) == "table" and #into[key] == 0 then
      merge(into[key], value)
    else
      into[key] = value
    end
  end
end

local known = {}

--- The rules of `rules/NAME.lua`: the product's own, and over them what another file of that name
--- changes. A file that cannot be loaded, or has something wrong in it, raises.
---@param name string
---@param spec_of fun(own: table): table<string, modelsig.field> as for `check.schema`
---@return table
function M.load(name, spec_of)
  local found, where = named.load("rules", name)
  if not found then error(where, 0) end
  if where.place == "embedded" then return found end
  local last = known[name]
  if last and last.found == found then return last.all end
  local all = assert(embedded.load("rules", name .. ".lua", {}))()
  M.check(spec_of(all), found, where)
  merge(all, found)
  known[name] = { found = found, all = all }
  return all
end

return M
