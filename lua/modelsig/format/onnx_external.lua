--- Values of ONNX tensors that lie in other files: what the model says of them is checked against
--- the list of files. The files themselves are never read.

local path = require "modelsig.base.path"

local M = {}

--- What may be wrong, in the order in which it is told.
local texts = {
  external_location = "%d tensors lie in a file that no model may name, first '%s' in '%s'",
  external_range = "%d tensors lie at a place that is no number, first '%s'",
  external_key = "%d tensors say more of their file than the format has, first '%s' ('%s')",
  external_missing = "%d tensors lie in files that are not there, first '%s' in '%s'",
  external_short = "%d tensors lie beyond the end of their file, first '%s' in '%s'",
  external_length = "%d tensors have another length in their file than their dims say, first '%s'",
}
local order = { "external_location", "external_range", "external_key", "external_missing",
  "external_short", "external_length" }

local keys = { location = true, offset = true, length = true, checksum = true, basepath = true }

--- A path below the model's folder that means the same on every system and in a URL.
local function is_harmless(location)
  return path.is_inside(location) and not location:find "[%%*?#]" and not location:find "://"
end

--- A number as the format writes it: digits alone, of at most 63 bits. nil: something else.
local function number(text, default)
  if text == nil then return default end
  if not text:find "^%d+$" then return nil end
  return math.tointeger(tonumber(text))
end

local function unknown_key(entries)
  local found
  for key in pairs(entries) do
    if not keys[key] and (not found or key < found) then found = key end
  end
  return found
end

--- What is wrong with a tensor's place: a code, and what the text shows.
local function judge(row, size_of)
  local entries = row.entries
  local location = entries.location or ""
  if not is_harmless(location) then return "external_location", location end
  local offset, length = number(entries.offset, 0), number(entries.length, row.bytes)
  if not offset or not length then return "external_range" end
  local extra = unknown_key(entries)
  if extra then return "external_key", extra end
  if length ~= row.bytes then return "external_length" end
  local size = size_of(location)
  if size == nil then return "external_missing", location end
  if size and (offset > size or length > size - offset) then return "external_short", location end
end

--- Checks the places of tensors.
---@param rows {name: string, bytes: integer, entries: table<string, string>}[]
---@param size_of fun(location: string): integer|false|nil bytes of a file beside the model; nil: it
---  is not there; false: it is, but its size is not known
---@return modelsig.Finding[]
---@return string[] locations of files that hold values, harmless ones only, each once
function M.check(rows, size_of)
  local counts, shown, locations, seen = {}, {}, {}, {}
  for _, row in ipairs(rows) do
    local code, detail = judge(row, size_of)
    local location = row.entries.location
    if location and not seen[location] and is_harmless(location) then
      seen[location] = true
      locations[#locations + 1] = location
    end
    if code then
      counts[code] = (counts[code] or 0) + 1
      shown[code] = shown[code] or { row.name, detail or "" }
    end
  end
  local findings = {}
  for _, code in ipairs(order) do
    if counts[code] then
      findings[#findings + 1] = { code = code,
        message = texts[code]:format(counts[code], table.unpack(shown[code])) }
    end
  end
  return findings, locations
end

return M
