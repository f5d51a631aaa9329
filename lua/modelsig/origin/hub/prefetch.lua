--- Sends requests for the usual files together with the first request, before the list of files
--- has come: this saves a round trip. An answer is used only if it is of the commit that is read.

local all_headers = require "modelsig.origin.hub.all_headers"
local files = require "modelsig.origin.hub.files"
local formats = require "modelsig.format.formats"

local M = {}

--- The folder to look in, guessed from the path alone: a last name with a suffix is a file.
local function folder_of(path)
  if not path then return "" end
  if not path:find "%.%w+$" then return path .. "/" end
  return path:match "^(.*/)[^/]*$" or ""
end

--- Starts the requests; the plan keeps their tasks.
---@param fetch modelsig.hub.Fetch
function M.start(fetch)
  local rules, folder = fetch.rules, folder_of(fetch.target.path)
  local function start(name, fn, ...)
    local path = folder .. name
    fetch.plan:expect(path, fetch.loop:spawn(fetch.plan.group, fn, fetch, path,
      fetch.target.revision, ...))
  end
  for _, name in ipairs(rules.beside) do start(name, files.whole, rules.limits.small) end
  if fetch.target.path or fetch.plan.fast then return end
  local format = fetch.plan.asked and fetch.plan.asked.format or formats.list[1]
  local usual = format.prefetch or {}
  if usual.index then start(usual.index, files.whole, rules.limits.index) end
  if usual.file then start(usual.file, files.locate) end
  if usual.index then M.start_all_headers(fetch, format, usual.index) end
end

--- Asks for the headers of all shards by one request, unless this Hub is known to lack that API.
---@param fetch modelsig.hub.Fetch
---@param format modelsig.Format
---@param index string
function M.start_all_headers(fetch, format, index)
  local rules = fetch.rules
  if not rules.one_request or not format.all_headers or not fetch.common:may_have_headers()
    or fetch.target.revision ~= rules.revision then
    return
  end
  fetch.plan:expect_headers(index, fetch.loop:spawn(fetch.plan.group, all_headers.ask, fetch,
    format.all_headers, index))
end

--- Codes of errors that a second request would meet again.
local final = { auth = true, gated = true, ratelimited = true, timeout = true, limit = true,
  unsupported = true }

--- Waits for the request that was sent for this path, if one was, and checks its commit.
---@param fetch modelsig.hub.Fetch
---@param path string
---@return table|nil found nil without a message: the caller has to request the file
---@return string|nil message
---@return string|nil code
function M.take(fetch, path)
  local task = fetch.plan:take(path)
  if not task then return nil end
  local found, message, code = fetch.loop:await(task)
  if found then
    return found.commit and fetch.target:accepts(found.commit) and found or nil
  end
  if final[code] then return nil, message, code end
end

return M
