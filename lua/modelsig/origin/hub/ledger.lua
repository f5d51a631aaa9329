--- Counts what one model takes: requests, bytes, connections, files; and keeps its budget of
--- bytes. Whoever sends or receives something notes it by these functions.

local M = {}

---@class modelsig.hub.Ledger
---@field budget integer bytes that may be fetched
---@field bytes integer that came
---@field reserved integer bytes that requests under way may bring
---@field requests integer
---@field connections integer
---@field cache_hits integer
---@field files_wanted integer
---@field files_done integer
---@field awaited string|nil what the last request is for, in words, for the message of a timeout
---@field awaited_from string|nil the host that it went to
---@field started number when the model's time began
---@field first_byte number|nil when the first answer came
local Ledger = {}
Ledger.__index = Ledger

--- Makes a ledger.
---@param budget integer
---@param now number
---@return modelsig.hub.Ledger
function M.new(budget, now)
  return setmetatable({ budget = budget, bytes = 0, reserved = 0, requests = 0, connections = 0,
    cache_hits = 0, files_wanted = 0, files_done = 0, started = now }, Ledger)
end

--- Sets bytes aside for a request.
---@param size integer|nil length of its range, if it has one
---@param limit integer the most that it may bring without a range
---@return integer|nil most bytes that it may bring; nil: the budget does not allow it
---@return integer|nil reserved to be given back with `receive` or `release`
function Ledger:reserve(size, limit)
  local reserved = size or 0
  local left = self.budget - self.bytes - self.reserved
  if reserved > left or left <= 0 then return nil end
  self.reserved = self.reserved + reserved
  return size or math.min(limit, left), reserved
end

--- Notes that a request is sent.
---@param what string
---@param host string
function Ledger:send(what, host)
  self.requests = self.requests + 1
  self.awaited, self.awaited_from = what, host
end

--- Notes that a request brought no answer.
---@param reserved integer
function Ledger:release(reserved)
  self.reserved = self.reserved - reserved
end

--- Notes an answer.
---@param answer modelsig.NetAnswer
---@param reserved integer
---@param connections integer that were made for it
---@param now number
function Ledger:receive(answer, reserved, connections, now)
  self:release(reserved)
  self.bytes = self.bytes + answer.bytes
  self.connections = self.connections + connections
  if answer.status ~= 0 then self.first_byte = self.first_byte or now end
end

--- Notes files that were in a cache.
---@param count integer
function Ledger:hit(count) self.cache_hits = self.cache_hits + count end

--- Notes files that have to be read.
---@param count integer
function Ledger:want(count) self.files_wanted = self.files_wanted + count end

--- Notes files that are fetched.
---@param count integer
function Ledger:finish(count) self.files_done = self.files_done + count end

--- The counts so far, for reports.
---@param now number
---@return table<string, integer>
function Ledger:network(now)
  local function ms(seconds) return math.floor(seconds * 1000 + 0.5) end
  return { requests = self.requests, bytes = self.bytes, connections = self.connections,
    cache_hits = self.cache_hits, total_ms = ms(now - self.started),
    first_byte_ms = self.first_byte and ms(self.first_byte - self.started) }
end

return M
