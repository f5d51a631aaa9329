--- A repository at a commit, of which everything that is needed was fetched: an origin as a folder
--- is one. Of weights it has what their format wanted, at its places in files of the true size.

local say = require "modelsig.origin.hub.rules"
local sources = require "modelsig.native.source"
local system = require "modelsig.native.system"

local M = {}

---@class modelsig.hub.Fetched : modelsig.Origin
---@field kind "hub"
---@field repository string
---@field revision string the commit
---@field network table<string, integer>
---@field begun modelsig.Tensors|nil the manifest as far as it was read while files were fetched
local Fetched = {}
Fetched.__index = Fetched

--- Makes an origin of fields.
---@param fields table
---@return modelsig.hub.Fetched
function M.new(fields)
  fields.kind = "hub"
  fields.kept, fields.findings, fields.by_name = {}, {}, {}
  for _, file in ipairs(fields.files) do fields.by_name[file.name] = file end
  for _, file in ipairs(fields.deeper or {}) do fields.by_name[file.name] = file end
  return setmetatable(fields, Fetched)
end

--- Is there a file of this name?
---@param name string
---@return {name: string, size: integer}|nil
function Fetched:has(name)
  return self.by_name[name]
end

--- Files in the folders of this one.
---@return {name: string}[]
function Fetched:below()
  return self.deeper or {}
end

--- Keeps what was fetched of a file: the text of a small one (`text`), what is wanted of one with
--- weights (`part`, or `bare`: its header without the length before it), or where the whole file is
--- on this machine (`file`).
---@param name string
---@param what {text?: string, part?: modelsig.Partial, bare?: string, file?: string}|nil
function Fetched:keep(name, what)
  self.kept[name] = what
end

local function unread(name)
  return nil, say.text("unread", { path = name }), "io"
end

--- Reads a whole file.
---@param name string
---@param max integer more bytes are code `limit`
---@return string|nil text
---@return string|nil message
---@return string|nil code
function Fetched:read(name, max)
  local kept = self.kept[name]
  if not kept then return unread(name) end
  if kept.file then return system.read(kept.file, max) end
  if not kept.text then return unread(name) end
  if #kept.text > max then
    return nil, ("%s: %d bytes, at most %d allowed"):format(name, #kept.text, max), "limit"
  end
  return kept.text
end

--- Opens a file for reading ranges.
---@param name string
---@return modelsig.Source|nil source
---@return string|nil message
---@return string|nil code
function Fetched:open(name)
  local kept = self.kept[name]
  if not kept then return unread(name) end
  if kept.file then return sources.file(kept.file) end
  local text = kept.text or kept.bare
  if text then return sources.memory(text, name) end
  return kept.part:open()
end

--- The size of a file whose header came without its length before it; nil for other files.
---@param name string
---@return integer|nil
function Fetched:bare(name)
  local kept = self.kept[name]
  return kept and kept.bare and self.by_name[name].size or nil
end

--- Forgets what was fetched, once it was read.
function Fetched:release()
  self.kept, self.begun = {}, nil
end

return M
