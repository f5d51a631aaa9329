--- Fetches the headers of all shards by one request, through an API that Hubs have since 2026 and
--- only for `main`. The answer lacks the index, so it is checked against it; where anything is
--- odd, each shard is requested as usual.

local api = require "modelsig.origin.hub.api"
local json = require "modelsig.native.json"
local net = require "modelsig.native.net"
local request = require "modelsig.origin.hub.request"

local M = {}

---@class modelsig.hub.AllHeaders the answer of that API
---@field body string
---@field commit string|nil

--- Asks for the headers, without a second try: the shards themselves can be requested instead.
---@param fetch modelsig.hub.Fetch
---@param route string of the format
---@param index string path of the index in the repository
---@return modelsig.hub.AllHeaders|nil answer
---@return string|nil message
---@return string|nil code
function M.ask(fetch, route, index)
  local asked = { what = "the headers of " .. fetch.target.repository, api = true, token = true,
    gzip = true, limit = fetch.rules.limits.index, once = true,
    patience = fetch.rules.one_request_wait,
    url = fetch.target:api(("/%s/%s"):format(route, net.escape(index, true))) }
  local answer, message, code = request.follow(fetch, asked)
  -- A 404 about a missing index has an error code; one without a code means that the API is absent.
  local absent = answer and answer.status == 404 and not answer.headers["x-error-code"]
  if not answer or absent or answer.status >= 500 then fetch.common:mark_without_headers() end
  if not answer then return nil, message, code end
  if answer.status ~= 200 then return nil, "status " .. answer.status, "http" end
  return { body = answer.body or "", commit = answer.commit or answer.first.commit }
end

--- Cuts the answer into the text of each shard's header, if it is of the commit that is read. The
--- texts are not parsed here.
---@param fetch modelsig.hub.Fetch
---@param answer modelsig.hub.AllHeaders
---@return table<string, string>|nil headers by the name of the shard
function M.headers(fetch, answer)
  -- `main` may have moved: an answer that names no commit costs one more request to learn it.
  local commit = answer.commit or api.commit(fetch)
  if not commit or commit:lower() ~= fetch.target.commit then return nil end
  local headers = json.spans(answer.body, { "headers" })
  if not headers then return nil end
  for name, span in pairs(headers) do headers[name] = answer.body:sub(span[1], span[2]) end
  return headers
end

return M
