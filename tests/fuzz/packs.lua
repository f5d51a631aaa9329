--- What must hold of a pack, whatever is in it: texts that are given are those whose checksums the
--- index has; what it holds can be written again and is the same; the model is read from it, or
--- refused in words for people and with a known code.

local hostile = require "tests.spec.hostile_config"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local packs = require "modelsig.origin.pack"
local stores = require "modelsig.origin.store"
local system = require "modelsig.native.system"
local writer = require "modelsig.base.json"

local ENDPOINT, REPOSITORY, COMMIT = "https://huggingface.co", "o/n", ("ab"):rep(20)
local codes = { offline = true, malformed = true, limit = true, unsupported = true,
  mismatch = true, notfound = true, truncated = true, io = true, overflow = true, http = true }

local path = stores.open():commit(ENDPOINT, REPOSITORY, COMMIT).pack.path
assert(system.mkdir_p(path:match "^(.*)/", true))

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

function _G.judge(input)
  assert(system.write_atomic(path, file_of(input), true))
  local ok, problem = xpcall(function() return read_offline() or written_again() end,
    debug.traceback)
  return not ok and "raised: " .. tostring(problem) or problem
end
