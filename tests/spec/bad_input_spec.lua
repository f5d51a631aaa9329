--- Bad input through the program: what is said, the exit code, that the other models' reports are
--- complete, and that nothing half-written stays.

local hostile = require "tests.spec.hostile_config"
local json = require "modelsig.native.json"
local models = require "tests.spec.model_folder"
local transcript = require "tests.spec.transcript"

local quote, shell = transcript.quote, transcript.shell

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
  { "an empty folder", {}, "notfound", "folder is empty; config.json or *.safetensors or *.onnx "
    .. "expected" },
  { "a folder without a model", { ["notes.txt"] = "x" }, "notfound", "neither config.json nor" },
  { "a folder in place of the config", { ["config.json"] = false, ["model.safetensors"] = weights },
    "io", "config.json" },
  { "a folder in place of the weights", { ["config.json"] = config, ["model.safetensors"] = false },
    "io", "expected a file, found a folder" },
  { "a folder in place of a shard", { ["config.json"] = config,
    [INDEX] = index '"a": "x.safetensors"', ["x.safetensors"] = false }, "io",
    "expected a file, found a folder" },
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
  { "a deeply nested config", { ["config.json"] = config:sub(1, -2) .. ', "x": '
    .. ("["):rep(100000) .. ("]"):rep(100000) .. "}" }, "limit", "nested deeper than 128" },
  { "a config of another encoding", { ["config.json"] = "\255\254{\0}\0" }, "unsupported",
    "found UTF-16 text" },
  { "a config that is not UTF-8", { ["config.json"] = '{"model_type": "\255"}' }, "malformed",
    "expected UTF-8", 16 },
  { "an endless number of layers", { ["config.json"] = '{"model_type": "llama", '
    .. '"num_hidden_layers": 1000000000000}' }, "limit", "at most 10000 allowed" },
  { "an index that leaves its folder", { ["config.json"] = config,
    [INDEX] = index '"a": "../x.safetensors"' }, "malformed",
    "'../x.safetensors' leaves its folder" },
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
