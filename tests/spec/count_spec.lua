local count = require "modelsig.base.count"
local native = require "modelsig.native.count"

describe("products and sums of counts", function()
  it("are exact up to 63 bits", function()
    assert.equal(1, count.product())
    assert.equal(24, count.product(2, 3, 4))
    assert.equal(9, count.sum(2, 7))
    assert.equal(0, count.product(0, 5))
    assert.equal(0, count.product(1 << 40, 1 << 40, 0, 7)) -- whatever stands before
    assert.equal(math.maxinteger, count.product(math.maxinteger, 1))
    assert.equal(math.maxinteger, count.sum(math.maxinteger - 1, 1))
    assert.equal(1 << 62, count.product(1 << 31, 1 << 31))
    assert.equal(6, count.elements { 2, 3 })
    assert.equal(1, count.elements {})
  end)

  it("are unknown where a part is no count", function()
    for _, odd in ipairs { "3", 1.5, 3.0, -1, false, {} } do
      assert.is_nil(count.product(2, odd))
      assert.is_nil(count.sum(2, odd))
      assert.is_nil((select(2, count.product(odd, 2))))
    end
    assert.is_nil(count.product(2, nil))
    assert.is_nil(count.product(2, nil, 3))
    assert.is_nil(count.sum(nil, 1))
    assert.is_nil(count.sum(1))
    assert.is_nil((count.elements { 2, 1.5 }))
  end)

  it("are compared beyond 63 bits, too", function()
    assert.equal(6, count.size { 2, 3 })
    assert.equal(-6.0, count.size { 2, -3 })
    assert.equal(2.0 ^ 80, count.size { 1 << 40, 1 << 40 })
  end)

  it("say where they leave 63 bits", function()
    assert.same({ nil, "limit" }, { count.product(1 << 31, 1 << 32) })
    assert.same({ nil, "limit" }, { count.product(1 << 21, 1 << 21, 1 << 21) })
    assert.same({ nil, "limit" }, { count.sum(math.maxinteger, 1) })
    assert.same({ nil, "limit" }, { count.product(3, math.maxinteger // 2) })
  end)

  it("ask for the list of a tensor's dimensions", function()
    assert.has_error(function() native.elements(3) end)
    assert.equal(24, native.elements(setmetatable({}, { __len = function() return 3 end,
      __index = function(_, i) return i + 1 end })))
    assert.equal(0, native.product(0, math.maxinteger))
    assert.equal(5, native.sum(2, 3, "what follows is not looked at"))
  end)
end)
