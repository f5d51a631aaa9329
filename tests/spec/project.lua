--- A project with rules of its own: a model that only the user's family describes (`mine`), one of
--- the product's beside it (`plain`), and the program run in it.

local transcript = require "tests.spec.transcript"

local M = {}

---@class tests.spec.Project
---@field folder table of `transcript.folder`
---@field environment table<string, string> the project is trusted
local Project = {}
Project.__index = Project

---@return tests.spec.Project
function M.new()
  local folder = transcript.folder()
  local here = debug.getinfo(1, "S").source:match "^@(.*)/tests/spec/[^/]*$" or "."
  if here:sub(1, 1) ~= "/" then here = io.popen("pwd"):read "l" .. "/" .. here end
  transcript.run(("mkdir -p project/sub && cp -r %s/samples/llama-mini project/plain && cp -r "
    .. "project/plain project/mine && sed -i 's/\"llama\"/\"mine\"/; s/LlamaFor/MineFor/' "
    .. "project/mine/config.json"):format(transcript.quote(here)), folder.path)
  return setmetatable({ folder = folder,
    environment = transcript.environment(folder.path, { MODELSIG_TRUST_PROJECT = "1" }) }, Project)
end

--- Runs a command line in the project; standard error goes to a file and comes back last.
---@param command string
---@param more? table<string, string> environment
---@return string output
---@return integer exit
---@return string errors
function Project:run(command, more)
  local env = {}
  for name, value in pairs(self.environment) do env[name] = value end
  for name, value in pairs(more or {}) do env[name] = value end
  local path = self.folder.path
  local out, exit = transcript.run(("{ %s; } 2>%s/errors"):format(command, path),
    path .. "/project", env)
  local file = assert(io.open(path .. "/errors"))
  local errors = file:read "a"
  file:close()
  return (out:gsub("\n$", "")), exit, errors
end

--- Writes a rule of the project.
---@param name string path below `.modelsig`
---@param text string
---@return string path
function Project:rule(name, text)
  return self.folder:write("project/.modelsig/" .. name, text)
end

function Project:remove() self.folder:remove() end

return M
