--- The state of one try to read a model: what the user wants, which prefetched files are under
--- way, and what may force another try.

local M = {}

---@class modelsig.hub.Plan
---@field fast boolean weights are not wanted
---@field asked modelsig.Asked|nil the format that is to be read
---@field attempt integer
---@field group modelsig.hub.Group of the tasks of this try
---@field moved boolean an answer was of another commit than the pinned one
---@field spread boolean the files need more than one connection
---@field private scouts modelsig.hub.Task[] that ask where a file is
---@field private prefetched table<string, modelsig.hub.Task> by path
---@field private all_headers {index: string, task: modelsig.hub.Task}|nil
local Plan = {}
Plan.__index = Plan

--- Makes the plan of a try.
---@param fields {fast: boolean, asked: modelsig.Asked|nil, attempt: integer, group: table}
---@return modelsig.hub.Plan
function M.new(fields)
  return setmetatable({ fast = fields.fast, asked = fields.asked, attempt = fields.attempt,
    group = fields.group, moved = false, spread = false, prefetched = {}, scouts = {} }, Plan)
end

--- Notes that a task fetches a file already.
---@param path string
---@param task modelsig.hub.Task
function Plan:expect(path, task)
  self.prefetched[path] = task
end

--- Hands out the task that fetches a file already; the second caller gets nil.
---@param path string
---@return modelsig.hub.Task|nil
function Plan:take(path)
  local task = self.prefetched[path]
  self.prefetched[path] = nil
  return task
end

--- Notes that one request fetches the headers of all files that an index names.
---@param index string
---@param task modelsig.hub.Task
function Plan:expect_headers(index, task)
  self.all_headers = { index = index, task = task }
end

--- Is such a request under way?
---@return boolean
function Plan:expects_headers()
  return self.all_headers ~= nil
end

--- Hands out the task of that request, if it is for this index; the second caller gets nil.
---@param index string
---@return modelsig.hub.Task|nil
function Plan:take_headers(index)
  local asked = self.all_headers
  self.all_headers = nil
  return asked and asked.index == index and asked.task or nil
end

--- Notes how many files will be fetched at the same time.
---@param count integer
---@param streams integer how many one connection carries
function Plan:expect_files(count, streams)
  self.spread = count > streams
end

--- Of `most` files it is asked where they are; who comes later gets the task of the first of them.
---@param most integer
---@param spawn fun(): modelsig.hub.Task
---@return modelsig.hub.Task task
---@return boolean own is it of the caller's file?
function Plan:scout(most, spawn)
  local scouts = self.scouts
  if #scouts >= most then return scouts[1], false end
  scouts[#scouts + 1] = spawn()
  return scouts[#scouts], true
end

--- Notes that an answer was of another commit than the one that is read.
function Plan:note_move()
  self.moved = true
end

return M
