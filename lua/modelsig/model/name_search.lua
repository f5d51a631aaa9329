--- Searches all names of a model for a pattern at once. Rules ask for many patterns that no name
--- fits; most of these hold a plain word that is in no name, and looking for it is enough.

local M = {}

---@class modelsig.Search
---@field text string the names, each between two line feeds
---@field known table<string, boolean> answers by pattern
local Search = {}
Search.__index = Search

--- Plain texts by pattern: what must be in any name that fits, and whether that is all of it.
local words = {}

--- The longest plain text that every match contains, and whether it is the whole pattern. Patterns
--- with repetitions or classes are not looked into.
local function word_of(pattern)
  local body = pattern:gsub("^%^", "\n"):gsub("%$$", "\n"):gsub("%%%.", "\1")
  if not body:find "[^%w_\1\n]" then return { (body:gsub("\1", ".")), true } end -- nearly all
  if body:find "[%%()*+?-]" then return { "", false } end
  local best = ""
  for run in body:gsub("%[[^]]*%]", "."):gmatch "[^.]+" do
    if #run > #best then best = run end
  end
  return { (best:gsub("\1", ".")), false }
end

--- Does any name fit the pattern? Patterns must not match a line feed.
---@param pattern string
---@return boolean
function Search:any(pattern)
  local known = self.known[pattern]
  if known ~= nil then return known end
  local word = words[pattern]
  if not word then
    word = word_of(pattern)
    words[pattern] = word
  end
  local found = self.text:find(word[1], 1, true) ~= nil
  if found and not word[2] then
    found = self.text:find((pattern:gsub("^%^", "\n"):gsub("%$$", "\n"))) ~= nil
  end
  self.known[pattern] = found
  return found
end

--- Searches by their text: models of one family have the same names.
local made = setmetatable({}, { __mode = "v" })

--- Makes a search over the keys of logical tensors.
---@param entries {key: string}[]
---@param lower? boolean capital letters count as small ones
---@return modelsig.Search
---
---     local search = require("modelsig.model.name_search").new(model.keys)
---     print(search:any "%.experts%.")
function M.new(entries, lower)
  local names = {}
  for i, entry in ipairs(entries) do names[i] = entry.key end
  local text = "\n" .. table.concat(names, "\n") .. "\n"
  if lower then text = text:lower() end
  local search = made[text] or setmetatable({ text = text, known = {} }, Search)
  made[text] = search
  return search
end

return M
