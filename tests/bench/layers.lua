--- modelsig run tests/bench/layers.lua FOLDER [ROUNDS]: layer signatures of a model from its
--- configuration, and the same as JSON text. Prints least and median of each in milliseconds.

local config = require "modelsig.model.config"
local document = require "modelsig.model.document"
local family = require "modelsig.family.families"
local json = require "modelsig.base.json"
local modelsig = require "modelsig"

local folder, rounds = arg[1], tonumber(arg[2] or 50)
local file = assert(io.open(folder .. "/config.json"))
local raw = assert(require("modelsig.native.json").decode(file:read "a"))
file:close()

local function trace()
  local chosen = assert(family.choose(raw))
  local cfg = assert(config.normalise(raw, { family = chosen }))
  return assert(family.describe(chosen, cfg)).records()
end

local function with_json()
  local model = assert(modelsig.open { folder .. "/config.json", fast = true })
  return json.encode(document.model(model, { layer_sig = true }).layer_signatures)
end

local function measure(name, what)
  local times = {}
  for i = 0, rounds do -- the first one loads the rules and does not count
    collectgarbage()
    local start = os.clock()
    what()
    times[i] = (os.clock() - start) * 1e3
  end
  table.sort(times)
  print(("%s %.3f %.3f"):format(name, times[1], times[rounds // 2 + 1]))
end

measure("trace", trace)
measure("json", with_json)
