local numeric = require "modelsig.native.numeric"

describe("native.numeric", function()
  it("abstracts names", function()
    assert.equal("model.layers.N.mlp.experts.N.up_proj.weight",
      numeric.abstract "model.layers.12.mlp.experts.7.up_proj.weight")
    assert.equal("N.N.w.N", numeric.abstract "0.1.w.22")
    assert.equal("", numeric.abstract "")
  end)

  local small = { hidden_size = 4096, num_attention_heads = 32, num_key_value_heads = 8,
    head_dim = 128, intermediate_size = 12288, vocab_size = 151936 }
  local large = { hidden_size = 5120, num_attention_heads = 64, num_key_value_heads = 8,
    head_dim = 128, intermediate_size = 25600, vocab_size = 151936 }

  it("finds one expression that holds on both sides, the simplest first", function()
    local function common(x, y) return numeric.common_expression(x, small, y, large) end
    assert.equal("hidden_size", common(4096, 5120))
    assert.equal("head_dim*num_attention_heads", common(4096, 8192))
    assert.equal("head_dim", common(128, 128))
    assert.equal("7", common(7, 7))
    assert.equal("2*intermediate_size", common(24576, 51200))
    assert.equal("intermediate_size//2", common(6144, 12800))
    assert.equal("hidden_size+2", common(4098, 5122))
    assert.is_nil(common(4096, 4097))
    assert.is_nil(common(-1, -1))
    assert.is_nil(common(math.maxinteger, math.mininteger))
  end)

  it("finds fused weights as sums", function()
    local q, kv = small.num_attention_heads * 128, 2 * 8 * 128
    local text = numeric.common_expression(q + kv, small, 64 * 128 + kv, large)
    assert.is_string(text)
    local function value(symbols)
      return load("return " .. text, "e", "t", symbols)()
    end
    assert.equal(q + kv, value(small))
    assert.equal(64 * 128 + kv, value(large))
  end)

  it("gives the same answer whatever the order of the sizes", function()
    local function expression(dim, sizes)
      return numeric.common_expression(dim, sizes, dim, sizes)
    end
    local first = expression(4096 + 2048, small)
    for _ = 1, 5 do
      local copy = {}
      for name, value in pairs(small) do copy[name] = value end
      assert.equal(first, expression(4096 + 2048, copy))
    end
    assert.equal("12", expression(12, { flag = true, rate = 1.5, text = "12" }))
    local many = {}
    for i = 1, 500 do many["s" .. i] = 1000 + i end
    assert.equal("1002001", expression(1001 * 1001, many))
  end)

  it("measures likeness", function()
    assert.equal(1.0, numeric.cosine({}, {}))
    assert.equal(0.0, numeric.cosine({ a = 1 }, {}))
    assert.equal(0.5, numeric.cosine({ a = 1, b = 1 }, { b = 1, c = 1 }))
  end)

  it("compares all pairs at once", function()
    local x, y = ("x"):rep(32), ("y"):rep(32)
    local keys = { { "a", "b", "c" }, { "b", "c" }, {}, { "z" } }
    local function unpacked(found)
      local list = {}
      for at = 1, #found, 11 do
        list[#list + 1] = table.concat({ ("<I4I4I2B"):unpack(found, at) }, " ", 1, 4)
      end
      return list
    end
    assert.same({ "1 2 2 0", "1 3 0 0", "1 4 0 1", "2 3 0 1", "2 4 0 0", "3 4 0 0" },
      unpacked(numeric.all_pairs(keys, { x, y, y, x })))
    assert.same({ "1 2 2 0", "1 4 0 1", "2 3 0 1" },
      unpacked(numeric.all_pairs(keys, { x, y, y, x }, 0.6)))
    assert.equal("", numeric.all_pairs({}, {}))
    assert.has_error(function() numeric.all_pairs({ { "a" } }, { "short" }) end)
    assert.has_error(function() numeric.all_pairs({ "a" }, { x }) end)
    assert.has_error(function() numeric.all_pairs({ { 1 } }, { x }) end)
  end)

  it("makes SHA-256", function()
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      numeric.sha256 "abc")
    assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      numeric.sha256 "")
  end)

  it("makes the SHA-256 that others make, at every length of the last block", function()
    local path = os.tmpname()
    for length = 0, 130 do
      local text = ("\0\255modelsig"):rep(14):sub(1, length)
      local file = assert(io.open(path, "wb"))
      file:write(text)
      file:close()
      local pipe = assert(io.popen("sha256sum < " .. path))
      assert.equal(pipe:read "a":match "^%x+", numeric.sha256(text))
      pipe:close()
    end
    os.remove(path)
  end)

  it("makes checksums that any changed byte changes, at every length", function()
    for length = 1, 40 do
      local text = ("\0\255modelsig"):rep(14):sub(1, length)
      local sum, seen = numeric.checksum(text), {}
      assert.matches("^%x+$", sum)
      assert.equal(16, #sum)
      assert.equal(sum, numeric.checksum(text))
      seen[sum] = true
      for at = 1, length do
        for bit = 0, 7 do
          local byte = string.char(text:byte(at) ~ (1 << bit))
          local other = numeric.checksum(text:sub(1, at - 1) .. byte .. text:sub(at + 1))
          assert.is_nil(seen[other])
          seen[other] = true
        end
      end
      assert.is_nil(seen[numeric.checksum(text .. "\0")])
    end
    assert.equal(16, #numeric.checksum "")
  end)

  it("draws from an urn that is known: every order counts", function()
    local rows = numeric.urn({ 10, 2, 1, 1 }, true, { 1, 2, 3 }, 100)
    assert.same({ 10, 1 }, { rows[1][1], #rows[1] // 4 })
    assert.near(2 / 3, rows[1][2], 1e-12)
    assert.same({ 11, 20 }, { rows[2][1], rows[2][3] })
    assert.near(2 / 3, rows[2][2], 1e-12)
    assert.same({ 21 }, { rows[3][1] })
    assert.near(1, rows[3][2], 1e-12)
    assert.same({ {} }, numeric.urn({ 10, 2, 1, 1 }, true, { 4 }, 100))
  end)

  it("draws from an urn that is a sample: what was drawn is likelier again", function()
    local rows = numeric.urn({ -7, 1, 5, 1 }, false, { 0, 2 }, 100)
    assert.same({ 0, 1.0 }, rows[1])
    assert.same({ -14, -2, 10 }, { rows[2][1], rows[2][3], rows[2][5] })
    for i = 2, 6, 2 do assert.near(1 / 3, rows[2][i], 1e-12) end
  end)

  it("keeps the likeliest sums", function()
    local rows = numeric.urn({ 1, 9, 100, 1 }, false, { 3 }, 1)
    assert.same({ 3, 1 }, { rows[1][1], #rows[1] // 2 })
  end)

  it("refuses urns that are none", function()
    assert.has_error(function() numeric.urn({}, false, { 1 }, 1) end)
    assert.has_error(function() numeric.urn({ 1, 1 }, false, { 2, 1 }, 1) end)
    assert.has_error(function() numeric.urn({ 1, 1 }, false, { 5000 }, 1) end)
    assert.has_error(function() numeric.urn({ 1, 1 }, false, { 1 }, 0) end)
    assert.has_error(function() numeric.urn({ 1, "x" }, false, { 1 }, 1) end)
  end)
end)
