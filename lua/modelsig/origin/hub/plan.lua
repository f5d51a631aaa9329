--- One try to read a model: what is wanted of it, what was asked for before it was known to be
--- needed, and what came in the way.

local M = {}

---@class modelsig.hub.Plan
---@field fast boolean weights are not wanted
---@field asked modelsig.Asked|nil the format that is to be read
---@field attempt integer
---@field group modelsig.hub.Group of the tasks of this try
---@field moved boolean an answer was of another commit
---@field spread boolean more files are to come than one connection takes at once
---@field private early table<string, modelsig.hub.Task> by path
---@field private all_headers {index: string, task: modelsig.hub.Task}|nil
local Plan = {}
Plan.__index = Plan

--- Makes the plan of a try.
---@param fields {fast: boolean, asked: modelsig.Asked|nil, attempt: integer, group: table}
---@return modelsig.hub.Plan
function M.new(fields)
  return setmetatable({ fast = fields.fast, asked = fields.asked, attempt = fields.attempt,
    group = fields.group, moved = false, spread = false, early = {} }, Plan)
end

--- A file is being fetched already.
---@param path string
---@param task modelsig.hub.Task
function Plan:expect(path, task)
  self.early[path] = task
end

--- The task that fetches a file already, for the first who asks.
---@param path string
---@return modelsig.hub.Task|nil
function Plan:take(path)
  local task = self.early[path]
  self.early[path] = nil
  return task
end

--- The headers of all files that an index names are being fetched by one request.
---@param index string
---@param task modelsig.hub.Task
function Plan:expect_headers(index, task)
  self.all_headers = { index = index, task = task }
end

--- Are they?
---@return boolean
function Plan:expects_headers()
  return self.all_headers ~= nil
end

--- The task that fetches them, if it is of this index; for the first who asks.
---@param index string
---@return modelsig.hub.Task|nil
function Plan:take_headers(index)
  local asked = self.all_headers
  self.all_headers = nil
  return asked and asked.index == index and asked.task or nil
end

--- So many files are to be fetched at the same time.
---@param count integer
---@param streams integer that one connection takes
function Plan:expect_files(count, streams)
  self.spread = count > streams
end

--- An answer was of another commit than the one that is read.
function Plan:note_move()
  self.moved = true
end

return M
