--- Which part of a repository a reference means: its root, a folder, or one file of it.

local check = require "modelsig.base.check"
local fetched = require "modelsig.origin.hub.fetched"
local formats = require "modelsig.format.formats"
local net = require "modelsig.native.net"
local say = require "modelsig.origin.hub.rules"

local M = {}

--- The files directly in a folder, its folders, and the files in those; names without the folder
--- before them.
local function inside(files, folder)
  local prefix = folder == "" and "" or folder .. "/"
  local own, folders, deeper, seen = {}, {}, {}, {}
  for _, file in ipairs(files) do
    if file.name:sub(1, #prefix) == prefix then
      local rest = file.name:sub(#prefix + 1)
      local below = rest:match "^([^/]+)/"
      local list = below and deeper or own
      list[#list + 1] = { name = rest, size = file.size or 0, identity = file.identity,
        path = file.name, known = file.size ~= nil }
      if below then
        if not seen[below] then folders[#folders + 1], seen[below] = below, true end
      end
    end
  end
  return own, folders, deeper
end

local function find(files, path)
  local folder
  for _, file in ipairs(files) do
    if file.name == path then return file end
    folder = folder or file.name:sub(1, #path + 1) == path .. "/"
  end
  return nil, folder
end

--- Names near to a path that does not exist: files beside it and folders.
local function near(files, path)
  local folder, name = path:match "^(.*)/([^/]+)$"
  local own, folders = inside(files, folder or "")
  local names = table.move(folders, 1, #folders, 1, {})
  for _, file in ipairs(own) do names[#names + 1] = file.name end
  return check.hint(name or path, names)
end

--- The origin that a reference stands for, of the files of a commit.
---@param fetch modelsig.hub.Fetch
---@param files modelsig.hub.File[]
---@return modelsig.hub.Fetched|nil origin
---@return string|nil message
---@return string|nil code
function M.origin(fetch, files)
  local path = fetch.target.path
  local fields = { repository = fetch.target.repository, revision = fetch.target.commit,
    path = path or "", config_name = "config.json" }
  local folder, alone = "", nil
  if path then
    local file, is_folder = find(files, path)
    local shown = net.printable(path, 200)
    if is_folder then
      folder = path
    elseif not file then
      return nil, say.text("folder", { repository = fetch.target.repository, path = shown,
        hint = near(files, path) }), "notfound"
    else
      local name
      folder, name = path:match "^(.*)/([^/]+)$"
      folder, name = folder or "", name or path
      if formats.of(name) then
        fields.weights = name
      elseif name:find "%.json$" then
        fields.config_name, alone = name, name
      else
        return nil, say.text("kind", { repository = fetch.target.repository, path = shown,
          weights = formats.shown "" }), "unsupported"
      end
    end
  end
  fields.files, fields.folders, fields.deeper = inside(files, folder)
  if alone then
    fields.alone = true
    for _, file in ipairs(fields.files) do
      if file.name == alone then fields.files = { file } end
    end
    fields.folders, fields.deeper = {}, {}
  end
  fields.folder = folder
  return fetched.new(fields)
end

local function named(fetch, origin)
  local names = {}
  for i, folder in ipairs(origin.folders) do
    if i > 8 then
      names[i] = "..."
      break
    end
    names[i] = ("%s:%s%s"):format(fetch.target.repository,
      origin.folder == "" and "" or net.printable(origin.folder, 100) .. "/",
      net.printable(folder, 100))
  end
  return table.concat(names, ", ")
end

--- What to say of an origin in which there is nothing to read, or nil: there is something.
---@param fetch modelsig.hub.Fetch
---@param origin modelsig.hub.Fetched
---@return string|nil message
---@return string|nil code
function M.nothing(fetch, origin)
  if origin:has(origin.config_name) then return nil end
  local weights, message = formats.choose(origin, fetch.plan.asked)
  if weights then return nil end
  local folders = named(fetch, origin)
  if origin:has "model_index.json" then
    return say.text("pipeline", { repository = fetch.target.repository, folders = folders }),
      "unsupported"
  end
  if message then return nil end -- the reader says so
  return say.text("nothing", { repository = fetch.target.repository, config = origin.config_name,
    weights = formats.shown "*", files = #origin.files,
    folders = folders ~= "" and say.text("nothing_folders", { folders = folders }) or "" }),
    "notfound"
end

return M
