--- What is in a repository: lengths of headers around the first read, small and empty files, what
--- is no model, what is missing, and sizes beyond the usual.

local hub = require "tests.hub.hub"
local json = require "cjson"
local model_folder = require "tests.spec.model_folder"
local net = require "modelsig.native.net"

if not net.built then return end

local FILE = "model.safetensors"

describe("headers", function()
  local server, ids = nil, {}

  lazy_setup(function()
    server = hub.start()
    for size = 99985, 100010 do
      local id = ("length/n%d"):format(size)
      ids[#ids + 1] = id
      server:add(id, { ["config.json"] = model_folder.llama, [FILE] = hub.padded(size) })
    end
    server:add("org/tiny", hub.tiny())
    ids[#ids + 1] = "org/tiny"
  end)
  lazy_teardown(function() server:stop() end)

  for _, first in ipairs { 99993, 100000, 100001, 100007, 100008, 100009 } do
    it(("of 99,985 to 100,010 bytes are whole after a first read of %d"):format(first), function()
      server:new_home()
      server:reset()
      local records = server:models(ids, { rules = { first_read = tostring(first) } })
      local ranges = {}
      for _, request in ipairs(server:requests { server = "cdn" }) do
        local from, to = request.range:match "^bytes=(%d+)%-(%d+)$"
        ranges[request.uri:match "^[^?]+"] = (ranges[request.uri:match "^[^?]+"] or 0) + 1
        assert.equal(tonumber(to) - tonumber(from) + 1, request.sent)
      end
      local twice = 0
      for _, count in pairs(ranges) do
        assert.is_true(count <= 2)
        if count == 2 then twice = twice + 1 end
      end
      assert.is_true(twice <= 100010 + 8 - first)
      for _, id in ipairs(ids) do
        assert.is_nil(records[id].error and id .. records[id].error.message)
        assert.same(records["org/tiny"].digests, records[id].digests)
      end
    end)
  end

  it("far longer than the first read take a second one", function()
    server:add("length/long", { ["config.json"] = model_folder.llama,
      [FILE] = hub.padded(3000000) })
    server:reset()
    local records = server:models { "length/long" }
    assert.is_nil(records["length/long"].error)
    assert.equal(2, #server:requests { server = "cdn" })
  end)
end)

describe("a file of two reads that changes between them", function()
  local server

  lazy_setup(function() server = hub.start { faults = true } end)
  lazy_teardown(function() server:stop() end)

  local function read(fault)
    server:add("org/two", { ["config.json"] = model_folder.llama, [FILE] = hub.padded(300000) },
      { cdn = "{faults}/" .. fault .. "/cdn" })
    server:new_home()
    server:reset()
    local records = server:models({ "org/two" }, { flags = "--timeout 10", rules = hub.quick })
    return records["org/two"].error, #server:requests { server = "^faults$" }
  end

  it("once is read again", function()
    for _, fault in ipairs { "etag_flip;times=1", "etag;value=other;skip=1;times=1",
      "status;code=403;skip=1;times=1" } do
      local problem, requests = read(fault)
      assert.is_nil(problem and problem.message)
      assert.equal(4, requests)
    end
  end)

  it("each time is an error that says so", function()
    local problem = read "etag_flip"
    assert.equal("mismatch", problem.code)
    assert.matches("the file changed meanwhile", problem.message)
    problem = read "more_total;skip=1"
    assert.equal("mismatch", problem.code)
    assert.matches("313480 bytes, found 313481", problem.message)
  end)
end)

describe("a repository", function()
  local server

  lazy_setup(function() server = hub.start { faults = true } end)
  lazy_teardown(function() server:stop() end)

  local function read(id, files, config, flags)
    server:add(id, files, config)
    server:reset()
    local records, said, exit = server:models({ id }, { rules = hub.quick,
      flags = "--timeout 10 " .. (flags or "") })
    return records[id], exit, said
  end

  local function fails(id, files, config, code, ...)
    local record, exit = read(id, files, config)
    assert.equal(2, exit)
    assert.is_table(record.error)
    assert.equal(code or record.error.code, record.error.code)
    for _, pattern in ipairs { ... } do assert.matches(pattern, record.error.message) end
  end

  it("with a file smaller than the first read is asked for no more than the file", function()
    local files = hub.tiny()
    assert.is_nil(read("org/small", files).error)
    for _, request in ipairs(server:requests { server = "cdn" }) do
      assert.is_true(tonumber(request.range:match "%-(%d+)$") < #files[FILE])
    end
  end)

  it("with an empty weights file says so", function()
    fails("org/empty", { ["config.json"] = model_folder.llama, [FILE] = "" }, nil, nil,
      "safetensors")
  end)

  it("with an empty configuration says so", function()
    fails("org/noconfig", { ["config.json"] = "", [FILE] = hub.tiny()[FILE] }, nil, nil,
      "config.json")
  end)

  it("with a pointer text for weights says what it is", function()
    local pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" .. ("a"):rep(64) ..
      "\nsize 1234\n"
    for _, config in ipairs { {}, { shape = "direct" }, { lfs = { "none" } } } do
      fails("org/pointer", { ["config.json"] = model_folder.llama, [FILE] = pointer }, config,
        "unsupported", "pointer")
    end
  end)

  it("with a page for weights says what it is", function()
    fails("org/page", { ["config.json"] = model_folder.llama,
      [FILE] = "<!DOCTYPE html><html><body>" .. ("x"):rep(1000) }, nil, "unsupported", "HTML")
  end)

  it("of each shape gives the same report", function()
    local good = read("org/one", hub.tiny(3))
    for _, config in ipairs { { shape = "direct" }, { api_headers = false }, { lfs = { "none" } },
      { lfs = { "." } }, { shape = "direct", api_headers = false }, { pages = { size = 1 } } } do
      server:new_home()
      local record = read("org/one", hub.tiny(3), config)
      assert.is_nil(record.error and record.error.message)
      assert.same(good.digests, record.digests)
      assert.same(good.parameters, record.parameters)
    end
  end)

  it("whose shard is not in the list, or not there", function()
    local files = hub.tiny(3)
    files["model-00002-of-00003.safetensors"] = nil
    fails("org/hole", files, nil, nil, "model%-00002%-of%-00003.safetensors")
    fails("org/gone", hub.tiny(3), { api_headers = false, script = { { path = "00002", status = 404,
      headers = { ["X-Error-Code"] = "EntryNotFound" }, body = "" } } }, nil,
      "model%-00002%-of%-00003.safetensors")
  end)

  it("whose index leads outside is not followed there", function()
    local files = hub.tiny(2)
    files["model.safetensors.index.json"] = json.encode { metadata = {}, weight_map = {
      a = "../../../etc/passwd", b = "/etc/passwd", c = "https://127.0.0.2/x.safetensors" } }
    fails("org/outside", files, nil, nil, "")
    for _, request in ipairs(server:requests()) do
      assert.is_nil(request.uri:find "passwd")
      assert.is_nil(request.uri:find "x%.safetensors")
    end
  end)

  it("whose one answer with all headers is wrong is read shard by shard", function()
    local good = read("org/all", hub.tiny(3))
    local path = "safetensors%-metadata"
    local text = server:ask("/api/models/org/all/safetensors-metadata/model.safetensors.index.json")
      :match "\r\n\r\n(.*)$"
    local value = json.decode(text)
    local names = {}
    for name in pairs(value.headers) do names[#names + 1] = name end
    table.sort(names)
    local short = text:gsub('"' .. names[3]:gsub("[-.]", "%%%0") .. '":', '"other.safetensors":')
    local bodies = { short, "{}", "[]", "null", "", "no json", '{"index":{},"headers":{}}',
      '{"index":{},"headers":[1,2,3]}', (text:gsub('"data_offsets":%[0,', '"data_offsets":[8,')),
      (text:gsub("BF16", "F32", 1)), (text:gsub("model%.norm", "model.worm")) }
    for i, body in ipairs(bodies) do
      local id = "org/all" .. i
      local record = read(id, hub.tiny(3), { script = { { path = path, status = 200, body = body,
        headers = { ["Content-Type"] = "application/json" } } } })
      assert.is_nil(record.error and record.error.message)
      if i < #bodies then assert.same(good.digests, record.digests) end
    end
    for _, status in ipairs { 401, 403, 404, 405, 408, 429, 500, 501, 502, 503, 504 } do
      local id = "org/all-" .. status
      local record = read(id, hub.tiny(3), { script = { { path = path, status = status,
        body = "no" } } })
      assert.is_nil(record.error and status .. record.error.message)
      assert.same(good.digests, record.digests)
      assert.equal(1, #server:requests { uri = path .. ".*json" })
    end
  end)

  it("whose one answer with all headers does not come is read shard by shard", function()
    local good = read("org/all", hub.tiny(3))
    for _, answer in ipairs { { delay = 20 }, { status = 503 } } do
      answer.path = "safetensors%-metadata"
      local ids = { "org/slow1", "org/slow2" }
      for _, id in ipairs(ids) do server:add(id, hub.tiny(3), { script = { answer } }) end
      server:new_home()
      server:reset()
      local records = server:models(ids, { flags = "--timeout 15",
        rules = { one_request_wait = "0.5", models = "1" } })
      for _, id in ipairs(ids) do
        assert.is_nil(records[id].error and records[id].error.message)
        assert.same(good.digests, records[id].digests)
      end
      assert.equal(6, #server:requests { server = "cdn" })
      -- It is not asked again in that run. (What is still under way is not in the log yet.)
      assert.equal(answer.status and 1 or 0, #server:requests { uri = answer.path })
    end
  end)

  it("whose file is shorter than its header says is found out in one answer too", function()
    local files = hub.tiny(3)
    for name, text in pairs(files) do
      if name:find "00002" then files[name] = text:sub(1, -101) end
    end
    fails("org/short", files, nil, nil, "model%-00002%-of%-00003.safetensors", "data")
  end)

  it("is read with all headers in one answer where the Hub has that, on main only", function()
    server:new_home()
    assert.is_nil(read("org/fast", hub.tiny(3)).error)
    assert.equal(1, #server:requests { uri = "safetensors%-metadata" })
    assert.equal(0, #server:requests { server = "cdn" })
    local commit = server:ask "/api/models/org/fast":match '"sha":"(%x+)"'
    server:new_home()
    server:reset()
    assert.is_nil(server:models({ "org/fast@" .. commit })["org/fast@" .. commit].error)
    assert.equal(0, #server:requests { uri = "safetensors%-metadata" })
    assert.equal(3, #server:requests { server = "cdn" })
  end)

  it("is found by each way to write it", function()
    server:add("lone", hub.tiny())
    server:add("org/refs", hub.tiny(), { revisions = { ["refs/pr/1"] = { folder = "." },
      ["v1.0"] = { folder = "." }, ["a b"] = { folder = "." } } })
    local page = server.endpoint .. "/org/refs"
    local ids = { "lone", "org/refs", "hf://org/refs", "hf://org/refs@v1.0", "org/refs@refs/pr/1",
      "org/refs@v1.0", page, page .. "/tree/main", page .. "/tree/v1.0",
      page .. "/blob/main/config.json",
      page .. "/resolve/refs%2Fpr%2F1/model.safetensors" }
    local records = server:models(ids)
    for _, id in ipairs(ids) do
      assert.is_table(records[id], id)
      assert.is_nil(records[id].error and id .. ": " .. records[id].error.message)
    end
    local uris = {}
    for _, request in ipairs(server:requests()) do uris[#uris + 1] = request.uri end
    assert.matches("refs%%2Fpr%%2F1", table.concat(uris, "\n"))
  end)

  it("of several models, of one folder, of other formats: said clearly", function()
    local inner = hub.tiny()
    fails("org/pipe", { ["model_index.json"] = "{}", ["unet/config.json"] = inner["config.json"],
      ["unet/diffusion_pytorch_model.safetensors"] = inner[FILE] }, nil, nil, "unet")
    fails("org/gguf", { ["model-Q4_K_M.gguf"] = "GGUF", ["README.md"] = "x" }, nil, nil, "GGUF")
    fails("org/onnx", { ["onnx/model.onnx"] = "x", ["README.md"] = "x" }, nil, "truncated",
      "onnx/model.onnx")
    fails("org/none", { ["README.md"] = "x" }, nil, "notfound", "")
    local record = read("org/sub", { ["unet/config.json"] = inner["config.json"],
      ["unet/diffusion_pytorch_model.safetensors"] = inner[FILE] })
    assert.is_table(record.error)
  end)

  it("leaves no token and no signed address anywhere", function()
    assert.same({}, server:secrets())
  end)
end)
