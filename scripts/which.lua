--- Where named things come from: every candidate, the one that is taken first.
local kinds = { "scripts", "policies", "formats", "families", "blocks", "features", "config",
  "rules" }

return {
  summary = "Say where a rule, policy, family, format or script comes from.",
  usage = "modelsig which NAME",
  options = { "no-user", "trust-project", "lua-dir" },
  run = function(context)
    local layout, named = require "modelsig.base.layout", require "modelsig.rules.named"
    local name = context.args[1]
    if not name then return context:fail "which: a name was expected" end
    local found = 0
    for _, kind in ipairs(kinds) do
      for i, where in ipairs(named.which(kind, name)) do
        found = found + 1
        context.out(("%s %-9s %-9s %s\n"):format(i == 1 and "*" or " ", kind, where.place,
          layout.escape(where.path)))
      end
    end
    if found > 0 then return nil end
    local check, near = require "modelsig.base.check", ""
    for _, kind in ipairs(kinds) do
      if near == "" then near = check.hint(name, named.list(kind)) end
    end
    return context:fail(("nothing is named '%s'%s"):format(name, near))
  end,
}
