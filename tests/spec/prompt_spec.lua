--- Line editing as a module: a stock lua5.4 with lines on its standard input. What needs a
--- terminal (Tab, Ctrl-C) is in `repl_spec.lua`.

local transcript = require "tests.spec.transcript"

local there, prompt = pcall(require, "modelsig.native.prompt")
if not there then
  describe("the line editor", function() pending "this build has none" end)
  return
end

local quote = transcript.quote

--- What a chunk prints that has the module as `prompt`, with these lines to read.
local function run(folder, lines, chunk, variables)
  folder:write("lines", table.concat(lines, "\n") .. "\n")
  folder:write("chunk.lua", 'require "modelsig"\nlocal prompt = require "modelsig.native.prompt"\n'
    .. chunk)
  local pipe = assert(io.popen(("%s LUA_PATH=%s LUA_CPATH=%s lua5.4 %s <%s 2>&1"):format(
    variables or "", quote(package.path), quote(package.cpath), quote(folder.path .. "/chunk.lua"),
    quote(folder.path .. "/lines"))))
  local text = pipe:read "a"
  return text, pipe:close()
end

describe("the line editor", function()
  for _, variables in ipairs { "env -u LC_ALL -u LC_CTYPE -u LANG", "LC_ALL=C.UTF-8",
    "LC_ALL=nowhere" } do
    it(("reads lines until there are none (%s)"):format(variables), function()
      local folder <close> = transcript.folder()
      local text, ok = run(folder, { "one", "", "zwei ä" }, [[
        local editor = prompt.open {}
        repeat
          local line, why = editor:read("> ")
          print("[" .. tostring(line) .. "]", why)
        until not line]], variables)
      assert.truthy(ok, text)
      local got = {}
      for line in text:gmatch "%[([^\n]*)%]" do got[#got + 1] = line end
      assert.same({ "one", "", "zwei ä", "nil" }, got)
    end)
  end

  it("keeps its history in a file", function()
    local folder <close> = transcript.folder()
    local chunk = ([[
      local editor <close> = prompt.open { history = %q }
      while editor:read "" do end]]):format(folder.path .. "/history")
    assert.truthy(select(2, run(folder, { "first command" }, chunk)))
    assert.truthy(select(2, run(folder, { "second command" }, chunk)))
    local file = assert(io.open(folder.path .. "/history"))
    local text = file:read "a"
    file:close()
    assert.truthy(text:find("first", 1, true))
    assert.truthy(text:find("second", 1, true))
  end)

  it("may be closed twice, and not be read afterwards", function()
    local folder <close> = transcript.folder()
    local text = run(folder, {}, [[
      local editor = prompt.open {}
      editor:close()
      editor:close()
      print(pcall(editor.read, editor, "> "))]])
    assert.truthy(text:find("false\tbad argument #1 to '?' (the editor is closed)", 1, true), text)
  end)

  it("is misused with an error", function()
    assert.has_error(function() prompt.open() end)
    assert.has_error(function() prompt.open { history = {} } end)
  end)
end)
