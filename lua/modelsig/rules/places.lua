--- The folders where named things are looked for, in their order.

local embedded = require "modelsig.native.embedded"
local system = require "modelsig.native.system"

local M = {}

local settings = { user = not embedded.switch "no_user",
  trust_project = embedded.switch "trust_project" or false }
local known

local function exists(path, kind)
  local info = system.stat(path)
  return info ~= nil and (kind == nil or info.kind == kind)
end

--- Changes where things are looked for. Fields that are nil stay as they are.
---@param options {lua_dir?: string, user?: boolean, trust_project?: boolean}
function M.configure(options)
  for key, value in pairs(options) do settings[key] = value end
  known = nil
  local paths = {}
  for _, place in ipairs(M.list()) do
    if place.name == "project" or place.name == "user" then
      paths[#paths + 1] = place.folder .. "/lua/?.lua"
      paths[#paths + 1] = place.folder .. "/lua/?/init.lua"
    end
  end
  M.base_path = M.base_path or package.path
  if M.base_path ~= "" then paths[#paths + 1] = M.base_path end
  package.path = table.concat(paths, ";")
end

--- The nearest folder `.modelsig` at or above the current one.
---@return string|nil
function M.project()
  local folder = system.cwd()
  while folder do
    local candidate = (folder == "/" and "" or folder) .. "/.modelsig"
    if exists(candidate) then return candidate end
    if folder == "/" then return nil end
    folder = folder:match "^(.*)/[^/]*$"
    if folder == "" then folder = "/" end
  end
end

--- Our folder below one of the user's base folders, whether it is there or not. A base that is not
--- absolute does not count, as the XDG specification says; nor does such a HOME.
---@param variable string "XDG_CONFIG_HOME", ...
---@param default string below the home folder, where the variable is not set
---@return string|nil
function M.base(variable, default)
  local base = os.getenv(variable)
  if base and base:sub(1, 1) == "/" then return base .. "/modelsig" end
  local home = os.getenv "HOME"
  return home and home:sub(1, 1) == "/" and ("%s/%s/modelsig"):format(home, default) or nil
end

--- The user's configuration folder.
---@return string|nil
function M.user() return M.base("XDG_CONFIG_HOME", ".config") end

--- Where the prompt's history and the list of trusted projects are kept.
---@return string|nil
function M.state() return M.base("XDG_STATE_HOME", ".local/state") end

--- Where headers and small files of Hubs are kept.
---@return string|nil
function M.cache() return M.base("XDG_CACHE_HOME", ".cache") end

local warned

local function trusted(folder)
  if settings.trust_project or os.getenv "MODELSIG_TRUST_PROJECT" == "1" then return true end
  if require("modelsig.rules.trust").is_trusted(folder) then return true end
  if not warned then
    warned = true
    io.stderr:write(("modelsig: %s was left out: it is not trusted (see 'modelsig trust')\n")
      :format(require("modelsig.base.layout").escape(folder)))
  end
  return false
end

---@class modelsig.place
---@field name "tree"|"project"|"user"|"embedded"
---@field folder string|nil

--- The places, first hit wins.
---@return modelsig.place[]
function M.list()
  if known then return known end
  local list = {}
  local tree = settings.lua_dir or embedded.tree()
  if tree then list[#list + 1] = { name = "tree", folder = tree } end
  if settings.user then
    local user = M.user()
    local project = M.project()
    if project and project ~= user and trusted(project) then
      list[#list + 1] = { name = "project", folder = project }
    end
    if user and exists(user) then list[#list + 1] = { name = "user", folder = user } end
  end
  list[#list + 1] = { name = "embedded" }
  known = list
  return list
end

return M
