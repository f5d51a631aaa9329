-- What a release team asks: the structure policy, but a difference of the kernel scopes that it
-- ships with is a no. The scopes are settings, so a project may extend this file and name others.
return {
  extends = "structure",
  summary = "same structure, and the same path in the scopes we ship?",
  options = { scopes = { "load", "quantization" } },
  decide = function(comparison, context)
    local verdict, reasons = context.base()
    for _, scope in ipairs(context.options.scopes) do
      local reached = comparison.kernel.scopes[scope]
      if reached ~= "FULL" and reached ~= "FULL_SUBSTITUTE" then
        table.insert(reasons, ("the %s scope reaches %s only"):format(scope, tostring(reached)))
        verdict = "NO"
      end
    end
    return verdict, reasons
  end,
}
