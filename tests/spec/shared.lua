--- The material beside the checkout (real configurations, goldens). It is not part of the project:
--- a spec that needs it skips, and says how much, where it is absent.
---
--- Found by MODELSIG_SHARED, else in the folder `shared` beside the checkout.

local M = {}

local here = debug.getinfo(1, "S").source:match("^@(.*)tests/spec/shared%.lua$") or ""
local root = os.getenv "MODELSIG_SHARED" or here .. "../shared"

--- The path of a file of the material.
---@param name string
---@return string
function M.path(name) return root .. "/" .. name end

---@return boolean
function M.available()
  local file = io.open(M.path "golden/transformers/normalised.jsonl")
  if file then file:close() end
  return file ~= nil
end

---@param name string
---@return string
function M.read(name)
  local file = assert(io.open(M.path(name), "rb"))
  local text = file:read "a"
  file:close()
  return text
end

--- The names of the files in a folder.
---@param folder string
---@return string[]
function M.list(folder)
  local names = {}
  local pipe = assert(io.popen(("ls '%s'"):format(M.path(folder))))
  for name in pipe:lines() do names[#names + 1] = name end
  pipe:close()
  return names
end

--- What a spec says that goes without the material.
---@param what string
---@param count integer
---@return string
function M.left_out(what, count)
  return ("%d %s left out: set MODELSIG_SHARED"):format(count, what)
end

return M
