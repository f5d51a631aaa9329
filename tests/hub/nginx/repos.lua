--- Repositories of the stand-in Hub: folders `DIR/org/name` or `DIR/name`, each with an optional
--- `.hub.json`, whose fields `tests/hub/README.md` lists.

local json = require "cjson.safe"
local files = require "files"

local M = {}

local LFS = { "%.safetensors$", "%.bin$", "%.gguf$", "%.onnx$", "%.onnx_data$", "%.pth?$", "%.h5$",
  "%.msgpack$", "%.model$", "%.npz$" }

function M.config_of(folder)
  local text = files.read(folder .. "/.hub.json")
  if not text then return {} end
  local config, problem = json.decode(text)
  if not config then return { broken = ".hub.json: " .. problem } end
  return config
end

local function is_repository(folder)
  if files.stat(folder .. "/.hub.json") then return true end
  for _, name in ipairs(files.names(folder)) do
    local stat = files.stat(folder .. "/" .. name)
    if stat and stat.kind == "file" then return true end
  end
  return false
end

local function is_name(text)
  return text and text:find "^[%w_][%w_.-]*$" and not text:find("..", 1, true)
end

--- Finds the repository that the first one or two parts of a path name.
--- Returns it (or nil) with the index of the first part behind its id.
function M.find(root, parts, at)
  local one, two = parts[at], parts[at + 1]
  if not is_name(one) then return nil, at end
  local folder = root .. "/" .. one
  local stat = files.stat(folder)
  if stat and stat.kind == "folder" and is_repository(folder) then
    return { id = one, folder = folder, config = M.config_of(folder) }, at + 1
  end
  if not is_name(two) then return nil, at + 1 end
  folder = folder .. "/" .. two
  stat = files.stat(folder)
  if not stat or stat.kind ~= "folder" then return nil, at + 2 end
  return { id = one .. "/" .. two, folder = folder, config = M.config_of(folder) }, at + 2
end

local function snapshot(repo, name, fresh)
  local entry = (repo.config.revisions or {})[name] or name == "main" and {}
  if not entry then return nil end
  local folder = entry.folder and repo.folder .. "/" .. entry.folder or repo.folder
  local list = files.list(folder, repo.config.lfs or LFS, fresh)
  local commit = entry.commit or files.hex(ngx.sha1_bin(repo.id .. "\n" .. name .. list.digest))
  return { name = name, commit = commit, files = list, folder = folder }
end

--- `moves = {after = n, to = name}`: from the n-th request on, `main` means another revision.
local function main_now(repo)
  local moves = repo.config.moves
  if not moves then return "main" end
  local seen = ngx.shared.hub:incr("moves:" .. repo.id, 1, 0)
  return seen > moves.after and moves.to or "main"
end

--- The files at a revision: a branch, a tag, `refs/pr/1`, or a commit. Nil where it does not exist.
function M.revision(repo, name, fresh)
  if name == "main" or name == "HEAD" then return snapshot(repo, main_now(repo), fresh) end
  local named = snapshot(repo, name, fresh)
  if named or not name:find "^%x+$" then return named end
  local names = { "main" }
  for other in pairs(repo.config.revisions or {}) do names[#names + 1] = other end
  for _, other in ipairs(names) do
    local one = snapshot(repo, other, fresh)
    if one.commit == name then return one end
  end
end

return M
