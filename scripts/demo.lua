--- Two bundled samples compared, without network: what modelsig does, in one screen or two.
return {
  summary = "Compare two bundled sample models, without network.",
  usage = "modelsig demo [SAMPLE SAMPLE ...]",
  options = { "output", "save", "policy", "fast", "multi-fidelity", "no-color" },
  details = "The samples are qwen3-mini, qwen3-midi and llama-mini: real configs and headers of "
    .. "small sizes, with zeros for weights.",
  run = function(context)
    local wording = require "modelsig.rules.wording"
    local names = #context.args > 0 and context.args or { "qwen3-mini", "qwen3-midi" }
    local references = {}
    for i, name in ipairs(names) do
      references[i] = name:find "^sample:" and name or "sample:" .. name
    end
    if not context.given.output then context.options.output = "table" end
    local models = context:open(references)
    local pairs = context:compare(models)
    local plan = context.options.multi_fidelity and context:plan(models, pairs)
    local made = context:report(models, pairs, plan or nil)
    local code = context:emit(made)
    if context.options.output == "table" and not context.options.save then
      context.out("\n", wording.text("demo.after", {
        models = table.concat(references, " ") }), "\n")
    end
    return context:result(models, made, code)
  end,
}
