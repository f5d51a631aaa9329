--- One request of a model's reading: tries again what may come right, follows redirects by hand,
--- keeps the budget, and knows where the token may go. What comes back is an answer with a status,
--- or `nil, message, code`.

local errors = require "modelsig.origin.hub.errors"
local net = require "modelsig.native.net"
local reference = require "modelsig.origin.hub.reference"
local say = require "modelsig.origin.hub.rules"

local M = {}

---@class modelsig.hub.Request
---@field url string
---@field what string what is asked for, in words
---@field api? boolean only Hubs may answer it
---@field token? boolean
---@field limit? integer most bytes of the body
---@field range? integer[]
---@field total? integer
---@field validator? string
---@field gzip? boolean
---@field stop? boolean the body of a 200 is not wanted
---@field allow_full? integer
---@field once? boolean there is another way: it is not tried again
---@field patience? number seconds without a byte, where that is less than usual

local function origin_of(url)
  local parts, message = net.url(url)
  return parts and parts.origin, message, parts
end

--- Seconds until the next try, or nil: it is of no use.
local function pause(rules, answer, try)
  if answer.retry == "no" or try > rules.times then return nil end
  local doubled = 2 ^ (try - 1)
  if answer.retry == "network" then
    local kind = answer.error and answer.error.kind
    if (kind == "resolve" or kind == "connect") and try > rules.reach then return nil end
    return math.min(rules.network * doubled, rules.most)
  end
  local rate = answer.rate
  if answer.status == 429 and rate and rate.remaining == 0 and rate.reset then
    return rate.reset + 1
  end
  if answer.retry_after then return answer.retry_after end
  return math.min(rules.status * doubled, rules.most)
end

--- Bytes that a request may bring, set aside while it is under way.
local function reserve(course, request)
  local wanted = request.range and request.range[2] - request.range[1] + 1 or 0
  local left = course.budget - course.bytes - course.reserved
  if wanted > left or left <= 0 then return nil, errors.budget(course) end
  course.reserved = course.reserved + wanted
  local most = request.range and wanted or math.min(request.limit, left)
  return wanted, most
end

local function account(course, answer, reserved)
  course.reserved = course.reserved - reserved
  course.bytes = course.bytes + answer.bytes
  -- Connections are counted with the answer that is the first to come over them.
  local made, shared = course.loop.session:stats().connections, course.shared
  course.connections = course.connections + made - shared.connections
  shared.connections = made
  if answer.status ~= 0 and not course.first_byte then course.first_byte = course.loop.clock() end
end

--- A server that said 429 is left alone by all requests of the session until then.
local function hold(course, origin)
  local until_then = course.shared.holds[origin]
  if not until_then then return true end
  local seconds = until_then - course.loop.clock()
  if seconds <= 0 then return true end
  return course.loop:sleep(seconds)
end

local function once(course, request, origin)
  local ok, message, code = hold(course, origin)
  if not ok then return nil, message, code end
  local reserved, most = reserve(course, request)
  if not reserved then return nil, most, code or "limit" end
  course.requests = course.requests + 1
  course.awaited, course.awaited_from = request.what, net.url(request.url).host
  local answer
  answer, message, code = course.loop:transfer { url = request.url, token = request.token,
    range = request.range, total = request.total, validator = request.validator,
    gzip = request.gzip, max_bytes = most, allow_full = request.allow_full,
    spread = request.range and course.spread,
    idle_ms = request.patience and math.ceil(request.patience * 1000) or nil,
    stop = request.stop and { 200 } or nil }
  if not answer then
    course.reserved = course.reserved - reserved
    return nil, message, code
  end
  account(course, answer, reserved)
  answer.beyond_budget = answer.error and answer.error.code == "limit" and not request.range
    and most < request.limit
  return answer
end

--- Sends a request, and again where that may help.
---@param course modelsig.hub.Course
---@param request modelsig.hub.Request
---@return modelsig.NetAnswer|nil answer with a status
---@return string|nil message
---@return string|nil code
---@return modelsig.NetAnswer|nil failed
function M.send(course, request)
  local origin, problem = origin_of(request.url)
  if not origin then return nil, problem, "malformed" end
  local try = 0
  while true do
    try = try + 1
    local answer, message, code = once(course, request, origin)
    if not answer then return nil, message, code end
    local seconds = pause(course.rules.retry, answer, try)
    local left = course.group.ends - course.loop.clock()
    if answer.status == 429 and seconds and seconds < left then
      local then_ = course.loop.clock() + seconds
      course.shared.holds[origin] = math.max(course.shared.holds[origin] or 0, then_)
    end
    if request.once or not seconds or seconds >= left then
      answer.tries, answer.wait, answer.left = try, seconds, left
      if not answer.error then return answer end
      message, code = errors.transfer(course, answer, request)
      return nil, message, code, answer
    end
    local slept
    slept, message, code = course.loop:sleep(seconds)
    if not slept then return nil, message, code end
  end
end

--- An address of the default Hub that stands in an answer means the endpoint.
---@param course modelsig.hub.Course
---@param url string
---@return string
function M.rewritten(course, url)
  local parts = net.url(url)
  local home = course.settings.url
  if not parts or parts.origin == home.origin or not reference.is_hub(parts) then return url end
  return course.settings.endpoint .. parts.path .. (parts.query and "?" .. parts.query or "")
end

--- Where a redirect leads, or why it is not followed.
local function target(course, request, answer, seen)
  local values = { what = request.what, host = answer.host }
  if not answer.location then
    return nil, say.text("redirect_none", values), "http"
  end
  local url = answer.location
  local permanent = answer.status == 301 or answer.status == 308
  if not permanent then
    local other = M.rewritten(course, url)
    if not seen[other] then url = other end
  end
  local origin, message, parts = origin_of(url)
  if not origin then
    values.message = message
    return nil, say.text("redirect_bad", values), "http"
  end
  values.place = origin
  if request.url:lower():find "^https:" and parts.scheme == "http" then
    return nil, say.text("redirect_plain", values), "http"
  end
  local abroad = origin ~= course.settings.url.origin
  if abroad and (request.api or permanent) and not reference.is_hub(parts, course.settings.url) then
    return nil, say.text("redirect_host", values), "http"
  end
  if seen[url] then return nil, say.text("redirect_loop", values), "http" end
  return url, origin
end

local redirects = { [301] = true, [302] = true, [303] = true, [307] = true, [308] = true }

--- Sends a request and follows redirects. The token is dropped at the first that leaves its origin
--- and does not come back.
---@param course modelsig.hub.Course
---@param request modelsig.hub.Request changed: `url` and `token` are those of the last request
---@param enough? fun(url: string, answer: modelsig.NetAnswer): boolean true: this is not asked
---@return modelsig.NetAnswer|nil answer the last one
---@return string|nil message
---@return string|nil code
---@return modelsig.NetAnswer|nil failed
function M.follow(course, request, enough)
  local seen, first = { [request.url] = true }, nil
  local most = course.rules.limits.redirects
  for _ = 0, most do
    local answer, message, code, failed = M.send(course, request)
    if not answer then return nil, message, code, failed end
    local here = net.url(request.url)
    answer.host = here.host
    answer.commit = (answer.headers["x-repo-commit"] or ""):match "^%x+"
    first = first or answer
    if not redirects[answer.status] then
      answer.first = first
      return answer
    end
    if answer.commit then first.commit = first.commit or answer.commit end
    local url, origin
    url, origin, code = target(course, request, answer, seen)
    if not url then return nil, origin, code, answer end
    if origin ~= here.origin then request.token = false end
    seen[url], request.url = true, url
    if enough and enough(url, answer) then
      answer.first = first
      return answer
    end
  end
  return nil, say.text("redirect_many", { what = request.what, most = most }), "http"
end

return M
