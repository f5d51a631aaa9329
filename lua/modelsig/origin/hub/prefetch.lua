--- Requests that go beside the first one, before it is known which files there are. What they bring
--- is used only if it is of the commit that is read.

local bundle = require "modelsig.origin.hub.all_headers"
local files = require "modelsig.origin.hub.files"

local M = {}

--- The folder that a path means before it is known what the path is.
local function folder_of(path)
  if not path then return "" end
  if not path:find "%.%w+$" then return path .. "/" end
  return path:match "^(.*/)[^/]*$" or ""
end

--- Starts them; the tasks are in `course.early` by path, that of all headers in `course.bundle`.
---@param course modelsig.hub.Course
function M.start(course)
  local rules, folder = course.rules, folder_of(course.path)
  local whole = course.path == nil
  for _, name in ipairs(rules.beside) do
    local path = folder .. name
    local weights = name:find "%.safetensors" ~= nil
    if not weights or whole and not course.fast then
      local limit = weights and rules.limits.index or rules.limits.small
      course.early[path] = course.loop:spawn(course.group, function()
        if name:find "%.safetensors$" then return files.locate(course, path, course.revision) end
        return files.whole(course, path, course.revision, limit)
      end)
    end
  end
  if whole and not course.fast then M.start_bundle(course, rules.index) end
end

--- Asks for all headers at once, where the Hub may have them.
---@param course modelsig.hub.Course
---@param index string
function M.start_bundle(course, index)
  local rules = course.rules
  if not rules.one_request or course.shared.no_bundle or course.revision ~= rules.revision then
    return
  end
  course.bundle = { index = index, task = course.loop:spawn(course.group, function()
    return bundle.ask(course, index)
  end) }
end

--- Codes that a second request would meet again.
local final = { auth = true, gated = true, ratelimited = true, timeout = true, limit = true,
  unsupported = true }

--- What was fetched early of a path, if it is of the right commit.
---@param course modelsig.hub.Course
---@param path string
---@return table|nil found nil alone: it is to be asked for
---@return string|nil message
---@return string|nil code
function M.take(course, path)
  local task = course.early[path]
  if not task then return nil end
  local found, message, code = course.loop:await(task)
  course.early[path] = nil
  if found then return found.commit and found.commit:lower() == course.commit and found or nil end
  if final[code] then return nil, message, code end
end

return M
