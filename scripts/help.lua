--- The help by its plain word.

return {
  summary = "Show this help, or that of a command.",
  usage = "modelsig help [COMMAND]",
  options = { "no-user", "trust-project" },
  run = function(context)
    local help = require "modelsig.cli.help"
    local name = context.args[1]
    if not name then
      context.out(help.general())
      return nil
    end
    local script = require("modelsig.cli.scripts").load(name)
    if not script then
      local names = {}
      for i, row in ipairs(help.commands()) do names[i] = row[1] end
      return context:fail(("help: '%s' is no command%s"):format(name,
        require("modelsig.base.check").choices(name, names)))
    end
    context.out(help.command(name, script))
    return nil
  end,
}
