--- Models on Hubs: fetches what fingerprints are made of, for many models at the same time.
---
---     for i, found in ipairs(hub.open { { reference = "Qwen/Qwen3-8B" } }) do
---       print(found.origin and found.origin.revision or found.message)
---     end
---
--- One that cannot be read never costs another its result.

local check = require "modelsig.base.check"
local common = require "modelsig.origin.hub.common"
local fetches = require "modelsig.origin.hub.fetch"
local formats = require "modelsig.format.formats"
local known = require "modelsig.origin.hub.known"
local net = require "modelsig.native.net"
local options_of = require "modelsig.origin.options"
local reference = require "modelsig.origin.hub.reference"
local say = require "modelsig.origin.hub.rules"
local settings = require "modelsig.origin.hub.settings"
local tasks = require "modelsig.origin.hub.tasks"

local M = {}

---@class modelsig.hub.Wanted : modelsig.OpenOptions
---@field reference string

---@class modelsig.hub.Found
---@field origin modelsig.hub.Fetched|nil
---@field message string|nil
---@field code string|nil
---@field unknown boolean|nil it is the repository that is not known
---@field network table<string, integer>|nil what it took

local fields = options_of.types(true)
fields.reference = "string"

--- A session that is opened by its first transfer: what is in the cache needs none.
local function lazy(options)
  local self, real = {}, nil
  function self.start(_, request)
    local message, code
    if not real then
      real, message, code = settings.session(options)
      if not real then return nil, message, code end
    end
    return real:start(request)
  end
  function self.wait(_, ms)
    if not real then return nil, "idle" end
    return real:wait(ms)
  end
  function self.cancel(_, id) return real:cancel(id) end
  function self.stats() return real:stats() end
  function self.close() if real then real:close() end end
  return setmetatable(self, { __close = self.close })
end

--- What is wanted, taken apart, or why it cannot be.
local function prepare(wanted)
  if not net.built then
    return nil, say.text("net", { reference = wanted.reference }), "unsupported"
  end
  local asked, message, code = formats.asked(wanted)
  if message then return nil, message, code end
  local chosen
  chosen, message, code = settings.read(wanted)
  if not chosen then return nil, message, code end
  local parsed
  parsed, message, code = reference.parse(wanted.reference, chosen.endpoint)
  if not parsed then return nil, message, code end
  local revision = wanted.revision
  if revision then
    local named
    named, message, code = reference.with_revision(revision)
    if not named then return nil, message, code end
  end
  return { settings = chosen, parsed = parsed, revision = revision, fast = wanted.fast,
    asked = asked }
end

--- Answers are large strings that are soon of no use: they are collected earlier than by default.
local GARBAGE = 110

--- Reads the models of one session; `jobs` are {index, start}.
local function run(jobs, finished, progress)
  local session <close> = lazy(jobs[1].start.settings)
  local loop = tasks.new(session)
  local caches, together = known.open(), common.new()
  local active, next_job = {}, 1
  local all = loop:group(math.huge)
  local function worker()
    while jobs[next_job] do
      local job = jobs[next_job]
      next_job = next_job + 1
      local start = job.start
      start.loop, start.caches, start.common = loop, caches, together
      local one = fetches.new(start)
      active[one] = job.index
      local origin, message, code = loop:await(loop:spawn(one.main, one.run, one))
      active[one] = nil
      finished(job.index, { origin = origin, message = message, code = code,
        unknown = one.target.unknown, network = one:network() })
    end
    return true
  end
  for _ = 1, math.min(#jobs, say.rules().models) do loop:spawn(all, worker) end
  local ok = loop:run(progress and function() progress(active) end)
  if not ok then require("modelsig.base.interrupt").raise() end -- the program ends, not the model
end

--- Fetches models; those of one endpoint and token share connections.
---@param list modelsig.hub.Wanted[]
---@param options? {finished?: function, progress?: function} `finished(index, found)` hears of each
--- as soon as it is there, `progress(active)` of those that are under way
---@return modelsig.hub.Found[] found in the order of the list
function M.open(list, options)
  check.arg(1, list, "list", "hub.open")
  options = check.options(options, { finished = "function?", progress = "function?" }, "hub.open")
  local found, sessions, order = {}, {}, {}
  local function finished(index, result)
    found[index] = result
    if options.finished then options.finished(index, result) end
  end
  for i, wanted in ipairs(list) do
    check.options(wanted, fields, "hub.open")
    local start, message, code = prepare(wanted)
    if not start then
      finished(i, { message = message, code = code, unknown = not net.built })
    else
      local key = start.settings.key
      if not sessions[key] then
        sessions[key] = {}
        order[#order + 1] = key
      end
      table.insert(sessions[key], { index = i, start = start })
    end
  end
  local _ <close> = setmetatable({ collectgarbage("setpause", GARBAGE) },
    { __close = function(self) collectgarbage("setpause", self[1]) end })
  for _, key in ipairs(order) do run(sessions[key], finished, options.progress) end
  return found
end

return M
