--- Finds what is known of a repository without asking the Hub: in our own store of earlier runs,
--- and in the folder of the Hub's tools.

local hubcache = require "modelsig.origin.hub_cache"
local reference = require "modelsig.origin.hub.reference"
local store = require "modelsig.origin.store"

local M = {}

---@class modelsig.hub.Caches
---@field store modelsig.Store|nil
---@field hubcache modelsig.HubCache|nil
local Caches = {}
Caches.__index = Caches

--- Opens both caches.
---@return modelsig.hub.Caches
function M.open()
  return setmetatable({ store = store.open(), hubcache = hubcache.open() }, Caches)
end

--- Commits that a revision stood for at an earlier time, ours first.
---@param fetch modelsig.hub.Fetch
---@return string[]
function Caches:commits(fetch)
  local repository, revision, list = fetch.target.repository, fetch.target.revision, {}
  if reference.is_commit(revision) then return { revision:lower() } end
  list[1] = self.store and self.store:ref(fetch.settings.endpoint, repository, revision)
  local other = self.hubcache and self.hubcache:commit(repository, revision)
  if other and other ~= list[1] then list[#list + 1] = other end
  return list
end

---@class modelsig.hub.Known what is known of one commit
local Known = {}
Known.__index = Known

--- What is known of a commit.
---@param fetch modelsig.hub.Fetch
---@param commit string
---@return modelsig.hub.Known
function Caches:commit(fetch, commit)
  local repository = fetch.target.repository
  return setmetatable({ repository = repository, commit = commit, hubcache = self.hubcache,
    own = self.store and self.store:commit(fetch.settings.endpoint, repository, commit) }, Known)
end

--- The files of the commit.
---@return modelsig.hub.File[]|nil files
---@return boolean|nil complete
function Known:listing()
  local files = self.own and self.own:listing()
  if files then return files, true end
  if not self.hubcache then return nil end
  return self.hubcache:files(self.repository, self.commit)
end

--- Keeps the list of files.
---@param files modelsig.hub.File[]
function Known:set_listing(files)
  if self.own then self.own:set_listing(files) end
end

--- Is what our own cache has of a file, or of the whole commit, damaged?
---@param path? string
---@return boolean
function Known:is_damaged(path)
  return self.own ~= nil and self.own:is_damaged(path)
end

--- What tells apart what is kept of the same file.
local marks = { bare = "+bare", parts = "+parts" }

local function identity(file, kind)
  return (file.identity or ("size:%d"):format(file.size)) .. (marks[kind] or "")
end

--- What is kept of a file.
---@param file table of the origin
---@param kinds string[] "text", "head", "parts", "bare"
---@return {text?: string, head?: string, parts?: string, bare?: string, file?: string}|nil
function Known:get(file, kinds)
  local own = self.own
  for _, kind in ipairs(own and file.known and kinds or {}) do
    local text = own:get(file.path, identity(file, kind))
    if text then return { [kind] = text } end
  end
  local path = self.hubcache and self.hubcache:path(self.repository, self.commit, file.path)
  local facts = path and require("modelsig.native.system").stat(path)
  if facts and (not file.known or facts.size == file.size) then
    file.size, file.known = facts.size, true
    return { file = path }
  end
end

--- Keeps what was fetched of a file.
---@param file table
---@param kind "text"|"head"|"parts"|"bare"
---@param text string
function Known:put(file, kind, text)
  if self.own then self.own:put(file.path, identity(file, kind), text) end
end

--- Writes what is new.
---@return true|nil done
---@return string|nil message
function Known:save()
  if not self.own then return true end
  local ok, message = self.own:save()
  self.own:close()
  return ok, message
end

return M
