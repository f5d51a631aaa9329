--- What the models that are read over the same connections learn for each other.

local M = {}

---@class modelsig.hub.Common
---@field private holds table<string, number> by origin: when it may be asked again
---@field private connections integer that were counted so far
---@field private lacks_headers boolean
---@field private ways table<string, modelsig.hub.Way> by the origin of a Hub
local Common = {}
Common.__index = Common

---@class modelsig.hub.Way how files are to be asked for
---@field http1 boolean each connection takes one request, and breaking that off costs it
---@field direct boolean|nil the Hub sends files itself, not to where they are kept; nil: unknown

---@return modelsig.hub.Common
function M.new()
  return setmetatable({ holds = {}, connections = 0, lacks_headers = false,
    ways = {} }, Common)
end

--- A server said that it is asked too often: nobody asks it again before `time`.
---@param origin string
---@param time number
function Common:hold(origin, time)
  self.holds[origin] = math.max(self.holds[origin] or 0, time)
end

--- When a server may be asked again; nil: at any time.
---@param origin string
---@return number|nil
function Common:held(origin)
  return self.holds[origin]
end

--- What is known of a server so far; the caller may add to it.
---@param origin string
---@return modelsig.hub.Way
function Common:way(origin)
  local way = self.ways[origin] or { http1 = false }
  self.ways[origin] = way
  return way
end

--- Connections that were made since this was last asked.
---@param made integer in all
---@return integer
function Common:new_connections(made)
  local before = self.connections
  self.connections = made
  return made - before
end

--- The Hub does not offer the headers of all files in one answer, or not at this time.
function Common:mark_without_headers()
  self.lacks_headers = true
end

--- May it be asked for them?
---@return boolean
function Common:may_have_headers()
  return not self.lacks_headers
end

return M
