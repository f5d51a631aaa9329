--- The prompt, with the models of the command line as `m[1]`, `m[2]`, ...
return {
  summary = "Explore models at a prompt; MODELs are there as m[1], m[2], ...",
  usage = "modelsig repl [MODEL ...]",
  options = { "fast", "strict", "no-color" },
  details = "Type Lua: open \"sample:qwen3-mini\" shows a model, compare(m[1], m[2]) a pair. "
    .. "Tab completes, _ is the last value, help says more, Ctrl-D leaves.",
  run = function(context)
    local repl = require "modelsig.cli.repl"
    local prompt = repl.new { out = context.out, err = context.err, options = context.options,
      open_options = context:open_options() }
    if #context.args > 0 then
      prompt.env.m = context:open()
      for _, model in ipairs(prompt.env.m) do
        table.insert(prompt.seen, model.typed)
        if model.error then context:warn(model.error.message) end
      end
    end
    return repl.start(prompt)
  end,
}
