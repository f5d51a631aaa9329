--- A list of models: read each, check what is known of it, say what failed.
local function show(context, outcome, width)
  local layout = require "modelsig.base.layout"
  context.out(("%-6s  %s  (%s)\n"):format(outcome.result, layout.escape(outcome.model),
    outcome.format))
  for _, why in ipairs(outcome.why) do
    for _, line in ipairs(layout.wrap(layout.escape(why), width)) do
      context.out("        ", line, "\n")
    end
  end
end

local function document(outcomes, counts)
  local array = require("modelsig.native.json").array
  for _, outcome in ipairs(outcomes) do array(outcome.why) end
  local report = require "modelsig.report.report"
  return require("modelsig.base.json").encode { tool = report.TOOL, timestamp = report.timestamp(),
    version = require("modelsig").version, models = array(outcomes), summary = counts }
end

return {
  summary = "Read a list of models and say honestly what failed.",
  usage = "modelsig validate [LIST] [--output table|json]",
  details = "LIST is a Lua file that returns models and what is known of each, as rules/models.lua "
    .. "does; without it the bundled list of public models. Exit code 2: a model could not be "
    .. "read; 3: what is known of one differs, or with --strict one was read only in part.",
  run = function(context)
    local validate = require "modelsig.cli.validate"
    local list, message = validate.load(context.args[1])
    if not list then return context:fail("validate: " .. message) end
    local wanted = context.given.output and context.options.output or "table"
    if wanted ~= "table" and wanted ~= "json" then
      return context:fail(("validate: --output table or json expected, found '%s'"):format(wanted))
    end
    local function open(requests) return context:open_requests(requests) end
    local width = math.max(40, context:terminal().columns - 8)
    local function each(outcome)
      if wanted == "table" then show(context, outcome, width) end
    end
    local outcomes = validate.run(list, open, each)
    local counts = validate.count(outcomes)
    if wanted == "json" then context.out(document(outcomes, counts), "\n") end
    context:warn(require("modelsig.rules.wording").text("validate.summary", { all = #outcomes,
      read = counts.read, partly = counts.partly, wrong = counts.wrong, failed = counts["not"] }))
    local exit = require "modelsig.base.exit"
    if counts["not"] > 0 then return exit.unreadable end
    return (counts.wrong > 0 or context.options.strict and counts.partly > 0) and exit.gate or nil
  end,
}
