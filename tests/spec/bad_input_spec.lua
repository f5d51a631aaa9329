--- Bad input through the program: what is said, the exit code, that the other models' reports are
--- complete, and that nothing half-written stays.

local hostile = require "tests.spec.hostile_config"
local json = require "modelsig.native.json"
local models = require "tests.spec.model_folder"
local transcript = require "tests.spec.transcript"

local quote = transcript.quote

--- Runs a shell command in a folder, with `modelsig` as the program under test.
local function shell(folder, command)
  local words = {}
  for name, value in pairs(transcript.environment(folder.path)) do
    words[#words + 1] = name .. "=" .. quote(value)
  end
  local ok, _, code = os.execute(("cd %s && mkdir -p .out && env -u MODELSIG_LUA_DIR %s sh -c %s"
    .. " >.out/out 2>.out/err"):format(quote(folder.path), table.concat(words, " "),
    quote(command)))
  local function text(name)
    local file = assert(io.open(folder.path .. "/.out/" .. name, "rb"))
    return file:read "a", file:close()
  end
  return ok and 0 or code, text "out", text "err"
end

local config, tensors = models.llama, models.llama_tensors()
local weights = models.safetensors(tensors)
local INDEX = "model.safetensors.index.json"
local FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"

local function header(text, data)
  return ("<I8"):pack(#text) .. text .. (data or "")
end

local function index(map) return '{"weight_map": {' .. map .. "}}" end

--- A pair of shards with the tensors of the model, and an index of them.
local function sharded(second)
  local half = #tensors // 2
  local map = {}
  for i, tensor in ipairs(tensors) do
    map[i] = ('"%s": "%s"'):format(tensor[1], i <= half and FIRST or SECOND)
  end
  return { ["config.json"] = config, [INDEX] = index(table.concat(map, ", ")),
    [FIRST] = models.safetensors(table.move(tensors, 1, half, 1, {})),
    [SECOND] = second or models.safetensors(table.move(tensors, half + 1, #tensors, 1, {})) }
end

local foreign = {
  { "git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:"
    .. ("4d7a"):rep(16) .. "\nsize 12345678\n" },
  { "an HTML page", "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n" },
  { "gzip data", "\31\139\8\0\0\0\0\0\2\3" .. ("\0"):rep(40) },
  { "a zip archive", "PK\3\4" .. ("\0"):rep(60) },
}

--- name, files (false: a folder in place of the file), code, what the message has to say
local unreadable = {
  { "an empty folder", {}, "notfound", "folder is empty; config.json or *.safetensors expected" },
  { "a folder without a model", { ["notes.txt"] = "x" }, "notfound", "neither config.json nor" },
  { "a folder in place of the config", { ["config.json"] = false, ["model.safetensors"] = weights },
    "io", "config.json" },
  { "a folder in place of the weights", { ["config.json"] = config, ["model.safetensors"] = false },
    "io", "expected a file, found a folder" },
  { "a folder in place of a shard", { ["config.json"] = config, [INDEX] = index('"a": "x.safetensors"'),
    ["x.safetensors"] = false }, "io", "expected a file, found a folder" },
  { "weights cut before their header", { ["config.json"] = config, ["model.safetensors"] = "" },
    "truncated", "expected 8 bytes of header length, found 0", 0 },
  { "weights cut in their header", { ["config.json"] = config,
    ["model.safetensors"] = weights:sub(1, 100) }, "truncated", "expected a header of", 100 },
  { "weights cut in their data", { ["config.json"] = config,
    ["model.safetensors"] = weights:sub(1, -2) }, "truncated", "bytes of data, found" },
  { "weights with something behind them", { ["config.json"] = config,
    ["model.safetensors"] = weights .. "x" }, "malformed", "expected the file's end, found 1" },
  { "a header that claims 2^63 bytes", { ["config.json"] = config,
    ["model.safetensors"] = ("<I8"):pack(math.mininteger) .. weights:sub(9) }, "limit",
    "header length 9223372036854775808, at most 100000000" },
  { "a header that claims more than there is", { ["config.json"] = config,
    ["model.safetensors"] = ("<I8"):pack(10000000) .. weights:sub(9) }, "truncated",
    "expected a header of 10000000 bytes, found" },
  { "a header that is no JSON", { ["config.json"] = config,
    ["model.safetensors"] = header '{"a": {"dtype": ]' }, "malformed", "found ']'" },
  { "a header whose sizes lie", { ["config.json"] = config, ["model.safetensors"] =
    header('{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,8]}}', ("\0"):rep(8)) }, "malformed",
    "tensor 'a': expected 20 bytes, found 8" },
  { "a header whose tensors overlap", { ["config.json"] = config, ["model.safetensors"] =
    header('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},'
    .. '"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}', ("\0"):rep(6)) }, "malformed",
    "tensor 'b': expected data_offsets from 4, found 2" },
  { "a config that is a list", { ["config.json"] = "[1, 2]" }, "malformed",
    "config.json: expected an object, found a list" },
  { "a config that is null", { ["config.json"] = "null" }, "malformed", "found null" },
  { "a config without a key", { ["config.json"] = "{}" }, "malformed", "without any key" },
  { "an empty config", { ["config.json"] = "" }, "truncated", "found an empty file", 0 },
  { "a config cut short", { ["config.json"] = config:sub(1, 50) }, "truncated", "found the end" },
  { "a config with something behind it", { ["config.json"] = config .. "x" }, "malformed",
    "expected the end of the document, found 'x'", #config },
  { "a config of 20 MB", { ["config.json"] = config:sub(1, -2) .. ', "x": "' .. ("a"):rep(20000000)
    .. '"}' }, "limit", "more than 10000000 bytes" },
  { "a deeply nested config", { ["config.json"] = config:sub(1, -2) .. ', "x": ' .. ("["):rep(100000)
    .. ("]"):rep(100000) .. "}" }, "limit", "nested deeper than 128" },
  { "a config of another encoding", { ["config.json"] = "\255\254{\0}\0" }, "unsupported",
    "found UTF-16 text" },
  { "a config that is not UTF-8", { ["config.json"] = '{"model_type": "\255"}' }, "malformed",
    "expected UTF-8", 16 },
  { "an endless number of layers", { ["config.json"] = '{"model_type": "llama", '
    .. '"num_hidden_layers": 1000000000000}' }, "limit", "at most 10000 allowed" },
  { "an index that leaves its folder", { ["config.json"] = config,
    [INDEX] = index '"a": "../x.safetensors"' }, "malformed", "'../x.safetensors' leaves its folder" },
  { "an index with an absolute path", { ["config.json"] = config,
    [INDEX] = index '"a": "/etc/passwd"' }, "malformed", "'/etc/passwd' is absolute" },
  { "an index of files that are not there", { ["config.json"] = config,
    [INDEX] = index '"a": "x.safetensors", "b": "y.safetensors"' }, "notfound",
    "x.safetensors: no such file (nor 1 more); model.safetensors.index.json names it" },
  { "an index without a map", { ["config.json"] = config, [INDEX] = "{}" }, "malformed",
    "expected a weight_map, found none" },
  { "an index that is a list", { ["config.json"] = config, [INDEX] = "[]" }, "malformed",
    "expected an object" },
  { "a set of shards with a gap", { ["config.json"] = config, [SECOND] = weights }, "notfound",
    FIRST .. ": no such file; other files of the set announce it" },
}
for _, row in ipairs(foreign) do
  local what, bytes = row[1], row[2]
  table.move({
    { what .. " in place of the config", { ["config.json"] = bytes,
      ["model.safetensors"] = weights }, "unsupported", "config.json: expected JSON, found" },
    { what .. " in place of the weights", { ["config.json"] = config,
      ["model.safetensors"] = bytes }, "unsupported", "model.safetensors: expected safetensors" },
    { what .. " in place of the index", { ["config.json"] = config, [INDEX] = bytes },
      "unsupported", INDEX .. ": expected a shard index, found" },
    { what .. " in place of a shard", sharded(bytes), "unsupported",
      SECOND .. ": expected safetensors, found" },
  }, 1, 4, #unreadable + 1, unreadable)
end

local function write(folder, files)
  os.execute("mkdir -p " .. quote(folder.path .. "/bad"))
  for name, text in pairs(files) do
    if text then folder:write("bad/" .. name, text)
    else os.execute("mkdir -p " .. quote(folder.path .. "/bad/" .. name)) end
  end
end

--- Compares the bad model with two good ones; returns its document.
local function around(folder, more)
  local code, out, err = shell(folder,
    "modelsig sample:qwen3-mini bad/ sample:qwen3-midi " .. (more or ""))
  local document = assert(json.decode(out))
  assert.equal("safetensors", document.models["sample:qwen3-mini"].source)
  assert.equal("safetensors", document.models["sample:qwen3-midi"].source)
  local pair = document.coverage_matrix["sample:qwen3-mini|sample:qwen3-midi"]
  assert.equal("FULL_SUBSTITUTE", pair.substitution_verdict)
  assert.is_nil(hostile.leak(err), err)
  assert.is_nil(hostile.leak(out))
  return code, document, err
end

describe("a model that cannot be read:", function()
  for _, case in ipairs(unreadable) do
    local name, files, wanted, says, offset = table.unpack(case)
    it(name, function()
      local folder <close> = transcript.folder()
      write(folder, files)
      local code, document, err = around(folder, "--require FULL")
      assert.equal(2, code)
      local model = document.models["bad/"]
      assert.equal("error", model.source)
      assert.equal(wanted, model.error.code)
      assert.truthy(model.error.message:find(says, 1, true), model.error.message)
      if offset then assert.equal(offset, model.error.offset) end
      assert.truthy(err:find(model.error.message, 1, true), err)
      assert.equal(1, select(2, err:gsub("bad/: ", "")))
      local pair = document.coverage_matrix["sample:qwen3-mini|bad/"]
      assert.equal(wanted, pair.error.code)
      assert.is_nil(pair.substitution_verdict)
    end)
  end

  it("a missing folder, with a near name", function()
    local folder <close> = transcript.folder()
    os.execute("mkdir " .. quote(folder.path .. "/good"))
    local code, out, err = shell(folder, "modelsig ./goood sample:qwen3-mini")
    assert.equal(2, code)
    local failed = assert(json.decode(out)).models["./goood"].error
    assert.equal("notfound", failed.code)
    assert.equal("./goood: no such file or folder (did you mean 'good'?)", failed.message)
    assert.truthy(err:find(failed.message, 1, true))
  end)

  it("files that may not be read", function()
    local folder <close> = transcript.folder()
    write(folder, { ["config.json"] = config, ["model.safetensors"] = weights })
    -- root may read everything, so it becomes somebody else and brings the program along
    local command = "modelsig bad sample:qwen3-mini"
    if io.popen("id -u"):read "l" == "0" then
      os.execute(("cp %s %s && chmod -R a+rX %s"):format(quote(transcript.binary()),
        quote(folder.path .. "/program"), quote(folder.path)))
      command = "setpriv --reuid=65534 --clear-groups ./program bad/ sample:qwen3-mini"
    end
    for _, name in ipairs { "config.json", "model.safetensors", "" } do
      os.execute("chmod 0 " .. quote(folder.path .. "/bad/" .. name))
      local code, out = shell(folder, command)
      os.execute("chmod 755 " .. quote(folder.path .. "/bad/" .. name))
      assert.equal(2, code)
      local document = assert(json.decode(out)).models
      local failed = document["bad/"] or document.bad
      assert.equal("io", failed.error.code)
      assert.truthy(failed.error.message:find("Permission denied", 1, true), failed.error.message)
      assert.truthy(failed.error.message:find(name, 1, true))
      assert.equal("safetensors", document["sample:qwen3-mini"].source)
    end
  end)

  it("links to nothing and to themselves", function()
    local folder <close> = transcript.folder()
    for name, target in pairs { ["config.json"] = "nowhere",
      ["model.safetensors"] = "model.safetensors" } do
      write(folder, { ["config.json"] = config, ["model.safetensors"] = weights })
      os.execute(("cd %s/bad && rm %s && ln -s %s %s"):format(quote(folder.path), name, target,
        name))
      local code, document = around(folder)
      assert.equal(2, code)
      local failed = document.models["bad/"].error
      assert.truthy(failed.message:find(name, 1, true), failed.message)
      os.execute("rm -r " .. quote(folder.path .. "/bad"))
    end
  end)
end)

--- name, files, source, code of a finding, what it says
local readable = {
  { "only weights", { ["model.safetensors"] = weights }, "safetensors", "notfound",
    "there is no config.json" },
  { "only a config", { ["config.json"] = config }, "config_only", "notfound",
    "there are no weights" },
  { "a key twice", { ["config.json"] = config:sub(1, -2) .. ', "hidden_size": 16}' }, "config_only",
    "duplicate_key", "a key twice" },
  { "shards with tensors that the index does not name", (function()
    local files = sharded()
    files[FIRST] = models.safetensors(tensors)
    return files
  end)(), "safetensors", "stale", "tensors that the index does not put here" },
  { "shards without tensors that the index names", (function()
    local files = sharded()
    files[INDEX] = files[INDEX]:gsub('"weight_map": {', '%0"gone": "' .. FIRST .. '", ')
    return files
  end)(), "safetensors", "missing_tensor", "first 'gone'" },
  { "weights of another size than the config says", { ["config.json"] =
    config:gsub('"vocab_size": 64', '"vocab_size": 65'), ["model.safetensors"] = weights },
    "safetensors", "mismatch", "[64, 16] in the headers, and [65, 16] by the config" },
}

describe("a model that is odd but readable:", function()
  for _, case in ipairs(readable) do
    local name, files, source, wanted, says = table.unpack(case)
    it(name, function()
      local folder <close> = transcript.folder()
      write(folder, files)
      local code, document = around(folder)
      assert.equal(0, code)
      local model, found = document.models["bad/"], nil
      assert.equal(source, model.source)
      for _, finding in ipairs(model.findings) do
        found = found or finding.code == wanted and finding.message:find(says, 1, true)
      end
      assert.truthy(found, says)
      code = shell(folder, "modelsig bad/ --strict")
      assert.equal(2, code, "a finding is an error with --strict")
    end)
  end

  it("the same model several times", function()
    local folder <close> = transcript.folder()
    write(folder, { ["config.json"] = config })
    local code, out = shell(folder, "modelsig local:bad local:./bad local:bad local:bad")
    assert.equal(0, code)
    local labels = {}
    for label in pairs(assert(json.decode(out)).models) do labels[#labels + 1] = label end
    table.sort(labels)
    assert.same({ "local:./bad", "local:bad", "local:bad#2", "local:bad#3" }, labels)
  end)
end)

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
    .. "while true do t[#t + 1] = ('x'):rep(1000) .. #t end end }", "limit",
    "p.lua: memory budget exceeded" },
  { "a runtime error", "return { decide = function(c)\n return c.nothing.here end }", "malformed",
    "p.lua:2: " },
  { "an error that is no text", "return { decide = function() error({}) end }", "malformed",
    "p.lua: error object is a table value" },
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
        assert.truthy(err:find(says, 1, true), err)
        assert.truthy(err:find("./none: no such file or folder", 1, true), err)
        assert.is_nil(err:find("stack traceback", 1, true))
        if format == "json" then
          local document = assert(json.decode(out))
          local pair = document.coverage_matrix["sample:qwen3-mini|sample:qwen3-midi"]
          assert.is_nil(pair.substitution_verdict)
          assert.equal(wanted, pair.error.code)
          assert.truthy(pair.error.message:find(says, 1, true), pair.error.message)
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
    for name in io.popen("cd " .. quote(folder.path) .. " && find . ! -path './.out*' | sort"):lines() do
      left[#left + 1] = name
    end
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
    os.execute(("cp %s %s/program && mkdir %s/closed && chmod 555 %s/closed && chmod a+rx %s"):format(
      quote(transcript.binary()), quote(folder.path), quote(folder.path), quote(folder.path),
      quote(folder.path)))
    local root = io.popen("id -u"):read "l" == "0"
    local code, out, err = shell(folder, (root and "setpriv --reuid=65534 --clear-groups " or "")
      .. "./program sample:qwen3-mini --output table --save closed/x")
    assert.equal(1, code)
    assert.truthy(err:find("cannot write 'closed/x': Permission denied", 1, true), err)
    assert.truthy(out:find("abstract_keys", 1, true), out)
  end)
end)
