--- Two or more models, every pair of them.
return {
  summary = "Compare two or more models, every pair of them.",
  usage = "modelsig compare MODEL MODEL [...]",
  details = "What `modelsig MODEL MODEL` does, under a name of its own.",
  run = function(context)
    local references = context:references()
    if #references < 2 then return context:fail "compare: two or more models expected" end
    local models = context:open()
    local pairs = context:compare(models)
    local plan = context.options.multi_fidelity and context:plan(models, pairs)
    local made = context:report(models, pairs, plan or nil)
    return context:result(models, made, context:emit(made))
  end,
}
