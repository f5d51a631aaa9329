--- The Hub's API: facts of a repository at a revision, with its commit and files; the list of files
--- in pages, for Hubs that leave the sizes out.

local errors = require "modelsig.origin.hub.errors"
local json = require "modelsig.native.json"
local net = require "modelsig.native.net"
local reference = require "modelsig.origin.hub.reference"
local paths = require "modelsig.base.path"
local request = require "modelsig.origin.hub.request"
local say = require "modelsig.origin.hub.rules"

local M = {}

---@class modelsig.hub.File
---@field name string path in the repository
---@field size integer|nil bytes
---@field identity string|nil digest of the content

---@class modelsig.hub.Facts
---@field commit string
---@field id string|nil what the repository is called now
---@field files modelsig.hub.File[] in byte order of the names
---@field outside? {count: integer, path: string} paths that were left out
---@field warning? string

local function text_of(value)
  return type(value) == "string" and value or nil
end

local function size_of(value)
  return math.type(value) == "integer" and value >= 0 and value or nil
end

--- A file of the list; `entry` is as in model facts (`rfilename`, `blobId`) or as in trees (`path`,
--- `oid`). Large files have their digest and size one level below.
local function file_of(entry)
  local lfs = type(entry.lfs) == "table" and entry.lfs or {}
  return { name = text_of(entry.rfilename) or text_of(entry.path),
    size = size_of(lfs.size) or size_of(entry.size),
    identity = text_of(lfs.sha256) or text_of(lfs.oid) or text_of(entry.blobId)
      or text_of(entry.oid) }
end

local function add_files(fetch, what, files, entries, outside)
  local most = fetch.rules.limits.files
  for _, entry in ipairs(entries) do
    local file = type(entry) == "table" and entry.type ~= "directory" and file_of(entry)
    if file and file.name then
      if #files >= most then
        return nil, say.text("listing_files", { what = what, host = fetch.target.host,
          most = most }), "limit"
      end
      if paths.is_inside(file.name) then
        files[#files + 1] = file
      else
        outside.count, outside.path = outside.count + 1, outside.path or file.name
      end
    end
  end
  return true
end

--- The JSON of an answer.
local function decoded(fetch, answer, asked, expected)
  local body = answer.body or ""
  local kind = errors.impostor(body)
  if kind then
    return nil, say.text("answer", { what = asked.what, host = answer.host, kind = kind,
      expected = expected }), "unsupported"
  end
  local value, message, code = json.decode(body, { max_bytes = fetch.rules.limits.listing })
  if type(value) == "table" then return value end
  message = value == nil and message or "an object or a list expected"
  return nil, say.text("listing_json", { what = asked.what, message = message }),
    code or "malformed"
end

local function get(fetch, asked)
  asked.api, asked.token, asked.gzip = true, true, true
  asked.limit = fetch.rules.limits.listing
  local answer, message, code = request.follow(fetch, asked)
  if not answer then return nil, message, code end
  if answer.status ~= 200 then
    message, code = errors.status(fetch, answer, asked)
    return nil, message, code, answer
  end
  return answer
end

--- In byte order of the names; a name that is there twice counts once.
local function sort(files)
  table.sort(files, function(a, b) return a.name < b.name end)
  local out = {}
  for i, file in ipairs(files) do
    if i == 1 or file.name ~= files[i - 1].name then out[#out + 1] = file end
  end
  return out
end

--- A mirror that sends to another Hub for good does so for every file: that Hub is asked from now.
local function follow_home(fetch, url)
  local base = url:match "^(.-)/api/models/"
  local parts = base and net.url(base)
  if parts and parts.origin ~= net.url(fetch.target.base).origin then
    fetch.target:move(base, parts.host)
  end
end

--- The facts as the Hub answers them; simple ones know the repository alone, not its revisions.
local function ask_facts(fetch)
  local what = "the list of files of " .. fetch.target.repository
  local asked = { what = what, facts = true,
    url = fetch.target:api(("/revision/%s?blobs=true"):format(net.escape(fetch.target.revision))) }
  local answer, message, code, failed = get(fetch, asked)
  local no_route = failed and failed.status == 404 and not failed.headers["x-error-code"]
  if no_route and fetch.target.revision == fetch.rules.revision then
    asked = { what = what, facts = true, url = fetch.target:api("?blobs=true") }
    answer, message, code = get(fetch, asked)
  end
  if not answer then return nil, message, code end
  return answer, asked
end

--- Asks for the facts of a repository at a revision.
---@param fetch modelsig.hub.Fetch
---@return modelsig.hub.Facts|nil facts
---@return string|nil message
---@return string|nil code
function M.facts(fetch)
  local revision = fetch.target.revision
  local answer, asked, code = ask_facts(fetch)
  if not answer then return nil, asked --[[@as string]], code end
  local message
  follow_home(fetch, asked.url)
  local value
  value, message, code = decoded(fetch, answer, asked, "JSON")
  if not value then return nil, message, code end
  local values = { what = asked.what, host = answer.host }
  local commit = text_of(value.sha)
  if not reference.is_commit(commit) then
    return nil, say.text("listing_commit", values), "malformed"
  end
  commit = commit:lower()
  if reference.is_commit(revision) and revision:lower() ~= commit then
    values.found, values.wanted = commit, revision
    return nil, say.text("listing_commit_odd", values), "mismatch"
  end
  if value.disabled == true then
    return nil, say.text("disabled", { repository = fetch.target.repository,
      host = answer.host }), "http"
  end
  local id = text_of(value.id)
  local facts = { commit = commit, files = {}, outside = { count = 0 }, url = asked.url,
    id = id and reference.is_repository(id) and id or nil,
    warning = answer.headers["x-hf-warning"] }
  local ok
  ok, message, code = add_files(fetch, asked.what, facts.files,
    type(value.siblings) == "table" and value.siblings or {}, facts.outside)
  if not ok then return nil, message, code end
  facts.files = sort(facts.files)
  return facts
end

--- Longer `Link` headers are cut: patterns over them would take their time.
local LONGEST_LINK = 8192

--- The address of the next page in a `Link` header, where `rel` may be any of its parameters.
---@param link string|nil
---@return string|nil
function M.next_page(link)
  link = (link or ""):sub(1, LONGEST_LINK) .. ","
  for target, rest in link:gmatch "<([^>]*)>([^<]*)," do
    for name, value in (rest .. ";"):gmatch ";%s*([%w*_-]+)%s*=%s*([^;]*)" do
      value = value:gsub("[,%s]+$", ""):gsub('^"(.*)"$', "%1"):lower()
      if name:lower() == "rel" and (" " .. value .. " "):find(" next ", 1, true) then
        return target
      end
    end
  end
end

--- The page after this one: only the endpoint itself is asked, nothing twice.
local function following(fetch, asked, answer, seen)
  local link = M.next_page(answer.headers.link)
  if not link then return nil end
  local url, message = net.join(asked.url, link)
  url = url and request.rewritten(fetch, url)
  local parts = url and net.url(url)
  local here = net.url(asked.url)
  if not parts or parts.origin ~= here.origin then
    return nil, say.text("pages_host", { what = asked.what,
      place = parts and parts.origin or message or "" }), "http"
  end
  if seen[url] then return nil, say.text("pages_loop", { what = asked.what }), "http" end
  seen[url] = true
  return url
end

--- The list of files of a commit, page after page.
---@param fetch modelsig.hub.Fetch
---@param commit string
---@return modelsig.hub.File[]|nil files
---@return string|nil message
---@return string|nil code
function M.tree(fetch, commit)
  local what = "the list of files of " .. fetch.target.repository
  local url = fetch.target:api(("/tree/%s?recursive=true&expand=false"):format(commit))
  local files, outside, seen = {}, { count = 0 }, { [url] = true }
  local most = fetch.rules.limits.pages
  for _ = 1, most do
    local asked = { url = url, what = what }
    local answer, message, code = get(fetch, asked)
    if not answer then return nil, message, code end
    local value
    value, message, code = decoded(fetch, answer, asked, "JSON")
    if not value then return nil, message, code end
    local ok
    ok, message, code = add_files(fetch, what, files, value, outside)
    if not ok then return nil, message, code end
    url, message, code = following(fetch, asked, answer, seen)
    if message then return nil, message, code end
    if not url then return sort(files) end
  end
  return nil, say.text("pages_many", { what = what, most = most }), "limit"
end

--- The commit that a revision stands for now, alone.
---@param fetch modelsig.hub.Fetch
---@return string|nil commit
---@return string|nil message
---@return string|nil code
function M.commit(fetch)
  local asked = { what = "the commit of " .. fetch.target.repository,
    url = fetch.target:api(("/revision/%s?expand=sha"):format(net.escape(fetch.target.revision))) }
  local answer, message, code = get(fetch, asked)
  if not answer then return nil, message, code end
  local value
  value, message, code = decoded(fetch, answer, asked, "JSON")
  if not value then return nil, message, code end
  return text_of(value.sha) or "", nil, nil
end

return M
