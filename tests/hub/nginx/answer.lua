--- How the stand-in Hub answers: bodies, errors, redirects, files, and the headers on every answer.

local json = require "cjson.safe"

local M = {}

--- Headers that the real Hub puts on everything. `bucket` is the rate limit that counts it.
function M.usual(bucket, warnings)
  local quota = ({ api = 500, resolvers = 3000, pages = 100 })[bucket]
  local window = 300
  local now = math.floor(ngx.now())
  local turn = math.floor(now / window)
  local seen = ngx.shared.hub:incr(("rate:%s:%d"):format(bucket, turn), 1, 0, window)
  ngx.header["RateLimit"] = ('"%s";r=%d;t=%d'):format(bucket, math.max(1, quota - seen),
    (turn + 1) * window - now)
  ngx.header["RateLimit-Policy"] = ('"fixed window";"%s";q=%d;w=%d'):format(bucket, quota, window)
  ngx.header["X-Powered-By"] = "huggingface-moon"
  ngx.header["X-Request-Id"] = "Root=1-" .. ngx.var.request_id
  ngx.header["Vary"] = "Origin, Accept"
  ngx.header["Access-Control-Expose-Headers"] = "X-Repo-Commit,X-Request-Id,X-Error-Code," ..
    "X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size," ..
    "X-Linked-ETag,X-Xet-Hash"
  if warnings then ngx.header["X-HF-Warning"] = warnings end
end

local function headers(set)
  for name, value in pairs(set or {}) do ngx.header[name] = value end
end

--- Sends a text. Returns true, so that a handler can end with it.
function M.text(status, kind, body, set)
  ngx.status = status
  ngx.header["Content-Type"] = kind
  headers(set)
  ngx.header["Content-Length"] = #body
  if ngx.req.get_method() ~= "HEAD" then ngx.print(body) else ngx.send_headers() end
  return true
end

function M.json(status, value, set)
  local body = type(value) == "string" and value or json.encode(value)
  return M.text(status, "application/json; charset=utf-8", body, set)
end

function M.failed(status, code, message, set)
  headers { ["X-Error-Code"] = code, ["X-Error-Message"] = message }
  return M.json(status, { error = message }, set)
end

function M.redirect(status, location, set)
  headers { Location = location }
  local words = status == 302 and "Found" or "Temporary Redirect"
  return M.text(status, "text/plain; charset=utf-8",
    ("%s. Redirecting to %s"):format(words, location), set)
end

local function escape(path)
  return (path:gsub("[^%w%-._~/]", function(c) return ("%%%02X"):format(c:byte()) end))
end
M.escape = escape

--- Lets nginx send a file, with ranges and with gzip where its type allows it.
function M.file(where, etag, set)
  local asked = ngx.req.get_headers()["if-none-match"]
  if asked and asked:gsub("^W/", "") == etag then
    ngx.status = 304
    headers(set)
    ngx.header["ETag"] = etag
    ngx.send_headers()
    return true
  end
  local all = { ETag = etag }
  for name, value in pairs(ngx.resp.get_headers(0)) do all[name] = value end
  for name, value in pairs(set or {}) do all[name] = value end
  all["content-type"], all["content-length"], all["connection"] = nil, nil, nil
  ngx.var.hub_headers = json.encode(all)
  return ngx.exec("/-file" .. escape(where))
end

--- For `header_filter_by_lua` of the location that sends files.
function M.file_headers()
  local text = ngx.var.hub_headers
  if text and text ~= "" then headers(json.decode(text)) end
end

--- One JSON line for each request, with all its headers.
function M.log(server)
  local log = M.log_file
  if not log then return end
  local sent = ngx.req.get_headers(0)
  log:write(json.encode {
    server = server, time = ngx.now(), method = ngx.req.get_method(), scheme = ngx.var.scheme,
    host = sent.host, port = tonumber(ngx.var.server_port), uri = ngx.var.request_uri,
    status = ngx.status, protocol = ngx.var.server_protocol, range = sent.range,
    authorization = sent.authorization, accept_encoding = sent["accept-encoding"],
    headers = sent, connection = tonumber(ngx.var.connection),
    sent = tonumber(ngx.var.body_bytes_sent), seconds = tonumber(ngx.var.request_time),
    tls = ngx.var.ssl_protocol,
  }, "\n")
  log:flush()
end

return M
