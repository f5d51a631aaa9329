--- The folder in which the Hub's own tools keep what they loaded. It is read and never written: a
--- part of a file under its name would be taken for the whole by every other tool.
---
---     DIR/models--org--name/refs/REVISION              the commit, 40 hexadecimal digits
---     DIR/models--org--name/snapshots/COMMIT/PATH      files, or links to blobs
---     DIR/models--org--name/.no_exist/COMMIT/PATH      known not to be in that commit
---     DIR/models--org--name/trees/COMMIT.json          all files of the commit, since 2026
---
--- Source: huggingface_hub 1.29 and 2.4, file_download and constants.

local check = require "modelsig.base.check"
local json = require "modelsig.native.json"
local paths = require "modelsig.base.path"
local system = require "modelsig.native.system"

local M = {}

local LARGEST_TREE = 64 * 1024 * 1024
local DEEPEST = 16

---@class modelsig.HubCache
---@field dir string
local Cache = {}
Cache.__index = Cache

--- A path with `~` and `$NAME` filled in, as the Hub's tools do for their variables.
local function expand(path)
  path = path:gsub("^~", os.getenv "HOME" or "~")
  path = path:gsub("%$(%b{})", function(name) return os.getenv(name:sub(2, -2)) end)
  return (path:gsub("%$([%a_][%w_]*)", function(name) return os.getenv(name) end))
end

--- A variable of the Hub's tools that holds a path, filled in.
---@param name string
---@return string|nil path nil where it is not set, or empty
function M.variable(name)
  local value = os.getenv(name)
  return value and value ~= "" and expand(value) or nil
end

local variable = M.variable

--- The base folder of the Hub's tools.
---@return string|nil
function M.home()
  local home = variable "HF_HOME"
  if home then return home end
  local base = variable "XDG_CACHE_HOME" or os.getenv "HOME" and os.getenv "HOME" .. "/.cache"
  return base and base .. "/huggingface"
end

--- Opens the cache, by default where HF_HUB_CACHE, HF_HOME and XDG_CACHE_HOME say.
---@param options? {dir?: string}
---@return modelsig.HubCache|nil cache nil where there is no such folder
function M.open(options)
  options = check.options(options or {}, { dir = "string?" }, "hubcache.open")
  local dir = options.dir or variable "HF_HUB_CACHE" or variable "HUGGINGFACE_HUB_CACHE"
  if not dir then
    local home = M.home()
    dir = home and home .. "/hub"
  end
  local facts = dir and system.stat(dir)
  if not facts or facts.kind ~= "directory" then return nil end
  return setmetatable({ dir = dir }, Cache)
end

--- A path that may be put behind the cache's folder; no tool of the Hub writes one with a colon.
local function harmless(path)
  return not path:find ":" and paths.is_inside(path)
end

local function folder(self, repository)
  return ("%s/models--%s"):format(self.dir, (repository:gsub("/", "--")))
end

local function is_commit(text)
  return #text == 40 and text:find "^%x+$" ~= nil
end

--- The commit that a revision stood for when a tool of the Hub last asked.
---@param repository string
---@param revision string branch, tag, `refs/pr/N` or a commit
---@return string|nil commit
function Cache:commit(repository, revision)
  if not harmless(repository) or not harmless(revision) then return nil end
  local text = system.read(("%s/refs/%s"):format(folder(self, repository), revision), 1000,
    true)
  local commit = text and text:match "^%s*(%x+)%s*$"
  if commit and is_commit(commit) then return commit:lower() end
  if is_commit(revision) then
    local there = system.stat(("%s/snapshots/%s"):format(folder(self, repository), revision))
    return there and revision or nil
  end
end

--- Where a file of a commit is on this machine.
---@param repository string
---@param commit string
---@param file string path in the repository
---@return string|nil path
---@return "absent"|nil known it is known that the commit has no such file
function Cache:path(repository, commit, file)
  if not harmless(repository) or not harmless(commit) or not harmless(file) then return nil end
  local base = folder(self, repository)
  local path = ("%s/snapshots/%s/%s"):format(base, commit, file)
  local facts = system.stat(path)
  if facts and facts.kind == "file" then return path end
  facts = system.stat(("%s/.no_exist/%s/%s"):format(base, commit, file))
  return nil, facts and facts.kind == "file" and "absent" or nil
end

local function text_of(value)
  return type(value) == "string" and value or nil
end

--- The list of files that tools of the Hub keep of a commit.
local function read_tree(path)
  local text = system.read(path, LARGEST_TREE, true)
  local tree = text and json.decode(text)
  if type(tree) ~= "table" or tree.format_version ~= 1 or type(tree.files) ~= "table" then
    return nil
  end
  local files = {}
  for name, facts in pairs(tree.files) do
    if type(name) == "string" and harmless(name) and type(facts) == "table" then
      local size = math.type(facts.lfs_size) == "integer" and facts.lfs_size or facts.size
      if math.type(size) == "integer" and size >= 0 then
        files[#files + 1] = { name = name, size = size,
          identity = text_of(facts.lfs_sha256) or text_of(facts.blob_id) }
      end
    end
  end
  return files
end

local function walk(path, prefix, depth, files)
  for _, entry in ipairs(depth <= DEEPEST and system.list(path) or {}) do
    local name = prefix .. entry.name
    if entry.kind == "directory" then
      walk(path .. "/" .. entry.name, name .. "/", depth + 1, files)
    elseif entry.kind == "file" then
      files[#files + 1] = { name = name, size = entry.size }
    end
  end
end

--- The files of a commit: all that it has, where that is known, else those that were loaded.
---@param repository string
---@param commit string
---@return {name: string, size: integer, identity: string?}[]|nil files in byte order of the names
---@return boolean|nil complete are these all files of the commit?
function Cache:files(repository, commit)
  if not harmless(repository) or not harmless(commit) then return nil end
  local base = folder(self, repository)
  local files, complete = read_tree(("%s/trees/%s.json"):format(base, commit)), true
  if not files then
    files, complete = {}, false
    walk(("%s/snapshots/%s"):format(base, commit), "", 1, files)
    if #files == 0 then return nil end
  end
  table.sort(files, function(a, b) return a.name < b.name end)
  return files, complete
end

return M
