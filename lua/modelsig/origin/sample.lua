--- The samples in the program itself.

local check = require "modelsig.base.check"
local embedded = require "modelsig.native.embedded"
local sources = require "modelsig.native.source"

local M = {}

---@class modelsig.Sample : modelsig.Origin
---@field kind "sample"
---@field path string the sample's name
---@field by_name table<string, {name: string, size: integer}>
local Sample = {}
Sample.__index = Sample

--- Is there a file of this name?
---@param name string
---@return {name: string, size: integer}|nil
function Sample:has(name)
  return self.by_name[name]
end

--- Files in the folders of this one: samples have none.
---@return {name: string}[]
function Sample.below()
  return {}
end

local function text_of(self, name)
  return embedded.get("samples", self.path .. "/" .. name)
end

--- Opens a file for reading ranges.
---@param name string
---@return modelsig.Source|nil source
---@return string|nil message
---@return string|nil code
function Sample:open(name)
  return sources.memory(assert(text_of(self, name)), name)
end

--- Reads a whole file.
---@param name string
---@param max integer more bytes are code `limit`
---@return string|nil text
---@return string|nil message
---@return string|nil code
function Sample:read(name, max)
  local text = text_of(self, name)
  if not text then return nil, name .. ": no such file", "notfound" end
  if #text > max then
    return nil, ("%s: %d bytes, at most %d allowed"):format(name, #text, max), "limit"
  end
  return text
end

--- Opens a sample.
---@param name string
---@return modelsig.Origin|nil origin
---@return string|nil message
---@return string|nil code
function M.open(name)
  local files, by_name, names, seen = {}, {}, {}, {}
  for _, path in ipairs(embedded.list "samples") do
    local sample, rest = path:match "^([^/]+)/(.+)$"
    if sample and not seen[sample] then
      seen[sample] = true
      names[#names + 1] = sample
    end
    if sample == name then
      local file = { name = rest, size = #embedded.get("samples", path) }
      files[#files + 1], by_name[rest] = file, file
    end
  end
  if #files == 0 then
    return nil, ("no sample '%s'%s; there are %s"):format(name, check.hint(name, names),
      table.concat(names, ", ")), "notfound"
  end
  return setmetatable({ kind = "sample", path = name, files = files, by_name = by_name,
    folders = {}, config_name = "config.json" }, Sample)
end

return M
