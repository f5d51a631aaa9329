--- Facts of a comparison in words, by the sentences of `rules/compare.lua`.

local M = {}

--- The first few of a list, and how many more there are.
local function few(list, limit, say, separator)
  local shown = { table.unpack(list, 1, limit) }
  if #list > limit then shown[#shown + 1] = say("more", { count = #list - limit }) end
  return table.concat(shown, separator or ", ")
end

local function substructure(facts, say)
  local parts, list = facts.substructure, {}
  for _, side in ipairs { "a", "b" } do
    local only = parts["only_" .. side]
    if #only > 0 then
      list[#list + 1] = say("parts", { model = facts[side], keys = few(only, 4, say) })
    end
  end
  if #list == 0 and (parts.kinds_a > 0 or parts.kinds_b > 0) then
    list[1] = say("kinds", { a = parts.kinds_a, b = parts.kinds_b, model_a = facts.a,
      model_b = facts.b })
  end
  if #list == 0 and not parts.same then list[1] = say("nothing") end
  return table.concat(list, "; ")
end

local function mismatch(facts, m, say)
  local values = { key = m.key, dim = m.dim, model_a = facts.a, model_b = facts.b,
    a = m.a, b = m.b }
  if m.rank then
    values.a, values.b = #m.a, #m.b
    return say("rank", values)
  elseif m.layers then
    return say("layers", values)
  end
  if m.expr_a then values.a = ("%s (%d)"):format(m.expr_a, m.a) end
  if m.expr_b then values.b = ("%s (%d)"):format(m.expr_b, m.b) end
  return say("dimension", values)
end

--- Adds `text` to the substructure and the scale of the facts.
---@param facts modelsig.facts
---@param say fun(id: string, values?: table): string
function M.describe(facts, say)
  facts.substructure.text = substructure(facts, say)
  local list = {}
  for i, m in ipairs(facts.scale.mismatches) do
    if i <= 4 then list[i] = mismatch(facts, m, say) else list[i] = m.key end
  end
  facts.scale.text = few(list, 3, say, "; ")
end

return M
