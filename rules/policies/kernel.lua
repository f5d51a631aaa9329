-- Will the engine take the same path?
--
-- Every difference of a kernel-relevant feature has a grade: `free` (same path), `shape` (same
-- code, other template instance or padding), `path` (another kernel or branch), `model` (other
-- mathematics or another cache). The worst grade decides, per scope and in all.

local sentences = {
  identical = "Both sides are identical: same digest of every name, shape, dtype and setting.",
  none = "No kernel-relevant feature differs.",
  minor = "Other values, the same path: {what}.",
  worst = "{feature}: {a} against {b} ({grade}): {why}.",
  unknown = "Could not be told: {what}. So the verdict is PARTIAL at most.",
  unknown_too = "Could not be told: {what}.",
}

local function decide(c, context)
  local reasons = {}
  local function say(id, values)
    reasons[#reasons + 1] = context.fill(sentences[id], values)
  end
  if c.identical then
    say("identical")
    return "FULL", reasons
  end
  local minor = {}
  for _, grade in ipairs { "model", "path" } do
    for _, d in ipairs(c.kernel.differences) do
      local x, y = context.contrast(d.a, d.b)
      if d.grade == grade then
        say("worst", { feature = d.feature, a = x, b = y, grade = grade, why = d.why })
      end
    end
  end
  for _, d in ipairs(c.kernel.differences) do
    if d.grade == "shape" or d.grade == "free" then minor[#minor + 1] = d.feature end
  end
  if #minor > 0 then say("minor", { what = table.concat(minor, ", ") }) end
  if #c.kernel.unknown > 0 then
    say(c.kernel.verdict:find("PARTIAL") and "unknown" or "unknown_too",
      { what = table.concat(c.kernel.unknown, ", ") })
  end
  if #reasons == 0 then say("none") end
  return c.kernel.verdict, reasons
end

return {
  extends = "structure",
  summary = "will the engine take the same path?",
  -- The verdict that each grade still allows; the worst one counts. `unknown` is for a feature
  -- that could not be read on one side.
  grades = { free = "FULL", shape = "FULL", path = "PARTIAL", model = "NO", unknown = "PARTIAL" },
  -- What this policy asks about: the features, beside what `structure` looks at.
  asks = "kernel",
  reads = { "grades", "thresholds.coverage" },
  decide = decide,
}
