--- What a run asks of a Hub and how: from the options, the environment and `rules/hub.lua`.

local net = require "modelsig.native.net"
local say = require "modelsig.origin.hub.rules"
local token = require "modelsig.origin.hub.token"

local M = {}

---@class modelsig.hub.Settings
---@field endpoint string URL without a slash at its end
---@field url modelsig.Url the endpoint's parts
---@field token string|nil
---@field token_from string|nil where the token was found
---@field offline boolean
---@field timeout number seconds for a model
---@field budget integer bytes for a model
---@field allow_full integer|nil
---@field jobs integer|nil
---@field key string equal for settings that can share a session

local function variable(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function first_variable(names)
  for _, name in ipairs(names) do
    local value = variable(name)
    if value then return value end
  end
end

--- The endpoint without slashes at its end, and its parts.
---@param given string|nil
---@return string|nil endpoint
---@return modelsig.Url|string url_or_message
---@return string|nil code
function M.endpoint(given)
  local endpoint = (given or variable "HF_ENDPOINT" or say.rules().endpoint):gsub("/+$", "")
  local url, message, code = net.url(endpoint)
  local shown = net.printable(endpoint:gsub("//[^/]*@", "//"):gsub("[?#].*", ""), 200)
  if not url then
    return nil, say.text("endpoint.url", { endpoint = shown, message = message }),
      code or "malformed"
  end
  if endpoint:find "[?#]" then
    return nil, say.text("endpoint.query", { endpoint = shown }), "malformed"
  end
  return endpoint, url
end

--- Reads the settings for a request.
---@param options table options of `modelsig.open`
---@return modelsig.hub.Settings|nil settings
---@return string|nil message
---@return string|nil code
function M.read(options)
  local rules = say.rules()
  local endpoint, url, code = M.endpoint(options.endpoint)
  if not endpoint then return nil, url --[[@as string]], code end
  local offline = options.offline
  if offline == nil then
    offline = token.is_true "HF_HUB_OFFLINE" or token.is_true "TRANSFORMERS_OFFLINE"
  end
  local secret, from, message
  if not offline then
    secret, from, message, code = token.find(options.token)
    if message then return nil, message, code end
  end
  return { endpoint = endpoint, url = url, token = secret, token_from = from, offline = offline,
    timeout = options.timeout or rules.timeout, budget = options.budget or rules.limits.budget,
    allow_full = options.allow_full, jobs = options.jobs,
    key = table.concat({ endpoint, secret or "", options.jobs or "" }, "\n") }
end

--- Opens a session for settings.
---@param settings modelsig.hub.Settings
---@return modelsig.NetSession|nil session
---@return string|nil message
---@return string|nil code
function M.session(settings)
  local rules = say.rules()
  return net.open { endpoint = settings.endpoint, token = settings.token,
    user_agent = "modelsig/" .. require "modelsig.base.version", jobs = settings.jobs,
    ca_file = first_variable(rules.ca_file), ca_path = first_variable(rules.ca_path),
    streams = rules.streams, http1_connections = rules.connections,
    connect_ms = math.ceil(rules.connect * 1000), idle_ms = math.ceil(rules.idle * 1000) }
end

return M
