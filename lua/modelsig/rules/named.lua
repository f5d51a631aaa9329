--- Named things that users can replace: rules, policies, families, formats, scripts. Finds them,
--- loads them as text in their own environment, and calls users' functions under a budget.

local embedded = require "modelsig.native.embedded"
local interrupt = require "modelsig.base.interrupt"
local kit = require "modelsig.rules.kit"
local lists = require "modelsig.base.lists"
local places = require "modelsig.rules.places"
local sandbox = require "modelsig.rules.sandbox"
local system = require "modelsig.native.system"

local M = {}

local LARGEST_FILE = 4 * 1024 * 1024
local loaded = {} -- by kind and name

---@class modelsig.where
---@field path string of the file; `embedded:rules/...` inside the program
---@field place "path"|"tree"|"project"|"user"|"embedded"
---@field name string
---@field kind string as for `load`
---@field own boolean the product's own text, in the program or in a tree that holds the same
---@field parts table<string, modelsig.where>|nil other files it is made of
---@field digest string sha256 of its text, and of its parts where it has some; computed when asked
--- for

--- Folder and file of a thing: in the tree rules lie under rules/, in a user's folder they do not.
local function locate(kind, name, inside)
  local file = name .. ".lua"
  if kind == "scripts" then return "scripts", file end
  if kind == "rules" then return "rules", file end
  local owner = kind:find("/", 1, true) and kind:match "^rules/(.+)$"
  if owner then return "rules", owner .. "/" .. file end
  if inside then return "rules", kind .. "/" .. file end
  return kind, file
end

--- Texts of files that are not in the program.
local texts = setmetatable({}, { __mode = "k" })

local with_digest = { __index = function(self, key)
  if key ~= "digest" then return nil end
  local embedded_text = self.place == "embedded"
    and embedded.get(locate(self.kind, self.name, true))
  local sha256 = require("modelsig.native.numeric").sha256
  local digest, parts = sha256(embedded_text or texts[self] or ""), rawget(self, "parts") or {}
  if next(parts) then
    local all = { digest }
    for _, part in ipairs(lists.sorted(parts)) do all[#all + 1] = parts[part].digest end
    digest = sha256(table.concat(all, " "))
  end
  rawset(self, "digest", digest)
  return digest
end }

local function make_where(path, place, kind, name)
  return setmetatable({ path = path, place = place, kind = kind, name = name }, with_digest)
end

--- Path of a thing in a place, or nil when it is not there.
local function path_in(place, kind, name)
  if place.name == "embedded" then
    local top, file = locate(kind, name, true)
    return embedded.has(top, file) and ("embedded:%s/%s"):format(top, file) or nil
  end
  local top, file = locate(kind, name, place.name == "tree")
  local path = ("%s/%s/%s"):format(place.folder, top, file)
  local info = system.stat(path)
  return info and info.kind == "file" and path or nil
end

--- Is the name of a thing the path of its file?
---@param name string
---@return boolean
local function is_path(name)
  return name:find("/", 1, true) ~= nil or name:sub(-4) == ".lua"
end

M.is_path = is_path

--- The candidates of a name, at most so many, the one that is taken first.
local function candidates(kind, name, most)
  local found = {}
  if is_path(name) then
    local info = system.stat(name)
    if info and info.kind == "file" then found[1] = make_where(name, "path", kind, name) end
    return found
  end
  for _, place in ipairs(places.list()) do
    local path = path_in(place, kind, name)
    if path then found[#found + 1] = make_where(path, place.name, kind, name) end
    if #found == most then break end
  end
  return found
end

--- Every candidate of a name, the one that is taken first.
---@param kind string
---@param name string
---@return modelsig.where[]
function M.which(kind, name) return candidates(kind, name) end

local function files_in(place, kind)
  local top, file = locate(kind, "", place.name == "tree" or place.name == "embedded")
  local prefix, files = file:sub(1, -5), {}
  if place.name == "embedded" then
    for i, name in ipairs(embedded.list(top, prefix)) do files[i] = name:sub(#prefix + 1) end
    return files
  end
  for i, entry in ipairs(system.list(("%s/%s/%s"):format(place.folder, top, prefix)) or {}) do
    files[i] = entry.name
  end
  return files
end

--- Names of a kind in all places, sorted.
---@param kind string
---@param added? boolean only those in folders, which may have more than the program knows of
---@return string[]
function M.list(kind, added)
  local seen, list = {}, {}
  for _, place in ipairs(places.list()) do
    for _, file in ipairs(added and place.name == "embedded" and {} or files_in(place, kind)) do
      local name = file:match "^([^/.][^/]*)%.lua$"
      if name and not seen[name] then
        seen[name] = true
        list[#list + 1] = name
      end
    end
  end
  table.sort(list)
  return list
end

--- Is it the product's own, in the program or unchanged in a source tree? All else comes from
--- outside and runs under a budget.
---@param where modelsig.where of `load`
---@return boolean
local function is_own(where)
  return where.place == "embedded" or where.own == true
end

M.is_own = is_own

--- What messages call the place of a file.
---@param where modelsig.where|nil
---@param otherwise string for what has no file
---@return string
function M.place_of(where, otherwise)
  return type(where) == "table" and (where.path or where.place) or otherwise
end

local function environment(kind, where, opts)
  if kind == "scripts" then return setmetatable({}, { __index = _G }) end
  local names = opts and opts.kit
  if not names then
    names, where.parts = kit.make(M.load, kind, where.name, opts and opts.env)
  end
  return sandbox.environment(names(), where.path, is_own(where))
end

--- The file as a function: the product's comes compiled, everything else is text.
local function chunk_of(kind, where, text, opts)
  local env = environment(kind, where, opts)
  if not text then
    local top, file = locate(kind, where.name, true)
    return embedded.load(top, file, env)
  end
  sandbox.source("@" .. where.path)
  return load(text, "@" .. where.path, "t", env)
end

local function evaluate(kind, where, text, opts)
  local chunk, message = chunk_of(kind, where, text, opts)
  if not chunk then
    if not message:find(where.path, 1, true) then message = where.path .. ": " .. message end
    return nil, message, "malformed"
  end
  local ok, value, code
  if is_own(where) or kind == "scripts" then
    ok, value = pcall(chunk)
  else
    ok, value, code = sandbox.call(chunk)
  end
  if not ok then
    message = interrupt.text(value)
    local named = message:find(where.path, 1, true) or is_own(where)
    return nil, named and message or where.path .. ": " .. message, code or "malformed"
  end
  if type(value) ~= "table" then
    return nil, ("%s: a table was expected from the file, it returned %s"):format(where.path,
      type(value)), "malformed"
  end
  return value
end

--- Loads a named thing, once for each search order.
---@param kind string "rules", "config", "features", "policies", "families", "blocks", "formats",
--- "scripts"
---@param name string a name, or a path where it has a slash or ends in .lua
---@param opts? {env?: table<string, any>, kit?: fun(): table<string, any>} names that files of this
--- kind get beside those of every rule; for a part the names of its owner
---@return table|nil content
---@return modelsig.where|string where or the message
---@return string|nil code
function M.load(kind, name, opts)
  local env = opts and (opts.env or opts.kit)
  local kept = loaded[kind] and loaded[kind][name]
  if kept and kept.env == env then return kept.value, kept.where end
  local where = candidates(kind, name, 1)[1]
  if not where then
    local what = is_path(name) and "no such file: " .. name
      or ("no %s named '%s'"):format(kind:gsub("ies$", "y"):gsub("s$", ""), name)
    return nil, what, "notfound"
  end
  local text, message, code
  if where.place ~= "embedded" then
    text, message, code = system.read(where.path, LARGEST_FILE)
    if not text then return nil, message, code or "io" end
    local tree = where.place == "tree"
    texts[where] = text
    where.own = tree and text == embedded.get(locate(kind, name, true))
  end
  local value
  value, message, code = evaluate(kind, where, text, opts)
  if not value then return nil, message, code end
  -- A file named by its path may be edited between two calls, at the prompt above all.
  if not is_path(name) then
    loaded[kind] = loaded[kind] or {}
    loaded[kind][name] = { value = value, where = where, env = env }
  end
  return value, where
end

--- A table that the product cannot do without; one that cannot be loaded raises, naming its file.
---@param name string
---@param kind? string "rules" without it
---@param opts? {env?: table<string, any>}
---@return table
---
---     local weights = named.get("transfer").weights
function M.get(name, kind, opts)
  local value, message = M.load(kind or "rules", name, opts)
  if not value then error(message, 0) end
  return value
end

--- Calls a function of a rule: the product's as it is, but for formatters, users' ones under the
--- budget. A failure's message names the file.
---@param where modelsig.where|string
---@param fn function
---@return boolean ok
---@return any ... results, or the message and the code
function M.call(where, fn, ...)
  local path = M.place_of(where, tostring(where))
  local results
  if type(where) == "table" and is_own(where) then
    results = table.pack((where.kind == "formats" and sandbox.format or pcall)(fn, ...))
  else
    -- A table of the user's has no file, but its functions have.
    if where.place == "lua" then sandbox.source(debug.getinfo(fn, "S").source) end
    results = table.pack(sandbox.call(fn, ...))
  end
  if results[1] then return table.unpack(results, 1, results.n) end
  local message = interrupt.text(results[2])
  local bare = path:gsub("^embedded:", "")
  if not message:find(bare, 1, true) then message = path .. ": " .. message end
  return false, message, results[3] or "malformed"
end

--- Changes the search order; what was loaded before is forgotten.
---@param options {lua_dir?: string, user?: boolean, trust_project?: boolean}
function M.configure(options)
  places.configure(options)
  loaded = {}
end

return M
