--- A build without ONNX (-DMODELSIG_ONNX=OFF): what is missing answers `unsupported`.

local native = require "modelsig.native.onnx"
local source = require "modelsig.native.source"

describe("a build without ONNX", function()
  it("says so", function()
    local model, message, code = native.open(assert(source.memory ""))
    assert.is_nil(model)
    assert.equal("unsupported", code)
    assert.truthy(message:find("ONNX", 1, true))
  end)
end)
