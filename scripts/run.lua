--- A Lua file as a program, with the library at hand.

--- Runs a file that returns a command: it gets its options and a context, as commands by name do.
local function run_command(command, words)
  local options = require "modelsig.cli.options"
  local list = table.move(options.list, 1, #options.list, 1, {})
  table.move(command.options or {}, 1, #(command.options or {}), #list + 1, list)
  local parsed, message = options.parse(words, { list = list })
  if not parsed then return nil, message end
  local context = require("modelsig.cli.run").new(parsed, "run")
  return context:finish(command.run(context))
end

return {
  summary = "Run a Lua file; the words after it are its arguments.",
  usage = "modelsig run FILE [ARG ...]",
  run = function(context)
    local file = context.args[1]
    if not file then return context:fail "run: a file was expected" end
    local chunk, message = loadfile(file, "t")
    if not chunk then return context:fail(tostring(message)) end
    local words = context.rest or table.move(context.args, 2, #context.args, 1, {})
    rawset(_G, "arg", table.move(words, 1, #words, 1, { [0] = file })) -- as a stock Lua gives it
    local result = chunk(table.unpack(words))
    if type(result) == "table" and type(result.run) == "function" then
      local code, problem = run_command(result, words)
      if problem then return context:fail(problem) end
      result = code
    end
    -- What a program returns is its exit code; a module's table is nothing to tell.
    return type(result) ~= "table" and result or nil
  end,
}
