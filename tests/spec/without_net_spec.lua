--- A build without the network (-DMODELSIG_NET=OFF): what is missing answers `unsupported`.

local json = require "modelsig.native.json"
local transcript = require "tests.spec.transcript"

describe("a build without the network", function()
  it("says so of models on the Hub, and reads the others", function()
    local folder <close> = transcript.folder()
    local code, out, err = transcript.shell(folder, "modelsig org/name sample:qwen3-mini")
    assert.equal(2, code)
    local document = assert(json.decode(out)).models
    assert.equal("unsupported", document["org/name"].error.code)
    local message = document["org/name"].error.message
    assert.truthy(message:find("org/name: this build does not read from the Hub", 1, true), message)
    assert.equal("safetensors", document["sample:qwen3-mini"].source)
    assert.equal("modelsig: " .. message .. "\n", err)
  end)

  it("says so to a program", function()
    local net = require "modelsig.native.net"
    assert.is_false(net.built)
    local _, message, code = net.open { endpoint = "https://huggingface.co" }
    assert.equal("unsupported", code)
    assert.equal("string", type(message))
    assert.equal("unsupported", select(3, require("modelsig").open "hf://org/name"))
  end)
end)
