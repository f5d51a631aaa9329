--- Text on a terminal: widths, wrapping, padding, escaping, columns. Knows no colours and no
--- wording. All widths are in characters.

local lists = require "modelsig.base.lists"

local M = {}

local function codes(character)
  local code = utf8.codepoint(character)
  if code < 0x80 then return ("\\x%02x"):format(code) end
  return ("\\u{%x}"):format(code)
end

local function bytes(text)
  return (text:gsub("[\x80-\xff]", function(byte) return ("\\x%02x"):format(byte:byte()) end))
end

--- Escapes the bytes of a text that are no UTF-8.
local function valid(text)
  if utf8.len(text) then return text end
  local parts, from = {}, 1
  while from <= #text do
    local _, bad = utf8.len(text, from)
    if not bad then
      parts[#parts + 1] = text:sub(from)
      break
    end
    parts[#parts + 1] = text:sub(from, bad - 1)
    parts[#parts + 1] = bytes(text:sub(bad, bad))
    from = bad + 1
  end
  return table.concat(parts)
end

--- Characters that move the cursor, change direction or hide: C1 controls, bidirectional
--- overrides and isolates, zero-width ones, line separators.
local function invisible(code)
  return code >= 0x80 and code < 0xa0 or code == 0x61c or code >= 0x200b and code <= 0x200f
    or code >= 0x2028 and code <= 0x202e or code >= 0x2060 and code <= 0x206f or code == 0xfeff
end

--- Makes text from a model safe to print: control characters, bytes that are no UTF-8 and (with
--- `ascii`) everything beyond ASCII become escapes.
---@param text any
---@param ascii? boolean
---@return string
function M.escape(text, ascii)
  text = tostring(text)
  if not text:find "[%c\x7f-\xff]" then return text end
  text = text:gsub("[%c\x7f]", function(c) return c == "\n" and "\\n" or codes(c) end)
  if not text:find "[\x80-\xff]" then return text end
  return (valid(text):gsub("[\xc2-\xf4][\x80-\xbf]+", function(c)
    if ascii or invisible(utf8.codepoint(c)) then return codes(c) end
  end))
end

--- Escapes each line of a text: line ends and tabs stay.
---@param text string
---@return string
function M.escape_lines(text)
  return (text:gsub("[^\n\t]+", M.escape))
end

--- A message of the program: one line, whatever it quotes, so that no path or label forges another
--- one. A list of problems (`check.text`) has a line each, which begin with the same file; all but
--- the first are indented.
---@param text any
---@return string
function M.message(text)
  text = tostring(text)
  local place = text:match "^([^\n]-):%d+: `" or text:match "^([^\n]-): `"
  local lines, from, at = {}, 1, 1
  while place do
    at = text:find("\n" .. place, at, true)
    if not at then break end
    if text:find("^:?%d*: `", at + 1 + #place) then
      lines[#lines + 1], from = M.escape(text:sub(from, at - 1)), at + 1
    end
    at = at + 1
  end
  lines[#lines + 1] = M.escape(text:sub(from))
  return table.concat(lines, "\n  ")
end

--- Number of terminal cells; wide East Asian characters count twice.
---@param text string
---@return integer
function M.width(text)
  local count = utf8.len(text)
  if not count or count == #text then return #text end
  for c in text:gmatch "[\xe1-\xf4][\x80-\xbf]+" do
    local code = utf8.codepoint(c)
    if code >= 0x1100 and code <= 0x115f or code >= 0x2e80 and code <= 0xa4cf
      or code >= 0xac00 and code <= 0xd7a3 or code >= 0xf900 and code <= 0xfaff
      or code >= 0xfe30 and code <= 0xfe6f or code >= 0xff00 and code <= 0xff60
      or code >= 0x1f300 and code <= 0x1faff or code >= 0x20000 then
      count = count + 1
    end
  end
  return count
end

--- Pads on the right (on the left with `right`).
---@param text string
---@param width integer
---@param right? boolean
---@return string
function M.pad(text, width, right)
  local missing = width - M.width(text)
  if missing <= 0 then return text end
  return right and (" "):rep(missing) .. text or text .. (" "):rep(missing)
end

--- Cuts text to a width, with ".." at the end where something is missing.
---@param text string
---@param width integer
---@return string
function M.cut(text, width)
  if M.width(text) <= width then return text end
  local kept = {}
  local used = 0
  for c in text:gmatch "[%z\x01-\x7f\xc2-\xfd][\x80-\xbf]*" do
    used = used + M.width(c)
    if used > width - 2 then break end
    kept[#kept + 1] = c
  end
  return table.concat(kept) .. (".."):sub(1, width)
end

--- `count` characters of a word from byte `from` on; bytes where the word is no UTF-8.
local function characters(word, from, count, is_text)
  local after = is_text and utf8.offset(word, count + 1, from) or not is_text and from + count
  return word:sub(from, after and after - 1 or -1)
end

--- The longest piece of a word that fits, broken after a separator if there is one late enough.
local function break_word(word, from, width, is_text)
  local piece = characters(word, from, width, is_text)
  if M.width(piece) > width then piece = characters(word, from, width // 2, is_text) end
  local nice = piece:match "^(.*[/%-_.,:|])"
  return nice and #nice * 2 > #piece and nice or piece
end

--- Puts the beginning of a word that is too long into lines of its own and returns the rest. The
--- width that is left is counted down, not measured again: the work grows with the word's length.
local function break_long(word, left, width, lines)
  local from, is_text = 1, utf8.len(word) ~= nil
  while left > width do
    local piece = break_word(word, from, width, is_text)
    lines[#lines + 1] = piece
    from, left = from + #piece, left - M.width(piece)
  end
  return word:sub(from)
end

--- Breaks text into lines of at most `width` characters; words that are too long are broken after
--- a separator.
---@param text string
---@param width integer
---@return string[] lines at least one
function M.wrap(text, width)
  width = math.max(width, 8)
  local lines, line, used = {}, "", 0
  for word in text:gmatch "%S+" do
    local size = M.width(word)
    if line ~= "" and used + 1 + size > width then
      lines[#lines + 1] = line
      line = ""
    end
    if size > width then word = break_long(word, size, width, lines) end
    line = line == "" and word or line .. " " .. word
    used = M.width(line)
  end
  if line ~= "" or #lines == 0 then lines[#lines + 1] = line end
  return lines
end

---@class modelsig.column
---@field width? integer fixed width; otherwise as wide as needed
---@field right? boolean numbers are aligned to the right
---@field rigid? boolean keeps its width while another column can shrink
---@field style? fun(text: string, row: integer): string colours the text of a cell

--- Natural widths, shrunk from the widest until the row fits.
local function fit(rows, columns, gap, total)
  local widths, sum = {}, 0
  for c, column in ipairs(columns) do
    local widest = column.width or 1
    for _, row in ipairs(rows) do
      if not column.width then widest = math.max(widest, M.width(row[c] or "")) end
    end
    widths[c], sum = widest, sum + widest + (c > 1 and gap or 0)
  end
  local function widest_of(rigid)
    local widest
    for c, column in ipairs(columns) do
      local free = not column.width and (rigid or not column.rigid)
      if free and widths[c] > 8 and (not widest or widths[c] > widths[widest]) then widest = c end
    end
    return widest
  end
  while sum > total do
    local widest = widest_of(false) or widest_of(true)
    if not widest then break end
    widths[widest], sum = widths[widest] - 1, sum - 1
  end
  return widths
end

--- Lays out rows in columns; cells wrap where the width does not suffice.
---@param rows string[][]
---@param columns modelsig.column[]
---@param total integer width of the whole
---@param indent? string
---@return string[] lines
function M.columns(rows, columns, total, indent)
  indent = indent or ""
  local gap = 2
  local widths = fit(rows, columns, gap, total - #indent)
  local lines = {}
  for r, row in ipairs(rows) do
    local cells, height = {}, 1
    for c in ipairs(columns) do
      cells[c] = M.wrap(row[c] or "", widths[c])
      height = math.max(height, #cells[c])
    end
    for h = 1, height do
      local parts = {}
      for c, column in ipairs(columns) do
        local text = cells[c][h] or ""
        local space = (" "):rep(widths[c] - M.width(text))
        local shown = column.style and text ~= "" and column.style(text, r) or text
        parts[c] = column.right and space .. shown or shown .. space
      end
      lines[#lines + 1] = (indent .. table.concat(parts, (" "):rep(gap))):gsub("%s+$", "")
    end
  end
  return lines
end

local function record(value)
  local parts = {}
  for i, key in ipairs(lists.natural(value)) do
    parts[i] = ("%s: %s"):format(key, M.show(value[key]))
  end
  return parts
end

--- A value of the document as text: "-" for what is absent or null, lists and records with commas,
--- floats without trailing zeros.
---@param value any
---@return string
function M.show(value)
  local kind = type(value)
  if value == nil or kind == "userdata" then return "-" end
  if kind == "table" then
    local parts = {}
    for i, entry in ipairs(value) do parts[i] = M.show(entry) end
    if #parts == 0 then parts = record(value) end
    return #parts > 0 and table.concat(parts, ", ") or "-"
  end
  if math.type(value) == "float" then
    if value ~= 0 and math.abs(value) < 0.1 then return ("%.4g"):format(value) end
    return (("%.4f"):format(value):gsub("%.?0+$", ""))
  end
  return tostring(value)
end

M.contrast = lists.contrast

local scales = {
  count = { "", " K", " M", " B", " T" },
  bytes = { " B", " kB", " MB", " GB", " TB" },
}

--- A big number in three digits: 8190735360 is "8.19 B" as a count.
---@param n any
---@param scale "count"|"bytes"
---@return string
function M.big(n, scale)
  if type(n) ~= "number" then return "-" end
  local units, unit = scales[scale], 1
  while n >= 999.5 and unit < #units do n, unit = n / 1000, unit + 1 end
  if unit == 1 then return ("%d%s"):format(n, units[1]) end
  local digits = n < 9.995 and 2 or n < 99.95 and 1 or 0
  return ("%." .. digits .. "f%s"):format(n, units[unit])
end

---@param value any
---@return string
function M.percent(value)
  return type(value) == "number" and ("%.1f%%"):format(value * 100) or "-"
end

return M
