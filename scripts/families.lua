--- The families of architectures that modelsig knows.

--- Files by name, each with the model types that it describes.
local function grouped(family)
  local by_file, files = {}, {}
  for model_type, file in pairs(family.index()) do
    if not by_file[file] then
      by_file[file] = {}
      files[#files + 1] = file
    end
    table.insert(by_file[file], model_type)
  end
  table.sort(files)
  for _, types in pairs(by_file) do table.sort(types) end
  return files, by_file
end

local function wanted(file, types, word)
  if not word or file == word then return true end
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
    local layout = require "modelsig.base.layout"
    local word, names = context.args[1], {}
    local files, by_file = grouped(require "modelsig.family.families")
    local rows = { { "family", "model types" } }
    for _, file in ipairs(files) do
      if wanted(file, by_file[file], word) then
        rows[#rows + 1] = { file, table.concat(by_file[file], ", ") }
      end
      table.move(by_file[file], 1, #by_file[file], #names + 1, names)
    end
    if word and #rows == 1 then
      local check = require "modelsig.base.check"
      return context:fail(("families: no family or model type '%s'%s"):format(word,
        check.hint(word, names)))
    end
    local lines = layout.columns(rows, { { rigid = true }, {} }, 78)
    context.out(table.concat(lines, "\n"), "\n")
  end,
}
