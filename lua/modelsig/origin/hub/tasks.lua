--- Runs many functions at once over one session: each runs until it asks for a transfer, a pause or
--- the result of another. A group of them has a time limit and can be stopped.
---
---     local loop = tasks.new(session)
---     local group = loop:group(os.time() + 30)
---     local task = loop:spawn(group, function() return loop:transfer { url = url } end)
---     assert(loop:run())
---     local answer, message, code = loop:await(task)

local interrupt = require "modelsig.base.interrupt"
local system = require "modelsig.native.system"

local M = {}

---@class modelsig.hub.Group
---@field ends number when it is stopped with code `timeout`
---@field stopped {message: string, code: string}|nil
---@field on_timeout fun(): string says what the message of the end in time is

---@class modelsig.hub.Task
---@field done boolean
---@field results table|nil

---@class modelsig.hub.Loop
---@field session modelsig.NetSession
---@field current modelsig.hub.Task|nil
local Loop = {}
Loop.__index = Loop

--- Longest single wait for the session, in seconds, so that the progress line keeps moving.
local STEP = 0.25

--- Makes a loop over a session; `clock` gives seconds.
---@param session modelsig.NetSession
---@param clock? fun(): number
---@return modelsig.hub.Loop
function M.new(session, clock)
  return setmetatable({ session = session, clock = clock or system.time, ready = {}, first = 1,
    transfers = {}, sleepers = {}, groups = {}, alive = 0 }, Loop)
end

--- Makes a group of tasks.
---@param ends number in seconds of the clock
---@param on_timeout? fun(): string
---@return modelsig.hub.Group
function Loop:group(ends, on_timeout)
  local group = { ends = ends, on_timeout = on_timeout, tasks = {} }
  self.groups[group] = true
  return group
end

local function push(self, task, ...)
  task.input = table.pack(...)
  self.ready[#self.ready + 1] = task
end

--- Starts a function as a task; it runs at the loop's next step.
---@param group modelsig.hub.Group
---@param fn fun(...): any
---@return modelsig.hub.Task
function Loop:spawn(group, fn, ...)
  local task = { co = coroutine.create(fn), group = group, done = false, waiters = {} }
  group.tasks[task] = true
  self.alive = self.alive + 1
  push(self, task, ...)
  return task
end

local function finish(self, task, ...)
  task.done, task.results = true, table.pack(...)
  task.group.tasks[task] = nil
  self.alive = self.alive - 1
  for _, waiter in ipairs(task.waiters) do
    waiter.awaits = nil
    push(self, waiter)
  end
end

local function resume(self, task)
  local input = task.input
  task.input, self.current = nil, task
  local results = table.pack(coroutine.resume(task.co, table.unpack(input, 1, input.n)))
  self.current = nil
  if not results[1] then
    interrupt.pass(results[2])
    error(debug.traceback(task.co, tostring(results[2])), 0)
  end
  if coroutine.status(task.co) == "dead" then
    finish(self, task, table.unpack(results, 2, results.n))
  end
end

local function run_ready(self)
  local i = 1
  while i <= #self.ready do -- grows while it runs
    resume(self, self.ready[i])
    self.ready[i] = false
    i = i + 1
  end
  self.ready = {}
end

--- The state of the task's group as an error, if it was stopped.
local function stopped(task)
  local reason = task.group.stopped
  if reason then return reason.message, reason.code end
end

--- Makes a transfer and waits for its answer; called in a task.
---@param request modelsig.NetRequest
---@return modelsig.NetAnswer|nil answer
---@return string|nil message
---@return string|nil code
function Loop:transfer(request)
  local task = assert(self.current, "in a task")
  local message, code = stopped(task)
  if message then return nil, message, code end
  local id
  id, message, code = self.session:start(request)
  if not id then return nil, message, code end
  self.transfers[id], task.transfer = task, id
  return coroutine.yield()
end

--- Waits for some seconds; called in a task.
---@param seconds number
---@return true|nil slept
---@return string|nil message
---@return string|nil code
function Loop:sleep(seconds)
  local task = assert(self.current, "in a task")
  local message, code = stopped(task)
  if message then return nil, message, code end
  task.wakes = self.clock() + seconds
  self.sleepers[task] = true
  return coroutine.yield()
end

--- The results of another task, when it is done; called in a task, or after the loop has ended.
---@param task modelsig.hub.Task
---@return any ...
function Loop:await(task)
  if not task.done then
    local waiter = assert(self.current, "in a task")
    task.waiters[#task.waiters + 1], waiter.awaits = waiter, task
    coroutine.yield()
  end
  return table.unpack(task.results, 1, task.results.n)
end

--- Waits for all tasks of a list.
---@param tasks modelsig.hub.Task[]
---@return true|nil done nil: the first in the list that returned nil did so with these
---@return string|nil message
---@return string|nil code
function Loop:join(tasks)
  local failed
  for _, task in ipairs(tasks) do
    local results = table.pack(self:await(task))
    if results[1] == nil and not failed then failed = results end
  end
  if failed then return table.unpack(failed, 1, failed.n) end
  return true
end

--- Ends the transfers and pauses of a group; its tasks go on with `nil, message, code`.
---@param group modelsig.hub.Group
---@param message string
---@param code string
function Loop:stop(group, message, code)
  if group.stopped then return end
  group.stopped = { message = message, code = code }
  for task in pairs(group.tasks) do
    if task.transfer then
      self.session:cancel(task.transfer)
      self.transfers[task.transfer], task.transfer = nil, nil
      push(self, task, nil, message, code)
    elseif self.sleepers[task] then
      self.sleepers[task] = nil
      push(self, task, nil, message, code)
    end
  end
end

--- Stops groups whose time is over and wakes tasks whose pause is over; returns the seconds until
--- the next of either.
local function look_at_clock(self)
  local now, next_time = self.clock(), nil
  for group in pairs(self.groups) do
    if next(group.tasks) == nil then
      self.groups[group] = nil
    elseif now >= group.ends and not group.stopped then
      self:stop(group, group.on_timeout and group.on_timeout() or "time is over", "timeout")
    elseif not group.stopped then
      next_time = math.min(next_time or group.ends, group.ends)
    end
  end
  for task in pairs(self.sleepers) do
    if now >= task.wakes then
      self.sleepers[task] = nil
      push(self, task, true)
    else
      next_time = math.min(next_time or task.wakes, task.wakes)
    end
  end
  return next_time and math.max(0, next_time - now) or STEP
end

--- Runs until all tasks are done.
---@param on_step? fun() called between steps, for showing how far it is
---@return true|nil done
---@return string|nil message
---@return string|nil code `cancelled`
function Loop:run(on_step)
  while true do
    run_ready(self)
    if self.alive == 0 then return true end
    local seconds = look_at_clock(self)
    if #self.ready == 0 then
      local answer, state = self.session:wait(math.ceil(math.min(seconds, STEP) * 1000))
      if answer then
        local task = self.transfers[answer.id]
        self.transfers[answer.id] = nil
        if task then
          task.transfer = nil
          push(self, task, answer)
        end
      elseif state == "cancelled" then
        return nil, "the program was told to stop", "cancelled"
      end
      if on_step then on_step() end
    end
  end
end

return M
