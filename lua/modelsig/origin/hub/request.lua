--- Sends one request: repeats it where that may help, follows redirects by hand, keeps to the
--- budget, and decides where the token may go. Returns an answer with a status, or
--- `nil, message, code`.

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
---@field head? boolean no body at all is wanted
---@field allow_full? integer
---@field once? boolean no second try, since the caller has another way
---@field patience? number seconds without a byte, where that is less than usual

local function origin_of(url)
  local parts, message = net.url(url)
  return parts and parts.origin, message, parts
end

--- Seconds until the next try; nil where another try is of no use.
---@param rules {times: integer, reach: integer, network: number, status: number, most: number}
---@param answer table
---@param try integer the one that failed
---@return number|nil
function M.pause(rules, answer, try)
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

--- Sets aside in the budget the bytes that a request may bring, while it is under way.
local function reserve(fetch, request)
  local size = request.range and request.range[2] - request.range[1] + 1
  local most, reserved = fetch.ledger:reserve(size, request.limit)
  if not most then return nil, errors.budget(fetch) end
  return most, reserved
end

--- After a 429 no request of the session goes to that server until the time that it gave.
local function hold(fetch, origin)
  local until_then = fetch.common:held(origin)
  if not until_then then return true end
  local seconds = until_then - fetch.loop.clock()
  if seconds <= 0 then return true end
  return fetch.loop:sleep(seconds)
end

local function once(fetch, request, origin)
  local ok, message, code = hold(fetch, origin)
  if not ok then return nil, message, code end
  local most, reserved
  most, reserved, code = reserve(fetch, request)
  if not most then return nil, reserved, code end
  local ledger = fetch.ledger
  ledger:send(request.what, net.url(request.url).host)
  local answer
  answer, message, code = fetch.loop:transfer { url = request.url, token = request.token,
    range = request.range, total = request.total, validator = request.validator,
    gzip = request.gzip, head = request.head, max_bytes = most, allow_full = request.allow_full,
    spread = request.range and fetch.plan.spread,
    idle_ms = request.patience and math.ceil(request.patience * 1000) or nil,
    stop = request.stop and { 200 } or nil }
  if not answer then
    ledger:release(reserved)
    return nil, message, code
  end
  -- Connections are counted with the answer that is the first to come over them.
  local made = fetch.common:new_connections(fetch.loop.session:stats().connections)
  if answer.http then fetch.common:way(origin).http1 = answer.http == "1.1" end
  ledger:receive(answer, reserved, made, fetch.loop.clock())
  answer.beyond_budget = answer.error and answer.error.code == "limit" and not request.range
    and most < request.limit
  return answer
end

--- Sends a request, and repeats it where that may help.
---@param fetch modelsig.hub.Fetch
---@param request modelsig.hub.Request
---@return modelsig.NetAnswer|nil answer with a status
---@return string|nil message
---@return string|nil code
---@return modelsig.NetAnswer|nil failed
function M.send(fetch, request)
  local origin, problem = origin_of(request.url)
  if not origin then return nil, problem, "malformed" end
  local try = 0
  while true do
    try = try + 1
    local answer, message, code = once(fetch, request, origin)
    if not answer then return nil, message, code end
    local seconds = M.pause(fetch.rules.retry, answer, try)
    local left = fetch.plan.group.ends - fetch.loop.clock()
    if answer.status == 429 and seconds and seconds < left then
      fetch.common:hold(origin, fetch.loop.clock() + seconds)
    end
    if request.once or not seconds or seconds >= left then
      answer.tries, answer.wait, answer.left = try, seconds, left
      if not answer.error then return answer end
      message, code = errors.transfer(fetch, answer, request)
      return nil, message, code, answer
    end
    local slept
    slept, message, code = fetch.loop:sleep(seconds)
    if not slept then return nil, message, code end
  end
end

--- Replaces the default Hub in an address by the endpoint: a mirror passes on the Hub's answers.
---@param fetch modelsig.hub.Fetch
---@param url string
---@return string
function M.rewritten(fetch, url)
  local parts = net.url(url)
  local home = fetch.settings.url
  if not parts or parts.origin == home.origin or not reference.is_hub(parts) then return url end
  return fetch.settings.endpoint .. parts.path .. (parts.query and "?" .. parts.query or "")
end

--- Where a redirect leads, or why it is not followed.
local function target(fetch, request, answer, seen)
  local values = { what = request.what, host = answer.host }
  if not answer.location then
    return nil, say.text("redirect_none", values), "http"
  end
  local url = answer.location
  local permanent = answer.status == 301 or answer.status == 308
  if not permanent then
    local other = M.rewritten(fetch, url)
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
  local abroad = origin ~= fetch.settings.url.origin
  if abroad and (request.api or permanent) and not reference.is_hub(parts, fetch.settings.url) then
    return nil, say.text("redirect_host", values), "http"
  end
  if seen[url] then return nil, say.text("redirect_loop", values), "http" end
  return url, origin
end

local redirects = { [301] = true, [302] = true, [303] = true, [307] = true, [308] = true }

--- Sends a request and follows redirects. The token is dropped at the first that leaves its origin
--- and does not come back.
---@param fetch modelsig.hub.Fetch
---@param request modelsig.hub.Request changed: `url` and `token` are those of the last request
---@param enough? fun(url: string, answer: modelsig.NetAnswer): boolean true: this is not asked
---@return modelsig.NetAnswer|nil answer the last one
---@return string|nil message
---@return string|nil code
---@return modelsig.NetAnswer|nil failed
function M.follow(fetch, request, enough)
  local seen, first = { [request.url] = true }, nil
  local most = fetch.rules.limits.redirects
  for _ = 0, most do
    local answer, message, code, failed = M.send(fetch, request)
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
    url, origin, code = target(fetch, request, answer, seen)
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
