--- What must hold of a configuration, whatever is in it: it is read or refused in words for people
--- and with a known code, the report can be made in every form, twice the same, and a model differs
--- from itself in nothing.

local hostile = require "tests.spec.hostile_config"
local modelsig = require "modelsig"
local fingerprint = require "modelsig.model.fingerprint"

local partner = assert(modelsig.open "sample:qwen3-mini")
local policies = { "structure", "kernel", "reference" }

--- Numbers of parameters are whole and not negative, or unknown.
local function odd_count(fp)
  for name, value in pairs(fp.parameters or {}) do
    local number = type(value) == "number"
    if number and (math.type(value) ~= "integer" or value < 0) then
      return ("parameters.%s is %s"):format(name, value)
    end
  end
end

local function differs_from_itself(text)
  local a, b = fingerprint.new(hostile.origin(text)), fingerprint.new(hostile.origin(text))
  if not a then return nil end
  local odd = odd_count(a)
  if odd then return odd end
  local pair = modelsig.compare(a, b)
  if pair.error then return "with itself: " .. pair.error.message end
  for name, value in pairs(a.digests) do
    if type(value) == "string" and value ~= b.digests[name] then
      return "the digest " .. name .. " is another one the second time"
    end
  end
end

--- Rules from a folder are those of an author, who is told the place.
local function is_place(problem)
  return problem and problem:find "^refused: config: family .* cannot be applied: .*%(%./rules/"
end

function _G.judge(text)
  local policy = policies[(text:byte(2) or 0) % #policies + 1]
  local problem = hostile.problem(text, partner, { policy = policy, layer_sig = #text % 2 == 0 })
  if is_place(problem) then return nil end
  return problem or differs_from_itself(text)
end
