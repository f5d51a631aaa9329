--- Reading, fingerprint, comparison and document take time in proportion to the headers: four times
--- the input, at most six times the processor time. What memory they take is in c/test_growth.

require "tests.spec.helper"
local folder = require "tests.spec.model_folder"
local modelsig = require "modelsig"

local sample = modelsig.open "sample:qwen3-mini"
local file = assert(io.open "samples/qwen3-mini/config.json")
local config = file:read "a"
file:close()

--- Processor time of everything that is made of a model, the least of some runs.
local function cost(tensors)
  local path = folder.model(config, tensors)
  local least = math.huge
  for _ = 1, 3 do
    collectgarbage()
    local start = os.clock()
    local model = assert(modelsig.open(path))
    assert(#modelsig.report({ model, sample }, { modelsig.compare(model, sample) }):as "json" > 0)
    least = math.min(least, os.clock() - start)
  end
  folder.clean()
  return least
end

local function one(name) return { { name, "U8", { 1 } } } end

local function many(n, format, shape)
  local out = {}
  for i = 1, n do out[i] = { format:format(i, i, i), "U8", shape or { 1 } } end
  return out
end

local function letters(i)
  return (("%x"):format(i):gsub("%d", function(d) return string.char(("g"):byte() + d) end))
end

local dimensions = {
  ["a name without dots"] = { 30000, function(n) return one(("w"):rep(n)) end },
  ["dots"] = { 30000, function(n) return one(("."):rep(n)) end },
  ["indices"] = { 15000, function(n) return one(("1."):rep(n) .. "w") end },
  ["indices of a norm's name"] =
    { 15000, function(n) return one(("1."):rep(n) .. "norm.weight") end },
  ["norms in a name"] = { 8000, function(n) return one(("1.norm."):rep(n) .. "bias") end },
  ["words in a name"] = { 8000, function(n) return one(("layers.1."):rep(n) .. "weight") end },
  ["parts of a word"] = { 8000, function(n) return one(("q_proj_"):rep(n) .. ".weight") end },
  ["norms in a word"] =
    { 8000, function(n) return one("a.1." .. ("norm"):rep(n) .. "-.weight") end },
  ["drafts in a name"] = { 8000, function(n) return one(("mtp.1."):rep(n) .. "x") end },
  ["scales in a name"] = { 8000, function(n) return one(("weight_scale."):rep(n)) end },
  ["names"] = { 1500, function(n)
    local out = {}
    for i = 1, n do out[i] = { "x" .. letters(i), "U8", { 1 } } end
    return out
  end },
  ["first words of names"] = { 1500, function(n)
    local out = {}
    for i = 1, n do
      out[i] = { ("a%s.b%s.c.weight"):format(letters(i), letters(i)), "U8", { 1 } }
    end
    return out
  end },
  ["layers"] = { 1500, function(n) return many(n, "model.layers.%d.mlp.up_proj.weight") end },
  ["shapes of a name"] = { 1500, function(n)
    local out = {}
    for i = 1, n do out[i] = { ("model.layers.%d.mlp.w"):format(i), "U8", { i } } end
    return out
  end },
  ["dims of a shape"] = { 15000, function(n)
    local shape = {}
    for i = 1, n do shape[i] = 1 end
    return { { "w", "U8", shape } }
  end },
}

describe("a model grows with its headers: by", function()
  for name, row in pairs(dimensions) do
    it(name, function()
      local n, make = row[1], row[2]
      local small, large = cost(make(n)), cost(make(4 * n))
      assert.is_true(large <= 6 * math.max(small, 0.02), ("%.4f s, %.4f s"):format(small, large))
    end)
  end
end)
