--- The API of the stand-in Hub: model facts, trees in pages, named paths, headers of all shards.

local json = require "cjson.safe"
local answer = require "answer"
local files = require "files"

local M = {}

local array = json.empty_array_mt

local function list(rows) return setmetatable(rows, array) end

local function lfs_of(file, key)
  return file.sha256 and { [key] = file.sha256, size = file.size, pointerSize = 134 } or nil
end

local function siblings(snapshot, blobs)
  local rows = list {}
  for i, file in ipairs(snapshot.files) do
    rows[i] = { rfilename = file.path }
    if blobs then
      rows[i].size, rows[i].blobId, rows[i].lfs = file.size, file.blob, lfs_of(file, "sha256")
    end
  end
  return rows
end

--- `GET /api/models/{id}` and `.../revision/{rev}`.
function M.model(repo, snapshot, query)
  local config = repo.config
  local facts = {
    _id = files.hex(ngx.sha1_bin(repo.id)):sub(1, 24), id = repo.id, modelId = repo.id,
    sha = snapshot.commit, private = config.private or false, gated = config.gated and "manual" or
    false, disabled = false, downloads = 0, likes = 0, tags = list { "safetensors" },
    lastModified = "2026-08-01T00:00:00.000Z", createdAt = "2026-01-01T00:00:00.000Z",
    siblings = siblings(snapshot, query.blobs == "true"), usedStorage = 0,
    library_name = "transformers", pipeline_tag = "text-generation",
  }
  if query.expand and query.blobs then
    return answer.failed(400, nil, "expand and blobs cannot be used together")
  end
  if query.expand then
    local asked = type(query.expand) == "table" and query.expand or { query.expand }
    local few = { _id = facts._id, id = facts.id }
    for _, name in ipairs(asked) do few[name] = facts[name] end
    facts = few
  end
  return answer.json(200, facts)
end

local function entry(file)
  return { type = "file", oid = file.blob, size = file.size, path = file.path,
    lfs = lfs_of(file, "oid"), xetHash = file.sha256 and file.sha256:reverse() }
end

local function tree_rows(snapshot, folder, recursive)
  local rows, seen = {}, {}
  local prefix = folder == "" and "" or folder .. "/"
  for _, file in ipairs(snapshot.files) do
    if file.path:sub(1, #prefix) == prefix then
      local rest = file.path:sub(#prefix + 1)
      for stop in rest:gmatch "()/" do
        local name = prefix .. rest:sub(1, stop - 1)
        if not seen[name] and (recursive or not rest:sub(1, stop - 1):find "/") then
          rows[#rows + 1] = { type = "directory", size = 0, path = name,
            oid = files.hex(ngx.sha1_bin(name)) }
        end
        seen[name] = true
      end
      if recursive or not rest:find "/" then rows[#rows + 1] = entry(file) end
    end
  end
  return rows
end

--- The `Link` header of a page; `pages` of `.hub.json` says how it is bent.
local function next_link(pages, uri, cursor)
  local path, query = uri:match "^([^?]*)%??(.*)$"
  query = ("&" .. query):gsub("&cursor=[^&]*", ""):sub(2)
  if pages.loop then cursor = pages.size end
  local target = ("%s?%s%scursor=%d"):format(path, query, query == "" and "" or "&", cursor)
  if pages.next then return (pages.next:gsub("{target}", (target:gsub("%%", "%%%%")))) end
  local host = pages.relative and "" or ("%s://%s"):format(ngx.var.scheme, ngx.var.http_host)
  return ('<%s%s>; rel="next"'):format(host, target)
end

--- `GET /api/models/{id}/tree/{rev}[/{path}]`.
function M.tree(repo, snapshot, folder, query)
  local rows = tree_rows(snapshot, folder, query.recursive == "true")
  if #rows == 0 and folder ~= "" then
    return answer.failed(404, "EntryNotFound", folder .. ' does not exist on "' ..
      snapshot.name .. '"', { ["X-Repo-Commit"] = snapshot.commit })
  end
  local pages = repo.config.pages or {}
  local size = tonumber(query.limit) or pages.size or (query.expand == "true" and 50 or 1000)
  local from = tonumber(query.cursor) or 0
  local page = list {}
  for i = from + 1, math.min(#rows, from + size) do page[#page + 1] = rows[i] end
  if from + size < #rows or pages.loop then
    ngx.header["Link"] = next_link(pages, ngx.var.request_uri, from + size)
  end
  return answer.json(200, page, { ["X-Repo-Commit"] = snapshot.commit })
end

--- `POST /api/models/{id}/paths-info/{rev}`.
function M.paths(snapshot)
  ngx.req.read_body()
  local text = ngx.req.get_body_data() or ""
  local asked = (json.decode(text) or {}).paths or ngx.decode_args(text).paths or {}
  local rows = list {}
  for _, path in ipairs(type(asked) == "table" and asked or { asked }) do
    local file = snapshot.files.by_path[path]
    if file then rows[#rows + 1] = entry(file) end
  end
  return answer.json(200, rows)
end

local function header_of(where)
  local text = files.read(where, 0, 7)
  if not text or #text < 8 then return nil end
  local size = 0
  for i = 8, 1, -1 do size = size * 256 + text:byte(i) end
  if size > 100000000 then return nil end
  local header = files.read(where, 8, 7 + size)
  return #header == size and json.decode(header) and header:gsub("%s+$", "") or nil
end

local composed = {}

local function compose(snapshot, index_file)
  local index = json.decode(files.read(index_file.where))
  if type(index) ~= "table" or type(index.weight_map) ~= "table" then return nil end
  local folder = index_file.path:match "^(.*/)" or ""
  local names, seen = {}, {}
  for _, name in pairs(index.weight_map) do
    if not seen[name] then names[#names + 1], seen[name] = name, true end
  end
  table.sort(names)
  local rows = {}
  for i, name in ipairs(names) do
    local file = snapshot.files.by_path[folder .. name]
    local header = file and header_of(file.where)
    if not header then return nil end
    rows[i] = json.encode(name) .. ":" .. header
  end
  return ('{"index":{"metadata":%s},"headers":{%s}}'):format(json.encode(index.metadata or {}),
    table.concat(rows, ","))
end

--- `GET /api/models/{id}/safetensors-metadata/{index file}`, `main` only.
function M.headers(repo, snapshot, path)
  local file = snapshot.files.by_path[path]
  if repo.config.api_headers == false then
    return answer.failed(404, nil, "Sorry, we can't find the page you are looking for.")
  elseif not file then
    return answer.failed(404, "EntryNotFound", "Entry not found")
  end
  local key = repo.id .. snapshot.commit .. path
  composed[key] = composed[key] or compose(snapshot, file)
  if not composed[key] then return answer.failed(500, nil, "Internal Error") end
  return answer.json(200, composed[key], { ["X-Repo-Commit"] = snapshot.commit })
end

return M
