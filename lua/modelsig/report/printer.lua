--- How the prompt shows values: models and pairs as tables, records in columns, long lists cut
--- with a count.

local layout = require "modelsig.base.layout"
local report = require "modelsig.report.report"

local M = {}

local ROWS = 20     -- entries of a table that are shown
local FIELDS = 8    -- columns of a list of records
local INLINE = 60   -- characters of a table inside another

local function is_model(value)
  return type(value) == "table" and rawget(value, "typed") ~= nil and rawget(value, "source") ~= nil
end

local function is_pair(value)
  return type(value) == "table" and rawget(value, "substitution_verdict") ~= nil
end

local escape = layout.escape_lines

--- A value in one line.
local function inline(value, room, depth)
  local kind = type(value)
  if kind == "string" then return layout.escape(layout.cut(value, math.max(room, 8))) end
  if is_model(value) then return ("model '%s'"):format(layout.escape(value.label)) end
  if kind == "userdata" and not getmetatable(value) then return "null" end
  if kind == "function" or kind == "thread" then return kind end
  if kind ~= "table" then return layout.escape(tostring(value)) end
  if depth > 2 then return "{..}" end
  local parts, used = {}, 2
  local function add(text)
    used = used + #text + 2
    if used > room then return false end
    parts[#parts + 1] = text
    return true
  end
  for _, item in ipairs(value) do
    if not add(inline(item, room - used, depth + 1)) then return M.braces(parts, true) end
  end
  for _, key in ipairs(M.keys(value)) do
    if math.type(key) ~= "integer" or key < 1 or key > #value then
      local text = ("%s=%s"):format(layout.escape(key), inline(value[key], room - used, depth + 1))
      if not add(text) then return M.braces(parts, true) end
    end
  end
  return M.braces(parts, false)
end

--- Parts in braces, with ".." at the end where some were cut.
function M.braces(parts, cut)
  if cut then parts[#parts + 1] = ".." end
  return "{" .. table.concat(parts, ", ") .. "}"
end

--- Keys in an order that does not change: numbers first, then names.
function M.keys(value)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    local na, nb = type(a) == "number", type(b) == "number"
    if na ~= nb then return na end
    if na then return a < b end
    return tostring(a) < tostring(b)
  end)
  return keys
end

--- What names a record comes before what it says.
local leading = { name = 1, key = 2, feature = 3, id = 4, code = 5, model = 6 }

local function leading_first(a, b)
  local la, lb = leading[a] or 9, leading[b] or 9
  if la ~= lb then return la < lb end
  return a < b
end

--- Field names of a list of small records, or nil when it is none.
local function record_fields(list)
  local seen, names = {}, {}
  for i = 1, math.min(#list, ROWS) do
    local entry = list[i]
    if type(entry) ~= "table" or #entry > 0 or is_model(entry) then return nil end
    for _, key in ipairs(M.keys(entry)) do
      if type(key) ~= "string" then return nil end
      if not seen[key] then
        seen[key] = true
        names[#names + 1] = key
      end
    end
  end
  table.sort(names, leading_first)
  return #names > 0 and #names <= FIELDS and names or nil
end

local function more(count, shown)
  return count > shown and ("... %d more (%d in all)"):format(count - shown, count) or nil
end

local function records(list, names, columns)
  local rows = { {} }
  for c, name in ipairs(names) do rows[1][c] = layout.escape(name) end
  for i = 1, math.min(#list, ROWS) do
    local row = {}
    for c, name in ipairs(names) do
      row[c] = list[i][name] == nil and "" or inline(list[i][name], 40, 2)
    end
    rows[#rows + 1] = row
  end
  local specs = {}
  for c in ipairs(names) do specs[c] = {} end
  local lines = layout.columns(rows, specs, columns)
  lines[#lines + 1] = more(#list, ROWS)
  return table.concat(lines, "\n")
end

local function plain_table(value, columns)
  local keys = M.keys(value)
  if #keys == 0 then return "{}" end
  local rows = {}
  for i = 1, math.min(#keys, ROWS) do
    rows[i] = { layout.escape(keys[i]), inline(value[keys[i]], columns - 24, 1) }
  end
  local lines = layout.columns(rows, { {}, {} }, columns)
  lines[#lines + 1] = more(#keys, ROWS)
  return table.concat(lines, "\n")
end

local function formatted(models, pairs_, terminal)
  local made = report.build(models, pairs_)
  local text, message = report.format(made, "table", terminal)
  if not text then return message end
  return (text:gsub("^[^\n]*\n+", "", 1):gsub("\n$", ""))
end

--- Text of a value.
---@param value any
---@param terminal {columns: integer, colour: boolean, utf8: boolean}
---@return string
function M.text(value, terminal)
  local kind = type(value)
  if kind == "string" then return escape(value) end
  if kind ~= "table" then return inline(value, INLINE, 0) end
  if is_model(value) then return formatted({ value }, {}, terminal) end
  if is_pair(value) then
    return formatted({}, { { a = tostring(value.smaller or "A"), b = tostring(value.larger or "B"),
      document = value } }, terminal)
  end
  local mt = getmetatable(value)
  if type(mt) == "table" and mt.__tostring then return escape(tostring(value)) end
  local names = #value > 0 and record_fields(value)
  if names then return records(value, names, terminal.columns) end
  return plain_table(value, terminal.columns)
end

--- The fields and methods of a value, one a line with its type; for help.
---@param value any
---@return string
function M.fields(value)
  local found = {}
  require("modelsig.base.fields").collect(value, found)
  local rows = {}
  for _, key in ipairs(M.keys(found)) do
    rows[#rows + 1] = { "  " .. key, found[key] == false and "computed when asked for"
      or type(found[key]) }
  end
  return #rows > 0 and table.concat(layout.columns(rows, { {}, {} }, 80), "\n") or "  nothing"
end

--- Results of a chunk: `nil, message, code` reads as the error it is.
---@param results table packed
---@param terminal table
---@return string|nil text nil when there is nothing to show
function M.results(results, terminal)
  if results.n == 0 then return nil end
  if results[1] == nil and type(results[2]) == "string" and results.n <= 4 then
    local code = results[3] and (" (%s)"):format(tostring(results[3])) or ""
    return "nil" .. code .. ": " .. escape(results[2])
  end
  local lines = {}
  for i = 1, results.n do lines[i] = M.text(results[i], terminal) end
  return table.concat(lines, "\n")
end

return M
