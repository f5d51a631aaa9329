--- What a user types for a model on a Hub, in all its spellings:
---
---     name                org/name               org/name@revision
---     org/name:path       org/name@revision:path
---     hf://org/name[@revision][/path]            hf://models/org/name
---     https://huggingface.co/org/name[/tree|blob|resolve/revision[/path]]
---
--- A revision may have slashes (`refs/pr/1`). Sources: the Hub's URI scheme and its rules for ids.

local net = require "modelsig.native.net"
local paths = require "modelsig.base.path"
local say = require "modelsig.origin.hub.rules"

local M = {}

---@class modelsig.hub.Reference
---@field repository string "name" or "org/name"
---@field revision string|nil
---@field path string|nil a file or folder in the repository

local LONGEST = 96
local LONGEST_REVISION = 200

--- First words of a path that name other things than models.
local kinds = { datasets = "datasets", spaces = "spaces", kernels = "kernels", buckets = "buckets",
  dataset = "datasets", space = "spaces" }

local function is_name(name)
  return #name >= 1 and #name <= LONGEST and name:find "^[%w_.-]+$" ~= nil
    and not name:find("--", 1, true) and not name:find("..", 1, true)
    and not name:find "^[-.]" and not name:find "[-.]$" and not name:find "%.git$"
end

--- Is this an id of a repository, "name" or "org/name"?
---@param text string
---@return boolean
function M.is_repository(text)
  local org, name = text:match "^([^/]+)/([^/]+)$"
  if org then return is_name(org) and is_name(name) end
  return is_name(text)
end

--- Is this a commit?
---@param text string|nil
---@return boolean
function M.is_commit(text)
  return text ~= nil and #text == 40 and text:find "^%x+$" ~= nil
end

local function is_revision(text)
  return text ~= "" and #text <= LONGEST_REVISION and not text:find "[%c%s~^:?*%[\\]"
    and not text:find("..", 1, true) and not text:find "^[-/]" and not text:find "/$"
    and not text:find("//", 1, true)
end

--- Checks the parts of a reference.
local function checked(text, repository, revision, path)
  text = net.printable(text, LONGEST_REVISION)
  if repository == "" then return nil, say.text("reference.empty", { text = text }), "notfound" end
  if not M.is_repository(repository) then
    return nil, say.text("reference.repository", { text = text,
      repository = net.printable(repository, LONGEST_REVISION) }), "malformed"
  end
  if revision and not is_revision(revision) then
    return nil, say.text("reference.revision", { text = text,
      revision = net.printable(revision, LONGEST_REVISION) }), "malformed"
  end
  if path and path:find "/$" then path = path:gsub("/+$", "") end
  if path == "" then path = nil end
  if path and not paths.is_inside(path) then
    return nil, say.text("reference.path", { text = text,
      path = net.printable(path, LONGEST_REVISION) }), "malformed"
  end
  return { repository = repository, revision = revision, path = path }
end

--- Splits a revision from the path behind it: `refs/pr/N` and `refs/convert/NAME` have slashes.
local function split_revision(rest)
  local special, behind = rest:match "^(refs/%a+/[^/]+)/?(.*)$"
  if special then return special, behind end
  local revision
  revision, behind = rest:match "^([^/]*)/?(.*)$"
  return net.unescape(revision), behind
end

local function of_uri(text)
  local rest = text:match "^hf://(.*)$"
  local first = rest:match "^([^/]+)/"
  if kinds[first] then
    return nil, say.text("reference.kind", { text = net.printable(text), kind = kinds[first] }),
      "unsupported"
  end
  if first == "models" or first == "model" then rest = rest:gsub("^models?/", "") end
  local before, behind = rest:match "^([^@]*)@(.*)$"
  if before then
    local revision, path = split_revision(behind)
    return checked(text, before, revision, path)
  end
  local org, name, path = rest:match "^([^/]+)/([^/]+)/?(.*)$"
  return checked(text, org and org .. "/" .. name or rest:gsub("/$", ""), nil, path)
end

local pages = { tree = true, blob = true, resolve = true, raw = true, commit = true }

--- The page of a model: everything behind the host, and behind the endpoint's own path.
local function of_page(text, path)
  local parts = {}
  for part in path:gmatch "[^/]+" do parts[#parts + 1] = part end
  if parts[1] == "api" and parts[2] == "models" then parts = table.move(parts, 3, #parts, 1, {}) end
  if kinds[parts[1]] and #parts > 1 then
    return nil, say.text("reference.kind", { text = net.printable(text), kind = kinds[parts[1]] }),
      "unsupported"
  end
  local at = pages[parts[2]] and 2 or 3
  local repository = table.concat(parts, "/", 1, math.min(at - 1, #parts))
  if #parts < at then return checked(text, net.unescape(repository)) end
  if not pages[parts[at]] or not parts[at + 1] then
    return nil, say.text("reference.page", { text = net.printable(text) }), "malformed"
  end
  local revision, behind = split_revision(table.concat(parts, "/", at + 1))
  if parts[at] == "commit" then behind = "" end
  return checked(text, net.unescape(repository), revision, net.unescape(behind))
end

--- Is this a Hub: the endpoint, or a name of one that is known?
---@param url modelsig.Url
---@param endpoint modelsig.Url|nil
---@return boolean
function M.is_hub(url, endpoint)
  if endpoint and url.origin == endpoint.origin then return true end
  for _, host in ipairs(say.rules().hosts) do
    local port = host:find ":%d+$" and "" or ":443"
    if url.origin == "https://" .. host .. port then return true end
  end
  return false
end

local function of_url(text, endpoint)
  local url, message = net.url(text)
  if not url then
    local shown = net.printable((text:gsub("[?#].*", "")), LONGEST_REVISION)
    return nil, ("%s: %s"):format(shown, message), "malformed"
  end
  local shown = text:gsub("[?#].*", "")
  local home = endpoint and net.url(endpoint)
  if not M.is_hub(url, home) then
    return nil, say.text("reference.host", { text = net.printable(shown), host = url.host }),
      "unsupported"
  end
  local path = url.path
  if home and url.origin == home.origin and home.path ~= "/" then
    local prefix = home.path:gsub("/+$", "") .. "/"
    if path:sub(1, #prefix) == prefix then path = path:sub(#prefix) end
  end
  return of_page(shown, path)
end

--- Takes a reference apart.
---@param text string
---@param endpoint? string pages of it may be typed, too
---@return modelsig.hub.Reference|nil reference
---@return string|nil message
---@return string|nil code
function M.parse(text, endpoint)
  if text:find "^hf://" then return of_uri(text) end
  if text:find "^%a[%w+.-]*://" then return of_url(text, endpoint) end
  local repository, rest = text:match "^([^@:]*)(.*)$"
  local revision, path = rest:match "^@([^:]*):?(.*)$"
  if not revision and rest ~= "" then path = rest:sub(2) end
  return checked(text, repository, revision, path)
end

--- Checks a revision that was given beside a reference.
---@param revision string
---@return true|nil fine
---@return string|nil message
---@return string|nil code
function M.with_revision(revision)
  if is_revision(revision) then return true end
  return nil, say.text("reference.revision", { text = "--revision",
    revision = net.printable(revision, LONGEST_REVISION) }), "malformed"
end

--- Does this look like a reference to a Hub, whatever files are here: by its scheme, or as
--- `org/name@...` and `org/name:...`?
---@param text string
---@return boolean
function M.is_certain(text)
  if text:find "^hf://" or text:find "^https?://" then return true end
  local repository = text:match "^([^@:]+)[@:]"
  return repository ~= nil and M.is_repository(repository)
end

--- Could this be the name of a repository, where there is no such path?
---@param text string
---@return boolean
function M.is_possible(text)
  return M.is_certain(text) or M.is_repository(text)
end

return M
