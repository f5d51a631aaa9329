--- Project folders that the user trusts, each with the digest of what was in it then.

local system = require "modelsig.native.system"

local M = {}

local LARGEST = 4 * 1024 * 1024

--- Where the list is kept.
---@return string|nil
function M.file()
  local folder = require("modelsig.places").state()
  return folder and folder .. "/trust.json"
end

local function read_list()
  local file = M.file()
  local text = file and system.read(file, LARGEST)
  local list = text and require("modelsig.native.json").decode(text)
  return type(list) == "table" and list or {}
end

local function collect(folder, prefix, lines, depth)
  if depth > 8 then return end
  local entries = system.list(folder) or {}
  table.sort(entries, function(a, b) return a.name < b.name end)
  local sha256 = require("modelsig.native.numeric").sha256
  for _, entry in ipairs(entries) do
    local path, name = folder .. "/" .. entry.name, prefix .. entry.name
    local kind = (system.stat(path) or entry).kind
    if kind == "folder" or kind == "directory" or kind == "dir" then
      collect(path, name .. "/", lines, depth + 1)
    else
      local text = system.read(path, LARGEST)
      lines[#lines + 1] = ("%s %s"):format(text and sha256(text) or "unreadable", name)
    end
  end
end

--- The digest of a folder: of the names and contents of all its files.
---@param folder string
---@return string
function M.digest(folder)
  local lines = {}
  collect(folder, "", lines, 0)
  return require("modelsig.native.numeric").sha256(table.concat(lines, "\n"))
end

--- Is the folder trusted as it is now?
---@param folder string
---@return boolean
function M.is_trusted(folder)
  local real = system.realpath(folder) or folder
  local kept = read_list()[real]
  return kept ~= nil and kept == M.digest(real)
end

local function write_list(list)
  local file = M.file()
  if not file then return nil, "HOME is not set", "io" end
  system.mkdir_p((file:match "^(.*)/"))
  return system.write_atomic(file, require("modelsig.json").encode(list) .. "\n")
end

--- Trusts a folder as it is now.
---@param folder string
---@return boolean|nil ok
---@return string|nil message
---@return string|nil code
function M.add(folder)
  local real, message, code = system.realpath(folder)
  if not real then return nil, message, code end
  local list = read_list()
  list[real] = M.digest(real)
  return write_list(list)
end

--- Trusts a folder no more.
---@param folder string
function M.remove(folder)
  local list = read_list()
  list[system.realpath(folder) or folder] = nil
  return write_list(list)
end

--- The trusted folders, sorted.
---@return string[]
function M.list()
  local names = {}
  for name in pairs(read_list()) do names[#names + 1] = name end
  table.sort(names)
  return names
end

return M
