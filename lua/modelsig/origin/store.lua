--- What was fetched from Hubs, kept for the next run: per endpoint, repository and commit one pack
--- of small files and headers, and which commit a revision stood for last.
---
---     DIR/hub/ENDPOINT/REPOSITORY/COMMIT.pack
---     DIR/hub/ENDPOINT/REPOSITORY/refs/REVISION
---
--- Names are percent-encoded, so that none of them can be a path. Several processes may use a store
--- at once: each file is replaced as a whole, and the last one wins.

local check = require "modelsig.base.check"
local declared = require "modelsig.rules.declared"
local pack = require "modelsig.origin.pack"
local paths = require "modelsig.base.path"
local system = require "modelsig.native.system"

local M = {}

---@class modelsig.Store
---@field dir string
---@field limit integer bytes of all packs together; the oldest are given up first
local Store = {}
Store.__index = Store

--- File systems take names of 255 bytes.
local LONGEST_NAME = 200

--- A text as one harmless file name: nothing that is hidden, and no path.
local function escape(text)
  local name = text:gsub("[^%w._-]", function(c) return ("%%%02X"):format(c:byte()) end)
  name = name:gsub("^%.", "%%2E")
  if #name <= LONGEST_NAME then return name == "" and "%" or name end
  return name:sub(1, LONGEST_NAME // 2) .. require("modelsig.native.numeric").sha256(text)
end

local function unescape(name)
  return (name:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

--- The part of an endpoint that tells it from others: no scheme for https, no slash at the end.
local function place_of(endpoint)
  return escape((endpoint:gsub("^https://", ""):gsub("/+$", "")))
end

local function declaration()
  return { limit = declared.count(0, 1 << 50) }
end

--- Opens a store. The folder need not exist: it is made by the first text that is kept.
---@param options? {dir?: string, limit?: integer}
---@return modelsig.Store|nil store nil where there is no folder for it (HOME is no absolute path)
function M.open(options)
  options = check.options(options or {}, { dir = "string?", limit = "integer?" }, "store.open")
  local dir = options.dir or require("modelsig.rules.folders").cache()
  if not dir then return nil end
  local limit = options.limit or declared.load("store", declaration).limit
  return setmetatable({ dir = dir .. "/hub", limit = limit }, Store)
end

function Store:folder(endpoint, repository)
  return ("%s/%s/%s"):format(self.dir, place_of(endpoint), escape(repository))
end

---@class modelsig.StoredCommit
---@field pack modelsig.Pack
---@field store modelsig.Store
local Commit = {}
Commit.__index = Commit

--- What is kept of one commit.
---@param endpoint string
---@param repository string
---@param commit string
---@return modelsig.StoredCommit
function Store:commit(endpoint, repository, commit)
  local file = ("%s/%s.pack"):format(self:folder(endpoint, repository), escape(commit))
  return setmetatable({ pack = pack.open(file), store = self }, Commit)
end

--- A file of the commit, or the header bytes of a shard.
---@param path string in the repository
---@param identity string of the blob, so that nothing of another file is ever given
---@return string|nil
function Commit:get(path, identity)
  return self.pack:get(path, identity)
end

--- Keeps a text until `save`.
---@param path string
---@param identity string
---@param text string
function Commit:put(path, identity, text)
  self.pack:put(path, identity, text)
end

--- Is it a valid entry of a Hub's list of files?
local function is_file(file)
  if type(file) ~= "table" or type(file.name) ~= "string" then return false end
  local size, identity = file.size, file.identity
  return paths.is_inside(file.name) and (size == nil or math.type(size) == "integer" and size >= 0)
    and (identity == nil or type(identity) == "string")
end

--- The files of the commit.
---@return table[]|nil
function Commit:listing()
  local files = self.pack.meta.files
  if type(files) ~= "table" then return nil end
  for _, file in ipairs(files) do
    if not is_file(file) then return nil end
  end
  return files
end

--- Is the kept text of a file, or the pack of the commit, damaged or of another version of the
--- program?
---@param path? string
---@return boolean
function Commit:is_damaged(path)
  return self.pack.foreign or self.pack.damaged[path or ""] or false
end

--- Keeps the list of files.
---@param files {name: string, size: integer, identity: string}[]
function Commit:set_listing(files)
  self.pack:set("files", require("modelsig.native.json").array(files))
end

--- Writes what is new, and gives up old packs when all together are too large.
---@return true|nil done
---@return string|nil message
---@return string|nil code
function Commit:save()
  if not self.pack.changed then return true end
  local ok, message, code = self.pack:save()
  if ok then self.store:shrink(self.pack.path) end
  return ok, message, code
end

--- Closes the pack.
function Commit:close()
  self.pack:close()
end

local function ref_file(self, endpoint, repository, revision)
  return ("%s/refs/%s"):format(self:folder(endpoint, repository), escape(revision))
end

--- The commit that a revision stood for when it was last asked for.
---@param endpoint string
---@param repository string
---@param revision string
---@return string|nil commit
function Store:ref(endpoint, repository, revision)
  local text = system.read(ref_file(self, endpoint, repository, revision), 1000, true)
  local commit, sum = (text or ""):match "^(%x+) (%x+)\n$"
  return commit and pack.checksum(commit) == sum and commit or nil
end

--- Remembers the commit of a revision.
---@param endpoint string
---@param repository string
---@param revision string
---@param commit string
---@return true|nil done
---@return string|nil message
---@return string|nil code
function Store:set_ref(endpoint, repository, revision, commit)
  if self:ref(endpoint, repository, revision) == commit then return true end
  local file = ref_file(self, endpoint, repository, revision)
  local ok, message, code = system.mkdir_p((file:match "^(.*)/"), true)
  if not ok then return nil, message, code end
  return system.write_atomic(file, ("%s %s\n"):format(commit, pack.checksum(commit)), true)
end

local function folders(path)
  local names = {}
  for _, entry in ipairs(system.list(path) or {}) do
    if entry.kind == "directory" then names[#names + 1] = entry.name end
  end
  return names
end

---@class modelsig.kept
---@field endpoint string
---@field repository string
---@field commit string
---@field size integer bytes on disk
---@field mtime integer seconds since 1970
---@field path string

--- Everything that is kept, in order of endpoint, repository and commit.
---@return modelsig.kept[]
function Store:entries()
  local out = {}
  for _, endpoint in ipairs(folders(self.dir)) do
    for _, repository in ipairs(folders(self.dir .. "/" .. endpoint)) do
      local folder = ("%s/%s/%s"):format(self.dir, endpoint, repository)
      for _, entry in ipairs(system.list(folder) or {}) do
        local commit = entry.kind == "file" and entry.name:match "^([^.].*)%.pack$"
        if commit then
          out[#out + 1] = { endpoint = unescape(endpoint), repository = unescape(repository),
            commit = unescape(commit), size = entry.size, mtime = entry.mtime,
            path = folder .. "/" .. entry.name }
        end
      end
    end
  end
  return out
end

--- Repositories of which something is kept, sorted.
---@return string[]
function Store:repositories()
  local names, seen = {}, {}
  for _, entry in ipairs(self:entries()) do
    if not seen[entry.repository] then names[#names + 1] = entry.repository end
    seen[entry.repository] = true
  end
  table.sort(names)
  return names
end

--- Gives up the oldest packs until the rest is small enough.
---@param keep? string path of a pack that stays
function Store:shrink(keep)
  local entries, total = self:entries(), 0
  for _, entry in ipairs(entries) do total = total + entry.size end
  if total <= self.limit then return end
  table.sort(entries, function(a, b)
    if a.mtime ~= b.mtime then return a.mtime < b.mtime end
    return a.path < b.path
  end)
  for _, entry in ipairs(entries) do
    if total <= self.limit then return end
    if entry.path ~= keep and os.remove(entry.path) then total = total - entry.size end
  end
end

--- Removes a folder with everything in it. Links are removed, not followed.
local function remove_tree(path)
  if os.remove(path) then return end
  for _, entry in ipairs(system.list(path) or {}) do remove_tree(path .. "/" .. entry.name) end
  os.remove(path)
end

--- Forgets one repository (of every endpoint), or everything.
---@param repository? string
---@return integer packs that are gone
---@return integer bytes that they took
---@return string|nil message what could not be removed
function Store:clear(repository)
  local count, bytes, message = 0, 0, nil
  for _, entry in ipairs(self:entries()) do
    if not repository or entry.repository == repository then
      local ok, problem = os.remove(entry.path)
      if ok then count, bytes = count + 1, bytes + entry.size else message = message or problem end
    end
  end
  for _, endpoint in ipairs(folders(self.dir)) do
    for _, name in ipairs(folders(self.dir .. "/" .. endpoint)) do
      if not repository or unescape(name) == repository then
        remove_tree(("%s/%s/%s"):format(self.dir, endpoint, name))
      end
    end
    os.remove(self.dir .. "/" .. endpoint)
  end
  return count, bytes, message
end

return M
