--- Project folders that the user trusts, each with the digest of what was in it then.

local folders = require "modelsig.rules.folders"
local system = require "modelsig.native.system"

local M = {}

local LARGEST = 64 * 1024 * 1024

--- Where the list is kept.
---@return string|nil
function M.file()
  local folder = folders.state()
  return folder and folder .. "/trust.json"
end

local function read_list()
  local file = M.file()
  local text = file and system.read(file, LARGEST)
  local list = text and require("modelsig.native.json").decode(text)
  return type(list) == "table" and list or {}
end

local function line(what, name)
  return ("%s %d %s"):format(what, #name, name) -- names may have line ends in them
end

--- Adds one line for each file below a folder. A folder that several links lead to is walked once.
local function collect(state, folder, prefix)
  local sha256 = require("modelsig.native.numeric").sha256
  for _, entry in ipairs(system.list(folder) or {}) do
    local path, name = folder .. "/" .. entry.name, prefix .. entry.name
    if entry.kind == "directory" then
      local real = system.realpath(path) or path
      state.lines[#state.lines + 1] = line("folder " .. real, name)
      if not state.seen[real] then
        state.seen[real] = true
        collect(state, path, name .. "/")
      end
    else
      local text, message, code = system.read(path, LARGEST)
      if code == "limit" then state.problem = state.problem or message end
      state.lines[#state.lines + 1] = line(text and sha256(text) or "unreadable", name)
    end
  end
end

--- The digest of a folder: of the names and contents of all its files.
---@param folder string
---@return string|nil digest nil where a file is too large to be looked at
---@return string|nil message
---@return string|nil code
function M.digest(folder)
  local state = { lines = {}, seen = { [system.realpath(folder) or folder] = true } }
  collect(state, folder, "")
  if state.problem then return nil, state.problem, "limit" end
  return require("modelsig.native.numeric").sha256(table.concat(state.lines, "\n"))
end

--- Is the folder trusted as it is now?
---@param folder string
---@return boolean
---@return boolean changed it was trusted, and something in it is another since
function M.is_trusted(folder)
  local real = system.realpath(folder) or folder
  local kept = read_list()[real]
  local same = kept ~= nil and kept == M.digest(real)
  return same, kept ~= nil and not same
end

local function write_list(list)
  local file = M.file()
  if not file then return nil, "HOME is not an absolute path", "io" end
  system.mkdir_p((file:match "^(.*)/"))
  return system.write_atomic(file, require("modelsig.base.json").encode(list) .. "\n")
end

--- Trusts a folder as it is now.
---@param folder string
---@return boolean|nil ok
---@return string|nil message
---@return string|nil code
function M.add(folder)
  local real, message, code = system.realpath(folder)
  if not real then return nil, message, code end
  local digest
  digest, message, code = M.digest(real)
  if not digest then return nil, message, code end
  local list = read_list()
  list[real] = digest
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
