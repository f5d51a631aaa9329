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

--- Families by name, each with the model types that it describes.
local function grouped(family)
  local by_name, names = {}, {}
  for _, model_type in ipairs(family.list()) do
    local found = family.choose { model_type = model_type }
    local name = found and found.name or model_type
    if not by_name[name] then
      by_name[name] = {}
      names[#names + 1] = name
    end
    table.insert(by_name[name], model_type)
  end
  table.sort(names)
  return names, by_name
end

local function wanted(name, types, word)
  if not word or name == word then return true end
  for _, model_type in ipairs(types) do
    if model_type == word then return true end
  end
  return false
end

return {
  summary = "List the families of architectures, with the model types of each.",
  usage = "modelsig families [FAMILY|MODEL_TYPE]",
  options = { "no-user", "trust-project" },
  run = function(context)
    local word, found = context.args[1], false
    local names, by_name = grouped(require "modelsig.family")
    for _, name in ipairs(names) do
      if wanted(name, by_name[name], word) then
        found = true
        context.out(name, "\n")
        wrapped(context, by_name[name])
      end
    end
    if found or not word then return 0 end
    local check = require "modelsig.check"
    return context:fail(("families: no family or model type '%s'%s"):format(word,
      check.hint(word, names)))
  end,
}
