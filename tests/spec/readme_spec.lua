--- The README's examples, run as printed: files are written, sessions happen as shown.
---
--- A code block whose first line names a file (`-- same-heads.lua`, `/* turn.c */`) becomes that
--- file; a `console` block is a transcript. All of them share one folder, where `models/small` and
--- `models/large` are two of the samples, and the library is installed in `installed`.

local transcript = require "tests.spec.transcript"

local here = debug.getinfo(1, "S").source:match "^@(.*)/tests/spec/[^/]*$" or "."
if here:sub(1, 1) ~= "/" then here = io.popen("pwd"):read "l" .. "/" .. here end
local build = transcript.binary():match "^(.*)/"
if build:sub(1, 1) ~= "/" then build = io.popen("pwd"):read "l" .. "/" .. build end

--- Fenced blocks: {language, text, line}.
local function blocks(text)
  local list, block = {}, nil
  local number = 0
  for line in text:gmatch "([^\n]*)\n" do
    number = number + 1
    if block and line:find "^```%s*$" then
      block.text = table.concat(block, "\n") .. "\n"
      list[#list + 1], block = block, nil
    elseif block then
      block[#block + 1] = line
    elseif line:find "^```" then
      block = { language = line:match "^```(%w*)", line = number }
    end
  end
  return list
end

local function file_name(block)
  return block.text:match "^%-%- ([%w_./-]+)\n" or block.text:match "^/%* ([%w_./-]+) %*/\n"
end

describe("the README", function()
  local file = assert(io.open(here .. "/README.md"))
  local text = file:read "a"
  file:close()

  it("happens as printed", function()
    local folder <close> = transcript.folder()
    local environment = transcript.environment(folder.path, {
      LUA_CPATH = build .. "/lua/?.so;;",
      PKG_CONFIG_PATH = folder.path .. "/installed/lib/pkgconfig",
      LD_LIBRARY_PATH = folder.path .. "/installed/lib" })
    local output, exit = transcript.run(("mkdir models && cp -r %s/samples/qwen3-mini models/small "
      .. "&& cp -r %s/samples/qwen3-midi models/large && cp %s/tests/c/capi_example/example.c . "
      .. "&& cmake --install %s --prefix installed >/dev/null"):format(here, here, here, build),
      folder.path, environment)
    assert.equal(0, exit, output)
    local files = 0
    for _, block in ipairs(blocks(text)) do
      local name = file_name(block)
      if name then
        folder:write(name, block.text)
        files = files + 1
      elseif block.language == "console" then
        local difference = transcript.check(block.text, folder.path, environment)
        assert(not difference, ("README.md block at line %d, %s"):format(block.line,
          tostring(difference)))
      end
    end
    assert.is_true(files >= 3)
    -- The policy as printed turns the verdict of the two samples, at the command line, at the
    -- prompt and from stock lua5.4.
    local pair = "models/small models/large"
    for command, expected in pairs {
      ["modelsig --output table " .. pair] = "FULL_SUBSTITUTE +ISOMORPHIC",
      ["modelsig --output table --policy ./same-heads.lua " .. pair] =
        "PARTIAL_SUBSTITUTE +ISOMORPHIC",
      ["echo 'compare(m[1], m[2], { policy = \"./same-heads.lua\" }).substitution_verdict' "
        .. "| modelsig repl " .. pair] = "PARTIAL_SUBSTITUTE",
      ["lua5.4 turn.lua"] = "structure\tFULL_SUBSTITUTE\n./same%-heads.lua\tPARTIAL_SUBSTITUTE",
      ["modelsig run ./verdict.lua " .. pair] = "models/small models/large FULL_SUBSTITUTE",
    } do
      output, exit = transcript.run(command, folder.path, environment)
      assert.equal(0, exit, command .. "\n" .. output)
      assert.matches(expected, output)
    end
    -- And at the prompt as a person sits before it.
    folder:write("steps", "prompt\nsend compare(m[1], m[2], { policy = \"./same-heads.lua\" })"
      .. ".substitution_verdict\\r\nwait PARTIAL_SUBSTITUTE\nprompt\nend\n")
    environment.TERM = "xterm"
    output, exit = transcript.run(("python3 %s/tests/spec/terminal.py modelsig repl %s <steps")
      :format(here, pair), folder.path, environment)
    assert.equal(0, exit)
    assert.matches("%[exit 0%]", output)
  end)

  it("shows no Lua that does not compile", function()
    for _, block in ipairs(blocks(text)) do
      if block.language == "lua" then assert(load(block.text, "=README.md:" .. block.line)) end
    end
  end)
end)
