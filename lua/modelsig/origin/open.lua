--- What a reference stands for: a folder, one file of it, a sample in the program itself, or a
--- repository on a Hub.
---
--- An origin lists files and opens them; it does not know what is in them. Each kind of reference
--- is one row of `kinds`; readers of other places add theirs.

local check = require "modelsig.base.check"
local folder = require "modelsig.origin.folder"
local formats = require "modelsig.format.formats"
local options = require "modelsig.origin.options"
local sample = require "modelsig.origin.sample"
local system = require "modelsig.native.system"

local M = {}

---@class modelsig.Origin
---@field label string the name in reports
---@field typed string what the user typed
---@field kind "folder"|"file"|"sample"|"hub"
---@field files {name: string, size: integer}[] in byte order of the names
---@field folders string[]
---@field config_name string name of the configuration file
---@field weights string|nil the one file of weights, or index, that was asked for
---@field revision string|nil
---@field has fun(self, name: string): {name: string, size: integer}?
---@field below fun(self): {name: string}[] files in the folders of this one
---@field open fun(self, name: string): modelsig.Source?, string?, string?
---@field read fun(self, name: string, max: integer): string?, string?, string?

local function open_local(path)
  if path == "" then return nil, "local: a path expected after 'local:'", "notfound" end
  local origin, message, code = folder.open(path)
  if origin then origin.label = folder.last_name(path) end
  return origin, message, code
end

local function looks_like_path(reference)
  local _, slashes = reference:gsub("/", "")
  return (slashes > 1 or reference:find "^[/.~]" or reference:find "/$"
    or reference:find "%.json$" or formats.of(reference)) and reference or nil
end

--- Matches references to a Hub by a test of `hub/reference.lua`: `is_certain` knows names with a
--- revision or a file, `is_possible` plain names.
local function hub_name(test)
  return function(reference)
    return require("modelsig.origin.hub.reference")[test](reference) and reference or nil
  end
end

--- What `hub.open` gets for a reference.
---@param reference string
---@param given modelsig.OpenOptions|nil
---@return modelsig.hub.Wanted
function M.wanted(reference, given)
  local wanted = { reference = reference }
  for _, option in ipairs(options.list) do
    if option.hub then wanted[option.name] = given and given[option.name] end
  end
  return wanted
end

local function open_hub(reference, given)
  local found = require("modelsig.origin.hub.open").open({ M.wanted(reference, given) })[1]
  if found.origin then return found.origin end
  return nil, require("modelsig.origin.hub.suggest").message(reference, found)
end

--- Kinds of references, tried in this order: `match` gives what `open` gets, or nil.
M.kinds = {
  { name = "local", match = function(r) return r:match "^local:(.*)$" end, open = open_local },
  { name = "sample", match = function(r) return r:match "^sample:(.*)$" end, open = sample.open },
  { name = "hub", match = function(r) return r:find "^%a[%w+.-]*://" and r or nil end,
    open = open_hub },
  { name = "path", match = function(r) return r ~= "" and system.stat(r) and r or nil end,
    open = folder.open },
  { name = "hub", match = hub_name "is_certain", open = open_hub },
  { name = "path", match = looks_like_path, open = folder.open },
  { name = "hub", match = hub_name "is_possible", open = open_hub },
}

local function kind_of(reference)
  if reference:find "%z" then return nil end
  for _, kind in ipairs(M.kinds) do
    local what = kind.match(reference)
    if what then return kind, what end
  end
end

--- Is this read from a Hub?
---@param reference string
---@return boolean
function M.is_hub(reference)
  local kind = kind_of(reference)
  return kind ~= nil and kind.name == "hub"
end

--- Opens what a user typed.
---@param reference string
---@param given? modelsig.OpenOptions those of a Hub are used
---@return modelsig.Origin|nil origin
---@return string|nil message
---@return string|nil code
---
---     local origin = assert(origin.open "local:models/Qwen3-8B")
function M.open(reference, given)
  check.arg(1, reference, "string", "origin.open")
  if reference:find "%z" then return nil, "a reference with a zero byte", "notfound" end
  local kind, what = kind_of(reference)
  if kind then
    local origin, message, code = kind.open(what, given)
    if origin then origin.label, origin.typed = origin.label or reference, reference end
    return origin, message, code
  end
  return folder.missing(reference == "" and "''" or reference)
end

return M
