--- Trusting the .modelsig folder of a project, as it is now.
return {
  summary = "Trust the .modelsig folder of this project, or list what is trusted.",
  usage = "modelsig trust [list | remove] [FOLDER]",
  run = function(context)
    local trust, folders = require "modelsig.rules.trust", require "modelsig.rules.folders"
    local escape = require("modelsig.base.layout").escape
    local verb = context.args[1]
    if verb == "list" then
      for _, folder in ipairs(trust.list()) do
        context.out(escape(folder), trust.is_trusted(folder) and "" or " (changed)", "\n")
      end
      return nil
    end
    local remove = verb == "remove"
    local folder = remove and context.args[2] or not remove and verb or folders.project()
    if not folder then return context:fail "there is no .modelsig folder here" end
    local ok, message
    if remove then ok, message = trust.remove(folder) else ok, message = trust.add(folder) end
    if not ok then return context:fail(tostring(message)) end
    context.out(remove and "no longer trusted: " or "trusted: ", escape(folder), "\n")
    return nil
  end,
}
