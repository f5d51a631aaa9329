--- The families of architectures that modelsig knows.

--- A list of texts on lines of bounded width.
local function wrapped(context, words)
  local line = "   "
  for _, word in ipairs(words) do
    if #line + #word + 1 > 78 then
      context.out(line, "\n")
      line = "   "
    end
    line = line .. " " .. word
  end
  if line ~= "   " then context.out(line, "\n") end
end

local function entry_of(item)
  if type(item) == "table" then return item end
  local definition = require("modelsig.rules").load("families", item)
  local types = type(definition) == "table" and definition.model_types or nil
  return { name = item, model_types = types }
end

local function wanted(entry, word)
  if not word or entry.name == word then return true end
  for _, model_type in ipairs(entry.model_types or {}) do
    if model_type == word then return true end
  end
  return false
end

return {
  summary = "List the families of architectures, with the model types of each.",
  usage = "modelsig families [FAMILY|MODEL_TYPE]",
  options = { "no-user", "trust-project" },
  run = function(context)
    local word, found, names = context.args[1], false, {}
    for _, item in ipairs(require("modelsig.family").list()) do
      local entry = entry_of(item)
      names[#names + 1] = entry.name
      if wanted(entry, word) then
        found = true
        context.out(entry.name, "\n")
        wrapped(context, entry.model_types or {})
      end
    end
    if found or not word then return 0 end
    local check = require "modelsig.check"
    return context:fail(("families: no family or model type '%s'%s"):format(word,
      check.hint(word, names)))
  end,
}
