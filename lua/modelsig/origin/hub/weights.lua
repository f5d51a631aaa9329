--- What is read of a model's weights: of all files that the index names, at the same time.

local all_headers = require "modelsig.origin.hub.all_headers"
local prefetch = require "modelsig.origin.hub.prefetch"
local files = require "modelsig.origin.hub.files"
local formats = require "modelsig.format.formats"
local net = require "modelsig.native.net"
local say = require "modelsig.origin.hub.rules"

local M = {}

--- How they are kept: from the start of the file, elsewhere in it, without a length before.
local KINDS = { "head", "parts", "bare" }

--- What is known of a file, if it is all that the format wants.
local function known_of(fetch, file, format)
  local kept = fetch.known:get(file, KINDS)
  if not kept or kept.bare or kept.file then return kept end
  local part = files.part(fetch, file)
  local kind = kept.head and "head" or "parts"
  if part:unpack(kind, kept[kind]) and not format.next_ranges(part) then return { part = part } end
end

--- Gets what is wanted of one file, unless it is known.
local function fetch_file(fetch, origin, file, format)
  if origin.kept[file.name] then return true end
  local kept = known_of(fetch, file, format)
  if kept then
    fetch.ledger:hit(1)
    origin:keep(file.name, kept)
    return true
  end
  if fetch.settings.offline then return fetch:missing(file.path) end
  local place, message, code = prefetch.take(fetch, file.path)
  if message then return nil, message, code end
  local part
  part, message, code = files.parts(fetch, file, format, place)
  if not part then return nil, message, code end
  origin:keep(file.name, { part = part })
  fetch.known:put(file, part:packed())
  fetch.ledger:finish(1)
  return true
end

local function start(fetch, origin, format, names, tasks)
  fetch.plan:expect_files(#names, fetch.rules.streams)
  for _, name in ipairs(names) do
    local file = origin:has(name)
    if file and not tasks[name] then
      fetch.ledger:want(1)
      tasks[name] = fetch.loop:spawn(fetch.plan.group, fetch_file, fetch, origin, file, format)
    end
  end
end

local function join(fetch, names, tasks)
  local list = {}
  for i, name in ipairs(names) do list[i] = tasks[name] end
  return fetch.loop:join(list)
end

--- The shards that an index names. What is read of it stays with the origin, for its reader.
local function shards_of(fetch, origin, weights)
  local index = weights.index
  local state = weights.format.begin(origin, weights)
  if not state then return nil end -- its reader says what is wrong with it
  local most = fetch.rules.limits.shards
  if #state.files > most then
    return nil, say.text("shards", { index = index, most = most }), "limit"
  end
  local absent = state.absent
  if #absent > 0 and fetch.settings.offline then return fetch:missing(absent[1]) end
  if #absent > 0 then
    local more = #absent > 1 and say.text("more", { count = #absent - 1 }) or ""
    return nil, say.text("absent", { path = net.printable(absent[1], 200), index = index,
      more = more }), "notfound"
  end
  origin.begun = state
  return state.files
end

--- Takes all headers from what is known already, or none.
local function take_known(fetch, origin, format, names)
  local all = {}
  for i, name in ipairs(names) do
    all[i] = known_of(fetch, origin:has(name), format)
    if not all[i] then return false end
  end
  for i, name in ipairs(names) do origin:keep(name, all[i]) end
  fetch.ledger:hit(#names)
  return #names > 0
end

--- The headers of all shards by one request, if the Hub has that.
local function bundled(fetch, origin, index)
  local task = fetch.plan:take_headers(origin:has(index).path)
  local found = task and fetch.loop:await(task)
  return found and all_headers.headers(fetch, found)
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
local function take_bundle(fetch, origin, format, headers, names)
  if not fits(origin, headers, names) then return false end
  for _, name in ipairs(names) do origin:keep(name, { bare = headers[name] }) end
  if not format.read_files(origin.begun, origin) then
    for _, name in ipairs(names) do origin:keep(name, nil) end
    origin.begun = nil
    return false
  end
  for _, name in ipairs(names) do fetch.known:put(origin:has(name), "bare", headers[name]) end
  fetch.ledger:want(#names)
  fetch.ledger:finish(#names)
  return true
end

local function sharded(fetch, origin, weights)
  local index, format, tasks = weights.index, weights.format, {}
  local guess = format.likely(origin, index)
  if #guess > fetch.rules.limits.shards then guess = {} end
  local known = take_known(fetch, origin, format, guess)
  local plan = fetch.plan
  if not known and not plan:expects_headers() and not fetch.settings.offline
    and plan.attempt == 1 then
    prefetch.start_all_headers(fetch, format, origin:has(index).path)
  end
  local limit = fetch.rules.limits.index
  local listed = fetch.loop:spawn(fetch.plan.group, fetch.small, fetch, origin, index, limit)
  -- Where all headers may come at once, the shards are asked only when that has failed, and then
  -- without waiting for the index.
  local headers = not known and bundled(fetch, origin, index)
  if not known and not headers then start(fetch, origin, format, guess, tasks) end
  local text, message, code = fetch.loop:await(listed)
  if not text then return nil, message, code end
  local shards
  shards, message, code = shards_of(fetch, origin, weights)
  if message then return nil, message, code end
  if not shards or headers and take_bundle(fetch, origin, format, headers, shards) then
    return true
  end
  start(fetch, origin, format, shards, tasks)
  return join(fetch, shards, tasks)
end

--- Fetches what the reader of the weights will ask for.
---@param fetch modelsig.hub.Fetch
---@param origin modelsig.hub.Fetched
---@return true|nil done
---@return string|nil message
---@return string|nil code
function M.fetch(fetch, origin)
  local weights = formats.choose(origin, fetch.plan.asked)
  if not weights then return true end -- the reader says why
  if weights.index then return sharded(fetch, origin, weights) end
  local tasks = {}
  start(fetch, origin, weights.format, weights.files, tasks)
  return join(fetch, weights.files, tasks)
end

return M
