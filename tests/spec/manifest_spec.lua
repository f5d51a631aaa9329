local folder = require "tests.spec.model_folder"
local formats = require "modelsig.format.formats"
local origin = require "modelsig.origin.open"
local safetensors = require "modelsig.format.readers.safetensors"

local function opened(path) return assert(origin.open(path)) end

local function touched(...)
  local path = folder.new()
  for _, name in ipairs { ... } do folder.write(path .. "/" .. name, "") end
  return opened(path)
end

describe("the weights of a folder", function()
  teardown(folder.clean)

  it("are the shards of its index", function()
    local o = opened(folder.model(nil, { { "a", "F32", { 2 } } }, { { "b", "F32", { 3 } } }))
    local weights = assert(formats.choose(o))
    assert.equal("model.safetensors.index.json", weights.index)
    local tensors = assert(safetensors.read(o, weights))
    assert.equal(2, #tensors.manifest)
    assert.same({ "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors" },
      tensors.files)
    assert.equal(20, tensors.manifest:bytes())
  end)

  it("are model.safetensors, else all files in the order of their numbers", function()
    assert.same({ "model.safetensors" },
      formats.choose(touched("model.safetensors", "other.safetensors")).files)
    assert.same({ "a2.safetensors", "a10.safetensors" },
      formats.choose(touched("a10.safetensors", "a2.safetensors",
        "consolidated.00.safetensors")).files)
    assert.same({ "unet.safetensors" },
      formats.choose(touched("unet.fp16.safetensors", "unet.safetensors")).files)
    local odd = "model.safetensors-0000%d-of-00002.safetensors"
    assert.same({ odd:format(1), odd:format(2) },
      formats.choose(touched(odd:format(2), odd:format(1))).files)
  end)

  it("that lack a shard are an error, with and without an index", function()
    local _, message, code = formats.choose(touched "model-00001-of-00003.safetensors")
    assert.equal("notfound", code)
    assert.truthy(message:find("model-00002-of-00003.safetensors", 1, true))
    local o = opened(folder.model(nil, { { "a", "F32", { 2 } } }, { { "b", "F32", { 3 } } }))
    os.remove(o.path .. "/model-00002-of-00002.safetensors")
    o = opened(o.path)
    _, message, code = safetensors.read(o, assert(formats.choose(o)))
    assert.equal("notfound", code)
    assert.truthy(message:find("model-00002-of-00002.safetensors", 1, true))
  end)

  it("in other formats are named", function()
    for file, word in pairs { ["m.gguf"] = "GGUF",
      ["pytorch_model.bin"] = "PyTorch", ["adapter_model.safetensors"] = "adapter" } do
      local weights, message, code = formats.choose(touched(file))
      assert.is_nil(weights)
      assert.equal("unsupported", code)
      assert.truthy(message:find(word, 1, true))
    end
  end)

  it("in a folder below are named when there are no others", function()
    local path = folder.new()
    os.execute("mkdir " .. path .. "/gguf")
    folder.write(path .. "/gguf/model-Q4_0.gguf", "x")
    local weights, message, code = formats.choose(opened(path))
    assert.is_nil(weights)
    assert.equal("unsupported", code)
    assert.truthy(message:find("GGUF files only (gguf/model-Q4_0.gguf)", 1, true))
  end)

  it("that are not there at all are said", function()
    local empty = opened(folder.new())
    assert.is_nil(formats.choose(empty))
    assert.equal("notfound", select(3, formats.nothing(empty)))
    local pipeline = touched "model_index.json"
    assert.equal("unsupported", select(3, formats.nothing(pipeline)))
  end)

  it("with findings of any kind are refused when strict", function()
    local path = folder.model(nil, { { "a", "F32", { 2 } } }, { { "b", "F32", { 3 } } })
    local index = path .. "/model.safetensors.index.json"
    local shard = "model-0000%d-of-00002.safetensors"
    local rows = { good = '"a":"%s","b":"%s"', malformed = '"a":"%s","a":"%1$s","b":"%s"' }
    rows.mismatch = '"a":"%s","b":"%s","c":"%2$s"'
    for code, row in pairs(rows) do
      local one, two = shard:format(1), shard:format(2)
      local map = row:gsub("%%1%$s", one):gsub("%%2%$s", two):format(one, two)
      folder.write(index, '{"weight_map":{' .. map .. "}}")
      local o = opened(path)
      local weights = assert(formats.choose(o))
      local found = assert(safetensors.read(o, weights)).findings
      assert.equal(code == "good" and 0 or 1, #found)
      local tensors, _, kind = safetensors.read(o, weights, true)
      assert.equal(code == "good", tensors ~= nil)
      assert.equal(code ~= "good" and code or nil, kind)
    end
  end)

  it("with an index that leaves the folder are refused", function()
    local path = folder.new()
    folder.write(path .. "/model.safetensors.index.json",
      '{"weight_map":{"a":"../x.safetensors"}}')
    local o = opened(path)
    local _, message, code, offset = safetensors.read(o, assert(formats.choose(o)))
    assert.equal("malformed", code)
    assert.truthy(message:find("model.safetensors.index.json", 1, true))
    assert.equal("integer", math.type(offset))
  end)

  it("that are cut or something else give code and offset", function()
    local path = folder.model(nil, folder.llama_tensors())
    local text = folder.safetensors(folder.llama_tensors())
    for content, expected in pairs { [text:sub(1, 100)] = "truncated",
      ["<!DOCTYPE html><html></html>"] = "unsupported",
      ["version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"] = "unsupported" } do
      folder.write(path .. "/model.safetensors", content)
      local o = opened(path)
      local _, message, code, offset = safetensors.read(o, assert(formats.choose(o)))
      assert.equal(expected, code)
      assert.truthy(message:find("^model.safetensors: "))
      assert.equal("integer", math.type(offset))
    end
  end)
end)
