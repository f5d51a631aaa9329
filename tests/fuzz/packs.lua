--- What must hold of a pack, whatever is in it: texts that are given are those whose checksums the
--- index has; what it holds can be written again and is the same; its list of files is one, or
--- none. Of those that are looked at wholly also: the model is read from it, or refused in words
--- for people and with a known code. The file is one in memory.

local hostile = require "tests.spec.hostile_config"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local packs = require "modelsig.origin.pack"
local sources = require "modelsig.native.source"
local stores = require "modelsig.origin.store"
local system = require "modelsig.native.system"
local writer = require "modelsig.base.json"

local ENDPOINT, REPOSITORY, COMMIT = "https://huggingface.co", "o/n", ("ab"):rep(20)
local codes = { offline = true, malformed = true, limit = true, unsupported = true,
  mismatch = true, notfound = true, truncated = true, io = true, overflow = true, http = true }

local store = stores.open()
local path = store:commit(ENDPOINT, REPOSITORY, COMMIT).pack.path

--- The bytes of the pack, in place of a file of its name.
local bytes

local open_file, write_file, make_folder = sources.file, system.write_atomic, system.mkdir_p
function sources.file(name)
  if name ~= path then return open_file(name) end
  return sources.memory(bytes, path)
end
function system.write_atomic(name, texts, ...)
  if name ~= path then return write_file(name, texts, ...) end
  bytes = table.concat(texts)
  return true
end
function system.mkdir_p(name, ...)
  return name == path:match "^(.*)/" or make_folder(name, ...)
end

--- The entries with the checksums that their texts have.
local function summed(index, texts)
  local value = json.decode(index)
  if type(value) ~= "table" or type(value.entries) ~= "table" then return index end
  for _, entry in pairs(value.entries) do
    if type(entry) == "table" and math.type(entry.offset) == "integer"
      and math.type(entry.size) == "integer" and entry.offset >= 0 and entry.size >= 0 then
      entry.sum = packs.checksum(texts:sub(entry.offset + 1, entry.offset + entry.size))
    end
  end
  return writer.encode(value)
end

--- The file that an input stands for.
local function file_of(input)
  local kind = input:sub(1, 1)
  if kind ~= "i" and kind ~= "t" or #input < 3 then return input:sub(2) end
  local ok, text, after = pcall(string.unpack, "<s2", input, 2)
  if not ok then text, after = input:sub(4), #input + 1 end
  local texts = input:sub(after)
  if kind == "t" then text = summed(text, texts) end
  return ("modelsig pack 2 %012d %s\n"):format(#text, packs.checksum(text)) .. text .. texts
end

local function contents(pack)
  local out = {}
  for name, entry in pairs(pack.entries) do
    local text = pack:get(name, entry.identity)
    if text and packs.checksum(text) ~= entry.sum then return nil, "a text has another checksum" end
    out[name] = text
  end
  return out
end

--- Writes the pack again, with one more text.
local function written_again()
  local pack <close> = packs.open(path)
  local before, problem = contents(pack)
  if not before then return problem end
  pack:put("one more", "of this identity", "its text")
  local ok, message = pack:save()
  if not ok then return "not written: " .. message end
  local again <close> = packs.open(path)
  local after = assert(contents(again))
  before["one more"] = "its text"
  for name, text in pairs(before) do
    if after[name] ~= text then return ("%q is lost when it is written"):format(name) end
  end
end

local function read_offline()
  local fp, message, code = modelsig.open { REPOSITORY .. "@" .. COMMIT, offline = true }
  if not fp then
    if not codes[code] then return ("code %s: %s"):format(code, message) end
    local leak = hostile.leak(message)
    return leak and "refused: " .. leak
  end
  for _, finding in ipairs(fp.findings) do
    local leak = hostile.leak(finding.message)
    if leak then return "finding: " .. leak end
  end
  local report = modelsig.report { fp }
  local text, why = report:as "json"
  return not text and why or nil
end

local function listing()
  local commit = store:commit(ENDPOINT, REPOSITORY, COMMIT)
  for i, file in ipairs(commit:listing() or {}) do
    if type(file.name) ~= "string" then return ("file %d of the list has no name"):format(i) end
  end
  commit:close()
end

--- The problem with a pack; nil is right.
function _G.judge(input, wholly)
  bytes = file_of(input)
  local ok, problem = xpcall(function()
    return wholly and read_offline() or listing() or written_again()
  end, debug.traceback)
  return not ok and "raised: " .. tostring(problem) or problem
end
