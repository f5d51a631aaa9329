local gate = require "modelsig.policy.gate"
local help = require "modelsig.cli.help"
local options = require "modelsig.cli.options"
local rules = require "modelsig.rules.named"
local shell = require "modelsig.cli.shell"

local function parse(...)
  return options.parse { ... }
end

local function message(...)
  local parsed, text = parse(...)
  assert.is_nil(parsed)
  return text
end

describe("the option table", function()
  it("gives every option a known group and a sentence", function()
    local groups = {}
    for _, group in ipairs(options.groups) do groups[group] = true end
    for _, option in ipairs(options.list) do
      assert.is_true(groups[option.group], option.name)
      assert.matches("%.$", option.sentence)
    end
  end)

  it("makes no heading in a help that nothing stands under", function()
    local texts = { help.general() }
    for _, row in ipairs(help.commands()) do
      texts[#texts + 1] = help.command(row[1], (assert(rules.load("scripts", row[1]))))
    end
    assert.is_true(#texts > 5)
    for _, text in ipairs(texts) do
      for heading, below in text:gmatch "%f[^\n](%u[^\n]*:)\n([^\n]*)" do
        assert.matches("^  %S", below, 1, false, heading)
      end
    end
  end)

  it("has no word twice", function()
    local seen = {}
    for _, option in ipairs(options.list) do
      for _, word in ipairs(options.words(option)) do
        assert.is_nil(seen[word], word)
        seen[word] = true
      end
    end
  end)
end)

describe("parsing", function()
  it("keeps models in the order typed, forced ones among them", function()
    local parsed = assert(parse("a", "-m", "plan", "b", "--model=c", "-md"))
    assert.same({ "a", "plan", "b", "c", "d" }, parsed.args)
    assert.is_true(parsed.forced[2])
    assert.is_nil(parsed.forced[3])
  end)

  it("takes values attached or as the next word", function()
    assert.equal("x", parse("--save=x").options.save)
    assert.equal("x", parse("--save", "x").options.save)
    assert.equal("a=b", parse("--save=a=b").options.save)
  end)

  it("knows defaults and negations", function()
    local defaults = parse().options
    assert.equal("json", defaults.output)
    assert.equal("structure", defaults.policy)
    assert.equal(30, defaults.timeout)
    assert.is_true(defaults.layer_sig)
    assert.is_false(parse("--no-layer-sig").options.layer_sig)
    assert.is_false(defaults.fast)
  end)

  it("leaves everything after -- alone", function()
    assert.same({ "--fast", "-x" }, parse("--", "--fast", "-x").args)
  end)

  it("reads numbers, bytes and addresses", function()
    assert.equal(1.5, parse("--timeout", "1.5").options.timeout)
    assert.equal(4, parse("--jobs", "4").options.jobs)
    assert.equal(64000000, parse("--budget", "64MB").options.budget)
    assert.equal(2 << 30, parse("--budget", "2GiB").options.budget)
    assert.equal("http://h:1/x", parse("--endpoint", "http://h:1/x").options.endpoint)
  end)

  it("says what was expected and found", function()
    assert.equal("--timeout: a number of seconds above 0 expected, got 'soon'",
      message("--timeout", "soon"))
    assert.equal("--timeout: a number of seconds above 0 expected, got '0'",
      message("--timeout", "0"))
    assert.equal("--jobs: a whole number above 0 expected, got '1.5'", message("--jobs", "1.5"))
    assert.equal("--save needs FILE", message("--save"))
    assert.equal("--save needs FILE", message("--save", "--fast"))
    assert.equal("--fast takes no value", message("--fast=1"))
    assert.equal("--token: TOKEN expected, got nothing", message("--token", ""))
  end)

  it("suggests the option or the choice that was meant", function()
    assert.equal("unknown option '--ouptut' (did you mean '--output'?)", message("--ouptut", "x"))
    assert.equal("unknown option '--colour'", message("--colour"))
    assert.equal("unknown option '-x'", message("-x"))
    assert.equal("--progress: one of auto, always, never expected, got 'nevr' "
      .. "(did you mean 'never'?)", message("--progress", "nevr"))
  end)
end)

describe("gates", function()
  it("read verdicts and scopes, in any case", function()
    local gates = assert(gate.parse { "FULL,attention:partial", "kernel:NO_SUBSTITUTE" })
    assert.equal("FULL", gates[1].verdict)
    assert.equal("attention", gates[2].scope)
    assert.equal("PARTIAL", gates[2].verdict)
    assert.equal("NO", gates[3].verdict)
  end)

  it("refuse what is no verdict or no scope, with a suggestion", function()
    local _, text = gate.parse { "FULLL" }
    assert.equal("--require: 'FULLL' is no verdict, one of FULL, PARTIAL, NO expected "
      .. "(did you mean 'FULL'?)", text)
    _, text = gate.parse { "atention:FULL" }
    assert.matches("'atention' is no scope.*did you mean 'attention'", text)
    assert.is_nil(gate.parse { "" })
    assert.is_nil(gate.parse { "FULL,,NO" })
  end)

  it("are missed by a worse verdict, an error and an absent scope", function()
    local compared = {
      { a = "a", b = "b", document = { substitution_verdict = "PARTIAL_SUBSTITUTE",
        kernel = { verdict = "FULL_SUBSTITUTE", scopes = { attention = "FULL_SUBSTITUTE" } } } },
      { a = "a", b = "c", document = { error = { code = "io" } } },
    }
    local function missed(text, labels)
      local list = gate.missed(assert(gate.parse { text }), labels or { "a", "b" }, compared)
      local keys = {}
      for i, miss in ipairs(list) do keys[i] = miss.pair end
      return table.concat(keys, " ")
    end
    assert.equal("a|b", missed "FULL")
    assert.equal("", missed "PARTIAL")
    assert.equal("", missed "NO")
    assert.equal("", missed "kernel:FULL")
    assert.equal("", missed "attention:FULL")
    assert.equal("a|b", missed "moe:NO")
    for _, text in ipairs { "NO", "kernel:NO", "attention:NO", "moe:NO" } do
      assert.equal("a|c", missed(text, { "a", "c" }))
    end
  end)

  it("are missed by every pair that nobody judged", function()
    local gates = assert(gate.parse { "NO" })
    local document = { substitution_verdict = "FULL_SUBSTITUTE" }
    local compared = { { a = "x", b = "y", document = document } }
    assert.equal(0, #gate.missed(gates, { "y", "x" }, compared))
    assert.equal(2, #gate.missed(gates, { "x", "y", "z" }, compared))
    assert.equal(1, #gate.missed(gates, { "x", "y" }, {}))
    local labels = { "a|b", "c", "a", "b|c" } -- keys of pairs would be the same
    compared = { { a = "a|b", b = "c", document = {} },
      { a = "a", b = "b|c", document = document } }
    assert.equal(5, #gate.missed(gates, labels, compared))
  end)
end)

describe("completion in zsh", function()
  it("knows every word, the choices of an option, and where names come from", function()
    local script = shell.zsh()
    assert.matches("^#compdef modelsig\n", script)
    for _, option in ipairs(options.list) do
      for _, word in ipairs(options.words(option)) do
        assert.matches(word .. "[", script, 1, true)
      end
      local choices = options.choices(option)
      if choices then
        assert.matches(":(" .. table.concat(choices, " ") .. ")", script, 1, true)
      end
    end
    for _, kind in ipairs { "scripts", "policies", "formats" } do
      assert.matches("_modelsig_" .. kind .. "()", script, 1, true)
      assert.is_true(#shell.names(kind) > 0)
    end
    assert.matches("%f[%a]validate%f[%A]", shell.names "scripts")
    assert.matches("%f[%a]structure%f[%A]", shell.names "policies")
  end)
end)

describe("completion in bash", function()
  it("has a case for each option that takes something, and for no other", function()
    local script = shell.bash()
    for _, option in ipairs(options.list) do
      local words = table.concat(options.words(option), "|")
      local found = script:find("    " .. words .. ") ", 1, true) ~= nil
      assert.equal(option.argument ~= nil, found, words)
    end
  end)
end)
