--- Files of a repository: small ones as a whole, of those with weights what their format wants.
---
--- The Hub is asked first, with HEAD, whether it has a file itself or where it is kept; the range
--- goes there. A range on an address that redirects is answered at random.

local errors = require "modelsig.origin.hub.errors"
local net = require "modelsig.native.net"
local partial = require "modelsig.origin.hub.partial"
local reference = require "modelsig.origin.hub.reference"
local request = require "modelsig.origin.hub.request"
local say = require "modelsig.origin.hub.rules"

local M = {}

---@class modelsig.hub.Place where ranges of a file are answered
---@field url string
---@field token boolean
---@field commit string|nil that the Hub said
---@field headers table<string, string>|nil of the Hub's answer; nil: it was not asked
---@field total integer|nil size, if the last answer told it

--- Does an answer belong to the commit that is read?
local function agreed(fetch, path, commit)
  if fetch.target:accepts(commit) then return true end
  fetch.plan:note_move()
  return nil, say.text("commit", { path = path, host = fetch.target.host,
    found = net.printable(commit, 64), wanted = fetch.target.commit }), "mismatch"
end

local function failed(fetch, answer, asked)
  local message, code = errors.status(fetch, answer, asked)
  return nil, message, code
end

local function size_error(file, found)
  return nil, say.text("size", { path = file.path, found = found, wanted = file.size }), "mismatch"
end

---@class modelsig.hub.Text
---@field text string
---@field commit string|nil
---@field host string

--- A whole small file.
---@param fetch modelsig.hub.Fetch
---@param path string in the repository
---@param revision string
---@param limit integer
---@return modelsig.hub.Text|nil found
---@return string|nil message
---@return string|nil code
function M.whole(fetch, path, revision, limit)
  local asked = { url = fetch.target:file(path, revision), what = path, path = path, token = true,
    gzip = true, limit = limit }
  local answer, message, code = request.follow(fetch, asked)
  if not answer then return nil, message, code end
  if answer.status ~= 200 then return failed(fetch, answer, asked) end
  return { text = answer.body or "", commit = answer.first.commit or answer.commit,
    host = answer.host }
end

--- Checks a text against what the list of files says, and tells pages and pointers apart.
---@param fetch modelsig.hub.Fetch
---@param file table
---@param found modelsig.hub.Text
---@return string|nil text
---@return string|nil message
---@return string|nil code
function M.accept(fetch, file, found)
  local ok, message, code = agreed(fetch, file.path, found.commit)
  if not ok then return nil, message, code end
  if file.known and #found.text == file.size then return found.text end
  local kind = errors.impostor(found.text)
  if kind then
    return nil, say.text("answer", { what = file.path, host = found.host, kind = kind,
      expected = "JSON" }), "unsupported"
  end
  if file.known then return size_error(file, #found.text) end
  return found.text
end

--- Is this where files are kept, so that ranges may be asked for?
local function keeps_files(fetch, url)
  local parts = net.url(url)
  return parts.path:find("/api/resolve-cache/", 1, true) ~= nil
    or not reference.is_hub(parts, fetch.settings.url)
end

--- May another method be answered otherwise, or with the reason? What the Hub itself says it says
--- in headers too.
local function is_mute(answer)
  local status, headers = answer.status, answer.headers
  return status >= 400 and status ~= 429 and (status < 500 or status == 501)
    and not headers["x-error-code"] and not headers["x-error-message"]
end

--- Asks where a file is kept. A Hub that has it itself would send all of it to a GET, and to break
--- that off costs the connection, or what is on its way already.
local function ask_place(fetch, asked)
  local function enough(url) return keeps_files(fetch, url) end
  local url = asked.url
  asked.head = true
  local answer, message, code = request.follow(fetch, asked, enough)
  if not answer or not is_mute(answer) then return answer, message, code end
  asked.url, asked.token, asked.head = url, true, false
  return request.follow(fetch, asked, enough)
end

--- Finds out where a file is kept.
---@param fetch modelsig.hub.Fetch
---@param path string
---@param revision string
---@return modelsig.hub.Place|nil place
---@return string|nil message
---@return string|nil code
function M.locate(fetch, path, revision)
  local asked = { url = fetch.target:file(path, revision), what = path, path = path, token = true,
    stop = true, limit = 0 }
  local answer, message, code = ask_place(fetch, asked)
  if not answer then return nil, message, code end
  if answer.status >= 400 or answer.status < 200 or answer.status == 304 then
    return failed(fetch, answer, asked)
  end
  -- The length that HEAD declares may be any: the range will tell.
  local total = answer.status == 200 and not asked.head and answer.total or nil
  fetch.common:way(fetch.target:origin()).direct = answer.status == 200
  return { url = asked.url, token = asked.token, commit = answer.first.commit or answer.commit,
    headers = answer.first.headers, total = total }
end

--- Where to ask for ranges of a file. A Hub that sent one file itself is asked at once. Without
--- HTTP/2 requests would queue for connections: there only as many ask for the way as there are,
--- and the others wait for the first answer.
local function find_place(fetch, file)
  local path, commit = file.path, fetch.target.commit
  local way = fetch.common:way(fetch.target:origin())
  if way.http1 and way.direct == nil then
    local task, own = fetch.plan:scout(fetch.rules.connections, function()
      return fetch.loop:spawn(fetch.plan.group, M.locate, fetch, path, commit)
    end)
    if own then return fetch.loop:await(task) end
    fetch.loop:await(task)
  end
  if not way.direct then return M.locate(fetch, path, commit) end
  return { url = fetch.target:file(path, commit), token = true }
end

--- Does the Hub's answer speak of the file that is listed?
local function fitting(fetch, file, place)
  if not place.headers then return true end
  local ok, message, code = agreed(fetch, file.path, place.commit)
  if not ok then return nil, message, code end
  local linked = math.tointeger(tonumber(place.headers["x-linked-size"])) or place.total
  if linked and not file.known then file.size, file.known = linked, true end
  if linked and linked ~= file.size then return size_error(file, linked) end
  local etag = (place.headers["x-linked-etag"] or ""):match '^"?(%x+)"?$'
  local identity = file.identity
  if etag and identity and #etag == 64 and #identity == 64 and etag:lower() ~= identity:lower() then
    return nil, say.text("identity", { path = file.path, host = fetch.target.host }), "mismatch"
  end
  return true
end

--- Statuses and codes after which a new address may help: it has run out, or the server that keeps
--- the file is out of order.
local renewable = { [403] = true, [404] = true, [410] = true, [416] = true,
  mismatch = true, truncated = true }

--- Bytes of a file.
---@return string|nil bytes
---@return string|nil message
---@return string|nil code
---@return boolean|nil again may a new address help?
local function range(fetch, file, place, first, last)
  local allow = fetch.settings.allow_full
  if file.known and first == 0 and last == file.size - 1 then
    allow = math.max(allow or 0, file.size) -- the whole is what is wanted
  end
  local asked = { url = place.url, token = place.token, what = file.path, path = file.path,
    range = { first, last }, total = file.known and file.size or nil, validator = place.validator,
    allow_full = allow }
  local answer, message, code, broken = request.follow(fetch, asked)
  if not answer then return nil, message, code, broken ~= nil and renewable[code] end
  if answer.status == 206 or answer.status == 200 then
    if not place.headers then
      place.headers, place.commit = answer.first.headers, answer.first.commit or answer.commit
      place.total = answer.total
      local ok
      ok, message, code = fitting(fetch, file, place)
      if not ok then return nil, message, code, true end
    end
    if not file.known then
      if not answer.total then
        return nil, say.text("size_unknown", { path = file.path, host = answer.host }), "mismatch"
      end
      file.size, file.known = answer.total, true
    end
    place.url, place.token, place.validator = asked.url, asked.token, answer.etag
    if answer.status == 200 then return answer.body:sub(first + 1, last + 1) end
    return answer.body
  end
  if renewable[answer.status] and not place.headers then
    fetch.common:way(fetch.target:origin()).direct = false
    message, code = errors.status(fetch, answer, asked)
    return nil, message, code, true
  end
  if renewable[answer.status] and keeps_files(fetch, asked.url) then
    return nil, say.text("cdn", { host = answer.host, path = file.path, status = answer.status }),
      "http", true
  end
  return failed(fetch, answer, asked)
end

--- A range of those that a format wants, as far as it is not there.
local function get_range(fetch, file, place, part, wanted)
  local last = file.known and math.min(wanted[2], file.size - 1) or wanted[2]
  local first = part:lacks(wanted[1], last)
  if not first then return true end
  local bytes, message, code, again = range(fetch, file, place, first, last)
  if not bytes then return nil, message, code, again end
  part.size = file.size
  part:put(first, bytes)
  return true
end

--- Gets what a format wants at once. A fourth result as that of `range`.
local function get_ranges(fetch, file, place, part, ranges)
  if #ranges == 1 then return get_range(fetch, file, place, part, ranges[1]) end
  local tasks = {}
  for i, wanted in ipairs(ranges) do
    tasks[i] = fetch.loop:spawn(fetch.plan.group, get_range, fetch, file, place, part, wanted)
  end
  return fetch.loop:join(tasks)
end

local function read_parts(fetch, file, place, format)
  local ok, message, code = fitting(fetch, file, place)
  if not ok then return nil, message, code end
  local part, count = M.part(fetch, file), 0
  local again
  repeat
    local ranges, ends, too_much = format.next_ranges(part)
    if too_much then return nil, ("%s: %s"):format(file.path, too_much), "limit" end
    if not ranges then
      if ends then part:cut(ends) end
      return part
    end
    count = count + #ranges
    if count > fetch.rules.limits.ranges then
      return nil, say.text("ranges", { path = file.path, most = fetch.rules.limits.ranges }),
        "limit"
    end
    ok, message, code, again = get_ranges(fetch, file, place, part, ranges)
  until not ok
  return nil, message, code, again
end

--- A file of which nothing was fetched.
---@param fetch modelsig.hub.Fetch
---@param file table of the origin
---@return modelsig.Partial
function M.part(fetch, file)
  return partial.new { name = file.name, size = file.known and file.size or nil,
    window = fetch.rules.first_read, most = fetch.rules.limits.header }
end

--- The parts of a file that its format wants.
---@param fetch modelsig.hub.Fetch
---@param file table of the origin
---@param format modelsig.Format
---@param early? modelsig.hub.Place
---@return modelsig.Partial|nil part
---@return string|nil message
---@return string|nil code
function M.parts(fetch, file, format, early)
  local part, message, code, again
  for try = 1, 2 do
    local place = early
    early = nil
    if not place and try == 1 then place, message, code = find_place(fetch, file) end
    if not place and try == 2 then
      place, message, code = M.locate(fetch, file.path, fetch.target.commit)
    end
    if not place then return nil, message, code end
    part, message, code, again = read_parts(fetch, file, place, format)
    if part or not again then return part, message, code end
  end
  return nil, message, code
end

return M
