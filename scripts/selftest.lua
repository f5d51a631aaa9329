--- The program tests itself with what it carries: samples, rules, scripts, formats.

local checks = {}

local function check(name, run) checks[#checks + 1] = { name = name, run = run } end

local function each(kind, load)
  local named = require "modelsig.rules.named"
  local names = named.list(kind)
  for _, name in ipairs(names) do assert(load(name)) end
  assert(#names > 0, "none found")
  return #names
end

check("every script loads", function()
  return each("scripts", function(name) return require("modelsig.cli.scripts").load(name) end)
end)

check("every policy loads", function()
  return each("policies", function(name) return require("modelsig.policy.policies").load(name) end)
end)

check("every format loads", function()
  local report = require "modelsig.report.report"
  return each("formats", function(name) return report.formatter(name) end)
end)

check("every option has a sentence and a group", function()
  local options = require "modelsig.cli.options"
  for _, option in ipairs(options.list) do assert(option.sentence and option.group, option.name) end
  return #options.list
end)

check("a document survives writing and reading", function()
  local json = require "modelsig.native.json"
  local text = require("modelsig.base.json").encode { exact = math.maxinteger, half = 0.5,
    list = json.array {}, none = json.null, text = "a/b\n" }
  local value = assert(json.decode(text))
  assert(value.exact == math.maxinteger and value.half == 0.5 and value.none == json.null)
  assert(json.is_array(value.list) and value.text == "a/b\n")
end)

check("the samples compare as they should", function(context)
  local models = context:open { "sample:qwen3-mini", "sample:qwen3-midi", "sample:llama-mini" }
  for _, model in ipairs(models) do assert(not model.error, model.error and model.error.message) end
  local pairs = context:compare(models)
  for i, verdict in ipairs { "FULL", "not FULL", "not FULL" } do
    local document = pairs[i].document
    assert(not document.error, document.error and document.error.message)
    local full = document.substitution_verdict == "FULL_SUBSTITUTE"
    assert(full == (verdict == "FULL"), ("%s and %s: %s"):format(pairs[i].a, pairs[i].b,
      tostring(document.substitution_verdict)))
  end
  for _, format in ipairs { "json", "table", "markdown" } do
    local report = require "modelsig.report.report"
    assert(report.format(context:report(models, pairs), format))
  end
  return #pairs
end)

check("headers agree with what the families predict", function()
  local modelsig = require "modelsig"
  for _, name in ipairs { "qwen3-mini", "qwen3-midi", "llama-mini" } do
    local read = assert(modelsig.open("sample:" .. name))
    local predicted = assert(modelsig.open { "sample:" .. name, fast = true })
    assert(#read.keys == #predicted.keys, name)
    for i, key in ipairs(read.keys) do
      assert(key.key == predicted.keys[i].key and key.count == predicted.keys[i].count, key.key)
    end
  end
  return 3
end)

return {
  summary = "Let the program test itself with what it carries.",
  usage = "modelsig selftest",
  run = function(context)
    local failed = 0
    for _, entry in ipairs(checks) do
      local ok, result = pcall(entry.run, context)
      if not ok then result = require("modelsig.base.interrupt").text(result) end
      failed = failed + (ok and 0 or 1)
      context.out(("%s  %s%s\n"):format(ok and "ok    " or "FAILED", entry.name,
        not ok and ": " .. result or result and (" (%d)"):format(result) or ""))
    end
    context.out(("%d of %d checks passed\n"):format(#checks - failed, #checks))
    return failed == 0
  end,
}
