local shape = require "modelsig.family.shape"
local trace = require "modelsig.family.trace"

local function two_layers()
  local root, t = trace.new({ base = "Tiny" }, "BF16", { max_layers = 100, max_kinds = 4,
    max_declared = 1000 })
  root:call("", "*Model", "input_ids=x", shape.tensor("I64", 1, 8), function(m, ids)
    local x = m:embedding("embed", ids, 32, 16)
    m.env.mask = shape.tensor("BF16", 1, 1, 8, 8)
    x = m:layers("layers", 2, function() return "same" end, function(l, name, _, y)
      return l:call(name, "*Layer", "x, -, mask, alibi=", y, function(b, z)
        return b:linear("proj", z, 16, { bias = true })
      end)
    end, x)
    return shape.named("last", x)
  end)
  return t
end

describe("a trace", function()
  it("declares by calling: parameters, operators and records agree", function()
    local t = two_layers()
    local records = trace.records(t)
    local paths = {}
    for i, record in ipairs(records) do paths[i] = record.path end
    assert.same({ "", "embed", "layers.0", "layers.0.proj", "layers.1", "layers.1.proj" }, paths)
    assert.equal("TinyLayer", records[3].module_type)
    assert.equal("layers.N.proj", records[4].norm_path)
  end)

  it("leaves places empty and drops what is absent", function()
    local layer = trace.records(two_layers())[3]
    assert.equal("0", layer.input[1].name)
    assert.equal("2", layer.input[2].name)
    assert.equal(0, #layer.kwargs)
  end)

  it("replays equal layers by sharing their tables", function()
    local records = trace.records(two_layers())
    assert.equal(records[3].input, records[5].input)
    assert.equal(records[4].output, records[6].output)
  end)

  it("abstracts every index of a name", function()
    assert.equal("N.a.N.N.conv1.N", trace.abstract("0.a.11.2.conv1.3"))
  end)

  it("makes one of many kinds of layer that say the same, and bounds their number", function()
    local function stack(n)
      local root, t = trace.new({ base = "Tiny" }, "BF16", { max_layers = 100, max_kinds = 20,
        max_declared = 1000 })
      root:layers("layers", n, tostring, function(l, name, kind, y)
        return l:call(name, "*Layer", "x", y, function(b, z)
          return b:linear("proj", z, kind == "19" and 8 or 16)
        end)
      end, shape.tensor("BF16", 1, 8, 16))
      return t
    end
    local t = stack(20)
    assert.equal(1 + 4 + 1, #t.buffers)
    assert.same({ { 0, 0 }, { 4, 18 } }, t.buffers[2].layers)
    local ok, problem = pcall(stack, 21)
    assert.is_false(ok)
    assert.equal("config: more than 20 kinds of layer in one stack", problem.message)
  end)

  it("bounds what a number of the configuration makes it declare", function()
    local root = trace.new({ base = "Tiny" }, "BF16", { max_layers = 100, max_kinds = 20,
      max_declared = 50 })
    local function declare(n)
      for i = 1, n do root:param("weight" .. i, { 2, 2 }, { role = "x" }) end
    end
    declare(50)
    local ok, problem = pcall(declare, 1 << 40)
    assert.is_false(ok)
    assert.equal("config: more than 50 modules or tensors in one part", problem.message)
  end)
end)
