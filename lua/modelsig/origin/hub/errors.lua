--- Explains a failed answer to a person: turns the Hub's statuses, error codes and words into a
--- message that says what to do next, and into one of the stable codes.

local json = require "modelsig.native.json"
local net = require "modelsig.native.net"
local reference = require "modelsig.origin.hub.reference"
local say = require "modelsig.origin.hub.rules"

local M = {}

local DISABLED = "Access to this resource is disabled."
local BAD_TOKEN = "Invalid credentials in Authorization header"
local NOBODY = "Invalid username or password."

--- Texts in the body of an error: the Hub's services have four ways to say them.
local function body_words(body)
  if not body or body == "" then return nil end
  local value = body:find "^%s*{" and json.decode(body)
  if type(value) ~= "table" then
    return not body:find "^%s*<" and not body:find "^%s*{" and body or nil
  end
  local found = value.error or value.errors or value.message
  if type(found) == "table" then found = found[1] end
  if type(found) == "table" then found = found.message end
  return type(found) == "string" and found
    or type(value.error_description) == "string" and value.error_description or nil
end

--- What the server said.
---@param answer modelsig.NetAnswer
---@return string|nil
function M.words(answer)
  return answer.headers["x-error-message"] or body_words(answer.body)
end

local function values_of(fetch, answer, request)
  local settings = fetch.settings
  local host = net.url(request.url).host
  local tries = answer.tries or 1
  return { repository = fetch.target.repository, revision = fetch.target.revision, host = host,
    from = settings.token_from, what = request.what, path = request.path,
    status = answer.status, said = say.quote(M.words(answer)), tries = tries,
    often = tries > 1 and say.text("often", { tries = tries }) or "",
    page = ("%s/%s"):format(settings.endpoint, fetch.target.repository),
    tokens = settings.endpoint .. "/settings/tokens" }
end

local function rate_limited(fetch, answer, values)
  values.bucket = answer.rate and (" (%s)"):format(net.printable(answer.rate.bucket, 40)) or ""
  values.advice = not fetch.settings.token and say.text "advice_token" or ""
  values.seconds = answer.wait and ("%d"):format(math.ceil(answer.wait))
  values.left = ("%.0f"):format(math.max(0, answer.left or 0))
  return say.text(answer.wait and "ratelimited" or "ratelimited_often", values), "ratelimited"
end

--- Rows: does it apply, sentence without a token, sentence with one, code.
local meanings = {
  { function(_, _, words) return words == DISABLED end, "disabled", "disabled", "http" },
  { function(status, code) return code == "GatedRepo" and (status == 401 or status == 403) end,
    "gated", "gated_token", "gated" },
  { function(status, _, words) return status == 401 and words
    and words:find(BAD_TOKEN, 1, true) ~= nil end, "login", "bad_token", "auth" },
  { function(status, code, words, request)
    return code == "RepoNotFound" or status == 401 and not code and words == NOBODY
      or status == 404 and not code and request.facts
  end, "missing", "missing_token", "notfound" },
  { function(_, code) return code == "RevisionNotFound" end, "revision", "revision", "notfound" },
  { function(_, code, _, request) return code == "EntryNotFound" and request.path ~= nil end,
    "entry", "entry", "notfound" },
  { function(status) return status == 401 end, "login", "bad_token", "auth" },
  { function(status) return status == 403 end, "forbidden", "permission", "auth" },
  { function(status) return status == 404 or status == 410 end, "notfound", "notfound",
    "notfound" },
}

--- The message and the code of an answer of the Hub with a status that is no success.
---@param fetch modelsig.hub.Fetch
---@param answer modelsig.NetAnswer
---@param request modelsig.hub.Request
---@return string message
---@return string code
function M.status(fetch, answer, request)
  local values = values_of(fetch, answer, request)
  if answer.status == 429 then return rate_limited(fetch, answer, values) end
  local url, home = net.url(request.url), fetch.settings.url
  -- Hosts that are no Hub never get the token: what they refuse says nothing of rights.
  if not reference.is_hub(url, home) then return say.text("status", values), "http" end
  local words, code = M.words(answer), answer.headers["x-error-code"]
  local sent = fetch.settings.token and url.origin == home.origin
  for _, row in ipairs(meanings) do
    if row[1](answer.status, code, words, request) then
      if row[2] == "missing" then fetch.target:mark_unknown() end
      return say.text(row[sent and 3 or 2], values), row[4]
    end
  end
  local slow = answer.status == 408 or answer.status == 504
  return say.text("status", values), slow and "timeout" or "http"
end

--- The message and the code where more bytes would be fetched than are allowed.
---@param fetch modelsig.hub.Fetch
---@return string message
---@return string code
function M.budget(fetch)
  return say.text("budget", { repository = fetch.target.repository,
    budget = fetch.ledger.budget }), "limit"
end

--- The message and the code of a transfer that failed.
---@param fetch modelsig.hub.Fetch
---@param answer modelsig.NetAnswer
---@param request modelsig.hub.Request
---@return string message
---@return string code
function M.transfer(fetch, answer, request)
  local values = values_of(fetch, answer, request)
  values.message = answer.error.message
  if answer.beyond_budget then return M.budget(fetch) end
  if answer.error.kind == "proxy" then return say.text("proxy", values), answer.error.code end
  local kind = answer.error.kind
  if request.range and (kind == "encoding" or kind == "range" and answer.status == 200) then
    return say.text("full", values), "unsupported"
  end
  return say.text("transfer", values), answer.error.code
end

--- What a text is that is not what was expected, as words for a message; nil where that is not
--- known.
---@param text string
---@return string|nil
function M.impostor(text)
  local start = text:sub(1, 256):gsub("^\xef\xbb\xbf", ""):gsub("^%s+", ""):lower()
  if start:find "^<!doctype html" or start:find "^<html" then return "an HTML page" end
  if start:find "^version https://git%-lfs" then return "a Git LFS pointer" end
  if start:find "^\x1f\x8b" then return "gzip data" end
  if start:find "^<%?xml" then return "an XML document" end
end

return M
