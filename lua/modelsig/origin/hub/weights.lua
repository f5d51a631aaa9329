--- The headers of a model's weights: those that the index names, all at the same time.

local bundle = require "modelsig.origin.hub.all_headers"
local early = require "modelsig.origin.hub.prefetch"
local files = require "modelsig.origin.hub.files"
local manifest = require "modelsig.format.safetensors"
local net = require "modelsig.native.net"
local say = require "modelsig.origin.hub.sentences"

local M = {}

local HEADERS = { "head", "bare" }

--- Gets the header of one shard, unless it is known.
local function header(course, origin, file)
  if origin.kept[file.name] then return true end
  local shelf = course.shelf
  local kept = shelf:get(file, HEADERS)
  if kept then
    course.cache_hits = course.cache_hits + 1
    origin:keep(file.name, kept)
    return true
  end
  if course.settings.offline then return course:missing(file.path) end
  local place, message, code = early.take(course, file.path)
  if message then return nil, message, code end
  local head
  head, message, code = files.header(course, file, place)
  if not head then return nil, message, code end
  origin:keep(file.name, { head = head })
  shelf:put(file, "head", head)
  course.files_done = course.files_done + 1
  return true
end

local function start(course, origin, names, tasks)
  course.spread = #names > course.rules.streams
  for _, name in ipairs(names) do
    local file = origin:has(name)
    if file and not tasks[name] then
      course.files_wanted = course.files_wanted + 1
      tasks[name] = course.loop:spawn(course.group, header, course, origin, file)
    end
  end
end

local function join(course, names, tasks)
  local list = {}
  for i, name in ipairs(names) do list[i] = tasks[name] end
  return course.loop:join(list)
end

--- Shards that an index probably names: `model.safetensors.index.json` those of `model-1-of-2`, if
--- there is one such set and all of it.
local function likely(origin, index, most)
  local stem, names, total = index:match "^(.-)%.safetensors%.index", {}, nil
  for _, file in ipairs(origin.files) do
    local rest = stem and file.name:sub(1, #stem + 1) == stem .. "-" and file.name:sub(#stem + 2)
    local of = rest and rest:match "^%d+%-of%-(%d+)%.safetensors$"
    if of then
      total = total or of
      if of ~= total then return {} end
      names[#names + 1] = file.name
    end
  end
  return #names <= most and #names == tonumber(total) and names or {}
end

--- The shards that an index names. What is read of it stays with the origin, for its reader.
local function shards_of(course, origin, index)
  local state = manifest.begin(origin, { index = index, shards = {} })
  if not state then return nil end -- its reader says what is wrong with it
  local most = course.rules.limits.shards
  if #state.files > most then
    return nil, say.text("shards", { index = index, most = most }), "limit"
  end
  local absent = state.absent
  if #absent > 0 and course.settings.offline then return course:missing(absent[1]) end
  if #absent > 0 then
    local more = #absent > 1 and say.text("more", { count = #absent - 1 }) or ""
    return nil, say.text("absent", { path = net.printable(absent[1], 200), index = index,
      more = more }), "notfound"
  end
  origin.begun = state
  return state.files
end

--- Takes all headers from what is known already, or none.
local function take_known(course, origin, names)
  local all = {}
  for i, name in ipairs(names) do
    all[i] = course.shelf:get(origin:has(name), HEADERS)
    if not all[i] then return false end
  end
  for i, name in ipairs(names) do origin:keep(name, all[i]) end
  course.cache_hits = course.cache_hits + #names
  return #names > 0
end

--- The headers of all shards by one request, if the Hub has that.
local function bundled(course, origin, index)
  local asked = course.bundle
  course.bundle = nil
  if not asked or asked.index ~= origin:has(index).path then return nil end
  local found = course.loop:await(asked.task)
  return found and bundle.headers(course, found)
end

local function fits(origin, headers, names)
  local count = 0
  for _ in pairs(headers) do count = count + 1 end
  for _, name in ipairs(names) do
    if not headers[name] or not origin:has(name).known then return false end
  end
  return count == #names
end

--- Takes headers that came all at once. They are believed if they are those of the shards that the
--- index names, can be read, and fit the sizes of the files.
local function take_bundle(course, origin, headers, names)
  if not fits(origin, headers, names) then return false end
  for _, name in ipairs(names) do origin:keep(name, { bare = headers[name] }) end
  if not manifest.read_shards(origin.begun, origin) then
    for _, name in ipairs(names) do origin:keep(name, nil) end
    origin.begun = nil
    return false
  end
  for _, name in ipairs(names) do course.shelf:put(origin:has(name), "bare", headers[name]) end
  course.files_wanted = course.files_wanted + #names
  course.files_done = course.files_done + #names
  return true
end

local function sharded(course, origin, index)
  local guess, tasks = likely(origin, index, course.rules.limits.shards), {}
  local known = take_known(course, origin, guess)
  if not known and not course.bundle and not course.settings.offline and course.attempt == 1 then
    early.start_bundle(course, origin:has(index).path)
  end
  local limit = course.rules.limits.index
  local listed = course.loop:spawn(course.group, course.small, course, origin, index, limit)
  -- Where all headers may come at once, the shards are asked only when that has failed, and then
  -- without waiting for the index.
  local headers = not known and bundled(course, origin, index)
  if not known and not headers then start(course, origin, guess, tasks) end
  local text, message, code = course.loop:await(listed)
  if not text then return nil, message, code end
  local shards
  shards, message, code = shards_of(course, origin, index)
  if message then return nil, message, code end
  if not shards or headers and take_bundle(course, origin, headers, shards) then return true end
  start(course, origin, shards, tasks)
  return join(course, shards, tasks)
end

--- Fetches what the reader of the weights will ask for.
---@param course modelsig.hub.Course
---@param origin modelsig.hub.Fetched
---@return true|nil done
---@return string|nil message
---@return string|nil code
function M.fetch(course, origin)
  local chosen = manifest.choose(origin)
  if not chosen then return true end -- the reader says why
  if chosen.index then return sharded(course, origin, chosen.index) end
  local tasks = {}
  start(course, origin, chosen.shards, tasks)
  return join(course, chosen.shards, tasks)
end

return M
