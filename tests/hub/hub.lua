--- The stand-in Hub for specs: starts `tests/hub/serve`, makes repositories, reads the log of
--- requests, runs the program against it.
---
---     local server <close> = hub.start()
---     server:add("org/tiny", hub.tiny())
---     local output, exit = server:run "modelsig org/tiny --stats"
---     assert.equal(0, #server:requests { server = "cdn" })

local json = require "cjson"
local model_folder = require "tests.spec.model_folder"
local transcript = require "tests.spec.transcript"

local quote = transcript.quote

local M = {}

local root = debug.getinfo(1, "S").source:match "^@(.*)/hub/[^/]*$" or "tests"

---@class tests.hub.Server
---@field endpoint string
---@field places table<string, string> addresses: hub, hub_plain, hub_other_port, cdn, cdn_plain,
---       and those of `faults.py`
---@field ca string file of the certificate authority
---@field folder string where the repositories are
local Server = {}
Server.__index = Server
Server.__close = function(self) self:stop() end

--- Starts the servers; ended by `stop`, at the end of a block (`<close>`), or with this process.
---@param options? {faults: boolean, flags: string, plain: boolean}
---@return tests.hub.Server
function M.start(options)
  options = options or {}
  local scratch = transcript.folder()
  local self = setmetatable({ scratch = scratch, folder = scratch.path .. "/hub", places = {},
    log_file = scratch.path .. "/requests.jsonl", read_from = 0 }, Server)
  assert(os.execute("mkdir -p " .. quote(self.folder)))
  local command = ("exec python3 %s %s --with-parent --log %s %s %s 2>&1"):format(
    quote(root .. "/hub/serve"), quote(self.folder), quote(self.log_file),
    options.faults and "--faults" or "", options.flags or "")
  self.pipe = assert(io.popen(command, "r"))
  local said = {}
  for line in self.pipe:lines() do
    said[#said + 1] = line
    local name, place = line:match "^# (%S+) (%S+)$"
    if name then self.places[name] = place end
    if name == "pid" then break end
  end
  self.pid, self.places.pid = self.places.pid, nil
  assert(self.pid, "the stand-in Hub did not start: " .. table.concat(said, "\n"))
  self.ca = self.places.run .. "/ca.pem"
  self.endpoint = options.plain and self.places.hub_plain or self.places.hub
  -- Another run may have kept a repository of the same name from the same port.
  local folders = require "modelsig.rules.folders"
  self.folders, self.cache = folders, folders.cache
  function folders.cache() return scratch.path .. "/kept" end
  return self
end

function Server:stop()
  if not self.pipe then return end
  os.execute("kill " .. self.pid)
  self.pipe:read "a"
  self.pipe:close()
  self.pipe = nil
  self.folders.cache = self.cache
  self.scratch:remove()
end

--- Writes a repository anew: files by path, and what its `.hub.json` says.
---@param id string
---@param files table<string, string>
---@param config? table
---@return string folder
function Server:add(id, files, config)
  local folder = self.folder .. "/" .. id
  os.execute("rm -rf " .. quote(folder))
  self:put(id, files, config)
  return folder
end

--- Adds files to a repository, or replaces its `.hub.json`.
---@param id string
---@param files table<string, string>
---@param config? table
function Server:put(id, files, config)
  local folder = "hub/" .. id .. "/"
  for path, text in pairs(files) do self.scratch:write(folder .. path, text) end
  if config then self.scratch:write(folder .. ".hub.json", json.encode(config)) end
end

--- A request to a plain port (the Hub's, if not another is named), with the whole answer as text.
---@param path string
---@param place? string
---@return string
function Server:ask(path, place)
  local host, port = self.places[place or "hub_plain"]:match "//([%d.]+):(%d+)$"
  local script = ("exec 3<>/dev/tcp/%s/%s; printf 'GET %s HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3")
    :format(host, port, path:gsub("%%", "%%%%"))
  local pipe = assert(io.popen("bash -c " .. quote(script)))
  local text = pipe:read "a"
  pipe:close()
  return text
end

--- Forgets the counts of scripted answers and the requests so far.
function Server:reset()
  self:ask "/-/reset"
  if self.places.faults then self:ask("/-/reset", "faults_plain") end
  self.read_from = self.read_from + #self:log_text()
end

--- The text of the log since `reset`, up to now.
---@return string
function Server:log_text()
  self:ask "/-/mark" -- nginx writes its log in order: what came before this is in it
  local file = assert(io.open(self.log_file, "rb"))
  file:seek("set", self.read_from)
  local text = file:read "a"
  file:close()
  return text:match "^.*\n" or ""
end

--- The requests since `reset`, in order of their ends; `filter` gives patterns for fields.
---@param filter? table<string, string>
---@return table[]
function Server:requests(filter)
  local list = {}
  for line in self:log_text():gmatch "[^\n]+" do
    local one = json.decode(line)
    local keep = not (one.uri:find "^/%-/" and one.protocol == "HTTP/1.0") -- our own
    for field, pattern in pairs(filter or {}) do
      keep = keep and tostring(one[field] or ""):find(pattern) ~= nil
    end
    if keep then list[#list + 1] = one end
  end
  return list
end

--- Runs a command with the environment of a user of this Hub and a home of its own. Standard output
--- and error come mixed.
---@param command string
---@param environment? table<string, string> a value of "" is an empty variable
---@return string output
---@return integer exit
function Server:run(command, environment)
  local home = self.home or self:new_home()
  local all = transcript.environment(home, { HF_ENDPOINT = self.endpoint, SSL_CERT_FILE = self.ca })
  for _, name in ipairs { "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME",
    "HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_IMPLICIT_TOKEN",
    "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy",
    "NO_PROXY", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE" } do
    all[name] = ""
  end
  for name, value in pairs(environment or {}) do all[name] = value end
  local output, exit = transcript.run(command, home, all)
  self.outputs = (self.outputs or "") .. output
  return output, exit
end

--- Reads models. `flags` are added to the command, `rules` are changes to rules/hub.lua,
--- `environment` as in `run`.
---@param ids string[]
---@param options? {flags: string, rules: table<string, string>, environment: table<string, string>}
---@return table<string, table> records by id as the report has them
---@return string said on standard error
---@return integer exit
function Server:models(ids, options)
  options = options or {}
  self.home = self.home or self:new_home()
  local words = {}
  for i, id in ipairs(ids) do words[i] = quote(id) end
  local command = ("modelsig %s --no-layer-sig --output json %s 2>%s"):format(
    table.concat(words, " "), options.flags or "", quote(self.home .. "/said"))
  if options.rules then
    command = ("MODELSIG_LUA_DIR=%s %s"):format(quote(self:changed_rules(options.rules)), command)
  end
  local output, exit = self:run(command, options.environment)
  local file = assert(io.open(self.home .. "/said", "rb"))
  local said = file:read "a"
  file:close()
  self.outputs = self.outputs .. said
  local ok, report = pcall(json.decode, output)
  assert(ok and type(report) == "table", "no report: " .. output:sub(1, 2000) .. said)
  return report.models, said, exit
end

--- A folder for `--lua-dir` where rules/hub.lua has other settings (words before `=`), and all else
--- is as in the product.
---@param changes table<string, string> name to Lua text
---@return string path
function Server:changed_rules(changes)
  local source = os.getenv "MODELSIG_LUA_DIR" or root .. "/.."
  local file = assert(io.open(source .. "/rules/hub.lua", "rb"))
  local text = file:read "a"
  file:close()
  for name, value in pairs(changes) do
    local count
    text, count = text:gsub("(%f[%w_]" .. name .. " = )[%w_.]+", "%1" .. value, 1)
    assert(count == 1, "rules/hub.lua has no " .. name)
  end
  local folder = self.scratch.path .. "/rules"
  os.execute(("rm -rf %s; mkdir -p %s/rules; cd %s && ln -s $PWD/lua %s/lua;"
    .. " ln -s $PWD/rules/* %s/rules; rm %s/rules/hub.lua"):format(quote(folder), quote(folder),
    quote(source), quote(folder), quote(folder), quote(folder)))
  self.scratch:write("rules/rules/hub.lua", text)
  return folder
end

--- Settings with which failing for good takes little time.
M.quick = { network = "0.01", status = "0.02", most = "0.05", idle = "3", connect = "3" }

--- From now on a home with an empty cache.
---@return string path
function Server:new_home()
  self.homes = (self.homes or 0) + 1
  self.home = self.scratch.path .. "/home" .. self.homes
  assert(os.execute("mkdir -p " .. quote(self.home)))
  return self.home
end

--- All files below the homes so far, but for token files that a test made, as one text.
---@return string
function Server:left_behind()
  local pipe = assert(io.popen(("find %s/home* -type f ! -name '*token*' -print -exec cat {} + "
    .. "2>/dev/null"):format(quote(self.scratch.path))))
  local text = pipe:read "a"
  pipe:close()
  return text
end

--- What no run may show or leave on disk: tokens and signed addresses, looked for in all outputs
--- and in all files below the homes.
---@return string[] found
function Server:secrets()
  local text = (self.outputs or "") .. self:left_behind()
  local found = {}
  for _, secret in ipairs { "hf_standin", "hf_outsider", "hf_scoped", "hf_wrong", "Signature=",
    "sig_%x", "Policy=", "Key%-Pair", "Bearer" } do
    local at = text:find(secret)
    if at then found[#found + 1] = text:sub(math.max(1, at - 200), at + 100) end
  end
  return found
end

--- Files of a small Llama: configuration and weights, in shards if `shards` is more than one.
---@param shards? integer
---@param change? fun(list: table[])
---@return table<string, string>
function M.tiny(shards, change)
  local tensors = model_folder.llama_tensors(change)
  local files = { ["config.json"] = model_folder.llama }
  if not shards or shards == 1 then
    files["model.safetensors"] = model_folder.safetensors(tensors)
    return files
  end
  local map, parts = {}, {}
  for i = 1, shards do parts[i] = {} end
  for i, tensor in ipairs(tensors) do
    local part = (i - 1) * shards // #tensors + 1
    table.insert(parts[part], tensor)
    map[tensor[1]] = ("model-%05d-of-%05d.safetensors"):format(part, shards)
  end
  for i, part in ipairs(parts) do
    files[("model-%05d-of-%05d.safetensors"):format(i, shards)] = model_folder.safetensors(part)
  end
  files["model.safetensors.index.json"] = json.encode {
    metadata = { total_size = 1 }, weight_map = map }
  return files
end

--- A weights file with a header of exactly `size` bytes (padded with spaces).
---@param size integer
---@param tensors? table[]
---@return string
function M.padded(size, tensors)
  local text = model_folder.safetensors(tensors or model_folder.llama_tensors())
  local length = ("<I8"):unpack(text)
  local header = text:sub(9, 8 + length):gsub(" +$", "")
  assert(#header <= size, "the header is longer than that")
  return ("<I8"):pack(size) .. header .. (" "):rep(size - #header) .. text:sub(9 + length)
end

return M
