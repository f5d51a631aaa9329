--- A file of which parts were fetched: what a format's `next_ranges` looks at.

local sources = require "modelsig.native.source"

local M = {}

---@class modelsig.Partial
---@field name string
---@field size integer|nil of the whole file; nil until the first answer tells it
---@field window integer bytes that one request may ask for at little cost
---@field most integer bytes of a header, at most
---@field state table of the format
---@field private runs {[1]: integer, [2]: string}[] offset and bytes, in order, apart
local Partial = {}
Partial.__index = Partial

--- Makes a file of which nothing is there.
---@param fields {name: string, size: integer|nil, window: integer, most: integer}
---@return modelsig.Partial
function M.new(fields)
  fields.runs, fields.state = {}, {}
  return setmetatable(fields, Partial)
end

local function last_of(self, last)
  return self.size and math.min(last, self.size - 1) or last
end

--- The place of the first run that begins behind an offset, by halving: there may be thousands.
local function behind(self, offset)
  local low, high = 1, #self.runs + 1
  while low < high do
    local middle = (low + high) // 2
    if self.runs[middle][1] > offset then high = middle else low = middle + 1 end
  end
  return low
end

--- The run that holds an offset.
local function run_at(self, offset)
  local run = self.runs[behind(self, offset) - 1]
  if run and offset < run[1] + #run[2] then return run end
end

--- The first offset of a range that is not there, or nil; nothing lacks behind the end.
---@param first integer
---@param last integer
---@return integer|nil
function Partial:lacks(first, last)
  last = last_of(self, last)
  if first > last then return nil end
  local run = run_at(self, first)
  if not run then return first end
  local stop = run[1] + #run[2]
  return stop <= last and stop or nil
end

--- Bytes that are there, fewer only at the end of the file.
---@param offset integer
---@param n integer
---@return string|nil bytes nil: not all of them are there
function Partial:read(offset, n)
  if self:lacks(offset, offset + n - 1) then return nil end
  local run = run_at(self, offset)
  return run and run[2]:sub(offset - run[1] + 1, offset - run[1] + n) or self.size and "" or nil
end

--- The pieces behind an offset that are there: offset and bytes of each, in order.
---@param offset integer
---@return fun(): integer?, string?
function Partial:pieces(offset)
  local i = behind(self, offset) - 1
  return function()
    i = i + 1
    local run = self.runs[i]
    if run then return run[1], run[2] end
  end
end

--- Puts a run where nothing is there, and joins it with those that it touches.
local function insert(self, offset, bytes)
  local runs, at = self.runs, behind(self, offset)
  local before = runs[at - 1]
  if before and before[1] + #before[2] == offset then
    at = at - 1
    before[2] = before[2] .. bytes
  else
    table.insert(runs, at, { offset, bytes })
  end
  local run, after = runs[at], runs[at + 1]
  if after and run[1] + #run[2] == after[1] then
    run[2] = run[2] .. after[2]
    table.remove(runs, at + 1)
  end
end

--- Puts bytes to those that are there; what is there already stays.
---@param offset integer
---@param bytes string
function Partial:put(offset, bytes)
  local last = offset + #bytes - 1
  local first = self:lacks(offset, last)
  while first do
    local after = self.runs[behind(self, first)]
    local stop = after and math.min(last, after[1] - 1) or last
    insert(self, first, bytes:sub(first - offset + 1, stop - offset + 1))
    first = self:lacks(stop + 1, last)
  end
end

--- Forgets the bytes from an offset on.
---@param ends integer
function Partial:cut(ends)
  local runs = self.runs
  for i = #runs, 1, -1 do
    if runs[i][1] >= ends then
      table.remove(runs, i)
    else
      runs[i][2] = runs[i][2]:sub(1, ends - runs[i][1])
    end
  end
end

--- A source over what is there, of the true size; to be closed by who asked for it.
---@return modelsig.Source|nil source
---@return string|nil message
---@return string|nil code
function Partial:open()
  local source, message, code = sources.sparse(self.size or 0, self.name)
  if not source then return nil, message, code end
  for _, run in ipairs(self.runs) do
    local put
    put, message, code = source:put(run[1], run[2])
    if not put then
      source:close()
      return nil, message, code
    end
  end
  return source
end

--- What is there, to be kept: the beginning of the file alone as it is (`head`), else `parts`.
---@return "head"|"parts" kind
---@return string text
function Partial:packed()
  local runs = self.runs
  if #runs == 0 then return "head", "" end
  if #runs == 1 and runs[1][1] == 0 then return "head", runs[1][2] end
  local out = {}
  for i, run in ipairs(runs) do out[i] = ("<I8s8"):pack(run[1], run[2]) end
  return "parts", table.concat(out)
end

--- Takes what `packed` gave.
---@param kind "head"|"parts"
---@param text string
---@return boolean ok
function Partial:unpack(kind, text)
  if kind == "head" then
    self:put(0, text)
    return true
  end
  local at = 1
  while at <= #text do
    local ok, offset, bytes, after = pcall(string.unpack, "<I8s8", text, at)
    if not ok or offset < 0 or offset > (self.size or 0) - #bytes then return false end
    self:put(offset, bytes)
    at = after
  end
  return true
end

return M
