--- Headers that come without their files, as one document for many shards.

local json = require "modelsig.native.json"
local manifests = require "modelsig.native.manifest"
local sources = require "modelsig.native.source"

local header = [[{"a.0":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
  "a.1":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"__metadata__":{"format":"pt"}}]]

local function read(text, size)
  local manifest <close> = manifests.new()
  return manifest:read_safetensors(sources.memory(text), "x", { detached = true, file_size = size })
end

describe("a header without its file", function()
  it("is read like one at its place", function()
    local info = assert(read(header, 8 + 200 + 16))
    assert.same({ 2, 200, "pt" }, { info.tensors, info.header_bytes, info.metadata.format })
    assert.same({}, info.findings)
  end)

  it("must fit the size of the file", function()
    assert.equal(2, assert(read(header, 8 + 2 + 16)).header_bytes)
    assert.equal(100000000, assert(read(header, 8 + 100000000 + 16)).header_bytes)
    for _, size in ipairs { 0, 7, 16, 24, 8 + 1 + 16, 8 + 100000001 + 16, math.maxinteger } do
      local info, message, code = read(header, size)
      assert.is_nil(info)
      assert.equal("mismatch", code)
      assert.matches("16 bytes of data", message)
    end
  end)

  it("is checked in all else", function()
    assert.equal("malformed", select(3, read(header:gsub("8,16", "9,17"), 400)))
    assert.equal("malformed", select(3, read(header:gsub("%[8,16%]", "[8,12]"), 400)))
    assert.equal("malformed", select(3, read("[]", 400)))
    assert.equal("truncated", select(3, read(header:sub(1, -2), 400)))
    assert.is_nil(read("<!DOCTYPE html><html></html>", 400))
  end)

  it("needs a size", function()
    assert.error_matches(function() read(header) end, "expected a number of bytes")
    assert.error_matches(function() read(header, -1) end, "expected a number of bytes")
  end)
end)

describe("json.spans", function()
  local text = [[ {"index": {"x": 1}, "headers" : {"one": {"a":[1,{"}":"\""}]} , "two":3.5e1,]]
    .. [["thr\u0065e":"x}"}, "e":[]} ]]

  it("tells where members stand", function()
    local spans = assert(json.spans(text, { "headers" }))
    local values = {}
    for name, span in pairs(spans) do values[name] = text:sub(span[1], span[2]) end
    assert.same({ one = [[{"a":[1,{"}":"\""}]}]], two = "3.5e1", three = '"x}"' }, values)
    assert.same({ 12, 19 }, json.spans(text).index)
    assert.same({ "x" }, { (next(json.spans(text, { "index" }))) })
  end)

  it("refuses what is not there, is no object, or is broken anywhere", function()
    assert.equal("notfound", select(3, json.spans(text, { "heads" })))
    assert.equal("malformed", select(3, json.spans(text, { "e" })))
    assert.equal("malformed", select(3, json.spans(text, { "index", "x" })))
    assert.equal("malformed", select(3, json.spans(text:gsub("%[%]", "[,]"), { "headers" })))
    assert.equal("truncated", select(3, json.spans(text:sub(1, 40), { "headers" })))
    assert.equal("malformed", select(3, json.spans("[]")))
  end)
end)
