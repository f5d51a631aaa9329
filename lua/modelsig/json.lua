--- Writes the document as JSON: keys sorted, numbers exact and as short as they read back, `/` not
--- escaped, always valid UTF-8. Lists of plain values stand on one line.

local native = require "modelsig.native.json"

local M = {}

local null, is_array = native.null, native.is_array
local concat, sort, format = table.concat, table.sort, string.format
local math_type, huge = math.type, math.huge

local short = { ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
  ['"'] = '\\"', ["\\"] = "\\\\" }

local function escape_control(char)
  return short[char] or format("\\u%04x", char:byte())
end

--- Bytes that are no UTF-8 become U+FFFD each. Lua's decoder lets surrogates pass only when lax.
local function repair(text)
  local out, from = {}, 1
  while from <= #text do
    local ok, bad = utf8.len(text, from)
    if ok then
      out[#out + 1] = text:sub(from)
      break
    end
    out[#out + 1] = text:sub(from, bad - 1)
    out[#out + 1] = "\u{FFFD}"
    from = bad + 1
  end
  return concat(out)
end

local function string_text(text)
  -- Nearly all are names: one anchored match is several times as fast as two searches.
  if text:find "^[%w._]*$" then return '"' .. text .. '"' end
  if text:find "[\128-\255]" and not utf8.len(text) then text = repair(text) end
  if text:find '[%c"\\]' then text = text:gsub('[%c"\\]', escape_control) end
  return '"' .. text .. '"'
end

local function number_text(value)
  if math_type(value) == "integer" then return format("%d", value) end
  if value ~= value then return '{"__float__": "NaN"}' end
  if value == huge then return '{"__float__": "Infinity"}' end
  if value == -huge then return '{"__float__": "-Infinity"}' end
  -- Normal numbers of up to 14 digits come out of the first try; denormals have fewer digits.
  local first = value ~= 0 and value < 2.3e-308 and value > -2.3e-308 and 1 or 14
  local text = format("%." .. first .. "g", value)
  for digits = first + 1, 17 do
    if tonumber(text) == value then break end
    text = format("%." .. digits .. "g", value)
  end
  if not text:find "[.e]" then text = text .. ".0" end
  return text
end

local Writer = {}
Writer.__index = Writer

--- The line break and indent of a depth.
local function breaks_of(step)
  return setmetatable({}, { __index = function(self, depth)
    local text = step and "\n" .. (" "):rep(step * depth) or ""
    self[depth] = text
    return text
  end })
end

--- Texts are cached: names of dtypes, classes and keys come back thousands of times.
function Writer:scalar(value)
  local kind = type(value)
  if kind == "string" then
    local text = self.texts[value]
    if not text then
      text = string_text(value)
      self.texts[value] = text
    end
    return text
  elseif kind == "number" then
    return number_text(value)
  elseif kind == "boolean" then
    return value and "true" or "false"
  elseif value == nil or value == null then
    return "null"
  elseif kind ~= "table" then
    error(format("json.encode: a %s cannot be written", kind), 0)
  end
end

--- Pieces up to this number become one text that is remembered; larger tables only pass theirs on,
--- so that a big document is put together once and not at every level.
local COLLAPSE = 64

function Writer:put(text)
  local n = self.n + 1
  self.n = n
  self.out[n] = text
end

local function is_plain(value)
  for i = 1, #value do
    local item = value[i]
    if type(item) == "table" and item ~= null then return false end
  end
  return true
end

function Writer:list(value, depth)
  if #value == 0 then return self:put "[]" end
  if is_plain(value) then
    local parts = {}
    for i = 1, #value do parts[i] = self:scalar(value[i]) end
    return self:put("[" .. concat(parts, ", ") .. "]")
  end
  local inner = self.breaks[depth + 1]
  local before = "[" .. inner
  for i = 1, #value do
    self:put(before)
    self:value(value[i], depth + 1)
    before = "," .. inner
  end
  self:put(self.breaks[depth] .. "]")
end

local function key_text(key)
  local kind = type(key)
  if kind == "string" then return key end
  if kind == "number" then return number_text(key) end
  error(format("json.encode: a %s cannot be a key", kind), 0)
end

function Writer:object(value, depth)
  local names, originals = {}, nil
  for key in pairs(value) do
    local name = key_text(key)
    if name ~= key then
      originals = originals or {}
      originals[name] = key
    end
    names[#names + 1] = name
  end
  if #names == 0 then return self:put "{}" end
  sort(names)
  local inner = self.breaks[depth + 1]
  local before, between = "{" .. inner, "," .. inner
  for i = 1, #names do
    local name = names[i]
    local item = value[originals and originals[name] or name]
    self:put(before)
    self:put(self:scalar(name))
    self:put ": "
    self:value(item, depth + 1)
    before = between
  end
  self:put(self.breaks[depth] .. "}")
end

--- A table that is written again at the same depth (replayed layers share theirs) costs a lookup.
function Writer:table(value, depth)
  local memo = self.memo[depth]
  if not memo then
    memo = {}
    self.memo[depth] = memo
  end
  local text = memo[value]
  if text then return self:put(text) end
  if self.open[value] then error("json.encode: a table contains itself", 0) end
  self.open[value] = true
  local start = self.n
  if is_array(value) or value[1] ~= nil then
    self:list(value, depth)
  else
    self:object(value, depth)
  end
  self.open[value] = nil
  if self.n - start <= COLLAPSE then
    text = concat(self.out, "", start + 1, self.n)
    memo[value] = text
    self.n = start
    self:put(text)
  end
end

function Writer:value(value, depth)
  if value ~= null and type(value) == "table" then return self:table(value, depth) end
  self:put(self:scalar(value))
end

--- Writes a value as JSON. Empty tables are objects unless marked with `native.json.array`.
---@param value any
---@param options? {indent?: integer|false, memo?: table} spaces per level, 2 without it; false: one
--- line. A `memo` that is kept between calls spares tables that have not changed since.
---@return string text without a line break at the end
---
---     io.write(json.encode({ shape = { 1, 8 }, ratio = 1.0 }), "\n")
function M.encode(value, options)
  options = options or {}
  local step = options.indent
  if step == nil then step = 2 end
  local self = setmetatable({ memo = options.memo or {}, open = {}, texts = {}, out = {}, n = 0,
    breaks = breaks_of(step) }, Writer)
  local ok, message = pcall(self.value, self, value, 0)
  if not ok then error(message, 2) end
  return concat(self.out, "", 1, self.n)
end

return M
