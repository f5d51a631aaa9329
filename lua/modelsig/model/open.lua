--- From what a user types to fingerprints: one model, or many, those of Hubs at the same time.

local formats = require "modelsig.format.formats"
local options_of = require "modelsig.origin.options"
local origins = require "modelsig.origin.open"

local M = {}

--- Options of `modelsig.open`, beside the reference.
M.options = options_of.types()

--- Takes a request apart: what is typed, and options by name. What is typed stands first, or under
--- `reference` where a table has names only, as in JSON.
---@param request string|table
---@return string reference
---@return modelsig.OpenOptions options
function M.split(request)
  if type(request) == "string" then return request, {} end
  local first = request[1] ~= nil and 1 or "reference"
  local options = {}
  for key, value in pairs(request) do
    if key ~= first then options[key] = value end
  end
  return request[first], options
end

local function fingerprint(origin, options)
  local model, message, code, offset = require("modelsig.model.fingerprint").new(origin, options)
  if origin.release then origin:release() end
  return model, message, code, offset
end

--- Refuses a format that cannot be read before anything is read: other files of the model would
--- answer another question.
local function refused(one)
  local _, message, code = formats.asked(one.options)
  return message and ("%s: %s"):format(one.reference, message), code
end

local function open_here(one, put)
  local origin, message, code = origins.open(one.reference, one.options)
  if not origin then return put(nil, message, code) end
  put(fingerprint(origin, one.options))
end

--- Opens models. `put` gets each result as soon as it is there, those of Hubs in any order: its
--- index, and what `modelsig.open` returns; after an error of a Hub also what the network did.
---@param list {reference: string, options: modelsig.OpenOptions}[]
---@param put function
---@param bar? modelsig.Progress
function M.each(list, put, bar)
  local wanted, at = {}, {}
  for i, one in ipairs(list) do
    local message, code = refused(one)
    if message then
      put(i, nil, message, code)
    elseif origins.is_hub(one.reference) then
      wanted[#wanted + 1], at[#at + 1] = origins.wanted(one.reference, one.options), i
    else
      if bar then bar:start(one.reference) end
      open_here(one, function(...) put(i, ...) end)
      if bar then bar:finish() end
    end
  end
  if #wanted == 0 then return end
  require("modelsig.origin.hub.open").open(wanted, {
    progress = bar and function(active) bar:step(active) end,
    finished = function(index, found)
      local i = at[index]
      local one, origin = list[i], found.origin
      if bar then bar:finish() end
      if not origin then
        local message, code = require("modelsig.origin.hub.suggest").message(one.reference, found)
        return put(i, nil, message, code, nil, found.network)
      end
      origin.label, origin.typed = one.reference, one.reference
      put(i, fingerprint(origin, one.options))
    end })
end

return M
