--- Routes of the stand-in Hub: `hub()` and `cdn()` are the two servers of `tests/hub/nginx.conf`.

local json = require "cjson.safe"
local access = require "access"
local answer = require "answer"
local api = require "api"
local files = require "files"
local repos = require "repos"
local script = require "script"

local M = {}
local run = {} -- what `serve` wrote: root, hub, cdn, log, tokens

--- Reads what `serve` wrote for this run.
function M.configure(path)
  run = assert(json.decode(files.read(path)))
  script.places = run.places
  for _, token in ipairs(run.tokens) do access.tokens[token] = "owner" end
  answer.log_file = assert(io.open(run.log, "ab"))
end

local function split(path)
  local parts = {}
  for part in path:gmatch "[^/]+" do parts[#parts + 1] = ngx.unescape_uri(part) end
  return parts
end

local function rest_of(parts, at) return table.concat(parts, "/", at) end

local function quoted(text) return '"' .. text .. '"' end

local function not_found(code, message, commit)
  return answer.failed(404, code, message, { ["X-Repo-Commit"] = commit })
end

local function no_revision(name)
  return not_found("RevisionNotFound", "Invalid rev id: " .. name)
end

--- A renamed repository answers every route with its new address.
local function moved(repo, parts, at, before, prefix)
  local rest = {}
  for i = at, #parts do rest[#rest + 1] = ngx.escape_uri(parts[i]) end
  local path = prefix .. before .. repo.config.renamed_to
  if #rest > 0 then path = path .. "/" .. table.concat(rest, "/") end
  return answer.redirect(307, path .. (ngx.var.is_args or "") .. (ngx.var.args or ""))
end

--- A signed address on the CDN. Its query counts as a secret, and holds to the letter.
local function signed(repo, file)
  local path = ("/xet-bridge-us/%s/%s"):format(files.hex(ngx.sha1_bin(repo.id)):sub(1, 24),
    file.sha256)
  local name = file.path:match "[^/]*$"
  local query = ("X-Xet-Cas-Uid=public&response-content-disposition=inline%%3B+filename%%3D" ..
    "%%22%s%%22%%3B&Expires=%d&Policy=eyJTdGF0ZW1lbnQiOlt7fV19"):format(answer.escape(name),
    math.floor(ngx.now()) + (repo.config.expires or 3600))
  local signature = "sig_" .. files.hex(ngx.hmac_sha1(run.secret, path .. "?" .. query)) ..
    ("~x-"):rep(200)
  ngx.shared.hub:set("cdn:" .. path, json.encode { repo = repo.folder, id = repo.id,
    where = file.where, sha256 = file.sha256, name = name })
  local base = script.fill(repo.config.cdn or "{cdn}")
  return ("%s%s?%s&Signature=%s&Key-Pair-Id=K2L8F4GPSG1IFC"):format(base, path, query, signature)
end

local function resolve_large(repo, snapshot, file, prefix)
  local headers = { ["X-Repo-Commit"] = snapshot.commit, ["X-Linked-Size"] = file.size,
    ["X-Linked-ETag"] = quoted(file.sha256), ["ETag"] = quoted(file.sha256),
    ["Accept-Ranges"] = "bytes" }
  if repo.config.shape == "direct" then
    return answer.file(file.where, quoted(file.sha256), { ["X-Repo-Commit"] = snapshot.commit })
  end
  headers["X-Xet-Hash"] = file.sha256:reverse()
  headers["Link"] = ('<%s%s/api/models/%s/xet-read-token/%s>; rel="xet-auth", <%s/v1/' ..
    'reconstructions/%s>; rel="xet-reconstruction-info"'):format(script.places.hub, prefix, repo.id,
    snapshot.commit, script.places.cdn, file.sha256:reverse())
  return answer.redirect(302, signed(repo, file), headers)
end

local function resolve(repo, snapshot, path, prefix)
  local file = snapshot.files.by_path[path]
  local stat = file and files.stat(file.where)
  if file and (not stat or stat.changed ~= file.changed) then
    snapshot = repos.revision(repo, snapshot.commit, true) or snapshot
    file = snapshot.files.by_path[path]
  end
  if not file then return not_found("EntryNotFound", "Entry not found", snapshot.commit) end
  if file.sha256 then return resolve_large(repo, snapshot, file, prefix) end
  local etag = quoted(file.blob)
  if repo.config.shape == "direct" or repo.config.private then
    return answer.file(file.where, etag, { ["X-Repo-Commit"] = snapshot.commit })
  end
  local target = ("%s/api/resolve-cache/models/%s/%s/%s?%s=&etag=%s"):format(prefix, repo.id,
    snapshot.commit, answer.escape(path), ngx.escape_uri("/" .. repo.id .. "/resolve/" ..
    snapshot.name .. "/" .. path), ngx.escape_uri(etag))
  return answer.redirect(307, target, { ["X-Repo-Commit"] = snapshot.commit,
    ["X-Linked-Size"] = file.size, ["X-Linked-ETag"] = etag })
end

--- Where small files of a commit come from. Without its query there is no `X-Repo-Commit`.
local function resolve_cache(repo, parts, at)
  local snapshot = repos.revision(repo, parts[at] or "")
  local file = snapshot and snapshot.files.by_path[rest_of(parts, at + 1)]
  if not file then return not_found("EntryNotFound", "Entry not found") end
  local whole = ngx.req.get_uri_args().etag == quoted(file.blob)
  return answer.file(file.where, quoted(file.blob), {
    ["X-Repo-Commit"] = whole and snapshot.commit or nil, ["Via"] = "1.1 stand-in (CloudFront)",
    ["X-Cache"] = "Hit from cloudfront", ["Cache-Control"] = "public, max-age=31536000" })
end

local function mirrored(repo)
  if not repo or not repo.config.mirror_of then return nil end
  return answer.redirect(308, script.fill(repo.config.mirror_of) .. ngx.var.request_uri)
end

local api_routes = {}

function api_routes.revision(repo, snapshot)
  return api.model(repo, snapshot, ngx.req.get_uri_args())
end

function api_routes.tree(repo, snapshot, path)
  return api.tree(repo, snapshot, path, ngx.req.get_uri_args())
end

api_routes["paths-info"] = function(_, snapshot) return api.paths(snapshot) end

local function api_request(repo, parts, at)
  local route = parts[at]
  if route == nil then return api_routes.revision(repo, repos.revision(repo, "main", true)) end
  if route == "auth-check" then return answer.json(200, {}) end
  if route == "safetensors-metadata" then
    return api.headers(repo, repos.revision(repo, "main"), rest_of(parts, at + 1))
  end
  if not api_routes[route] or not parts[at + 1] then
    return answer.failed(404, nil, "Sorry, we can't find the page you are looking for.")
  end
  local snapshot = repos.revision(repo, parts[at + 1], true)
  if not snapshot then return no_revision(parts[at + 1]) end
  return api_routes[route](repo, snapshot, rest_of(parts, at + 2))
end

local function file_request(repo, parts, at, prefix)
  if parts[at] ~= "resolve" and parts[at] ~= "raw" or not parts[at + 2] then
    return answer.text(200, "text/html; charset=utf-8", "<!doctype html><title>stand-in</title>")
  end
  local snapshot = repos.revision(repo, parts[at + 1])
  if not snapshot then return no_revision(parts[at + 1]) end
  return resolve(repo, snapshot, rest_of(parts, at + 2), prefix)
end

--- What tests ask of the servers themselves: `/-/mark` and `/-/hop?to=URL&status=302`.
local function control(name)
  local query = ngx.req.get_uri_args()
  if name == "hop" and query.to then
    return answer.redirect(tonumber(query.status) or 302, query.to)
  elseif name == "reset" then
    ngx.shared.hub:flush_all()
  end
  return answer.text(200, "text/plain", "ok\n")
end

local function bucket_of(parts)
  if parts[1] == "api" and parts[2] ~= "resolve-cache" then return "api" end
  for _, part in ipairs(parts) do
    if part == "resolve" or part == "resolve-cache" or part == "raw" then return "resolvers" end
  end
  return "pages"
end

--- The Hub. An endpoint may have a path: everything is also found below `/prefix`.
function M.hub()
  local uri = ngx.var.request_uri:match "^[^?]*"
  local prefix = uri:match "^/prefix%f[/]" or ""
  local path = uri:sub(#prefix + 1)
  local parts = split(path)
  if parts[1] == "-" then return control(parts[2]) end
  local is_api = parts[1] == "api"
  local cached = is_api and parts[2] == "resolve-cache"
  local first = cached and 4 or is_api and 3 or 1
  local repo, at = repos.find(run.root, parts, first)
  answer.usual(bucket_of(parts), repo and repo.config.warnings)
  if repo and script.run(repo, "hub", path) or mirrored(repo) then return end
  if is_api and parts[2] == "whoami-v2" then return answer.json(200, { name = "stand-in" }) end
  if repo and repo.config.renamed_to then
    return moved(repo, parts, at, "/" .. (is_api and table.concat(parts, "/", 1, first - 1) .. "/"
      or ""), prefix)
  end
  if access.refuse(repo, (not is_api or cached or parts[at] == "safetensors-metadata") and "file"
    or "api") then return end
  if cached then return resolve_cache(repo, parts, at) end
  if is_api then return api_request(repo, parts, at) end
  return file_request(repo, parts, at, prefix)
end

local function refused(code)
  return answer.text(403, "application/xml", ("<?xml version=\"1.0\"?><Error><Code>%s</Code>" ..
    "<Message>Access denied</Message></Error>"):format(code))
end

--- The CDN: files by signed addresses, nothing else; a token here is an error, as on S3.
function M.cdn()
  local uri = ngx.var.request_uri
  local path, query = uri:match "^([^?]*)%??(.*)$"
  if path:find "^/%-/" then return control(path:sub(4)) end
  local known = json.decode(ngx.shared.hub:get("cdn:" .. path) or "")
  if not known then return refused "NoSuchKey" end
  local repo = { id = known.id, folder = known.repo, config = repos.config_of(known.repo) }
  if script.run(repo, "cdn", "/" .. known.name) then return end
  if ngx.req.get_headers().authorization then
    return answer.text(400, "application/xml", "<Error><Code>InvalidArgument</Code><Message>Only" ..
      " one auth mechanism allowed</Message></Error>")
  end
  local plain, signature = query:match "^(.*)&Signature=sig_(%x+)[~x-]*&Key%-Pair%-Id=%w+$"
  if not plain or signature ~= files.hex(ngx.hmac_sha1(run.secret, path .. "?" .. plain)) then
    return refused "SignatureError"
  elseif tonumber(plain:match "&Expires=(%d+)") < ngx.now() then
    return refused "AccessDenied"
  end
  return answer.file(known.where, quoted(known.sha256), {
    ["Content-Type"] = "application/octet-stream", ["Cache-Control"] = "public, max-age=31536000",
    ["Content-Disposition"] = ("inline; filename*=UTF-8''%s; filename=\"%s\";"):format(
      answer.escape(known.name), known.name), ["X-Cache"] = "Hit from cloudfront",
    ["Via"] = "1.1 stand-in (CloudFront)", ["X-Amz-Cf-Pop"] = "LHR50-P1", ["Age"] = "12",
    ["Content-Security-Policy"] = "default-src 'none'; sandbox" })
end

return M
