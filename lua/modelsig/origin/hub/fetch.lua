--- The reading of one model: which commit it is, which of its files are needed, and getting them.
--- Runs as a task; what it gives is an origin that has everything the fingerprint will read.

local api = require "modelsig.origin.hub.api"
local choose = require "modelsig.origin.hub.locate"
local early = require "modelsig.origin.hub.prefetch"
local files = require "modelsig.origin.hub.files"
local formats = require "modelsig.format.formats"
local net = require "modelsig.native.net"
local reference = require "modelsig.origin.hub.reference"
local say = require "modelsig.origin.hub.rules"
local weights = require "modelsig.origin.hub.weights"

local M = {}

---@class modelsig.hub.Course
---@field settings modelsig.hub.Settings
---@field loop modelsig.hub.Loop
---@field main modelsig.hub.Group of the reading itself
---@field group modelsig.hub.Group of the requests of one try
---@field caches modelsig.hub.Caches
---@field shared {holds: table<string, number>, connections: integer} of all models of a session
---@field rules table
---@field repository string as typed
---@field id string what the Hub calls it now
---@field revision string as typed
---@field path string|nil
---@field fast boolean
---@field asked modelsig.Asked|nil the format that is to be read
---@field base string address that requests begin with
---@field host string
---@field commit string|nil
---@field shelf modelsig.hub.Shelf|nil
---@field attempt integer
---@field moved boolean|nil an answer was of another commit
---@field unknown boolean|nil the Hub does not know the repository
---@field spread boolean|nil there are more shards than one connection takes at once
local Course = {}
Course.__index = Course

---@class modelsig.hub.Start
---@field settings modelsig.hub.Settings
---@field loop modelsig.hub.Loop
---@field caches modelsig.hub.Caches
---@field shared table
---@field parsed modelsig.hub.Reference
---@field revision string|nil for a reference that names none
---@field fast boolean|nil
---@field asked modelsig.Asked|nil

--- Makes the course of a model; its time begins now.
---@param start modelsig.hub.Start
---@return modelsig.hub.Course
function M.new(start)
  local rules, parsed, settings = say.rules(), start.parsed, start.settings
  local self = setmetatable({ settings = settings, loop = start.loop, caches = start.caches,
    shared = start.shared, rules = rules, repository = parsed.repository, id = parsed.repository,
    revision = parsed.revision or start.revision or rules.revision, path = parsed.path,
    fast = start.fast or false, asked = start.asked, base = settings.endpoint,
    host = settings.url.host, budget = settings.budget, bytes = 0, reserved = 0, requests = 0,
    connections = 0, cache_hits = 0, files_wanted = 0, files_done = 0, findings = {} }, Course)
  self.started = self.loop.clock()
  self.ends = self.started + settings.timeout
  function self.on_timeout()
    return say.text("timeout", { repository = self.repository, seconds = settings.timeout,
      what = self.awaited, host = self.awaited_from or self.host })
  end
  self.main = self.loop:group(self.ends, self.on_timeout)
  self.group = self.main
  return self
end

--- Says that offline a file is not there, or not as it was kept.
function Course:missing(path)
  local sentence = self.shelf:is_damaged(path) and "offline_file_damaged" or "offline_file"
  return nil, say.text(sentence, { repository = self.repository, path = path,
    revision = self.revision }), "offline"
end

--- Gets a small file into the origin.
---@param origin modelsig.hub.Fetched
---@param name string
---@param limit integer
---@return true|nil done
---@return string|nil message
---@return string|nil code
function Course:small(origin, name, limit)
  local file = origin:has(name)
  local kept = self.shelf:get(file, { "text" })
  if kept then
    self.cache_hits = self.cache_hits + 1
    origin:keep(name, kept)
    return true
  end
  if self.settings.offline then return self:missing(file.path) end
  if file.known and file.size > limit then
    return nil, ("%s: %d bytes, at most %d allowed"):format(file.path, file.size, limit), "limit"
  end
  local found, message, code = early.take(self, file.path)
  if message then return nil, message, code end
  if not found then
    found, message, code = files.whole(self, file.path, self.commit, limit)
    if not found then return nil, message, code end
  end
  local text
  text, message, code = files.accept(self, file, found)
  if not text then return nil, message, code end
  file.size, file.known = #text, true
  origin:keep(name, { text = text })
  self.shelf:put(file, "text", text)
  self.files_done = self.files_done + 1
  return true
end

--- Gets everything that is read of an origin.
local function fetch_files(self, origin)
  local tasks, names = {}, { origin.config_name }
  if origin.config_name == "config.json" then names = self.rules.small end
  for _, name in ipairs(names) do
    if origin:has(name) then
      self.files_wanted = self.files_wanted + 1
      tasks[#tasks + 1] = self.loop:spawn(self.group, function()
        return self:small(origin, name, self.rules.limits.small)
      end)
    end
  end
  local ok, message, code = true, nil, nil
  if not self.fast then ok, message, code = weights.fetch(self, origin) end
  local all, why, kind = self.loop:join(tasks)
  if not all then return nil, why, kind end
  if not ok then return nil, message, code end
  return true
end

local function lacks_sizes(list)
  for _, file in ipairs(list) do
    local format, is_index = formats.of(file.name)
    if format and not is_index and not file.size then return true end
  end
  return false
end

--- Asks what the revision is, with the requests beside that will be needed anyway.
local function ask(self, cold)
  if cold then early.start(self) end
  local facts, message, code = api.facts(self)
  if not facts then return nil, message, code end
  if lacks_sizes(facts.files) then
    local list, why, kind = api.tree(self, facts.commit)
    if list then facts.files = list elseif kind ~= "notfound" then return nil, why, kind end
  end
  self.commit = facts.commit
  if facts.id and facts.id:lower() ~= self.repository:lower() then
    self.findings.renamed = { code = "renamed", where = self.repository,
      message = say.text("renamed", { now = facts.id }) }
  end
  self.id = facts.id or self.id
  if facts.outside.count > 0 then
    self.findings.outside = { code = "malformed", message = say.text("outside",
      { count = facts.outside.count, path = net.printable(facts.outside.path, 100) }) }
  end
  self.warning = facts.warning and net.printable(facts.warning, self.rules.limits.said)
  return facts.files
end

--- The commit and its files: from what is known, where nothing has to be asked.
local function list_files(self)
  local commits = self.caches:commits(self)
  local pinned = reference.is_commit(self.revision)
  if pinned or self.settings.offline then
    local damaged = false
    for _, commit in ipairs(commits) do
      self.commit = commit:lower()
      self.shelf = self.caches:commit(self, self.commit)
      local list, complete = self.shelf:listing()
      if list and (complete or self.settings.offline) then return list end
      damaged = damaged or self.shelf:is_damaged()
    end
    if self.settings.offline then
      self.unknown = not damaged
      return nil, say.text(damaged and "offline_damaged" or "offline",
        { repository = self.repository, revision = self.revision }), "offline"
    end
  end
  self.commit = nil
  local list, message, code = ask(self, self.attempt == 1 and #commits == 0)
  if not list then
    local unreached = code == "io" or code == "timeout"
    if unreached and #commits > 0 then message = message .. say.text "cached" end
    return nil, message, code
  end
  self.shelf = self.caches:commit(self, self.commit)
  local known, complete = self.shelf:listing()
  if not (known and complete) then self.shelf:set_listing(list) end
  return list
end

--- One try: from the question what the revision is to the last header.
local function try(self, attempt)
  self.group = self.loop:group(self.ends, self.on_timeout)
  self.attempt, self.early, self.bundle, self.moved = attempt, {}, nil, false
  local list, message, code = list_files(self)
  if not list then return nil, message, code end
  local origin
  origin, message, code = choose.origin(self, list)
  if not origin then return nil, message, code end
  message, code = choose.nothing(self, origin)
  if message then return nil, message, code end
  local ok
  ok, message, code = fetch_files(self, origin)
  if not ok then return nil, message, code end
  return origin
end

--- Keeps what is new for the next run. That this fails is no error of the model.
local function remember(self, complete)
  if self.settings.offline or not self.shelf then return nil end
  local stored = self.caches.store
  if not stored then return say.text "cache_nowhere" end
  local ok, message = self.shelf:save()
  if ok and complete and not reference.is_commit(self.revision) then
    ok, message = stored:set_ref(self.settings.endpoint, self.repository, self.revision,
      self.commit)
  end
  return not ok and say.text("cache", { message = message }) or nil
end

--- What the reading took.
---@return table<string, integer>
function Course:network()
  local now = self.loop.clock()
  local function ms(seconds) return math.floor(seconds * 1000 + 0.5) end
  return { requests = self.requests, bytes = self.bytes, connections = self.connections,
    cache_hits = self.cache_hits, total_ms = ms(now - self.started),
    first_byte_ms = self.first_byte and ms(self.first_byte - self.started) }
end

--- Reads the model.
---@return modelsig.hub.Fetched|nil origin
---@return string|nil message
---@return string|nil code
function Course:run()
  local origin, message, code = try(self, 1)
  if not origin and self.moved and not self.group.stopped then
    self.loop:stop(self.group, "another commit", "cancelled")
    origin, message, code = try(self, 2)
    if not origin and self.moved then
      message = say.text("moved", { repository = self.repository, revision = self.revision })
    end
  end
  local notes = { self.warning }
  notes[#notes + 1] = remember(self, origin ~= nil)
  -- Requests of which nothing is wanted any more are not waited for.
  self.loop:stop(self.group, "not needed", "cancelled")
  if not origin then return nil, message, code end
  for _, name in ipairs { "renamed", "outside" } do
    origin.findings[#origin.findings + 1] = self.findings[name]
  end
  origin.network, origin.notes = self:network(), notes
  return origin
end

return M
