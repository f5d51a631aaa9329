--- What a reference stands for: a folder, one file of it, a sample in the program itself, or a
--- repository on a Hub.
---
--- An origin lists files and opens them; it does not know what is in them. Each kind of reference
--- is one row of `kinds`; readers of other places add theirs.

local check = require "modelsig.base.check"
local embedded = require "modelsig.native.embedded"
local sources = require "modelsig.native.source"
local system = require "modelsig.native.system"

local M = {}

---@class modelsig.Origin
---@field label string the name in reports
---@field typed string what the user typed
---@field kind "folder"|"file"|"sample"|"hub"
---@field path string
---@field files {name: string, size: integer}[] in byte order of the names
---@field folders string[]
---@field config_name string name of the configuration file
---@field weights string|nil the one file of weights, or index, that was asked for
---@field revision string|nil
local Origin = {}
Origin.__index = Origin

--- Is there a file of this name?
---@param name string
---@return {name: string, size: integer}|nil
function Origin:has(name)
  if not self.by_name then
    self.by_name = {}
    for _, file in ipairs(self.files) do self.by_name[file.name] = file end
  end
  local known = self.by_name[name]
  if known or not name:find "/" or self.kind == "sample" then return known end
  -- An index may name shards in folders; never outside.
  if not require("modelsig.base.path").is_inside(name) then return nil end
  local facts = system.stat(self.path .. "/" .. name)
  return facts and facts.kind == "file" and { name = name, size = facts.size } or nil
end

--- Files in the folders of this one.
---@return {name: string}[]
function Origin:below()
  local files = {}
  for _, folder in ipairs(self.folders) do
    for _, entry in ipairs(system.list(self.path .. "/" .. folder) or {}) do
      files[#files + 1] = entry.kind == "file" and { name = folder .. "/" .. entry.name } or nil
    end
  end
  return files
end

--- Opens a file for reading ranges.
---@param name string relative to the origin
---@return modelsig.Source|nil source
---@return string|nil message
---@return string|nil code
function Origin:open(name)
  if self.kind == "sample" then
    return sources.memory(assert(embedded.get("samples", self.path .. "/" .. name)), name)
  end
  return sources.file(self.path .. "/" .. name)
end

--- Reads a whole file.
---@param name string
---@param max integer more bytes are code `limit`
---@return string|nil text
---@return string|nil message
---@return string|nil code
function Origin:read(name, max)
  if self.kind ~= "sample" then return system.read(self.path .. "/" .. name, max) end
  local text = embedded.get("samples", self.path .. "/" .. name)
  if not text then return nil, name .. ": no such file", "notfound" end
  if #text > max then
    return nil, ("%s: %d bytes, at most %d allowed"):format(name, #text, max), "limit"
  end
  return text
end

local function make(fields)
  fields.config_name = fields.config_name or "config.json"
  fields.folders = fields.folders or {}
  return setmetatable(fields, Origin)
end

--- The parent of a path and its last name.
local function split(path)
  local trimmed = #path > 1 and path:gsub("/+$", "") or path
  local parent, name = trimmed:match "^(.*)/([^/]+)$"
  if not parent then return ".", trimmed end
  return parent == "" and "/" or parent, name
end

local function last_name(path)
  local _, name = split(path)
  if name == "." or name == ".." then
    _, name = split(system.realpath(path) or path)
  end
  return name
end

--- Says that a path does not exist, and what there is of a similar name.
local function missing(path, message, code)
  if code ~= "notfound" then return nil, message, code end
  local parent, name = split(path)
  local entries, names = system.list(parent), {}
  for _, entry in ipairs(entries or {}) do names[#names + 1] = entry.name end
  if not entries then
    return nil, ("%s: no such folder (%s does not exist)"):format(path, parent), "notfound"
  end
  return nil, ("%s: no such file or folder%s"):format(path, check.hint(name, names)), "notfound"
end

--- Has it the name of a file that is read? Whatever stands there instead (a folder, a broken link)
--- is then an unreadable file, and not a model without it.
local function is_expected(name)
  return name:find "%.safetensors$" or name:find "%.json$"
end

local function open_folder(path)
  local entries, message, code = system.list(path)
  if not entries then return nil, message, code end
  local files, folders = {}, {}
  for _, entry in ipairs(entries) do
    if entry.kind == "file" or is_expected(entry.name) then
      files[#files + 1] = { name = entry.name, size = entry.size or 0 }
    elseif entry.kind == "directory" then
      folders[#folders + 1] = entry.name
    end
  end
  return make { kind = "folder", path = path, files = files, folders = folders }
end

--- One file of a folder: a configuration alone, or weights with the configuration beside them.
local function open_file(path)
  local parent, name = split(path)
  local suffix = name:match "%.([^.]+)$"
  if name:find "%.safetensors%.index[%w._-]*%.json$" or suffix == "safetensors" then
    local origin, message, code = open_folder(parent)
    if not origin then return nil, message, code end
    origin.kind, origin.weights = "file", name
    return origin
  elseif suffix == "json" then
    local facts = assert(system.stat(path))
    return make { kind = "file", path = parent, config_name = name,
      files = { { name = name, size = facts.size } } }
  end
  return nil, ("%s: a folder, a .safetensors file or a config.json expected"):format(path),
    "unsupported"
end

local function open_path(path)
  local facts, message, code = system.stat(path)
  if not facts then return missing(path, message, code) end
  if facts.kind == "directory" then return open_folder(path) end
  if facts.kind == "file" then return open_file(path) end
  return nil, path .. ": neither a file nor a folder", "unsupported"
end

local function open_local(path)
  if path == "" then return nil, "local: a path expected after 'local:'", "notfound" end
  local origin, message, code = open_path(path)
  if origin then origin.label = last_name(path) end
  return origin, message, code
end

local function open_sample(name)
  local files, names, seen = {}, {}, {}
  for _, file in ipairs(embedded.list "samples") do
    local sample, rest = file:match "^([^/]+)/(.+)$"
    if sample and not seen[sample] then
      seen[sample] = true
      names[#names + 1] = sample
    end
    if sample == name then
      files[#files + 1] = { name = rest, size = #embedded.get("samples", file) }
    end
  end
  if #files == 0 then
    return nil, ("no sample '%s'%s; there are %s"):format(name, check.hint(name, names),
      table.concat(names, ", ")), "notfound"
  end
  return make { kind = "sample", path = name, files = files }
end

local function looks_like_path(reference)
  local _, slashes = reference:gsub("/", "")
  return (slashes > 1 or reference:find "^[/.~]" or reference:find "/$"
    or reference:find "%.json$" or reference:find "%.safetensors$") and reference or nil
end

--- Is this of a Hub? Names with a revision or a file are; plain ones where no such path is.
local function hub_name(test)
  return function(reference)
    return require("modelsig.origin.hub.reference")[test](reference) and reference or nil
  end
end

--- Options that are about the way to a Hub.
local remote = { "fast", "revision", "token", "timeout", "endpoint", "offline", "jobs", "budget",
  "allow_full" }

--- What `hub.open` gets for a reference.
---@param reference string
---@param options table|nil of `modelsig.open`
---@return modelsig.hub.Wanted
function M.wanted(reference, options)
  local wanted = { reference = reference }
  for _, name in ipairs(remote) do wanted[name] = options and options[name] end
  return wanted
end

local function open_hub(reference, options)
  local found = require("modelsig.origin.hub.open").open({ M.wanted(reference, options) })[1]
  if found.origin then return found.origin end
  return nil, require("modelsig.origin.hub.suggest").message(reference, found)
end

--- Kinds of references, tried in this order: `match` gives what `open` gets, or nil.
M.kinds = {
  { name = "local", match = function(r) return r:match "^local:(.*)$" end, open = open_local },
  { name = "sample", match = function(r) return r:match "^sample:(.*)$" end, open = open_sample },
  { name = "hub", match = function(r) return r:find "^%a[%w+.-]*://" and r or nil end,
    open = open_hub },
  { name = "path", match = function(r) return r ~= "" and system.stat(r) and r or nil end,
    open = open_path },
  { name = "hub", match = hub_name "is_certain", open = open_hub },
  { name = "path", match = looks_like_path, open = open_path },
  { name = "hub", match = hub_name "is_possible", open = open_hub },
}

local function kind_of(reference)
  if reference:find "%z" then return nil end
  for _, kind in ipairs(M.kinds) do
    local what = kind.match(reference)
    if what then return kind, what end
  end
end

--- Is this read from a Hub?
---@param reference string
---@return boolean
function M.is_hub(reference)
  local kind = kind_of(reference)
  return kind ~= nil and kind.name == "hub"
end

--- Opens what a user typed.
---@param reference string
---@param options? table of a Hub: as for `hub.open`
---@return modelsig.Origin|nil origin
---@return string|nil message
---@return string|nil code
---
---     local origin = assert(origin.open "local:models/Qwen3-8B")
function M.open(reference, options)
  check.arg(1, reference, "string", "origin.open")
  if reference:find "%z" then return nil, "a reference with a zero byte", "notfound" end
  local kind, what = kind_of(reference)
  if kind then
    local origin, message, code = kind.open(what, options)
    if origin then origin.label, origin.typed = origin.label or reference, reference end
    return origin, message, code
  end
  return missing(reference == "" and "''" or reference, nil, "notfound")
end

--- Labels for a list of models: the last folder's name of `local:PATH`, else what was typed. Where
--- two are equal both become what was typed, with a number where even that is equal.
---@param references string[]
---@return string[]
function M.labels(references)
  local models = {}
  for i, reference in ipairs(references) do
    local path = reference:match "^local:(.+)$"
    models[i] = { label = path and last_name(path) or reference, typed = reference }
  end
  require("modelsig.report.report").label(models)
  local labels = {}
  for i, model in ipairs(models) do labels[i] = model.label end
  return labels
end

return M
