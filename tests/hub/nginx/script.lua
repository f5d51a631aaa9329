--- Scripted answers: what `.hub.json` lists under `script` takes the place of the usual answer.

local answer = require "answer"
local files = require "files"

local M = {}

local function applies(rule, server, path)
  if (rule.server or "hub") ~= server then return false end
  if rule.method and rule.method ~= ngx.req.get_method() then return false end
  local ranged = ngx.req.get_headers().range ~= nil
  if rule.ranged ~= nil and rule.ranged ~= ranged then return false end
  return path:find(rule.path or ".") ~= nil
end

--- `skip` requests pass, then `times` (all, if not given) are answered by the rule.
local function is_due(rule, key)
  if not rule.skip and not rule.times then return true end
  local seen = ngx.shared.hub:incr(key, 1, 0)
  local from = rule.skip or 0
  return seen > from and (not rule.times or seen <= from + rule.times)
end

local function fill(text)
  return (text:gsub("{([%l%d_]+)}", function(name) return M.places[name] end))
end

--- The addresses of the servers, for `{hub}` and `{cdn}` in scripted headers.
M.places = {}
M.fill = fill

--- Answers by a rule, if one is due.
function M.run(repo, server, path)
  for i, rule in ipairs(repo.config.script or {}) do
    if applies(rule, server, path) and is_due(rule, ("script:%s:%d"):format(repo.id, i)) then
      if rule.delay then ngx.sleep(rule.delay) end
      for name, value in pairs(rule.headers or {}) do
        ngx.header[name] = type(value) == "string" and fill(value) or value
      end
      if rule.status then
        local body = fill(rule.body or "")
        if rule.body_file then body = files.read(repo.folder .. "/" .. rule.body_file) or "" end
        if rule.body_times then body = body:rep(rule.body_times) end
        local kind = (rule.headers or {})["Content-Type"] or "text/plain; charset=utf-8"
        return answer.text(rule.status, kind, body)
      end
    end
  end
end

return M
