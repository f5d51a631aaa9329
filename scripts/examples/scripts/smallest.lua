-- The smallest model of a pool that may stand in for a target.
--
--   modelsig run scripts/examples/scripts/smallest.lua TARGET MODEL [MODEL ...]
local modelsig = require "modelsig"

return {
  summary = "Find the smallest stand-in for a model in a pool.",
  usage = "modelsig run smallest.lua TARGET MODEL [MODEL ...]",
  run = function(context)
    if #context.args < 2 then return context:fail "a target and a pool of models expected" end
    local models = context:open()
    local target, best = models[1], nil
    if target.error then return context:fail(target.error.message) end
    for i = 2, #models do
      local model = models[i]
      if not model.error then
        local pair = modelsig.compare(model, target, { policy = context.options.policy })
        context.out(("%-24s %s\n"):format(model.label, pair.substitution_verdict or "no verdict"))
        local smaller = not best or model.parameters.total < best.parameters.total
        if pair.substitution_verdict == "FULL_SUBSTITUTE" and smaller then best = model end
      end
    end
    context.out(best and ("smallest stand-in for %s: %s\n"):format(target.label, best.label)
      or ("nothing in the pool may stand in for %s\n"):format(target.label))
    return best and 0 or 3
  end,
}
