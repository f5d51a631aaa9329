local expr = require "modelsig.family.expr"

describe("expressions of sizes", function()
  local h, d = expr.symbol("heads", 8), expr.symbol("dim", 64)

  it("have one text whatever the order of the operations", function()
    assert.equal("dim*heads", expr.text(h * d))
    assert.equal(expr.text(h * d + 2 * d), expr.text(d * (2 + h)))
    assert.equal("2*dim", expr.text(d + d))
    assert.equal("0", expr.text(d - d))
  end)

  it("carry the number", function()
    assert.equal(512, expr.value(h * d))
    assert.equal(7, expr.value(7))
    assert.is_nil(expr.value(1.5))
  end)

  it("divide exactly where they can, and keep the division where not", function()
    assert.equal("dim", expr.text(h * d // h))
    assert.equal("dim//heads", expr.text(d // h))
    assert.equal(8, expr.value(d // h))
  end)

  it("refuse what is no whole number, and zero as a divisor", function()
    assert.has_error(function() return h * 1.5 end)
    assert.has_error(function() return h // 0 end)
  end)
end)
