--- How far the reading of models is, in one line on a terminal that goes away at the end.

local system = require "modelsig.native.system"

local M = {}

---@class modelsig.Progress
---@field count integer models in all
---@field done integer
local Progress = {}
Progress.__index = Progress

--- Seconds between two changes of the line.
local PAUSE = 0.1

--- Makes the line; it shows itself with the first step.
---@param when "auto"|"always"|"never" auto: where standard error is a terminal
---@param count integer
---@return modelsig.Progress
function M.new(when, count)
  local terminal = when ~= "never" and system.isatty(2)
  return setmetatable({ count = count, done = 0, files = 0, bytes = 0, shown_at = 0,
    terminal = terminal, active = when == "always" or when ~= "never" and terminal }, Progress)
end

local function layout()
  return require "modelsig.base.layout"
end

local function show(self, text)
  if self.terminal then
    local columns = system.columns() or 80
    io.stderr:write("\r\27[K", layout().cut(text, columns - 1))
  elseif text ~= "" and text ~= self.last then
    io.stderr:write(text, "\n") -- no terminal: a line for each step
  end
  self.last = text
  io.stderr:flush()
end

local function sentence(id, values)
  return require("modelsig.origin.hub.rules").text(id, values)
end

--- A model is next.
---@param reference string
function Progress:start(reference)
  if not self.active or self.count < 2 then return end
  show(self, ("reading %d of %d: %s"):format(self.done + 1, self.count,
    layout().escape(reference)))
end

--- A model is done, whatever came of it.
function Progress:finish()
  self.done = self.done + 1
end

--- Shows what the models that are fetched have and await.
---@param active table<modelsig.hub.Fetch, integer>
function Progress:step(active)
  if not self.active then return end
  local now = system.time()
  if now - self.shown_at < PAUSE then return end
  self.shown_at = now
  local files, bytes, awaited, first = 0, 0, nil, math.huge
  for fetch, index in pairs(active) do
    local ledger = fetch.ledger
    files, bytes = files + ledger.files_done, bytes + ledger.bytes
    if index < first then
      first = index
      awaited = ("%s: %s"):format(fetch.target.repository, ledger.awaited or fetch.target.host)
      if ledger.files_wanted > ledger.files_done then
        awaited = ("%s (%d of %d)"):format(awaited, ledger.files_done, ledger.files_wanted)
      end
    end
  end
  if not awaited then return end
  local parts = {
    sentence("progress_files", { files = files, bytes = layout().big(bytes, "bytes") }),
    sentence("progress_awaits", { what = layout().escape(awaited) }),
  }
  if self.count > 1 then
    table.insert(parts, 1, sentence("progress_models", { done = self.done, count = self.count }))
  end
  show(self, table.concat(parts, ", "))
end

--- Takes the line away.
function Progress:clear()
  if self.active and self.terminal and self.last then show(self, "") end
end

return M
