--- Folders on this machine, and single files of them.

local check = require "modelsig.base.check"
local formats = require "modelsig.format.formats"
local paths = require "modelsig.base.path"
local sources = require "modelsig.native.source"
local system = require "modelsig.native.system"

local M = {}

---@class modelsig.Folder : modelsig.Origin
---@field kind "folder"|"file"
---@field path string
local Folder = {}
Folder.__index = Folder

--- Is there a file of this name?
---@param name string
---@return {name: string, size: integer}|nil
function Folder:has(name)
  if not self.by_name then
    self.by_name = {}
    for _, file in ipairs(self.files) do self.by_name[file.name] = file end
  end
  local known = self.by_name[name]
  if known or not name:find "/" then return known end
  -- An index may name shards in folders; never outside.
  if not paths.is_inside(name) then return nil end
  local facts = system.stat(self.path .. "/" .. name)
  return facts and facts.kind == "file" and { name = name, size = facts.size } or nil
end

--- Files in the folders of this one.
---@return {name: string}[]
function Folder:below()
  local files = {}
  for _, folder in ipairs(self.folders) do
    for _, entry in ipairs(system.list(self.path .. "/" .. folder) or {}) do
      files[#files + 1] = entry.kind == "file" and { name = folder .. "/" .. entry.name } or nil
    end
  end
  return files
end

--- Opens a file for reading ranges.
---@param name string relative to the folder
---@return modelsig.Source|nil source
---@return string|nil message
---@return string|nil code
function Folder:open(name)
  return sources.file(self.path .. "/" .. name)
end

--- Reads a whole file.
---@param name string
---@param max integer more bytes are code `limit`
---@return string|nil text
---@return string|nil message
---@return string|nil code
function Folder:read(name, max)
  return system.read(self.path .. "/" .. name, max)
end

local function make(fields)
  fields.config_name = fields.config_name or "config.json"
  fields.folders = fields.folders or {}
  return setmetatable(fields, Folder)
end

--- The parent of a path and its last name.
local function split(path)
  local trimmed = #path > 1 and path:gsub("/+$", "") or path
  local parent, name = trimmed:match "^(.*)/([^/]+)$"
  if not parent then return ".", trimmed end
  return parent == "" and "/" or parent, name
end

--- The last name of a path, of `.` and `..` that of the folder they stand for.
---@param path string
---@return string
function M.last_name(path)
  local _, name = split(path)
  if name == "." or name == ".." then
    _, name = split(system.realpath(path) or path)
  end
  return name
end

--- Says that a path does not exist, and what there is of a similar name.
---@param path string
---@return nil
---@return string message
---@return string code
function M.missing(path)
  local parent, name = split(path)
  local entries, names = system.list(parent), {}
  for _, entry in ipairs(entries or {}) do names[#names + 1] = entry.name end
  if not entries then
    return nil, ("%s: no such folder (%s does not exist)"):format(path, parent), "notfound"
  end
  return nil, ("%s: no such file or folder%s"):format(path, check.hint(name, names)), "notfound"
end

--- Is it the name of a file that is read? A folder or a broken link of that name is an unreadable
--- file then; the model is not taken for one without it.
local function is_expected(name)
  return formats.of(name) ~= nil or name:find "%.json$" ~= nil
end

local function open_folder(path)
  local entries, message, code = system.list(path)
  if not entries then return nil, message, code end
  local files, folders = {}, {}
  for _, entry in ipairs(entries) do
    if entry.kind == "file" or is_expected(entry.name) then
      files[#files + 1] = { name = entry.name, size = entry.size or 0 }
    elseif entry.kind == "directory" then
      folders[#folders + 1] = entry.name
    end
  end
  return make { kind = "folder", path = path, files = files, folders = folders }
end

--- One file of a folder: a configuration alone, or weights with the configuration beside them.
local function open_file(path, size)
  local parent, name = split(path)
  if formats.of(name) then
    local origin, message, code = open_folder(parent)
    if not origin then return nil, message, code end
    origin.kind, origin.weights = "file", name
    return origin
  elseif name:find "%.json$" then
    return make { kind = "file", path = parent, config_name = name,
      files = { { name = name, size = size } } }
  end
  return nil, ("%s: a folder, a %s file or a config.json expected"):format(path,
    formats.shown ""), "unsupported"
end

--- Opens a folder or a file.
---@param path string
---@return modelsig.Origin|nil origin
---@return string|nil message
---@return string|nil code
function M.open(path)
  local facts, message, code = system.stat(path)
  if not facts then
    if code == "notfound" then return M.missing(path) end
    return nil, message, code
  end
  if facts.kind == "directory" then return open_folder(path) end
  if facts.kind == "file" then return open_file(path, facts.size) end
  return nil, path .. ": neither a file nor a folder", "unsupported"
end

return M
