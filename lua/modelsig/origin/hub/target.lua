--- What is read: a repository at a revision, the commit that this turned out to be, and the
--- addresses where it is asked for.

local net = require "modelsig.native.net"

local M = {}

---@class modelsig.hub.Target
---@field repository string as the user typed it
---@field id string what the Hub calls it now
---@field revision string as the user typed it
---@field path string|nil a folder or a file of it
---@field commit string|nil
---@field base string address that requests begin with
---@field host string
---@field unknown boolean the Hub does not know the repository
local Target = {}
Target.__index = Target

--- Makes a target that is asked for at the endpoint.
---@param fields {repository: string, revision: string, path: string|nil}
---@param settings modelsig.hub.Settings
---@return modelsig.hub.Target
function M.new(fields, settings)
  return setmetatable({ repository = fields.repository, id = fields.repository,
    revision = fields.revision, path = fields.path, base = settings.endpoint,
    host = settings.url.host, unknown = false }, Target)
end

--- Says which commit the revision is, and what the repository is called now.
---@param commit string|nil nil: it is to be found out again
---@param id? string
function Target:pin(commit, id)
  self.commit, self.id = commit and commit:lower(), id or self.id
end

--- Is an answer of that commit one of this target? One that names no commit may be.
---@param commit string|nil
---@return boolean
function Target:accepts(commit)
  return not commit or not self.commit or commit:lower() == self.commit
end

--- Another Hub is asked from now on.
---@param base string
---@param host string
function Target:move(base, host)
  self.base, self.host = base, host
end

--- The origin that is asked for files.
---@return string
function Target:origin()
  return net.url(self.base).origin
end

--- The Hub said that it does not know the repository.
function Target:mark_unknown()
  self.unknown = true
end

--- The address of an API route of the repository.
---@param route string what follows the id, each part escaped
---@return string
function Target:api(route)
  return ("%s/api/models/%s%s"):format(self.base, self.id, route)
end

--- The address of a file.
---@param path string
---@param revision string
---@return string
function Target:file(path, revision)
  return ("%s/%s/resolve/%s/%s"):format(self.base, self.id, net.escape(revision),
    net.escape(path, true))
end

return M
