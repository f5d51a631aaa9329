--- The headers of all shards in one answer of the Hub: an API of 2026 that has them only for
--- `main`, without the index. It is believed after checks alone; where anything is odd, each shard
--- is asked.

local api = require "modelsig.origin.hub.api"
local json = require "modelsig.native.json"
local net = require "modelsig.native.net"
local request = require "modelsig.origin.hub.request"

local M = {}

---@class modelsig.hub.Bundle
---@field body string
---@field commit string|nil

--- Asks for the headers, once: the shards can be asked as well.
---@param fetch modelsig.hub.Fetch
---@param route string of the format
---@param index string path of the index in the repository
---@return modelsig.hub.Bundle|nil bundle
---@return string|nil message
---@return string|nil code
function M.ask(fetch, route, index)
  local asked = { what = "the headers of " .. fetch.target.repository, api = true, token = true,
    gzip = true, limit = fetch.rules.limits.index, once = true,
    patience = fetch.rules.one_request_wait,
    url = fetch.target:api(("/%s/%s"):format(route, net.escape(index, true))) }
  local answer, message, code = request.follow(fetch, asked)
  -- Where it is not the index that is missing, this Hub has no such thing, or not at this time.
  local absent = answer and answer.status == 404 and not answer.headers["x-error-code"]
  if not answer or absent or answer.status >= 500 then fetch.common:mark_without_headers() end
  if not answer then return nil, message, code end
  if answer.status ~= 200 then return nil, "status " .. answer.status, "http" end
  return { body = answer.body or "", commit = answer.commit or answer.first.commit }
end

--- The header of each shard as text, if the answer is of the commit that is read. What it says is
--- not looked at.
---@param fetch modelsig.hub.Fetch
---@param bundle modelsig.hub.Bundle
---@return table<string, string>|nil headers by the name of the shard
function M.headers(fetch, bundle)
  -- The answer is of `main` as it was then: where it does not say which commit, one more asks.
  local commit = bundle.commit or api.commit(fetch)
  if not commit or commit:lower() ~= fetch.target.commit then return nil end
  local headers = json.spans(bundle.body, { "headers" })
  if not headers then return nil end
  for name, span in pairs(headers) do headers[name] = bundle.body:sub(span[1], span[2]) end
  return headers
end

return M
