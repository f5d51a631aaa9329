--- The folders where named things are looked for, in their order.

local embedded = require "modelsig.native.embedded"
local folders = require "modelsig.rules.folders"
local system = require "modelsig.native.system"

local M = {}

local settings = { user = not embedded.switch "no_user",
  trust_project = embedded.switch "trust_project" or false }
local known

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

local warned

local function trusted(folder)
  if settings.trust_project or os.getenv "MODELSIG_TRUST_PROJECT" == "1" then return true end
  local same, changed = require("modelsig.rules.trust").is_trusted(folder)
  if same then return true end
  if not warned then
    warned = true
    local why = changed and "it has changed since it was trusted: look at it, then say "
      .. "'modelsig trust' again" or "it is not trusted (see 'modelsig trust')"
    io.stderr:write(("modelsig: %s was left out: %s\n")
      :format(require("modelsig.base.layout").escape(folder), why))
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
    local user = folders.user()
    local project = folders.project()
    if project and project ~= user and trusted(project) then
      list[#list + 1] = { name = "project", folder = project }
    end
    if user and system.stat(user) then list[#list + 1] = { name = "user", folder = user } end
  end
  list[#list + 1] = { name = "embedded" }
  known = list
  return list
end

return M
