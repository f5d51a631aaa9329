--- The test plan of some models, level by level.

--- The plan as text.
local function show(context, plan)
  local wording = require "modelsig.rules.wording"
  local escape = require("modelsig.base.layout").escape
  local levels = require("modelsig.rules.named").load("rules", "plan").levels
  for i, level in ipairs(levels) do
    context.out(i > 1 and "\n" or "", wording.text("table." .. level.id), "\n")
    for _, entry in ipairs(plan[level.id] or {}) do
      local focus = wording.text("table.focus", { focus = table.concat(entry.test_focus, ", ") })
      context.out("  ", escape(entry.model), "\n    ", escape(entry.reason), "\n    ",
        escape(focus), "\n")
    end
  end
end

return {
  summary = "Plan which model serves which level of testing.",
  usage = "modelsig plan MODEL [MODEL ...]",
  details = "Models that may stand in for each other form a group; each group has a model for "
    .. "structure, numerical, runtime and canary tests. With --output, the whole report.",
  run = function(context)
    if #context:references() == 0 then return context:fail "plan: one or more models expected" end
    local models = context:open()
    local pairs = context:compare(models)
    local plan = context:plan(models, pairs)
    local made = context:report(models, pairs, plan)
    local code
    if context.given.output or context.options.save then
      code = context:emit(made)
    elseif plan then
      show(context, plan)
    end
    return context:result(models, made, code)
  end,
}
