--- Finds and loads what a user may replace: rules, policies, families, scripts, formats.
---
--- Search order: an explicit path; `--lua-dir`; the project's `.modelsig` (once it is trusted); the
--- user's configuration; the embedded copies. The first hit wins, `which` shows all of them.

local embedded = require "modelsig.native.embedded"
local system = require "modelsig.native.system"

local M = {}

--- What a user's rule may use up in one call.
M.budget = { steps = 20000000, bytes = 256 << 20 }

local settings = {}
local cache = {}

--- Forgets what was loaded; the next look-ups follow these settings.
---@param options {lua_dir?: string, user?: boolean, trust_project?: boolean}
function M.configure(options)
  settings, cache = options, {}
end

--- The path below a tree: `scripts/x.lua`, `rules/x.lua`, `rules/policies/x.lua`.
local function tree_path(kind, name)
  if kind == "scripts" then return ("scripts/%s.lua"):format(name) end
  if kind == "rules" then return ("rules/%s.lua"):format(name) end
  return ("rules/%s/%s.lua"):format(kind, name)
end

--- The path below a user's or project's folder, which has no `rules/` level.
local function own_path(kind, name)
  return kind == "rules" and name .. ".lua" or ("%s/%s.lua"):format(kind, name)
end

local function file_kind(path)
  local found = system.stat(path)
  return found and found.kind
end

--- The nearest `.modelsig` above the current folder.
local function project_dir()
  local dir = system.cwd()
  while dir and dir ~= "" do
    if file_kind(dir .. "/.modelsig") == "directory" then return dir .. "/.modelsig" end
    dir = dir:match "^(.*)/[^/]*$"
  end
  return nil
end

local function user_dir()
  local base = os.getenv "XDG_CONFIG_HOME"
  if not base or base == "" then
    local home = os.getenv "HOME"
    base = home and home .. "/.config"
  end
  return base and base .. "/modelsig"
end

local function project_is_trusted()
  return settings.trust_project or os.getenv "MODELSIG_TRUST_PROJECT" == "1"
end

local warned = {}

local function left_out(dir)
  if warned[dir] then return end
  warned[dir] = true
  io.stderr:write(("modelsig: %s is left out, since it is not trusted (--trust-project)\n"):format(dir))
end

--- The places to look at, in order: {place, dir, path(kind, name)}; embedded has no dir.
local function places()
  local list = {}
  local tree = settings.lua_dir or os.getenv "MODELSIG_LUA_DIR"
  if tree and tree ~= "" then list[#list + 1] = { place = "lua_dir", dir = tree, path = tree_path } end
  if settings.user ~= false then
    local project = project_dir()
    if project and project_is_trusted() then
      list[#list + 1] = { place = "project", dir = project, path = own_path }
    elseif project then
      left_out(project)
    end
    local own = user_dir()
    if own and file_kind(own) == "directory" then
      list[#list + 1] = { place = "user", dir = own, path = own_path }
    end
  end
  list[#list + 1] = { place = "embedded", path = tree_path }
  return list
end

--- Splits "rules/policies/x.lua" into the kind and the name of an embedded file.
local function embedded_text(path)
  local kind, name = path:match "^([^/]+)/(.+)$"
  return embedded.get(kind, name)
end

local function is_path(name) return name:find("/", 1, true) or name:sub(-4) == ".lua" end

--- Every place where that name was found, best first.
---@param kind string
---@param name string
---@return {place: string, path: string}[]
function M.which(kind, name)
  if is_path(name) then
    return file_kind(name) == "file" and { { place = "path", path = name } } or {}
  end
  local found = {}
  for _, place in ipairs(places()) do
    local path = place.path(kind, name)
    if place.dir then
      path = place.dir .. "/" .. path
      if file_kind(path) == "file" then found[#found + 1] = { place = place.place, path = path } end
    elseif embedded_text(path) then
      found[#found + 1] = { place = place.place, path = path }
    end
  end
  return found
end

local function collect(names, list)
  for _, name in ipairs(list) do names[name] = true end
end

local function names_in(place, kind)
  local list = {}
  local folder = place.path(kind, "\0"):gsub("\0%.lua$", "")
  if place.dir then
    for _, entry in ipairs(system.list(place.dir .. "/" .. folder) or {}) do
      list[#list + 1] = entry.name:match "^([^.].*)%.lua$"
    end
    return list
  end
  local top, below = folder:match "^([^/]+)/(.*)$"
  for _, name in ipairs(embedded.list(top)) do
    if name:sub(1, #below) == below then list[#list + 1] = name:sub(#below + 1):match "^([^/]+)%.lua$" end
  end
  return list
end

--- The names of that kind in all places, sorted.
---@param kind string
---@return string[]
function M.list(kind)
  local names, list = {}, {}
  for _, place in ipairs(places()) do collect(names, names_in(place, kind)) end
  for name in pairs(names) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local safe = { "assert", "error", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawlen",
  "rawset", "select", "tonumber", "tostring", "type", "_VERSION" }

--- Only what keeps a rule a rule: no files, no loading, no debug library.
local function sandbox(extra)
  local base = { math = math, table = table, utf8 = utf8, string = {}, getmetatable = getmetatable }
  for _, name in ipairs(safe) do base[name] = _G[name] end
  for name, fn in pairs(string) do base.string[name] = fn end
  base.string.dump = nil
  base.setmetatable = function(value, meta)
    if type(meta) == "table" and rawget(meta, "__gc") ~= nil then
      error("a rule may not set __gc", 2)
    end
    return setmetatable(value, meta)
  end
  for name, value in pairs(extra or {}) do base[name] = value end
  return setmetatable({}, {
    __index = function(_, name)
      local value = base[name]
      if value == nil then error(("undefined name '%s'"):format(tostring(name)), 2) end
      return value
    end,
    __newindex = function(_, name)
      error(("'%s' is assigned as a global; write `local`"):format(tostring(name)), 2)
    end,
    __metatable = false,
  })
end

--- Calls a rule's function: the product's own directly, a user's under the budget.
---@param where table what `load` returned beside the rule
---@param fn function
---@return boolean ok
---@return any ... results, or message and code
function M.call(where, fn, ...)
  local results
  if where and where.place ~= "embedded" then
    results = table.pack(require("modelsig.native.sandbox").call(fn, M.budget, ...))
  else
    results = table.pack(pcall(fn, ...))
  end
  if results[1] then return table.unpack(results, 1, results.n) end
  local message = tostring(results[2])
  if message:find("interrupted!", 1, true) then error(message, 0) end
  local code = message:find("budget exceeded", 1, true) and "limit" or "malformed"
  local path = where and where.path or "?"
  if not message:find(path, 1, true) then message = ("%s: %s"):format(path, message) end
  return false, message, code
end

local function digest(text)
  local ok, numeric = pcall(require, "modelsig.native.numeric")
  return ok and numeric.sha256(text) or nil
end

local function read_text(where)
  if where.place == "embedded" then return embedded_text(where.path) end
  return system.read(where.path, 16 << 20)
end

local function environment(kind, options)
  if kind == "scripts" then return setmetatable({}, { __index = _G }) end
  return sandbox(options and options.env)
end

local function load_file(where, kind, options)
  local text, message, code = read_text(where)
  if not text then return nil, message, code end
  where.digest = digest(text)
  local chunk, syntax = load(text, "@" .. where.path, "t", environment(kind, options))
  if not chunk then return nil, syntax, "malformed" end
  local ok, value, failed = M.call(where, chunk)
  if not ok then return nil, value, failed end
  if type(value) ~= "table" then
    return nil, ("%s: a table expected, found %s"):format(where.path, type(value)), "mismatch"
  end
  return value, where
end

--- Loads a rule file. The same name gives the same table until `configure` is called again.
---@param kind string "policies", "families", "scripts", "formats", ..., or "rules" for rules/NAME.lua
---@param name string a name, or a path (with `/` or ending in `.lua`)
---@param options? {env?: table} what the chunk sees beside the safe library
---@return table|nil rule
---@return table|string where {path, place, digest}, or the message
---@return string|nil code
function M.load(kind, name, options)
  local key = kind .. "\0" .. name
  local known = cache[key]
  if known then return known.value, known.where end
  local where = M.which(kind, name)[1]
  if not where then return nil, ("no %s '%s'"):format(kind, name), "notfound" end
  local value, message, code = load_file(where, kind, options)
  if not value then return nil, message, code end
  cache[key] = { value = value, where = where }
  return value, where
end

return M
