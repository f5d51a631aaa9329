--- Layer signatures with equal layers as one: nothing is lost, and the report of a deep model is as
--- large as its kinds of layer.

require "tests.spec.helper"
local document = require "modelsig.model.document"
local folder = require "tests.spec.transcript"
local json = require "modelsig.native.json"
local fold = require("modelsig.model.fold").fold
local modelsig = require "modelsig"

--- The signatures of every layer, from the folded ones.
local function unfold(folded)
  local out = {}
  for path, entry in pairs(folded) do
    local top = path:match "^(.-%.%d+)%f[.\0]"
    local layers = top and folded[top] and folded[top].layers
    for _, index in ipairs(layers or { false }) do
      local where = index and top:gsub("%d+$", index) .. path:sub(#top + 1) or path
      local copy = {}
      for key, value in pairs(entry) do copy[key] = value end
      copy.layers = nil
      out[where] = copy
    end
  end
  return out
end

--- A folder with a sample's configuration, changed.
local function changed(place, changes)
  local text = require("modelsig.native.embedded").get("samples", "qwen3-mini/config.json")
  local config = assert(json.decode(text))
  for key, value in pairs(changes) do config[key] = value end
  place:write("m/config.json", require("modelsig.base.json").encode(config))
  return assert(modelsig.open { place.path .. "/m", fast = true })
end

describe("equal layers", function()
  it("are one by default, and nothing is lost", function()
    local place <close> = folder.folder()
    for _, changes in ipairs { {}, { num_hidden_layers = 9 }, { num_hidden_layers = 12,
      use_sliding_window = true, sliding_window = 8, max_window_layers = 5 } } do
      local model = changed(place, changes)
      local full = document.model(model, { layer_sig = true }).layer_signatures
      local folded = document.model(model).layer_signatures
      assert.same(full, unfold(folded))
      local count = 0
      for path in pairs(folded) do count = count + (path:find "%.layers%.%d+$" and 1 or 0) end
      assert.is_true(count <= 2)
      assert.equal(0, folded["model.layers.0"].layers[1])
    end
    assert.is_nil(document.model(changed(place, {}), { layer_sig = false }).layer_signatures)
  end)

  it("are those whose entries are the same, wherever they stand", function()
    local a, b, other = { x = 1 }, { x = 2 }, { x = 3 }
    local given = { ["m.0"] = a, ["m.0.p"] = b, ["m.1"] = a, ["m.1.p"] = other, ["m.2"] = a,
      ["m.2.p"] = b, ["n.0.p"] = b, ["n.1.p"] = b, ["k.7"] = a, top = other }
    local folded = fold(given, { "top", "m.0", "m.0.p", "m.1.p", "m.1", "m.2", "m.2.p", "n.0.p",
      "n.1.p", "k.7" })
    assert.same({ x = 1, layers = { 0, 2 } }, folded["m.0"])
    assert.same({ x = 1, layers = { 1 } }, folded["m.1"])
    assert.is_nil(folded["m.2"])
    assert.is_nil(folded["m.2.p"])
    assert.equal(b, folded["m.0.p"])
    assert.equal(other, folded["m.1.p"])
    assert.equal(b, folded["n.1.p"]) -- no layer of its own to say it
    assert.equal(a, folded["k.7"])
    assert.is_nil(a.layers)
  end)

  it("may be given by the first of each kind, where that is all that stands there", function()
    local a, b, part = { x = 1 }, { x = 2 }, { x = 3 }
    local given = { ["m.0"] = a, ["m.0.p"] = part, ["m.2"] = b, ["m.2.p"] = part, top = b }
    local order = { "m.0", "m.0.p", "m.2", "m.2.p", "top" }
    local groups = { [0] = { 0, 1, 3, entries = 2 }, [2] = { 2, 4, entries = 2 } }
    local folded = fold(given, order, { m = groups })
    assert.same({ x = 1, layers = { 0, 1, 3 } }, folded["m.0"])
    assert.same({ x = 2, layers = { 2, 4 } }, folded["m.2"])
    assert.equal(part, folded["m.2.p"])
    assert.is_nil(fold(given, order, { m = groups, ["top.0.m"] = groups })) -- inside another stack
    assert.is_nil(fold(given, order, { m = false })) -- two stacks of one path
    given["m.1.q"], order[#order + 1] = part, "m.1.q"
    assert.is_nil(fold(given, order, { m = groups })) -- a layer has more than the others
    given = { ["m.0.p"] = part, ["m.0.q"] = part }
    assert.is_nil(fold(given, { "m.0.p", "m.0.q" }, { m = { [0] = { 0, 1, entries = 2 } } }))
  end)

  it("keep a report small, however deep the model is", function()
    local place <close> = folder.folder()
    changed(place, { num_hidden_layers = 10000 })
    local environment = folder.environment(place.path)
    local out, exit = folder.run("modelsig m --fast | wc -c", place.path, environment)
    assert.equal(0, exit)
    assert.is_true(tonumber(out) < 1000000, out)
    changed(place, { num_hidden_layers = 100 })
    local few = folder.run("modelsig m --fast | wc -c", place.path, environment)
    local every = folder.run("modelsig m --fast --layer-sig | wc -c", place.path, environment)
    assert.is_true(tonumber(every) > 10 * tonumber(few), every .. " " .. few)
  end)
end)
