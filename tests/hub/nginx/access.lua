--- Who may read what: tokens, private, gated, renamed and disabled repositories.

local answer = require "answer"

local M = {}

--- What each known token is; `serve --token` adds owners.
M.tokens = { hf_standin = "owner", hf_outsider = "outsider", hf_scoped = "scoped" }

--- The kind of the caller: "nobody", "owner", "outsider", "scoped", or nil for a bad token.
local function caller()
  local header = ngx.req.get_headers().authorization
  if not header then return "nobody" end
  local token = type(header) == "string" and header:match "^Bearer (.+)$"
  return token and M.tokens[token]
end

local function missing(kind)
  if kind == "nobody" then
    return answer.failed(401, "RepoNotFound", "Invalid username or password.")
  end
  return answer.failed(404, "RepoNotFound", "Repository not found")
end

local function gated(repo, kind)
  local start = ("Access to model %s is restricted"):format(repo.id)
  if kind == "nobody" then
    return answer.failed(401, "GatedRepo", start .. ". You must have access to it and be " ..
      "authenticated to access it. Please log in.")
  end
  return answer.failed(403, "GatedRepo", start .. " and you are not in the authorized list. " ..
    "Visit https://huggingface.co/" .. repo.id .. " to ask for access.")
end

--- Answers and returns true where the caller may not go on. `what` is "api" or "file".
function M.refuse(repo, what)
  local kind = caller()
  if not kind then
    return answer.failed(401, nil, "Invalid credentials in Authorization header")
  end
  if not repo then return missing(kind) end
  local config = repo.config
  if config.broken then return answer.failed(500, nil, config.broken) end
  if config.disabled then
    return answer.failed(403, nil, "Access to this resource is disabled.")
  end
  if config.private and (kind == "nobody" or kind == "outsider") then return missing(kind) end
  local closed = config.gated and (what == "file" or config.gated == "all")
  if closed and kind ~= "owner" and kind ~= "scoped" then return gated(repo, kind) end
  if kind == "scoped" and (config.private or closed) then
    return answer.failed(403, nil, "You don't have the required permissions: the token lacks " ..
      "read access to contents of this repo.")
  end
end

return M
