--- Policies that fail, and reports that cannot be saved, through the program: what is said, the
--- exit code, and that the reports of the models are complete.

local json = require "modelsig.native.json"
local transcript = require "tests.spec.transcript"

local quote, shell = transcript.quote, transcript.shell

--- name, text of the policy, code, what the message has to say
local policies = {
  { "a syntax error", "return {\n  thresholds = { coverage = 0.5 }\n  decide = 1 }", "malformed",
    "p.lua:3: '}' expected" },
  { "bytecode", "\27Lua", "malformed", "p.lua: attempt to load a binary chunk" },
  { "an unknown key", "return { tresholds = {} }", "malformed",
    "p.lua: `tresholds`: unknown key (did you mean 'thresholds'?)" },
  { "a value of another type", "return { thresholds = { coverage = 'x' } }", "malformed",
    'p.lua: `thresholds.coverage`: number expected, got string "x"' },
  { "no table", "return 5", "malformed", "a table was expected from the file" },
  { "an empty file", "", "malformed", "a table was expected from the file" },
  { "an endless loop while it is loaded", "while true do end", "limit",
    "p.lua: step budget exceeded" },
  { "an endless loop", "return { decide = function() while true do end end }", "limit",
    "p.lua: step budget exceeded" },
  { "an endless loop that catches errors",
    "return { decide = function() while true do pcall(function() while true do end end) end end }",
    "limit", "p.lua: step budget exceeded" },
  { "endless memory", "return { decide = function() local t = {} "
    .. "while true do t[#t + 1] = ('x'):rep(100000) .. #t end end }", "limit",
    "p.lua: memory budget exceeded" },
  { "a runtime error", "return { decide = function(c)\n return c.nothing.here end }", "malformed",
    "p.lua:2: " },
  { "an error that is no text", "return { decide = function() error({}) end }", "malformed",
    "p.lua:1: error object is a table value" },
  { "an error that is a number", "return { decide = function()\n error(42, 0) end }", "malformed",
    "p.lua:2: 42" },
  { "an error of nothing", "return { decide = function()\n\nerror() end }", "malformed",
    "p.lua:3: error object is a nil value" },
  { "the words of Ctrl-C as its error",
    "return { decide = function() error('interrupted!', 0) end }",
    "malformed", "p.lua:1: interrupted!" },
  { "the words of a budget as its error",
    "return { decide = function() error('step budget exceeded', 0) end }",
    "malformed", "p.lua:1: step budget exceeded" },
  { "endless recursion", "local function f() return f() + 1 end return { decide = f }", "malformed",
    "p.lua:1: stack overflow" },
  { "no verdict", "return { decide = function() end }", "malformed",
    "p.lua: decide returned nil, FULL, PARTIAL or NO was expected" },
  { "a verdict that is none", "return { decide = function() return 'MAYBE' end }", "malformed",
    'p.lua: decide returned string "MAYBE"' },
  { "reasons of another type", "return { decide = function() return 'FULL', { {} } end }",
    "malformed", "p.lua: decide returned a reason that is a table" },
  { "a comparison that is no table", "return { compare = function() return 5 end }", "malformed",
    "p.lua: compare returned number 5, a table was expected" },
  { "a comparison with values of another type", "return { compare = function() return { "
    .. "substitution_verdict = 'FULL_SUBSTITUTE', kernel = 5 } end }", "malformed",
    "p.lua: compare: `kernel`: table expected, got number 5" },
  { "a comparison that holds itself", "return { compare = function() local t = {} t.t = t "
    .. "return t end }", "malformed", "p.lua: compare: what it returned holds itself" },
  { "a parent that is not there", "return { extends = 'nowhere' }", "notfound",
    "p.lua: `extends`: no policy named 'nowhere'" },
}

--- Does the text have the words? Where a build is slow, time is over before anything else is.
local function says_so(text, words)
  return text:find(words, 1, true)
    or text:find((words:gsub("%a+ budget exceeded$", "time budget exceeded")), 1, true)
end

describe("a policy with", function()
  for _, case in ipairs(policies) do
    local name, text, wanted, says = table.unpack(case)
    it(name .. " is an error in the pair, and the models are reported", function()
      local folder <close> = transcript.folder()
      folder:write("p.lua", text)
      for _, format in ipairs { "json", "table", "markdown" } do
        local code, out, err = shell(folder, "modelsig sample:qwen3-mini ./none sample:qwen3-midi "
          .. "--multi-fidelity --policy ./p.lua --output " .. format)
        assert.equal(1, code)
        assert.truthy(says_so(err, says), err)
        assert.truthy(err:find("./none: no such file or folder", 1, true), err)
        assert.is_nil(err:find("stack traceback", 1, true))
        if format == "json" then
          local document = assert(json.decode(out))
          local pair = document.coverage_matrix["sample:qwen3-mini|sample:qwen3-midi"]
          assert.is_nil(pair.substitution_verdict)
          assert.equal(wanted, pair.error.code)
          assert.truthy(says_so(pair.error.message, says), pair.error.message)
          assert.equal("safetensors", document.models["sample:qwen3-midi"].source)
          assert.equal("notfound", document.models["./none"].error.code)
        else
          assert.truthy(out:find("qwen3-midi", 1, true))
        end
        if wanted == "limit" then break end
      end
    end)
  end

  it("documents of models that are no documents is an error in them", function()
    local folder <close> = transcript.folder()
    for text, says in pairs {
      ["return { fingerprint = function() return 'x' end }"] = "fingerprint returned string",
      ["return { fingerprint = function() return { op_types = 5 } end }"] = "`op_types`: list",
      ["return { fingerprint = function() return { f = print } end }"] = "undefined name 'print'",
      ["return { fingerprint = function() return { f = tostring } end }"] = "a function in what it",
    } do
      folder:write("p.lua", text)
      local code, out, err = shell(folder,
        "modelsig sample:qwen3-mini sample:qwen3-midi --policy ./p.lua")
      assert.equal(1, code)
      assert.truthy(err:find(says, 1, true), err)
      local failed = assert(json.decode(out)).models["sample:qwen3-mini"].error
      assert.equal("malformed", failed.code)
      assert.truthy(failed.message:find(says, 1, true), failed.message)
    end
  end)

  it("a plan that is no plan has none", function()
    local folder <close> = transcript.folder()
    for _, value in ipairs { "3", "{ f = tostring }" } do
      folder:write("p.lua", "return { plan = function() return " .. value .. " end }")
      local code, out, err = shell(folder,
        "modelsig sample:qwen3-mini sample:qwen3-midi --multi-fidelity --policy ./p.lua")
      assert.equal(1, code)
      assert.truthy(err:find("./p.lua: plan", 1, true), err)
      local document = assert(json.decode(out))
      assert.is_nil(document.multi_fidelity_plan)
      assert.equal("FULL_SUBSTITUTE",
        document.coverage_matrix["sample:qwen3-mini|sample:qwen3-midi"].substitution_verdict)
    end
  end)
end)

describe("a report that cannot be saved", function()
  local command = "modelsig sample:qwen3-mini ./none --output table --save "

  --- The file's folder is as before, and the report is on standard output.
  local function check(save, says, prefix)
    local folder <close> = transcript.folder()
    os.execute(("cd %s && mkdir taken && echo old >kept && ln -s nowhere link"):format(
      quote(folder.path)))
    local code, out, err = shell(folder, (prefix or "") .. command .. save)
    assert.equal(1, code)
    assert.truthy(err:find("cannot write '" .. save .. "': " .. says, 1, true), err)
    assert.truthy(err:find("./none: no such file or folder", 1, true), err)
    if not prefix then assert.truthy(out:find("abstract_keys", 1, true), out) end
    local left = {}
    local find = ("cd %s && find . ! -path './.out*' | sort"):format(quote(folder.path))
    for name in io.popen(find):lines() do left[#left + 1] = name end
    assert.same({ ".", "./kept", "./link", "./taken" }, left)
    assert.equal("old", io.open(folder.path .. "/kept"):read "l")
  end

  it("on a full disk is printed", function()
    check("/dev/full", "No space left on device")
    assert.truthy(os.execute "test -c /dev/full")
  end)
  it("in a folder that is not there is printed", function()
    check("nowhere/x", "No such file or directory")
  end)
  it("under the name of a folder is printed", function() check("taken", "Is a directory") end)
  it("in a file is printed", function() check("kept/x", "Not a directory") end)
  it("over a link to nothing is printed", function() check("link", "No such file or directory") end)
  it("where only a part of it fits leaves the old file", function()
    check("kept", "File too large", "ulimit -f 1; ")
  end)

  it("in a folder that is read-only is printed", function()
    local folder <close> = transcript.folder()
    os.execute(("cp %s %s/program; cd %s; mkdir closed; chmod 555 closed; chmod a+rx ."):format(
      quote(transcript.binary()), quote(folder.path), quote(folder.path)))
    local root = io.popen("id -u"):read "l" == "0"
    local code, out, err = shell(folder, (root and "setpriv --reuid=65534 --clear-groups " or "")
      .. "./program sample:qwen3-mini --output table --save closed/x")
    assert.equal(1, code)
    assert.truthy(err:find("cannot write 'closed/x': Permission denied", 1, true), err)
    assert.truthy(out:find("abstract_keys", 1, true), out)
  end)
end)
