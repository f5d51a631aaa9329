--- One file that keeps texts of one commit: a line that says what it is, the index as JSON, and the
--- texts one after another. It is written as a whole and never changed, so that readers see the old
--- pack or the new one. The index and each text have a checksum: what does not match it is as good
--- as absent.

local check = require "modelsig.base.check"
local json = require "modelsig.native.json"
local sources = require "modelsig.native.source"
local system = require "modelsig.native.system"

local M = {}

--- The first line: the version of the format, and the length and the checksum of the index.
local FIRST = "modelsig pack 2 %012d %s\n"
local FIRST_PATTERN = "^modelsig pack 2 (%d+) (%x+)\n$"
local FIRST_SIZE = #FIRST:format(0, ("0"):rep(16))
local LARGEST_INDEX = 256 * 1024 * 1024

--- The checksum of a text. Where another version of the program computes another one, its packs
--- count as absent.
---@param text string
---@return string
local function checksum(text)
  return require("modelsig.native.numeric").checksum(text)
end

M.checksum = checksum

---@class modelsig.Pack
---@field path string the file
---@field meta table facts about all of it, any JSON
---@field entries table<string, modelsig.PackEntry>
---@field changed boolean is there something that the file does not have?
---@field foreign boolean the file is not what was once written, or by another version
---@field damaged table<string, boolean> texts that turned out not to be what was once put
local Pack = {}
Pack.__index = Pack

---@class modelsig.PackEntry
---@field identity string what the text belongs to, as the digest of the whole file
---@field offset integer|nil behind the index
---@field size integer
---@field sum string checksum of the text
---@field text string|nil of an entry that is not in the file yet

--- Is it a valid entry of a file of `size` bytes whose texts begin at `base`?
local function sound(entry, base, size)
  return type(entry) == "table" and type(entry.identity) == "string"
    and math.type(entry.offset) == "integer" and math.type(entry.size) == "integer"
    and type(entry.sum) == "string" and entry.offset >= 0 and entry.size >= 0
    and entry.size <= size - base and entry.offset <= size - base - entry.size
end

local function read_index(source)
  local first = source:read(0, FIRST_SIZE)
  local length, sum = (first or ""):match(FIRST_PATTERN)
  length = length and math.tointeger(tonumber(length))
  if not length or length > LARGEST_INDEX then return nil end
  local text = source:read(FIRST_SIZE, length)
  if not text or #text < length or checksum(text) ~= sum then return nil end
  local index = json.decode(text)
  if type(index) ~= "table" or type(index.entries) ~= "table" then return nil end
  return index, FIRST_SIZE + length
end

--- Opens a pack; a file that is missing, cut or of another kind gives an empty one.
---@param path string
---@return modelsig.Pack
function M.open(path)
  check.arg(1, path, "string", "pack.open")
  local self = setmetatable({ path = path, meta = {}, entries = {}, changed = false,
    foreign = false, damaged = {} }, Pack)
  local source, _, code = sources.file(path)
  local index, base
  if source then index, base = read_index(source) end
  if not index then
    self.foreign = code ~= "notfound"
    if source then source:close() end
    return self
  end
  self.source, self.base = source, base
  self.meta = type(index.meta) == "table" and index.meta or {}
  for name, entry in pairs(index.entries) do
    if type(name) == "string" and sound(entry, base, source:size()) then
      self.entries[name] = { identity = entry.identity, offset = entry.offset, size = entry.size,
        sum = entry.sum }
    end
  end
  return self
end

--- The text kept under a name, if it is of this identity and what was once put.
---@param name string
---@param identity string what the text belongs to, as the digest of the whole file
---@return string|nil
function Pack:get(name, identity)
  local entry = self.entries[name]
  if not entry or entry.identity ~= identity then return nil end
  if entry.text then return entry.text end
  local text = self.source:read(self.base + entry.offset, entry.size)
  if text and #text == entry.size and checksum(text) == entry.sum then return text end
  self.damaged[name] = true
  return nil
end

--- Keeps a text, in memory until `save`.
---@param name string
---@param identity string
---@param text string
function Pack:put(name, identity, text)
  if self:get(name, identity) == text then return end
  self.entries[name] = { identity = identity, size = #text, sum = checksum(text), text = text }
  self.changed = true
end

--- Changes a fact about the whole.
---@param key string
---@param value any JSON
function Pack:set(key, value)
  self.meta[key] = value
  self.changed = true
end

--- Writes the file, if there is something new.
---@return true|nil done
---@return string|nil message
---@return string|nil code
function Pack:save()
  if not self.changed then return true end
  local names, texts, offset, index = {}, {}, 0, {}
  for name in pairs(self.entries) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local entry = self.entries[name]
    local text = self:get(name, entry.identity)
    if text then
      index[name] = { identity = entry.identity, offset = offset, size = #text, sum = entry.sum }
      texts[#texts + 1] = text
      offset = offset + #text
    end
  end
  local head = require("modelsig.base.json").encode { entries = index, meta = self.meta }
  local folder = self.path:match "^(.*)/[^/]*$"
  local ok, message, code = system.mkdir_p(folder, true)
  if not ok then return nil, message, code end
  table.insert(texts, 1, FIRST:format(#head, checksum(head)) .. head)
  ok, message, code = system.write_atomic(self.path, texts, true)
  if not ok then return nil, message, code end
  self.changed = false
  return true
end

--- Closes the file; texts that were got stay.
function Pack:close()
  if self.source then self.source:close() end
end

Pack.__close = Pack.close

return M
