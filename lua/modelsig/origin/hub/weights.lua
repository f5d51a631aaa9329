--- What is read of a model's weights: of all files that the index names, at the same time.

local bundle = require "modelsig.origin.hub.all_headers"
local early = require "modelsig.origin.hub.prefetch"
local files = require "modelsig.origin.hub.files"
local formats = require "modelsig.format.formats"
local net = require "modelsig.native.net"
local say = require "modelsig.origin.hub.sentences"

local M = {}

--- How the shelf has them: from the start of the file, elsewhere in it, without a length before.
local KINDS = { "head", "parts", "bare" }

--- What the shelf has of a file, if it is all that the format wants.
local function known_of(course, file, format)
  local kept = course.shelf:get(file, KINDS)
  if not kept or kept.bare or kept.file then return kept end
  local part = files.part(course, file)
  local kind = kept.head and "head" or "parts"
  if part:unpack(kind, kept[kind]) and not format.next_ranges(part) then return { part = part } end
end

--- Gets what is wanted of one file, unless it is known.
local function fetch_file(course, origin, file, format)
  if origin.kept[file.name] then return true end
  local kept = known_of(course, file, format)
  if kept then
    course.cache_hits = course.cache_hits + 1
    origin:keep(file.name, kept)
    return true
  end
  if course.settings.offline then return course:missing(file.path) end
  local place, message, code = early.take(course, file.path)
  if message then return nil, message, code end
  local part
  part, message, code = files.parts(course, file, format, place)
  if not part then return nil, message, code end
  origin:keep(file.name, { part = part })
  course.shelf:put(file, part:packed())
  course.files_done = course.files_done + 1
  return true
end

local function start(course, origin, format, names, tasks)
  course.spread = #names > course.rules.streams
  for _, name in ipairs(names) do
    local file = origin:has(name)
    if file and not tasks[name] then
      course.files_wanted = course.files_wanted + 1
      tasks[name] = course.loop:spawn(course.group, fetch_file, course, origin, file, format)
    end
  end
end

local function join(course, names, tasks)
  local list = {}
  for i, name in ipairs(names) do list[i] = tasks[name] end
  return course.loop:join(list)
end

--- The shards that an index names. What is read of it stays with the origin, for its reader.
local function shards_of(course, origin, weights)
  local index = weights.index
  local state = weights.format.begin(origin, weights)
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
local function take_known(course, origin, format, names)
  local all = {}
  for i, name in ipairs(names) do
    all[i] = known_of(course, origin:has(name), format)
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
local function take_bundle(course, origin, format, headers, names)
  if not fits(origin, headers, names) then return false end
  for _, name in ipairs(names) do origin:keep(name, { bare = headers[name] }) end
  if not format.read_files(origin.begun, origin) then
    for _, name in ipairs(names) do origin:keep(name, nil) end
    origin.begun = nil
    return false
  end
  for _, name in ipairs(names) do course.shelf:put(origin:has(name), "bare", headers[name]) end
  course.files_wanted = course.files_wanted + #names
  course.files_done = course.files_done + #names
  return true
end

local function sharded(course, origin, weights)
  local index, format, tasks = weights.index, weights.format, {}
  local guess = format.likely(origin, index)
  if #guess > course.rules.limits.shards then guess = {} end
  local known = take_known(course, origin, format, guess)
  if not known and not course.bundle and not course.settings.offline and course.attempt == 1 then
    early.start_bundle(course, format, origin:has(index).path)
  end
  local limit = course.rules.limits.index
  local listed = course.loop:spawn(course.group, course.small, course, origin, index, limit)
  -- Where all headers may come at once, the shards are asked only when that has failed, and then
  -- without waiting for the index.
  local headers = not known and bundled(course, origin, index)
  if not known and not headers then start(course, origin, format, guess, tasks) end
  local text, message, code = course.loop:await(listed)
  if not text then return nil, message, code end
  local shards
  shards, message, code = shards_of(course, origin, weights)
  if message then return nil, message, code end
  if not shards or headers and take_bundle(course, origin, format, headers, shards) then
    return true
  end
  start(course, origin, format, shards, tasks)
  return join(course, shards, tasks)
end

--- Fetches what the reader of the weights will ask for.
---@param course modelsig.hub.Course
---@param origin modelsig.hub.Fetched
---@return true|nil done
---@return string|nil message
---@return string|nil code
function M.fetch(course, origin)
  local weights = formats.choose(origin, course.asked)
  if not weights then return true end -- the reader says why
  if weights.index then return sharded(course, origin, weights) end
  local tasks = {}
  start(course, origin, weights.format, weights.files, tasks)
  return join(course, weights.files, tasks)
end

return M
