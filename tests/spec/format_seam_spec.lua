--- What a new format has to bring: a throw-away one, registered here, is read from a folder and
--- from a Hub and compared, and no other file knows it. What is said of a format that is not there.

require "tests.spec.helper"
local document = require "modelsig.model.document"
local formats = require "modelsig.format.formats"
local hub = require "tests.hub.hub"
local json = require "modelsig.native.json"
local manifests = require "modelsig.native.manifest"
local model_folder = require "tests.spec.model_folder"
local modelsig = require "modelsig"
local names = require "modelsig.format.names"
local net = require "modelsig.native.net"
local partial = require "modelsig.origin.hub.partial"
local repl = require "modelsig.cli.repl"
local transcript = require "tests.spec.transcript"

--- A file of 32 bytes that say where two texts are, data, and the texts: lines of name, type and
--- shape, and JSON of what else the file says.
local function written(tensors, says)
  local lines = {}
  for i, t in ipairs(tensors) do
    lines[i] = ("%s %s %s"):format(t[1], t[2], table.concat(t[3], "x"))
  end
  local list, more = table.concat(lines, "\n"), json.encode(says or {})
  local data = ("\0"):rep(300000)
  return ("<c4I4I8I8I8"):pack("LIST", 0, 32 + #data, #list, #more) .. data .. list
    .. ("-"):rep(1000) .. more
end

local list = { name = "list", title = "LIST", shown = ".list", files = { "%.list$" },
  naming = "safetensors" }

function list.choose(origin)
  if origin.weights then return { files = { origin.weights } } end
  local files = names.like(origin.files, list.files)
  return #files > 0 and { files = files } or nil
end

local function places(head)
  if #head < 32 or head:sub(1, 4) ~= "LIST" then return nil end
  local _, _, at, length, more = ("<c4I4I8I8I8"):unpack(head)
  return { at, at + length - 1 }, { at + length + 1000, at + length + 1000 + more - 1 }
end

function list.next_ranges(file)
  local head = file:read(0, 32)
  if not head then return { { 0, 31 } } end
  local first, second = places(head)
  if not first or not (file:lacks(first[1], first[2]) or file:lacks(second[1], second[2])) then
    return nil
  end
  return { first, second }
end

function list.read(origin, weights)
  local tensors = { manifest = manifests.new(), findings = {}, metadata = {},
    files = weights.files }
  for _, name in ipairs(weights.files) do
    local source <close>, message, code = origin:open(name)
    if not source then return nil, message, code end
    local first, second = places(source:read(0, 32))
    if not first then return nil, name .. ": no list of tensors", "unsupported" end
    for line in source:read(first[1], first[2] - first[1] + 1):gmatch "[^\n]+" do
      local tensor, dtype, dims = line:match "^(%S+) (%S+) (%S+)$"
      local shape = {}
      for n in dims:gmatch "%d+" do shape[#shape + 1] = math.tointeger(tonumber(n)) end
      assert(tensors.manifest:add(tensor, dtype, shape, name))
    end
    local says = json.decode(source:read(second[1], second[2] - second[1] + 1))
    for field, value in pairs(says) do tensors[field] = value end
  end
  assert(tensors.manifest:finish())
  return tensors
end

local llama = json.decode(model_folder.llama)
local tensors = model_folder.llama_tensors()

local function folder_of(files)
  local path = model_folder.new()
  for name, text in pairs(files) do model_folder.write(path .. "/" .. name, text) end
  return path
end

--- What a document says of the model, without how it was read.
local function content(model)
  local made = document.model(model)
  made.source, made.format, made.revision, made.findings = nil, nil, nil, nil
  return json.decode(require("modelsig.base.json").encode(made))
end

describe("a format of one file", function()
  local plain

  lazy_setup(function()
    formats.register(list)
    plain = assert(modelsig.open(model_folder.model(model_folder.llama, tensors)))
  end)
  lazy_teardown(function()
    formats.unregister "list"
    model_folder.clean()
  end)

  it("is read from a folder, from its file, and compared", function()
    local path = folder_of { ["config.json"] = model_folder.llama, ["w.list"] = written(tensors) }
    for _, reference in ipairs { path, path .. "/w.list", { path, format = "list" } } do
      local model = assert(modelsig.open(reference))
      assert.equal("list", model.source)
      assert.equal("list", model.format)
      assert.same(content(plain), content(model))
      assert.equal("ISOMORPHIC", modelsig.compare(plain, model).isomorphism)
    end
  end)

  it("says itself what is no file of it", function()
    local path = folder_of { ["w.list"] = "<!DOCTYPE html><html></html>" }
    local _, message, code = modelsig.open(path)
    assert.equal("unsupported", code)
    assert.equal("w.list: no list of tensors", message)
  end)

  it("may bring the configuration, operators and the interface", function()
    local operators = { ["aten/linear"] = "graph" }
    local interface = { inputs = { { name = "input_ids", dtype = "I64" } } }
    local path = folder_of { ["w.list"] = written(tensors, { config = llama, operators = operators,
      interface = interface }) }
    local model = assert(modelsig.open(path))
    assert.equal("llama", model.family)
    assert.same(plain.config, model.config)
    assert.same({}, model.findings)
    assert.same(operators, model.operators)
    assert.same(interface, document.model(model).interface)
  end)

  it("has a place of its own beside others: safetensors first, or what is asked for", function()
    local other = model_folder.llama_tensors(function(t) t[#t + 1] = { "x", "F32", { 3 } } end)
    local path = folder_of { ["config.json"] = model_folder.llama, ["w.list"] = written(other),
      ["model.safetensors"] = model_folder.safetensors(tensors) }
    assert.equal("safetensors", assert(modelsig.open(path)).format)
    local model = assert(modelsig.open { path, format = "list" })
    assert.equal("list", model.format)
    assert.equal(#tensors + 1, #model.tensors)
    assert.equal("safetensors", assert(modelsig.open { path, format = "safetensors" }).format)
    local _, message, code = modelsig.open { path .. "/w.list", format = "safetensors" }
    assert.equal("notfound", code)
    assert.equal("w.list: not a file of safetensors, which was asked for", message)
    -- A model that is not whole is no reason to read another one.
    os.rename(path .. "/model.safetensors", path .. "/model-00001-of-00002.safetensors")
    assert.equal("notfound", select(3, modelsig.open(path)))
    os.rename(path .. "/model-00001-of-00002.safetensors", path .. "/adapter_model.safetensors")
    assert.equal("list", assert(modelsig.open(path)).format)
  end)

  it("that is incomplete is refused where it is registered", function()
    assert.has_error(function() formats.register { name = "x", title = "X" } end)
    assert.has_error(function()
      formats.register { name = "x", title = "X", files = {}, shown = ".x", read = list.read }
    end)
    assert.has_error(function() formats.register { name = "x", titel = "X" } end)
    assert.is_nil(formats.find "x")
  end)
end)

describe("a format of one file on a Hub", function()
  if not net.built then return end
  local server

  lazy_setup(function()
    formats.register(list)
    server = hub.start { plain = true }
  end)
  lazy_teardown(function()
    formats.unregister "list"
    server:stop()
    model_folder.clean()
  end)

  local function request(reference, more)
    local all = { reference, endpoint = server.endpoint, offline = false }
    for key, value in pairs(more or {}) do all[key] = value end
    return all
  end

  it("is fetched in the ranges that it wants, once", function()
    local files = { ["config.json"] = model_folder.llama, ["w.list"] = written(tensors) }
    for shape, config in pairs { cdn = { cdn = "{cdn_plain}", lfs = { "%.list$" } }, edge = {} } do
      local id = "list/" .. shape
      local folder = server:add(id, files, config)
      local here = assert(modelsig.open(folder))
      server:reset()
      local model = assert(modelsig.open(request(id)))
      assert.equal("list", model.format)
      assert.same(content(here), content(model))
      assert.equal("ISOMORPHIC", modelsig.compare(here, model).isomorphism)
      local ranged, sent = 0, 0
      for _, one in ipairs(server:requests()) do
        if one.range ~= "" and one.range then
          ranged, sent = ranged + 1, sent + one.sent
        end
      end
      assert.equal(3, ranged)
      assert.is_true(sent < 10000, sent)
      server:reset()
      local again = assert(modelsig.open(request(id)))
      assert.same(content(here), content(again))
      assert.equal(2, again.network.cache_hits)
      assert.same(content(here), content(assert(modelsig.open(request(id, { offline = true })))))
    end
  end)

  it("is chosen there as in a folder", function()
    server:add("list/both", { ["config.json"] = model_folder.llama, ["w.list"] = written(tensors),
      ["model.safetensors"] = model_folder.safetensors(tensors) }, { cdn = "{cdn_plain}" })
    assert.equal("safetensors", assert(modelsig.open(request "list/both")).format)
    assert.equal("list", assert(modelsig.open(request("list/both", { format = "list" }))).format)
    assert.equal("list", assert(modelsig.open(request "list/both:w.list")).format)
    server:add("list/none", hub.tiny(), { cdn = "{cdn_plain}" })
    local _, message, code = modelsig.open(request("list/none", { format = "list" }))
    assert.equal("notfound", code)
    assert.matches("there are no LIST files (*.list); weights are in safetensors files only "
      .. "(model.safetensors)", message, 1, true)
  end)

  it("that asks for too many places is stopped", function()
    local endless = { name = "endless", title = "ENDLESS", shown = ".endless", naming = "list",
      files = { "%.endless$" }, choose = function(origin)
        return origin:has "w.endless" and { files = { "w.endless" } } or nil
      end, read = list.read }
    function endless.next_ranges(file)
      file.state.at = (file.state.at or -1) + 1
      return { { file.state.at % 2, file.state.at % 2 } }
    end
    formats.register(endless)
    server:add("list/endless", { ["w.endless"] = "xxxx" }, { cdn = "{cdn_plain}" })
    local _, message, code = modelsig.open(request "list/endless")
    formats.unregister "endless"
    assert.equal("limit", code)
    assert.matches("w.endless: what is wanted of it lies in more than 10000 places", message, 1,
      true)
  end)
end)

describe("parts of a file", function()
  it("join where they touch, and stay apart elsewhere", function()
    local file = partial.new { name = "x", size = 20, window = 8, most = 100 }
    assert.is_nil(file:read(0, 4))
    assert.equal(0, file:lacks(0, 3))
    file:put(0, "abcd")
    file:put(8, "ijkl")
    assert.equal(4, file:lacks(0, 19))
    assert.equal(12, file:lacks(8, 99))
    assert.is_nil(file:read(2, 4))
    file:put(2, "XXefghXX") -- only what is not there is taken
    assert.equal("abcdefghijkl", file:read(0, 12))
    assert.equal("kl", file:read(10, 2))
    assert.is_nil(file:read(10, 4))
    file:put(12, "mnopqrst")
    assert.equal("st", file:read(18, 50))
    assert.equal("", file:read(20, 5))
    assert.is_nil(file:lacks(0, 100))
    file:cut(6)
    assert.equal(6, file:lacks(0, 9))
    local source <close> = assert(file:open())
    assert.equal(20, source:size())
    assert.equal("abcdef", source:read(0, 6))
    assert.equal("truncated", select(3, source:read(4, 4)))
  end)

  it("are kept and taken again; what is broken is not", function()
    local file = partial.new { name = "x", size = 20, window = 8, most = 100 }
    assert.same({ "head", "" }, { file:packed() })
    file:put(0, "abcd")
    assert.same({ "head", "abcd" }, { file:packed() })
    file:put(9, "jk")
    local kind, text = file:packed()
    assert.equal("parts", kind)
    local again = partial.new { name = "x", size = 20, window = 8, most = 100 }
    assert.is_true(again:unpack(kind, text))
    assert.same({ file:packed() }, { again:packed() })
    for _, broken in ipairs { "x", text:sub(1, -2), ("<I8s8"):pack(19, "ab"),
      ("<I8s8"):pack(-1, "ab"), ("<I8I8"):pack(0, -1) } do
      again = partial.new { name = "x", size = 20, window = 8, most = 100 }
      assert.is_false(again:unpack("parts", broken))
    end
  end)
end)

describe("a format that is asked for and not there", function()
  teardown(model_folder.clean)

  local unread = "sample:qwen3-mini: GGUF files are not read by this version"
  local path

  lazy_setup(function() path = folder_of { ["config.json"] = model_folder.llama } end)

  --- What each asks for, and what is said.
  local function cases()
    return {
      { { "sample:qwen3-mini", format = "gguf" }, "unsupported", unread },
      { { "sample:qwen3-mini", format = "onnx" }, "notfound", "there are no ONNX files (*.onnx); "
        .. "weights are in safetensors files only (model.safetensors)" },
      { { "sample:qwen3-mini", onnx_file = "model.onnx" }, "notfound",
        "model.onnx: no such file; it was asked for" },
      { { "org/any", format = "gguf", offline = true }, "unsupported",
        "org/any: GGUF files are not read by this version" },
      { { "sample:qwen3-mini", format = "onxx" }, "notfound", "sample:qwen3-mini: no format 'onxx' "
        .. "(did you mean 'onnx'?); there are " .. table.concat(formats.names(), ", ") },
      { { "sample:qwen3-mini", format = "safetensors", onnx_file = "x.onnx" }, "mismatch",
        "sample:qwen3-mini: onnx_file names a file of ONNX, and the format asked for is "
        .. "safetensors" },
      { { path, format = "safetensors" }, "notfound",
        "there are no safetensors files (*.safetensors)" },
    }
  end

  it("is said so to Lua", function()
    for _, case in ipairs(cases()) do
      local model, message, code = modelsig.open(case[1])
      assert.is_nil(model)
      assert.equal(case[2], code)
      assert.equal(case[3], message)
      local listed = modelsig.open_all({ case[1], "sample:qwen3-mini" })
      assert.equal(case[3], listed[1].error.message)
      assert.is_nil(listed[2].error)
    end
  end)

  it("is said so by the command line", function()
    for _, case in ipairs(cases()) do
      local words = { "modelsig", transcript.quote(case[1][1]) }
      for name, value in pairs(case[1]) do
        if name ~= 1 then
          words[#words + 1] = "--" .. name:gsub("_", "-") .. (value == true and "" or "=" .. value)
        end
      end
      local output, exit = transcript.run(table.concat(words, " ") .. " 2>&1 >/dev/null", path,
        transcript.environment(path))
      if case[1].format == "onxx" then
        assert.equal(1, exit)
        assert.matches("did you mean 'onnx'?", output, 1, true)
      else
        assert.equal(2, exit)
        assert.matches(case[3], output, 1, true)
      end
    end
  end)

  it("is said so at the prompt", function()
    for _, case in ipairs(cases()) do
      local words, out = {}, {}
      for name, value in pairs(case[1]) do
        if name ~= 1 then
          words[#words + 1] = ("%s = %s"):format(name, type(value) == "string"
            and ("%q"):format(value) or tostring(value))
        end
      end
      local function put(...) out[#out + 1] = table.concat { ... } end
      local prompt = repl.new { out = put, err = put }
      local line = ("open(%q, { %s })"):format(case[1][1], table.concat(words, ", "))
      repl.loop(prompt, function()
        local given = line
        line = nil
        return given
      end)
      assert.matches(case[3], table.concat(out), 1, true)
    end
  end)
end)
