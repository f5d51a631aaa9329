--- Completion for shells.
return {
  summary = "Print the completion script of bash or zsh.",
  usage = "modelsig completion bash|zsh",
  options = {
    { name = "names", argument = "KIND", choices = { "scripts", "policies", "formats" },
      sentence = "Print the names of this kind instead; the scripts ask for them." },
  },
  run = function(context)
    local shell = require "modelsig.cli.shell"
    if context.options.names then
      context.out(shell.names(context.options.names), "\n")
      return nil
    end
    local name = context.args[1]
    if name ~= "bash" and name ~= "zsh" then
      return context:fail "completion: bash or zsh expected"
    end
    context.out(shell[name]())
  end,
}
