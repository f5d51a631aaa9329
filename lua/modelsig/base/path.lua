--- Paths that others chose: of files in a repository, of shards in an index.

local M = {}

--- Does a path stay below the folder it is put behind, under any system's rules?
---@param path string
---@return boolean
function M.is_inside(path)
  if path == "" or path:find "[%c\\]" or path:find "^%a:" or path:find "^/" then return false end
  for part in (path .. "/"):gmatch "(.-)/" do
    if part == "" or part == "." or part == ".." then return false end
  end
  return true
end

return M
