--- Files and shell commands for specs that look at a file system themselves.

local M = {}

--- What a shell command says, without spaces at the end.
---@param command string
---@return string
function M.shell(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  pipe:close()
  return (text:gsub("%s+$", ""))
end

---@param path string
---@param text string
function M.spit(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

---@param path string
---@return string
function M.slurp(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

return M
