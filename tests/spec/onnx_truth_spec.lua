--- The native reader against the truth about real exports.

local json = require "modelsig.native.json"
local manifest = require "modelsig.native.manifest"
local onnx = require "modelsig.native.onnx"
local shared = require "tests.spec.shared"
local source = require "modelsig.native.source"
local truths = require "tests.spec.onnx_truth"

local function read(path)
  local model = assert(onnx.open(assert(source.file(path))))
  assert(model:read())
  return model
end

--- The tensors of a model, and what is odd about them.
local function list(model)
  local m = manifest.new()
  local findings = assert(model:list(m, "model.onnx"))
  local out = {}
  for i = 1, #m do
    local name, dtype, shape, bytes = m:tensor(i)
    out[i] = { name, dtype, shape, bytes }
  end
  return out, findings
end

local function plain(value)
  if type(value) ~= "table" then return value end
  local out = {}
  for key, inner in pairs(value) do out[key] = plain(inner) end
  return out
end

describe("a real export", function()
  if not shared.available() then
    pending(shared.left_out("models", 27))
    return
  end
  local count = 0
  truths.each(function(path, truth, name)
    count = count + 1
    it(name .. " is read as it is", function()
      local model = read(path)
      local tensors, findings = list(model)
      assert.same(plain(truths.tensors(truth)), tensors)
      assert.same({}, findings)
      assert.same(plain(truths.graph(truth)), model:graph())
      local external = model:external()
      local listed = {}
      for _, row in ipairs(truth.initializers) do
        if row.storage == "external" then
          listed[#listed + 1] = { name = row.name, bytes = row.nbytes,
            entries = plain(row.external) }
        end
      end
      assert.same(listed, external)
    end)
    it(name .. " has its constants", function()
      local rows, all, bytes = read(path):constants(256)
      assert.equal(truth.constants.count, all)
      assert.equal(truth.constants.nbytes, bytes)
      assert.equal(#truth.constants.large, #rows)
      for i, row in ipairs(truth.constants.large) do
        assert.equal(row.output, rows[i].output)
        assert.equal(truths.dtype(row.dtype), rows[i].dtype)
        assert.same(plain(row.dims), rows[i].shape)
        assert.equal(row.nbytes, rows[i].bytes)
      end
    end)
    it(name .. " has its metadata", function()
      local metadata = read(path):metadata()
      for _, pair in ipairs(truth.metadata_props) do
        local value = metadata[pair[1]]
        assert.is_true(value == pair[2] or ("(%d bytes)"):format(#value) == pair[2])
      end
    end)
  end)
  it("is one of many", function()
    assert.is_true(count >= 27)
    assert.equal("userdata", type(json.null))
  end)
end)
