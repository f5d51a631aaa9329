--- Models on a Hub, as a user reads them: the program against the stand-in Hub.

local hub = require "tests.hub.hub"
local json = require "modelsig.native.json"
local net = require "modelsig.native.net"

if not net.built then return end

local COMMIT = "%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x"

describe("a model on a Hub", function()
  local server

  lazy_setup(function()
    server = hub.start()
    server:add("org/tiny", hub.tiny(3))
    server:add("org/one", hub.tiny())
    server:add("gpt2", hub.tiny())
    local quantised = hub.tiny(2)
    quantised["hf_quant_config.json"] = '{"producer":{"name":"modelopt","version":"0.29"},'
      .. '"quantization":{"quant_algo":"FP8","kv_cache_quant_algo":"FP8"}}'
    server:add("org/quantised", quantised)
    server:add("org/shards", hub.tiny(3), { api_headers = false })
    server:add("org/direct", hub.tiny(2), { api_headers = false, shape = "direct" })
    server:add("org/moved", {}, { renamed_to = "org/tiny" })
    server:add("org/closed", hub.tiny(), { private = true })
    server:add("org/gated", hub.tiny(), { gated = true })
    server:add("org/off", hub.tiny(), { disabled = true })
    local parts = {}
    for name, text in pairs(hub.tiny(2)) do parts["transformer/" .. name] = text end
    parts["model_index.json"] = "{}"
    server:add("org/pipe", parts)
  end)
  lazy_teardown(function() server:stop() end)
  before_each(function()
    server:new_home()
    server:reset()
  end)

  --- Runs the program; gives the document, or the whole output where there is none.
  local function run(words, environment)
    local output, exit = server:run(("modelsig %s 2>err; code=$?; cat err >&2; (exit $code)")
      :format(words), environment)
    return json.decode(output:match "{.*}" or "") or output, exit, output
  end

  local function folder_document(id)
    local output = server:run(("modelsig local:%s/%s"):format(server.folder, id))
    return assert(json.decode(output:match "{.*}")).models[id:match "[^/]*$"]
  end

  it("gives the same document as its folder, by each way to the headers", function()
    for _, id in ipairs { "org/tiny", "org/shards", "org/direct", "org/one", "gpt2",
      "org/quantised" } do
      local document, exit = run(id)
      assert.equal(0, exit)
      local model, folder = document.models[id], folder_document(id)
      assert.matches("^" .. COMMIT .. "$", model.revision)
      model.revision = nil
      assert.same(folder, model)
    end
  end)

  it("has what is said of quantisation beside its configuration, also with --fast", function()
    local record = run("org/quantised --fast").models["org/quantised"]
    assert.equal("FP8", record.quantization.algorithm)
    assert.equal(1, #server:requests { uri = "/resolve/%x+/hf_quant_config.json" })
  end)

  it("is read in one request after the first time, and in none at a commit or offline", function()
    for _, id in ipairs { "org/tiny", "org/shards", "org/one" } do
      local first = run(id)
      server:reset()
      assert.same(first.models[id], run(id).models[id])
      local requests = server:requests()
      assert.equal(1, #requests)
      assert.matches("^/api/models/" .. id .. "/revision/main", requests[1].uri)
      server:reset()
      local label = ("%s@%s"):format(id, first.models[id].revision)
      assert.same(first.models[id], run(label).models[label])
      assert.same(first.models[id], run(id .. " --offline").models[id])
      assert.same(first.models[id], run(id, { HF_HUB_OFFLINE = "1" }).models[id])
      assert.same(first.models[id], run(id, { TRANSFORMERS_OFFLINE = "yes" }).models[id])
      assert.equal(0, #server:requests())
    end
  end)

  it("costs one resolve and one range for each shard", function()
    run "org/shards"
    assert.equal(3, #server:requests { server = "cdn" })
    assert.equal(3, #server:requests { uri = "^/org/shards/resolve/%x+/model%-0" })
    for _, request in ipairs(server:requests { server = "cdn" }) do
      assert.matches("^bytes=0%-%d+$", request.range)
      assert.equal("identity", request.accept_encoding)
    end
    for _, request in ipairs(server:requests { server = "hub" }) do
      assert.is_nil(request.range)
    end
  end)

  it("whose headers come in one answer costs no request a shard", function()
    run "org/tiny"
    assert.equal(0, #server:requests { server = "cdn" })
    assert.equal(1, #server:requests { uri = "safetensors%-metadata" })
  end)

  it("with --fast is its configuration alone", function()
    local document = run "org/tiny --fast"
    assert.equal("config_only", document.models["org/tiny"].source)
    for _, request in ipairs(server:requests()) do
      assert.truthy(request.uri:find "^/api/" or request.uri:find "config.json")
    end
  end)

  it("may be a folder or a file of its repository", function()
    local document, exit = run "org/pipe:transformer"
    assert.equal(0, exit)
    assert.equal("safetensors", document.models["org/pipe:transformer"].source)
    local label = "org/shards:model-00002-of-00003.safetensors"
    document = run(label)
    assert.equal("safetensors", document.models[label].source)
    document = run "org/one:config.json"
    assert.equal("config_only", document.models["org/one:config.json"].source)
    assert.same({}, document.models["org/one:config.json"].findings)
    local output
    document, exit, output = run "org/pipe"
    assert.equal(2, exit)
    assert.equal("unsupported", document.models["org/pipe"].error.code)
    assert.matches("org/pipe:transformer", output)
    document, exit, output = run "org/one:confg.json"
    assert.equal(2, exit)
    assert.equal("notfound", document.models["org/one:confg.json"].error.code)
    assert.matches("did you mean 'config.json'", output)
  end)

  it("that cannot be read says why and what to do, each in its way", function()
    for _, case in ipairs {
      { "org/none", "notfound", "no such repository.*private" },
      { "org/closed", "notfound", "no such repository.*private" },
      { "org/closed", "notfound", "token from HF_TOKEN may not see it", "hf_outsider" },
      { "org/closed", "auth", "refuses the token from HF_TOKEN", "hf_nonsense" },
      { "org/closed", "auth", "lacks a permission", "hf_scoped" },
      { "org/gated", "gated", "ask for access at https://[%w.:]+/org/gated, then give your token" },
      { "org/gated", "gated", "has no access yet", "hf_outsider" },
      { "org/off", "http", "disabled" },
      { "org/tiny@nope", "notfound", "no revision 'nope'" },
    } do
      local document, exit, output = run(case[1] .. " org/one", { HF_TOKEN = case[4] or "" })
      assert.equal(2, exit)
      assert.equal(case[2], document.models[case[1]].error.code, output)
      assert.matches(case[3], document.models[case[1]].error.message)
      if case[4] ~= "hf_nonsense" then
        assert.equal("safetensors", document.models["org/one"].source)
      end
    end
  end)

  it("that was renamed is read, and the report says its name of today", function()
    local document, exit = run "org/moved"
    assert.equal(0, exit)
    assert.equal("renamed", document.models["org/moved"].findings[1].code)
    assert.matches("org/tiny", document.models["org/moved"].findings[1].message)
  end)

  it("is read beside others at the same time, in the order typed", function()
    local document, exit = run "org/tiny org/one gpt2 org/none org/direct --stats"
    assert.equal(2, exit)
    assert.equal(5, (function()
      local n = 0
      for _ in pairs(document.models) do n = n + 1 end
      return n
    end)())
    local network = document.models["org/tiny"].network
    assert.truthy(network.requests > 0 and network.bytes > 0 and network.connections <= 2)
  end)

  it("leaves no token on the disk, in the output or on another server", function()
    run("org/gated org/closed org/none", { HF_TOKEN = "hf_standin" })
    for _, request in ipairs(server:requests { server = "cdn" }) do
      assert.is_nil(request.authorization)
    end
    assert.truthy(#server:requests { server = "cdn" } > 0)
    assert.truthy(#server:requests { authorization = "hf_standin" } > 0)
    assert.is_nil(server:left_behind():find("hf_standin", 1, true))
    assert.is_nil(server.outputs:find("hf_standin", 1, true))
    assert.is_nil(server:left_behind():find("Signature=", 1, true))
    assert.is_nil(server.outputs:find("Signature=", 1, true))
  end)
end)
