--- Fetches one model: finds its commit, chooses the files that are needed, and gets them. It runs
--- as a task and returns an origin that holds everything the fingerprint will read.

local api = require "modelsig.origin.hub.api"
local files = require "modelsig.origin.hub.files"
local formats = require "modelsig.format.formats"
local ledgers = require "modelsig.origin.hub.ledger"
local locate = require "modelsig.origin.hub.locate"
local net = require "modelsig.native.net"
local plans = require "modelsig.origin.hub.plan"
local prefetch = require "modelsig.origin.hub.prefetch"
local reference = require "modelsig.origin.hub.reference"
local say = require "modelsig.origin.hub.rules"
local targets = require "modelsig.origin.hub.target"
local weights = require "modelsig.origin.hub.weights"

local M = {}

---@class modelsig.hub.Fetch
---@field settings modelsig.hub.Settings
---@field rules table
---@field loop modelsig.hub.Loop
---@field main modelsig.hub.Group of the task itself; each try has another for its requests
---@field caches modelsig.hub.Caches
---@field common modelsig.hub.Common of all models of a session
---@field target modelsig.hub.Target what is read
---@field plan modelsig.hub.Plan of the present try
---@field ledger modelsig.hub.Ledger requests and bytes so far
---@field known modelsig.hub.Known|nil what is known of the commit
---@field private wanted {fast: boolean, asked: modelsig.Asked|nil}
---@field private findings table
---@field private warning string|nil
local Fetch = {}
Fetch.__index = Fetch

---@class modelsig.hub.Start
---@field settings modelsig.hub.Settings
---@field loop modelsig.hub.Loop
---@field caches modelsig.hub.Caches
---@field common modelsig.hub.Common
---@field parsed modelsig.hub.Reference
---@field revision string|nil for a reference that names none
---@field fast boolean|nil
---@field asked modelsig.Asked|nil

local function new_plan(self, attempt, group)
  return plans.new { fast = self.wanted.fast, asked = self.wanted.asked, attempt = attempt,
    group = group }
end

--- Prepares to fetch a model; its timeout runs from now.
---@param start modelsig.hub.Start
---@return modelsig.hub.Fetch
function M.new(start)
  local rules, parsed, settings = say.rules(), start.parsed, start.settings
  local self = setmetatable({ settings = settings, rules = rules, loop = start.loop,
    caches = start.caches, common = start.common, findings = {},
    wanted = { fast = start.fast or false, asked = start.asked } }, Fetch)
  self.target = targets.new({ repository = parsed.repository, path = parsed.path,
    revision = parsed.revision or start.revision or rules.revision }, settings)
  local now = self.loop.clock()
  self.ledger, self.ends = ledgers.new(settings.budget, now), now + settings.timeout
  function self.on_timeout()
    return say.text("timeout", { repository = self.target.repository, seconds = settings.timeout,
      what = self.ledger.awaited, host = self.ledger.awaited_from or self.target.host })
  end
  self.main = self.loop:group(self.ends, self.on_timeout)
  self.plan = new_plan(self, 0, self.main)
  return self
end

--- Says that offline a file is not there, or not as it was kept.
function Fetch:missing(path)
  local sentence = self.known:is_damaged(path) and "offline_file_damaged" or "offline_file"
  return nil, say.text(sentence, { repository = self.target.repository, path = path,
    revision = self.target.revision }), "offline"
end

--- Gets a small file into the origin.
---@param origin modelsig.hub.Fetched
---@param name string
---@param limit integer
---@return true|nil done
---@return string|nil message
---@return string|nil code
function Fetch:small(origin, name, limit)
  local file = origin:has(name)
  local kept = self.known:get(file, { "text" })
  if kept then
    self.ledger:hit(1)
    origin:keep(name, kept)
    return true
  end
  if self.settings.offline then return self:missing(file.path) end
  if file.known and file.size > limit then
    return nil, ("%s: %d bytes, at most %d allowed"):format(file.path, file.size, limit), "limit"
  end
  local found, message, code = prefetch.take(self, file.path)
  if message then return nil, message, code end
  if not found then
    found, message, code = files.whole(self, file.path, self.target.commit, limit)
    if not found then return nil, message, code end
  end
  local text
  text, message, code = files.accept(self, file, found)
  if not text then return nil, message, code end
  file.size, file.known = #text, true
  origin:keep(name, { text = text })
  self.known:put(file, "text", text)
  self.ledger:finish(1)
  return true
end

--- Gets everything that is read of an origin.
local function fetch_files(self, origin)
  local tasks, names = {}, { origin.config_name }
  if origin.config_name == "config.json" then names = self.rules.small end
  for _, name in ipairs(names) do
    if origin:has(name) then
      self.ledger:want(1)
      tasks[#tasks + 1] = self.loop:spawn(self.plan.group, function()
        return self:small(origin, name, self.rules.limits.small)
      end)
    end
  end
  local ok, message, code = true, nil, nil
  if not self.plan.fast then ok, message, code = weights.fetch(self, origin) end
  local all, small_message, small_code = self.loop:join(tasks)
  if not all then return nil, small_message, small_code end
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

--- Asks the Hub which commit the revision is, and at the same time for files needed in any case.
local function ask(self, cold)
  if cold then prefetch.start(self) end
  local facts, message, code = api.facts(self)
  if not facts then return nil, message, code end
  if lacks_sizes(facts.files) then
    local list
    list, message, code = api.tree(self, facts.commit)
    if list then facts.files = list elseif code ~= "notfound" then return nil, message, code end
  end
  local target = self.target
  target:pin(facts.commit, facts.id)
  if target.id:lower() ~= target.repository:lower() then
    self.findings.renamed = { code = "renamed", where = target.repository,
      message = say.text("renamed", { now = target.id }) }
  end
  if facts.outside.count > 0 then
    self.findings.outside = { code = "malformed", message = say.text("outside",
      { count = facts.outside.count, path = net.printable(facts.outside.path, 100) }) }
  end
  self.warning = facts.warning and net.printable(facts.warning, self.rules.limits.said)
  return facts.files
end

--- Takes the list of files from the cache, where no request is needed: of a pinned commit, or
--- offline.
---@return modelsig.hub.File[]|nil files
---@return boolean damaged is there something of it that is damaged?
local function known_files(self, commits)
  local damaged = false
  for _, commit in ipairs(commits) do
    self.target:pin(commit)
    self.known = self.caches:commit(self, self.target.commit)
    local list, complete = self.known:listing()
    if list and (complete or self.settings.offline) then return list, false end
    damaged = damaged or self.known:is_damaged()
  end
  return nil, damaged
end

--- Says that offline nothing of the revision is there.
local function nothing_known(self, damaged)
  if not damaged then self.target:mark_unknown() end
  return nil, say.text(damaged and "offline_damaged" or "offline", {
    repository = self.target.repository, revision = self.target.revision }), "offline"
end

--- Finds out which commit it is, and which files that has.
local function list_files(self)
  local commits = self.caches:commits(self)
  if self.settings.offline or reference.is_commit(self.target.revision) then
    local list, damaged = known_files(self, commits)
    if list then return list end
    if self.settings.offline then return nothing_known(self, damaged) end
  end
  self.target:pin(nil)
  local list, message, code = ask(self, self.plan.attempt == 1 and #commits == 0)
  if not list then
    local unreached = code == "io" or code == "timeout"
    if unreached and #commits > 0 then message = message .. say.text "cached" end
    return nil, message, code
  end
  self.known = self.caches:commit(self, self.target.commit)
  local known, complete = self.known:listing()
  if not (known and complete) then self.known:set_listing(list) end
  return list
end

--- Makes one try, from the request for the commit to the last header.
local function try(self, attempt)
  self.plan = new_plan(self, attempt, self.loop:group(self.ends, self.on_timeout))
  local list, message, code = list_files(self)
  if not list then return nil, message, code end
  local origin
  origin, message, code = locate.origin(self, list)
  if not origin then return nil, message, code end
  message, code = locate.nothing(self, origin)
  if message then return nil, message, code end
  local ok
  ok, message, code = fetch_files(self, origin)
  if not ok then return nil, message, code end
  return origin
end

--- Keeps what is new for the next run. A failure to write is a finding, no error of the model.
local function remember(self, complete)
  if self.settings.offline or not self.known then return nil end
  local stored = self.caches.store
  if not stored then return say.text "cache_nowhere" end
  local ok, message = self.known:save()
  if ok and complete and not reference.is_commit(self.target.revision) then
    ok, message = stored:set_ref(self.settings.endpoint, self.target.repository,
      self.target.revision, self.target.commit)
  end
  return not ok and say.text("cache", { message = message }) or nil
end

--- Counts what it took to fetch the model: requests, bytes, seconds.
---@return table<string, integer>
function Fetch:network()
  return self.ledger:network(self.loop.clock())
end

--- Reads the model.
---@return modelsig.hub.Fetched|nil origin
---@return string|nil message
---@return string|nil code
function Fetch:run()
  local origin, message, code = try(self, 1)
  if not origin and self.plan.moved and not self.plan.group.stopped then
    self.loop:stop(self.plan.group, "another commit", "cancelled")
    origin, message, code = try(self, 2)
    if not origin and self.plan.moved then
      message = say.text("moved", { repository = self.target.repository,
        revision = self.target.revision })
    end
  end
  local notes = { self.warning }
  notes[#notes + 1] = remember(self, origin ~= nil)
  -- Prefetches that nobody needed are not waited for.
  self.loop:stop(self.plan.group, "not needed", "cancelled")
  if not origin then return nil, message, code end
  for _, name in ipairs { "renamed", "outside" } do
    origin.findings[#origin.findings + 1] = self.findings[name]
  end
  origin.network, origin.notes = self:network(), notes
  return origin
end

return M
