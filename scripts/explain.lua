--- Why a pair got its verdict: each fact with its evidence.
return {
  summary = "Say why a pair got its verdict, each fact with its evidence.",
  usage = "modelsig explain MODEL MODEL [...]",
  details = "Text by default; --output json for programs.",
  run = function(context)
    if #context:references() < 2 then return context:fail "explain: two models expected" end
    local explain = require "modelsig.compare.explain"
    local models = context:open()
    local pairs, explanations = context:compare(models), {}
    for i, pair in ipairs(pairs) do
      local explanation = explain.build(pair.document)
      explanations[pair.a .. "|" .. pair.b] = explanation
      if not context.given.output or context.options.output ~= "json" then
        context.out(i > 1 and "\n" or "", explain.text(explanation))
      end
    end
    if context.given.output and context.options.output == "json" then
      context.out(require("modelsig.base.json").encode(explanations, { indent = 2 }), "\n")
    end
    return context:result(models, context:report(models, pairs))
  end,
}
