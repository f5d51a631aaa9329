--- Requests that go beside the first one, before it is known which files there are. What they bring
--- is used only if it is of the commit that is read.

local bundle = require "modelsig.origin.hub.all_headers"
local files = require "modelsig.origin.hub.files"
local formats = require "modelsig.format.formats"

local M = {}

--- The folder that a path means before it is known what the path is.
local function folder_of(path)
  if not path then return "" end
  if not path:find "%.%w+$" then return path .. "/" end
  return path:match "^(.*/)[^/]*$" or ""
end

--- Starts them; the plan knows the tasks.
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
  local early = format.early or {}
  if early.index then start(early.index, files.whole, rules.limits.index) end
  if early.file then start(early.file, files.locate) end
  if early.index then M.start_bundle(fetch, format, early.index) end
end

--- Asks for all headers at once, where the Hub may have them.
---@param fetch modelsig.hub.Fetch
---@param format modelsig.Format
---@param index string
function M.start_bundle(fetch, format, index)
  local rules = fetch.rules
  if not rules.one_request or not format.all_headers or not fetch.common:may_have_headers()
    or fetch.target.revision ~= rules.revision then
    return
  end
  fetch.plan:expect_headers(index, fetch.loop:spawn(fetch.plan.group, bundle.ask, fetch,
    format.all_headers, index))
end

--- Codes that a second request would meet again.
local final = { auth = true, gated = true, ratelimited = true, timeout = true, limit = true,
  unsupported = true }

--- What was fetched early of a path, if it is of the right commit.
---@param fetch modelsig.hub.Fetch
---@param path string
---@return table|nil found nil alone: it is to be asked for
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
