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

--- Starts them; the tasks are in `course.early` by path, that of all headers in `course.bundle`.
---@param course modelsig.hub.Course
function M.start(course)
  local rules, folder = course.rules, folder_of(course.path)
  local function start(name, fn, ...)
    course.early[folder .. name] = course.loop:spawn(course.group, fn, course, folder .. name,
      course.revision, ...)
  end
  for _, name in ipairs(rules.beside) do start(name, files.whole, rules.limits.small) end
  if course.path or course.fast then return end
  local format = course.asked and course.asked.format or formats.list[1]
  local early = format.early or {}
  if early.index then start(early.index, files.whole, rules.limits.index) end
  if early.file then start(early.file, files.locate) end
  if early.index then M.start_bundle(course, format, early.index) end
end

--- Asks for all headers at once, where the Hub may have them.
---@param course modelsig.hub.Course
---@param format modelsig.Format
---@param index string
function M.start_bundle(course, format, index)
  local rules = course.rules
  if not rules.one_request or not format.all_headers or course.shared.no_bundle
    or course.revision ~= rules.revision then
    return
  end
  course.bundle = { index = index, task = course.loop:spawn(course.group, bundle.ask, course,
    format.all_headers, index) }
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
