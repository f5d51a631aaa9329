-- Verdicts of all pairs as CSV, from the library alone: also runs as
--
--   lua5.4 scripts/examples/scripts/verdicts.lua MODEL MODEL [...]
local modelsig = require "modelsig"

local models = {}
for _, reference in ipairs(arg) do
  local model, message = modelsig.open(reference)
  if model then
    models[#models + 1] = model
  else
    io.stderr:write(message, "\n")
  end
end

print "a,b,structure,kernel"
for i, a in ipairs(models) do
  for j = i + 1, #models do
    local pair = modelsig.compare(a, models[j])
    print(table.concat({ a.label, models[j].label, pair.substitution_verdict,
      pair.kernel.verdict }, ","))
  end
end
