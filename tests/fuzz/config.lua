--- What must hold of a configuration, whatever is in it. Of each: it is read or refused in words
--- for people and with a known code, and every value has its evidence and is of its kind; some,
--- by their length, are read twice and are the same. Of those that are looked at wholly also: it
--- can be reported in every form, counts are whole or unknown, and a model differs from itself in
--- nothing.

local configfile = require "modelsig.model.config_file"
local fingerprint = require "modelsig.model.fingerprint"
local hostile = require "tests.spec.hostile_config"
local modelsig = require "modelsig"
local same = require("modelsig.base.lists").same
local vocabulary = require("modelsig.rules.named").get("vocabulary", "config")

local partner = assert(modelsig.open "sample:qwen3-mini")
local policies = { "structure", "kernel", "reference" }

local evidence = { config = true, default = true, family = true, derived = true }

--- A value that is not of its kind; lists may be rewritten by rules.
local function odd_value(cfg)
  for key, value in pairs(cfg.values) do
    local kind = cfg.kinds[key]
    if not kind then return key .. " is no key" end
    if not evidence[cfg.evidence[key]] then return key .. " has no evidence" end
    if type(value) ~= "table"
      and configfile.admit(value, kind, vocabulary.max_size) == nil then
      return ("%s is %s"):format(key, configfile.describe(value))
    end
  end
end

--- What opening says of a configuration: the model, else a refusal as one text.
local function opened(text)
  local fp, message, code = fingerprint.new(hostile.origin(text), { fast = true })
  return fp, not fp and ("%s: %s"):format(code, message), code
end

local function differs_the_second_time(text, fp, refusal)
  local again, second = opened(text)
  if refusal ~= second then return "the second time: " .. tostring(second or refusal) end
  if fp and not (same(fp.cfg.values, again.cfg.values)
    and same(fp.cfg.evidence, again.cfg.evidence)) then
    return "values are others the second time"
  end
end

local function not_read(text, twice)
  local fp, refusal, code = opened(text)
  return hostile.told_badly(fp and fp.found or { { code = code, message = refusal } })
    or fp and odd_value(fp.cfg) or twice and differs_the_second_time(text, fp, refusal) or nil
end

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

--- The problem with a configuration; nil is right.
function _G.judge(text, wholly)
  local ok, problem = xpcall(not_read, debug.traceback, text, wholly or #text % 16 == 0)
  if not ok then problem = "raised: " .. tostring(problem) end
  if problem or not wholly then return not is_place(problem) and problem or nil end
  local policy = policies[(text:byte(2) or 0) % #policies + 1]
  problem = hostile.problem(text, partner, { policy = policy, layer_sig = #text % 2 == 0 })
    or differs_from_itself(text)
  return not is_place(problem) and problem or nil
end
