--- The sentences that people read, by id. They live in `rules/wording.lua`, so that a user's or a
--- project's copy may say them differently.

local named = require "modelsig.rules.named"
local text = require "modelsig.base.text"

local M = {}

local sentences

local function load_sentences()
  local found = named.get "wording"
  sentences = {}
  for id, sentence in pairs(found) do
    if type(sentence) ~= "string" then
      error(("wording: `%s` is a %s, a text was expected"):format(tostring(id), type(sentence)), 0)
    end
    sentences[id] = sentence
  end
end

--- The sentence of that id with its {placeholders} filled in; a missing sentence shows its id, so
--- that nothing gets lost.
---@param id string
---@param values? table<string, any>
---@return string
---
---     wording.text("pair.unreadable", { model = label, message = message })
function M.text(id, values)
  if not sentences then load_sentences() end
  return text.fill(sentences[id] or id, values)
end

--- Is there a sentence of that id?
---@param id string
---@return boolean
function M.has(id)
  if not sentences then load_sentences() end
  return sentences[id] ~= nil
end

--- Forgets what was loaded; for another search order.
function M.reset()
  sentences = nil
end

return M
