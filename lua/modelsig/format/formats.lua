--- The formats of weights, one table each. Origins, Hubs and the command line ask this list and
--- know no suffix.
---
--- A format is a table `modelsig.Format` (meta/format.lua). Each file in `readers/` returns one and
--- is found there; formats that are told apart but not read stand in `told.lua`. A reader has at
--- least:
---
---   name, title, shown  for options and documents "list", for sentences "LIST" and ".list"
---   rank                a model that has files of several formats is read in that of lowest rank
---   files               Lua patterns of the names of files with tensors: `{ "%.list$" }`
---   choose(origin)      which files of an origin are its weights. `origin.weights` is the one that
---                       a user named; else look through `origin.files` and, where exports lie in
---                       folders, `origin:below()`. nil: there are none; nil, message, code: there
---                       are some, and they cannot be read. `unsupported` leaves the place to the
---                       next format; other codes do not
---   read(origin, weights, strict)
---                       opens the chosen files with `origin:open(name)` and gives a record
---                       `modelsig.Tensors`: the manifest, and what else the files say. Text that
---                       is something else altogether (a page, an LFS pointer, another format) is
---                       `nil, message, "unsupported"`
---   next_ranges(file)   which bytes of a file on a Hub are wanted next, given what is there: a
---                       list of `{first, last}`, or nil when `read` needs no more
---
--- `next_ranges` is asked again whenever what it wanted has come, so a format may hop from field to
--- field. It gets a `modelsig.Partial`: `file:read(offset, n)` gives bytes that are there, else
--- nil; `file:lacks(first, last)` the first offset of a range that is not there; `file:open()` a
--- source over what is there, whose reads beyond are code `truncated` with the offset; `file.state`
--- is a table of the format's own; `file.size` is nil before the first answer, if no list told it.
--- Ranges need not look at the end of the file, they are cut to it. A second result `ends` says
--- that bytes from there on are of no use and need not be kept; a third, where more would be wanted
--- than `file.most`, says so in words. What does not look like the format gives nil: `read`
--- tells what is wrong with it. On a Hub, `read` sees a source of the file's true size with these
--- bytes at their places.
---
--- The rest is for formats whose models are split (`begin`, `read_files`, `likely`, `prefetch`,
--- `all_headers`), that have an option for one file (`option`), or whose tensors have names of
--- another format (`naming`) or are known from elsewhere than a header (`evidence`).

local check = require "modelsig.base.check"
local embedded = require "modelsig.native.embedded"
local lists = require "modelsig.base.lists"
local names = require "modelsig.format.names"
local system = require "modelsig.native.system"
local told = require "modelsig.format.told"

local M = {}

--- Fields of a record of tensors that take the place of what else is known of a model.
M.brings = { "operators", "interface", "cache", "op_names", "without_family", "raw", "raw_weights",
  "graph", "graphs" }

local READERS = "modelsig/format/readers/"

--- The names of the files of a folder in the program, and in the tree that is read before it.
local function files_in(folder)
  local found, tree = {}, embedded.tree()
  for _, path in ipairs(embedded.list("lua", folder)) do found[path:sub(#folder + 1)] = true end
  for _, entry in ipairs(tree and system.list(("%s/lua/%s"):format(tree, folder)) or {}) do
    found[entry.name] = true
  end
  return lists.sorted(found)
end

---@type modelsig.Format[] those that are read by rank, then those that are only told apart
M.list = table.move(told, 1, #told, 1, {})

local spec = { name = "string", title = "string", shown = "string?", rank = "integer?",
  files = "list", indexes = "list?", option = "string?", naming = "string?",
  evidence = "string?", choose = "function?", read = "function?", next_ranges = "function?",
  begin = "function?", read_files = "function?", likely = "function?", prefetch = "table?",
  all_headers = "string?" }

--- Adds a format in the place of those that had its name; without a rank it stands behind those
--- that are read.
---@param format modelsig.Format
---
---     formats.register { name = "list", title = "LIST", files = { "%.list$" }, ... }
function M.register(format)
  check.arg(1, format, "table", "formats.register")
  check.options(format, spec, "formats.register")
  for _, name in ipairs { "name", "title", "files" } do
    check.arg(name, format[name], spec[name], "formats.register")
  end
  for _, name in ipairs(format.read and { "choose", "next_ranges", "shown" } or {}) do
    check.arg(name, format[name], name == "shown" and "string" or "function", "formats.register")
  end
  M.unregister(format.name)
  local at, rank = 1, format.rank or math.huge
  while M.list[at] and M.list[at].read and (M.list[at].rank or math.huge) <= rank do at = at + 1 end
  table.insert(M.list, format.read and at or #M.list + 1, format)
end

--- Takes the formats of a name out of the list.
---@param name string
function M.unregister(name)
  for i = #M.list, 1, -1 do
    if M.list[i].name == name then table.remove(M.list, i) end
  end
end

for _, file in ipairs(files_in(READERS)) do
  local name = file:match "^([%w_]+)%.lua$"
  if name then M.register(require("modelsig.format.readers." .. name)) end
end

--- The names of all formats, those that are read first.
---@return string[]
function M.names()
  local out, seen = {}, {}
  for _, format in ipairs(M.list) do
    if not seen[format.name] then out[#out + 1] = format.name end
    seen[format.name] = true
  end
  return out
end

--- The format of a name.
---@param name string
---@return modelsig.Format|nil
function M.find(name)
  for _, format in ipairs(M.list) do
    if format.name == name then return format end
  end
end

--- The format that reads a file of this name.
---@param name string
---@return modelsig.Format|nil
---@return boolean|nil index it is no file of tensors, but lists them
function M.of(name)
  for _, format in ipairs(M.list) do
    if format.read and lists.fits(name, format.files) then return format, false end
    if format.read and lists.fits(name, format.indexes or {}) then return format, true end
  end
end

--- How files that are read are called, for sentences.
---@param before string what stands before each suffix
---@return string as "*.safetensors or *.list"
function M.shown(before)
  local out = {}
  for _, format in ipairs(M.list) do
    if format.read then out[#out + 1] = before .. format.shown end
  end
  return table.concat(out, " or ")
end

---@class modelsig.Asked what a user wants of a model that has several formats
---@field format modelsig.Format
---@field file string|nil the one file of it

--- The format that options ask for, if it can be read.
---@param options table of opening a model
---@return modelsig.Asked|nil asked nil alone: none is asked for
---@return string|nil message
---@return string|nil code
function M.asked(options)
  local format, file
  if options.format then
    format = M.find(options.format)
    if not format then
      local known = M.names()
      local near = check.hint(options.format, known)
      return nil, ("no format '%s'%s; there are %s"):format(options.format, near,
        table.concat(known, ", ")), "notfound"
    end
  end
  for _, other in ipairs(M.list) do
    local named = other.option and options[other.option]
    if named then
      if format and format ~= other then
        return nil, ("%s names a file of %s, and the format asked for is %s"):format(other.option,
          other.title, format.title), "mismatch"
      end
      format, file = other, named
    end
  end
  if not format then return nil end
  if not format.read then
    return nil, format.title .. " files are not read by this version", "unsupported"
  end
  return { format = format, file = file }
end

--- The files of an origin that have weights in a format, as a phrase.
local function phrase_of(files, read)
  for _, format in ipairs(M.list) do
    local found = (format.read ~= nil) == read and names.like(files, format.files) or {}
    if #found > 0 then
      return ("weights are in %s files only (%s%s)"):format(format.title, found[1],
        #found > 1 and (" and %d more"):format(#found - 1) or "")
    end
  end
end

--- Weights in formats that are not read. Exports lie in folders of their own beside the
--- configuration, as `onnx/model.onnx`.
local function unread_phrase(origin)
  local phrase = phrase_of(origin.files, false)
  local below = not phrase and origin:below()
  if below and not phrase_of(below, true) then phrase = phrase_of(below, false) end
  return phrase
end

local function with(format, weights, message, code)
  if not weights then return nil, message, code end
  weights.format = format
  return weights
end

local function choose_asked(origin, asked)
  local format = asked.format
  if asked.file then
    if not origin:has(asked.file) then return names.notfound(asked.file, 1, "it was asked for") end
    origin.weights = asked.file
  end
  local other = origin.weights and M.of(origin.weights)
  if other and other ~= format then
    return nil, ("%s: not a file of %s, which was asked for"):format(origin.weights, format.title),
      "notfound"
  end
  local weights, message, code = with(format, format.choose(origin))
  if weights or message then return weights, message, code end
  local phrase = phrase_of(origin.files, true) or unread_phrase(origin)
  return nil, ("there are no %s files (*%s)%s"):format(format.title, format.shown,
    phrase and "; " .. phrase or ""), "notfound"
end

--- Chooses the files that hold the weights: those of the format asked for, else of the first one
--- that the origin has. `nil` alone: there are none; with a message: they cannot be read.
---@param origin modelsig.Origin
---@param asked? modelsig.Asked
---@return modelsig.Weights|nil weights
---@return string|nil message
---@return string|nil code
function M.choose(origin, asked)
  if asked then return choose_asked(origin, asked) end
  local named = origin.weights and M.of(origin.weights)
  if named then return with(named, named.choose(origin)) end
  local message, code
  for _, format in ipairs(M.list) do
    local weights, problem, problem_code
    if format.read then weights, problem, problem_code = format.choose(origin) end
    -- Files that are no model of their own (an adapter) leave the place to the next format; a model
    -- that is not whole does not.
    if weights or problem and problem_code ~= "unsupported" then
      return with(format, weights, problem, problem_code)
    end
    if not message then message, code = problem, problem_code end
  end
  if message then return nil, message, code end
  local phrase = unread_phrase(origin)
  if phrase then return nil, phrase .. ", which are not read", "unsupported" end
  return nil
end

--- What to say of an origin in which there is nothing to read.
---@param origin modelsig.Origin
---@return nil
---@return string message
---@return string code
function M.nothing(origin)
  if origin:has "model_index.json" then
    return nil, ("a pipeline of several models (model_index.json); name one of its folders: %s")
      :format(table.concat(origin.folders, ", ")), "unsupported"
  end
  if #origin.files == 0 and #origin.folders == 0 then
    return nil, ("the folder is empty; config.json or %s expected"):format(M.shown "*"), "notfound"
  end
  return nil, ("neither %s nor %s in this folder (%d files, %d folders)"):format(
    origin.config_name, M.shown "*", #origin.files, #origin.folders), "notfound"
end

return M
