--- Lua from the command line; what it returns is printed.
return {
  summary = "Run Lua source and print what it returns.",
  usage = "modelsig eval CODE",
  run = function(context)
    local code = context.args[1]
    if not code then return context:fail "eval: Lua source was expected" end
    local repl = require "modelsig.cli.repl"
    local prompt = repl.new { out = context.out, err = context.err, options = context.options,
      open_options = context:open_options() }
    local chunk, message = repl.compile(code, prompt.env)
    if not chunk then return context:fail(tostring(message)) end
    return repl.run(prompt, chunk)
  end,
}
