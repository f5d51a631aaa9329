--- A Lua file as a program, with the library at hand.
return {
  summary = "Run a Lua file; the words after it are its arguments.",
  usage = "modelsig run FILE [ARG ...]",
  run = function(context)
    local file = context.args[1]
    if not file then return context:fail "run: a file was expected" end
    local chunk, message = loadfile(file, "t")
    if not chunk then return context:fail(tostring(message)) end
    local words = context.rest or table.move(context.args, 2, #context.args, 1, {})
    local result = chunk(table.unpack(words))
    if type(result) == "table" and type(result.run) == "function" then
      context.args = words
      result = result.run(context)
    end
    return math.type(result) == "integer" and result or 0
  end,
}
