--- Finds the access token in the same places and order as the Hub's own tools, and refuses what
--- cannot be one. Only this module and the session know the token; no message contains it.

local hubcache = require "modelsig.origin.hub_cache"
local say = require "modelsig.origin.hub.rules"
local system = require "modelsig.native.system"

local M = {}

local LARGEST_FILE = 64 * 1024

--- Line ends are removed everywhere, spaces at both ends; nothing left means none.
local function cleaned(text)
  if not text then return nil end
  text = text:gsub("[\r\n]", ""):gsub("^%s+", ""):gsub("%s+$", "")
  return text ~= "" and text or nil
end

--- Is a variable of the Hub's tools set to a true value?
---@param name string
---@return boolean
function M.is_true(name)
  local value = (os.getenv(name) or ""):upper()
  return value == "1" or value == "ON" or value == "YES" or value == "TRUE"
end

local function of_file()
  local path = hubcache.variable "HF_TOKEN_PATH"
  if not path then
    local home = hubcache.home()
    if not home then return nil end
    path = home .. "/token"
  end
  local text, message, code = system.read(path, LARGEST_FILE)
  if not text and code ~= "notfound" then
    return nil, path, say.text("token.file", { from = path, message = message }), code
  end
  return cleaned(text), path
end

local function find(explicit)
  if explicit then
    local token = cleaned(explicit)
    if token then return token, "--token" end
  end
  if M.is_true "HF_HUB_DISABLE_IMPLICIT_TOKEN" then return nil end
  for _, name in ipairs { "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN" } do
    local token = cleaned(os.getenv(name))
    if token then return token, name end
  end
  return of_file()
end

--- Finds the token.
---@param explicit string|nil the one that was given
---@return string|nil token nil with nothing behind it: there is none
---@return string|nil from where it was found, for messages
---@return string|nil message why it must not be sent, or cannot be read
---@return string|nil code
---
---     local token, from = token.find(options.token)
function M.find(explicit)
  local token, from, message, code = find(explicit)
  if token and token:find "[^\x21-\x7e]" then
    return nil, from, say.text("token.characters", { from = from }), "auth"
  end
  local most = say.rules().limits.token
  if token and #token > most then
    return nil, from, say.text("token.length", { from = from, length = #token, most = most }),
      "auth"
  end
  if not token then return nil, message and from, message, code end
  return token, from
end

return M
