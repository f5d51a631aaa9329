--- The folders of a user and of a project, by the environment and the current folder.

local system = require "modelsig.native.system"

local M = {}

--- The nearest folder `.modelsig` at or above the current one.
---@return string|nil
function M.project()
  local folder = system.cwd()
  while folder do
    local candidate = (folder == "/" and "" or folder) .. "/.modelsig"
    if system.stat(candidate) then return candidate end
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

return M
