local folder = require "tests.spec.model_folder"
local manifest = require "modelsig.native.manifest"
local source = require "modelsig.native.source"

local function read(m, tensors, file, options)
  return m:read_safetensors(source.memory(folder.safetensors(tensors)), file, options)
end

describe("the native manifest", function()
  it("gives tensors in the order of files", function()
    local m = manifest.new()
    local info = assert(read(m, { { "b.10.x", "F32", { 2, 3 } }, { "a.01", "U8", {} } }, "one"))
    assert.equal(2, info.tensors)
    assert.same({ format = "pt" }, info.metadata)
    assert(read(m, { { "b.2.x", "F32", { 2, 3 } } }, "two"))
    assert.equal(3, #m)
    assert.same({ "b.10.x", "F32", { 2, 3 }, 24, "one" }, { m:tensor(1) })
    assert.same({ "a.01", "U8", {}, 1, "one" }, { m:tensor(2) })
    assert.same({ "b.2.x", "F32", { 2, 3 }, 24, "two" }, { m:tensor(3) })
    assert.equal(0, select("#", m:tensor(4)))
    assert.equal(49, m:bytes())
    assert.equal(13, m:params())
  end)

  it("gives keys in the order of their bytes, with every shape", function()
    local m = manifest.new()
    for layer = 0, 4 do
      for expert = 0, 2 do
        m:add(("z.%d.e.%d.w"):format(layer, expert), layer < 3 and "BF16" or "F32",
          { 4, layer // 4 })
      end
    end
    m:add("a.b", "F32", { 7 })
    m:finish()
    local keys = m:keys()
    assert.equal(2, #keys)
    local first = {}
    for _, field in ipairs { "key", "count", "params", "bytes", "dtype", "shape", "first",
      "shapes" } do first[field] = keys[1][field] end
    assert.same({ key = "a.b", count = 1, params = 7, bytes = 28, dtype = "F32", shape = { 7 },
      first = 16,
      shapes = { { shape = { 7 }, dtype = "F32", count = 1, bytes = 28, layers = {} } } }, first)
    local z = keys[2]
    assert.equal("z.N.e.N.w", z.key)
    assert.equal(15, z.count)
    assert.equal(12, z.params)
    assert.equal(48, z.bytes)
    assert.same({ shape = { 4, 0 }, dtype = "BF16", count = 9, bytes = 0, layers = { { 0, 2 } },
      experts = 3 }, z.shapes[1])
    assert.same({ { 4, 4 } }, z.shapes[3].layers)
  end)

  it("gives keys of equal statistics one table of them", function()
    local m = manifest.new()
    for i, name in ipairs { "a", "b", "c.0", "c.1", "d", "e" } do
      m:add(name, i == 5 and "I8" or "U8", { i == 6 and 3 or 2 })
    end
    m:finish()
    local keys = m:keys()
    assert.equal(keys[1].shapes, keys[2].shapes)
    assert.is_nil(rawget(keys[1], "shape"))
    for i = 3, 5 do
      assert.is_not.equal(keys[1].shapes, keys[i].shapes)
    end
    assert.same({ 2 }, keys[3].shape)
    assert.same({ { 0, 1 } }, keys[3].shapes[1].layers)
    assert.equal("I8", keys[4].dtype)
    assert.same({ 3 }, keys[5].shape)
  end)

  it("does not tell what it cannot count", function()
    local m = manifest.new()
    for i = 0, 6 do assert(m:add("a." .. i, "U8", { 1 << 60 })) end
    for i = 0, 7 do assert(m:add("b." .. i, "U8", { 1 << 60 })) end
    m:finish()
    local keys = m:keys()
    assert.equal(7 << 60, keys[1].params)
    assert.equal(7 << 60, keys[1].bytes)
    assert.is_nil(keys[2].params)
    assert.is_nil(keys[2].bytes)
  end)

  it("tells how dtypes are stored", function()
    local dtypes = manifest.dtypes()
    assert.same({ bits = 16, items = 1, bytes = 2 }, dtypes.BF16)
    assert.same({ bits = 4, items = 2, bytes = 1 }, dtypes.F4)
    assert.same({ bits = 6, items = 4, bytes = 3 }, dtypes.F6_E2M3)
    assert.same({ bits = 4.5, items = 256, bytes = 144, block = true }, dtypes.Q4_K)
    assert.same({}, dtypes.STRING)
  end)

  it("measures blocks within rows", function()
    local m = manifest.new()
    assert(m:add("w", "Q4_K", { 3, 512 }))
    assert.equal(3 * 2 * 144, m:bytes())
    for _, dims in ipairs { { 512, 3 }, { 16, 64 }, {} } do
      local nothing, message, code = m:add("w", "Q4_K", dims)
      assert.is_nil(nothing)
      assert.equal("shape of a tensor: no whole block", message)
      assert.equal("malformed", code)
    end
    assert(m:add("texts", "STRING", { 2 }))
    assert.equal("shape of a tensor: overflow",
      select(2, m:add("w", "U8", { math.maxinteger, 4 })))
    assert.equal(3 * 2 * 144, m:bytes())
  end)

  it("takes strict for a call, not for good", function()
    local m = manifest.new()
    local twice = '{"weight_map":{"w":"one","w":"two"}}'
    local info = assert(m:read_index(source.memory(twice), "index"))
    assert.same({ "one", "two" }, info.shards)
    assert.equal("duplicate_name", info.findings[1].code)
    local nothing, _, code = read(m, { { "x", "U8", { 1 } } }, "one", { strict = true })
    assert.is_nil(nothing)
    assert.equal("mismatch", code)
    assert.equal("missing_shard", m:finish()[1].code)
    nothing, _, code = manifest.new():read_index(source.memory(twice), "index", { strict = true })
    assert.is_nil(nothing)
    assert.equal("malformed", code)
  end)

  it("takes dtypes that it does not know, and objects in their place, where it may", function()
    local function header(dtype)
      local text = ('{"x":{"dtype":%s,"shape":[2],"data_offsets":[0,8]}}'):format(dtype)
      return source.memory(("<I8"):pack(#text) .. text .. ("\0"):rep(8))
    end
    local function dtype_of(dtype, options)
      local m = manifest.new()
      local ok, message, code = m:read_safetensors(header(dtype), "x", options)
      if not ok then return message, code end
      return select(2, m:tensor(1)), #m:finish()
    end
    local unknown = { unknown_dtypes = true }
    assert.equal("F32", (dtype_of('"F32"')))
    assert.equal("F99", (dtype_of('"F99"', unknown)))
    assert.equal("malformed", select(2, dtype_of '"F99"'))
    assert.equal("F32", (dtype_of('{"F32":null}')))
    for _, odd in ipairs { '{"F32":1}', '{"F32":null,"x":null}', "{}", "7", '{"F32":{}}' } do
      local message, code = dtype_of(odd, unknown)
      assert.equal("malformed", code)
      assert.matches("tensor 'x': expected ", message, 1, true)
    end
    local list = source.memory(("<I8"):pack(2) .. "[]")
    assert.matches("header: expected an object", select(2, manifest.new():read_safetensors(list,
      "x")), 1, true)
  end)

  it("tells what is odd around a header", function()
    local function codes(before, behind)
      local text = before .. '{"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}' .. behind
      local info = assert(manifest.new():read_safetensors(source.memory(("<I8"):pack(#text)
        .. text .. ("\0"):rep(8)), "x"))
      local out = {}
      for i, finding in ipairs(info.findings) do out[i] = finding.code end
      return table.concat(out, " ")
    end
    for behind, code in pairs { [""] = "", ["  "] = "", ["\n"] = "padding", ["\n "] = "padding",
      [" \n"] = "padding", ["\t\t"] = "padding" } do
      assert.equal(code, codes("", behind))
      assert.equal(code == "" and "leading_space" or "leading_space padding", codes(" ", behind))
    end
  end)

  it("is closed once, and finished once", function()
    local m = manifest.new()
    m:finish()
    assert.same({}, m:finish())
    assert.has_error(function() m:add("x", "U8", {}) end)
    m:close()
    m:close()
    assert.has_error(function() m:keys() end)
  end)
end)
