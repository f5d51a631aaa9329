--- What a comparison costs for four times the input: at most six times as much.

local match = require "modelsig.compare.match"
local phases = require "modelsig.compare.phases"
local rules = require("modelsig.rules.named").get "compare"

local function entry(key, role, variants)
  return { key = key, role = role, shape = variants[1].shape, shapes = variants, count = #variants }
end

--- Makers of one side with `n` of something; the other side has other names for the same roles.
local makers = {
  ["layers of different shapes"] = function(n, name)
    local variants = {}
    for i = 1, n do variants[i] = { shape = { i }, layers = { { i - 1, i - 1 } }, count = 1 } end
    return { entry(name .. ".layers.N.mlp.up_proj.weight", "layer.ffn.up", variants) }
  end,
  ["weights that begin at a layer of their own"] = function(n, name)
    local out = {}
    for i = 1, n do
      out[i] = entry(("%s.layers.N.mlp.x%d.weight"):format(name, i), "layer.ffn.x" .. i,
        { { shape = { 8 }, layers = { { i, n } }, count = n - i + 1 } })
    end
    return out
  end,
  ["names of one role"] = function(n, name)
    local out = {}
    for i = 1, n do
      out[i] = entry(("%s%d.layers.N.attn.query.weight"):format(name, i), "layer.attention.query",
        { { shape = { 8 }, layers = { { 0, 1 } }, count = 2 } })
    end
    return out
  end,
  ["weights that are fused on one side"] = function(n, name)
    local out = {}
    for i = 1, n do
      for _, part in ipairs(name == "a" and { "qkv" } or { "query", "key", "value" }) do
        out[#out + 1] = entry(("%s%d.layers.N.attn.%s.weight"):format(name, i, part),
          "layer.attention." .. part, { { shape = { 8 }, layers = { { 0, 1 } }, count = 2 } })
      end
    end
    return out
  end,
}

local function compare(a, b)
  local found = match.match(a, b, rules)
  return phases.substructure(found, rules), phases.scale(a, b, found, rules)
end

--- CPU seconds, the least of three runs.
local function cost(maker, n)
  local a = { keys = maker(n, "a"), symbols = { hidden = 8 }, config = {} }
  local b = { keys = maker(n, "b"), symbols = { hidden = 8 }, config = {} }
  local least = math.huge
  for _ = 1, 3 do
    collectgarbage()
    local start = os.clock()
    compare(a, b)
    least = math.min(least, os.clock() - start)
  end
  return least
end

describe("a comparison grows with its input: by", function()
  for name, maker in pairs(makers) do
    it(name, function()
      local small, large = cost(maker, 1000), cost(maker, 4000)
      assert.is_true(large <= 6 * small + 0.002, ("%.4f s, then %.4f s"):format(small, large))
    end)
  end
end)

describe("kinds of layers", function()
  local function side(name, ...)
    local keys = {}
    for i, runs in ipairs { ... } do
      keys[i] = entry(("%s.layers.N.mlp.w%d.weight"):format(name, i), "layer.ffn.w" .. i,
        { { shape = { 8 }, layers = runs, count = 1 } })
    end
    return { keys = keys, symbols = { hidden = 8 }, config = {} }
  end

  it("are the same however often a weight begins anew", function()
    local found = compare(side("a", { { 0, 9 } }, { { 3, 5 } }),
      side("b", { { 0, 3 }, { 4, 4 }, { 5, 9 } }, { { 3, 5 } }))
    assert.is_true(found.same)
  end)

  it("differ where a weight is in other company", function()
    local found = compare(side("a", { { 0, 9 } }, { { 3, 5 } }),
      side("b", { { 0, 9 } }, { { 0, 9 } }))
    assert.is_false(found.same)
    assert.equal(1, found.kinds_a)
    assert.equal(0, found.kinds_b)
    found = compare(side("a", { { 0, 4 } }, { { 5, 9 } }), side("b", { { 0, 4 } }, { { 4, 9 } }))
    assert.equal(0, found.kinds_a)
    assert.equal(1, found.kinds_b)
  end)
end)
