--- ONNX from Hubs: which file, how much of it, what lies beside it.

local hub = require "tests.hub.hub"
local json = require "cjson"
local native = require "modelsig.native.onnx"
local net = require "modelsig.native.net"
local source = require "modelsig.native.source"
local tiny = require "tests.spec.onnx_tiny"

if not net.built or not native.open(source.memory "") then return end

local CONFIG = '{ "model_type": "unheard-of" }'

describe("ONNX on a Hub", function()
  local server
  local layers = tiny.layers(40, { 40000, 80000, 20000 })

  lazy_setup(function()
    server = hub.start()
    server:add("org/onnx", { ["config.json"] = CONFIG, ["onnx/model.onnx"] = layers,
      ["onnx/model_fp16.onnx"] = tiny.model() })
    local both = hub.tiny()
    both["onnx/model.onnx"] = tiny.model()
    server:add("org/both", both)
    server:add("org/outside", { ["config.json"] = CONFIG, ["model.onnx"] = tiny.external("data"),
      data = ("\0"):rep(24) })
    server:add("org/lost", { ["config.json"] = CONFIG, ["model.onnx"] = tiny.external("other") })
    server:add("org/cut", { ["config.json"] = CONFIG, ["model.onnx"] = layers:sub(1, -100) })
    server:add("org/many", { ["config.json"] = CONFIG, ["a.onnx"] = "x", ["b.onnx"] = "x" })
  end)
  lazy_teardown(function() server:stop() end)

  local function inspect(words)
    local output, exit = server:run("modelsig inspect " .. words .. " --output json 2>/dev/null")
    return json.decode(output), exit
  end

  local function codes(view)
    local out = {}
    for _, finding in ipairs(view.findings) do out[finding.code] = finding.message end
    return out
  end

  it("is read by its graph alone", function()
    server:reset()
    local view, exit = inspect "org/onnx"
    assert.equal(0, exit)
    assert.equal(120, #view.tensors)
    assert.equal("model.layers.39.part3.weight", view.tensors[120].name)
    assert.equal(20000, view.tensors[120].bytes)
    assert.matches("onnx/model.onnx: chosen among 2 ONNX files", codes(view).choice, 1, true)
    local sent = 0
    for _, request in ipairs(server:requests { server = "cdn" }) do sent = sent + request.sent end
    assert.is_true(sent > 0 and sent < #layers / 10)
  end)

  it("is the same as on disk, and kept for the next time", function()
    local folder = server.folder .. "/org/onnx/onnx/model.onnx"
    local here = inspect(folder)
    local there = inspect "org/onnx:onnx/model.onnx"
    assert.same(here.tensors, there.tensors)
    assert.same(here.graph, there.graph)
    server:reset()
    assert.same(there.tensors, inspect("org/onnx:onnx/model.onnx").tensors)
    assert.same({}, server:requests { server = "cdn" })
  end)

  it("gives way to safetensors, unless it is asked for", function()
    assert.equal("safetensors", inspect("org/both").format)
    assert.equal("onnx", inspect("org/both --format onnx").format)
    local view = inspect "org/onnx --onnx-file onnx/model_fp16.onnx"
    assert.equal("w", view.tensors[1].name)
    assert.is_nil(codes(view).choice)
  end)

  it("with values in other files never reads these", function()
    server:reset()
    local view = inspect "org/outside"
    assert.same({}, view.findings)
    assert.equal(24, view.tensors[1].bytes)
    for _, request in ipairs(server:requests()) do
      assert.is_nil(request.uri:find "/data$")
    end
    assert.matches("'w' in 'other'", codes(inspect "org/lost").external_missing)
  end)

  it("that is cut, or of which none is the model, is an error that says so", function()
    local view, exit = inspect "org/cut"
    assert.equal(2, exit)
    assert.equal("truncated", view.error.code)
    view = inspect "org/many --format onnx"
    assert.matches("2 ONNX files, and none is the model", view.error.message, 1, true)
  end)
end)

--- A GPT-2 of full size whose weights are holes in a file.
describe("GPT-2 as ONNX", function()
  local server
  lazy_setup(function()
    server = hub.start()
    local config = { ["config.json"] = tiny.gpt2_config }
    local original = server:add("openai-community/gpt2", config)
    local export = server:add("onnx-community/gpt2", config)
    os.execute("mkdir " .. export .. "/onnx")
    tiny.write(original .. "/model.safetensors", tiny.safetensors(tiny.gpt2()))
    tiny.write(export .. "/onnx/model.onnx", tiny.onnx(tiny.gpt2()))
  end)
  lazy_teardown(function() server:stop() end)

  it("is isomorphic to its checkpoint, for less than one part in two hundred", function()
    local output = server:run("modelsig -m openai-community/gpt2 -m onnx-community/gpt2 --compare"
      .. " --stats --output json 2>/dev/null")
    local report = json.decode(output)
    local pair = report.coverage_matrix["openai-community/gpt2|onnx-community/gpt2"]
    assert.equal("ISOMORPHIC", pair.isomorphism)
    local network = report.models["onnx-community/gpt2"].network
    assert.is_true(network.bytes < 497000000 // 200)
  end)
end)
