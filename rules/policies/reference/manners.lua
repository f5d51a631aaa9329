-- Python's manners: what is true, equal and rounded there, and how it prints. Values of a config
-- follow it: null, false, 0, "" and empty lists are false, booleans are integers, rounding is half
-- to even.

local null, array = json.null, json.array

local function round(value, places)
  return (tonumber(("%." .. places .. "f"):format(value)) or value) + 0.0
end

local function truthy(value)
  if value == nil or value == null or value == false or value == 0 or value == "" then
    return false
  end
  return type(value) ~= "table" or next(value) ~= nil
end

local function integer(value)
  if type(value) == "boolean" then return value and 1 or 0 end
  return math.type(value) == "integer" and value or nil
end

--- An integer, or the largest one of a list.
local function whole(value)
  if type(value) ~= "table" then return integer(value) end
  local most
  for _, item in ipairs(value) do
    local n = integer(item)
    if not n then return nil end
    most = most and math.max(most, n) or n
  end
  return most
end

local function equal(x, y)
  if x == nil then x = null end
  if y == nil then y = null end
  if type(x) == "boolean" and type(y) == "number" then x = integer(x) end
  if type(y) == "boolean" and type(x) == "number" then y = integer(y) end
  if x == y then return true end
  if type(x) ~= "table" or type(y) ~= "table" or x == null or y == null then return false end
  for key, value in pairs(x) do
    if y[key] == nil or not equal(value, y[key]) then return false end
  end
  for key in pairs(y) do
    if x[key] == nil then return false end
  end
  return true
end

local function float_text(value)
  for digits = 1, 17 do
    local text = ("%." .. digits .. "g"):format(value)
    if tonumber(text) == value then
      local plain = math.abs(value) < 1e16 and (value == 0 or math.abs(value) >= 1e-4)
      if plain and text:find "e" then text = ("%.0f"):format(value) end
      return text:find "[.en]" and text or text .. ".0"
    end
  end
  return tostring(value)
end

--- A value as Python prints it; inside lists texts have quotes.
local function print_text(value, inside)
  if value == null then return "None" end
  if value == true then return "True" elseif value == false then return "False" end
  if math.type(value) == "float" then return float_text(value) end
  if type(value) == "string" then return inside and "'" .. value .. "'" or value end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for i, item in ipairs(value) do parts[i] = print_text(item, true) end
  return "[" .. table.concat(parts, ", ") .. "]"
end

local function contains(text, words)
  for _, word in ipairs(words) do
    if text:find(word, 1, true) then return true end
  end
  return false
end

--- The names of a set, in their order, as a list of the document.
local function sorted(set) return array(lists.sorted(set)) end

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end


return { round = round, truthy = truthy, integer = integer, whole = whole, equal = equal,
  print_text = print_text, contains = contains, sorted = sorted, set_of = set_of }
