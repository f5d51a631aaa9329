--- Slips: a misspelt name in a policy, script, formatter, family, feature, gate or option is an
--- error with the right word in its message, and never a value that is silently nothing.

require "tests.spec.helper"
local project = require "tests.spec.project"

local own

before_each(function() own = project.new() end)
after_each(function() own:remove() end)

--- Runs a command line that has to fail with 1, saying `word`.
local function fails(command, word, more)
  local out, exit, errors = own:run(command, more)
  assert.equal(1, exit, out:sub(-200) .. errors)
  assert.truthy(errors:find(word, 1, true), errors)
  assert.is_nil(errors:find("stack traceback", 1, true), errors)
end

local PAIR = "modelsig sample:qwen3-mini sample:llama-mini --require NO "

describe("a slip in what a policy reads", function()
  for source, word in pairs {
    ['x.difference "gqaa"'] = "gqa", ["c.phases.key"] = "keys", ["c.isomorfism"] = "isomorphism",
    ["c.kernel.scopes.attn"] = "attention", ["c.kernel.scope"] = "scopes",
    ["c.kernel.differences[1].feture"] = "feature", ["c.kernel.diferences"] = "differences",
    ["c.match.comon"] = "common", ["c.moe.sam"] = "same", ["c.mathematics.txt"] = "text",
    ["c.coverage_rat"] = "coverage_rate", ["c.identicall"] = "identical",
    ["c.operators.only_c"] = "only_a", ["c.layer_types.texts"] = "text",
    ["c.scaling_analysis.hidden_size.ration"] = "ratio", ["c.unknwon"] = "unknown",
    ["x.threshold"] = "thresholds", ["x.thresholds.operator"] = "operators",
    ["x.options.windw"] = "window", ["x.smaler"] = "smaller", ["x.contrasts"] = "contrast",
    ["x.a.labl"] = "label", ["x.b.confg"] = "config", ["x.a.config.hiden_size"] = "hidden_size",
    ["x.larger.is_mo"] = "is_moe",
  } do
    it("is an error: " .. source, function()
      own:rule("policies/mine.lua", ("return { options = { window = 1 }, decide = function(c, x)\n"
        .. "  local value = %s\n  return value and 'NO' or 'FULL'\nend }"):format(source))
      fails(PAIR .. "--policy mine", word)
      fails(PAIR .. "--policy mine", "mine.lua:2:")
    end)
  end

  it("may be asked for on purpose", function()
    own:rule("policies/mine.lua", [[return { decide = function(c, x)
      assert(x.maybe(c, "isomorfism") == nil and x.maybe(c.phases, "key") == nil)
      assert(x.maybe(c, "isomorphism") == c.isomorphism and x.maybe(c, "identical") == false)
      assert(x.maybe(x.a, "labl") == nil and x.maybe(x.a, "label") == x.a.label)
      return "FULL"
    end }]])
    local _, exit, errors = own:run(PAIR .. "--policy mine")
    assert.equal(0, exit, errors)
  end)

  it("is no name that is known and has no value", function()
    own:rule("policies/mine.lua", [[return { decide = function(c, x)
      local none = { c.failed, c.scale.unknown, x.a.config.sliding_window, x.a.quantization,
        c.mathematics.features, c.substitution_verdict, x.difference "window",
        x.a.config.kv_lora_rank, x.b.text_family }
      return "FULL"
    end }]])
    local _, exit, errors = own:run(PAIR .. "--policy mine")
    assert.equal(0, exit, errors)
  end)
end)

describe("a slip in a policy's table", function()
  for source, word in pairs {
    ["treshold = {}"] = "thresholds", ["thresholds = { coverge = 0.5 }"] = "coverage",
    ["grade = {}"] = "grades", ["grades = { pth = 'NO' }, extends = 'kernel'"] = "path",
    ["grades = { path = 'NON' }, extends = 'kernel'"] = "NO", ["extend = 'kernel'"] = "extends",
    ["extends = 'kernl'"] = "kernel", ["asks = 'kernels'"] = "kernel",
    ["grades = { path = 'NO' }"] = "grades", ["options = { window = 'NO' }"] = "options.window",
    ["thresholds = { operators = 0.5 }, extends = 'kernel'"] = "thresholds.operators",
    ["thresholds = { coverage = 0/0 }"] = "coverage", ["thresholds = { coverage = -1 }"] = "least",
    ["decid = function() return 'FULL' end"] = "decide",
    ["decide = function() return 'FUL' end"] = "FULL, PARTIAL or NO",
    ["options = { scope = {} }, extends = './with.lua'"] = "scopes",
    ["reads = { 'threshold.coverage' }"] = "thresholds.coverage",
  } do
    it("is an error: " .. source, function()
      own.folder:write("project/with.lua", "return { options = { scopes = {} }, "
        .. "decide = function() return 'FULL' end }")
      own:rule("policies/mine.lua", "return { " .. source .. " }")
      fails(PAIR .. "--policy mine", word)
    end)
  end
end)

describe("a slip in a script", function()
  for source, word in pairs {
    ["pairs[1].document.substitution_verdit"] = "substitution_verdict",
    ["pairs[1].document.kernel.scopes.atention"] = "attention",
    ["pairs[1].document.quant_transfer.confidenc"] = "confidence",
    ["pairs[1].document.test_strategy.levl"] = "level", ["models[1].confg"] = "config",
    ["models[1].config.num_atention_heads"] = "num_attention_heads",
    ["models[1].parameter"] = "parameters", ["context.optons"] = "options",
    ["context.options.polcy"] = "policy", ["context.given.requires"] = "require",
    ["context:opn()"] = "open", ["made.document.modles"] = "models",
    ["made.document.models['sample:qwen3-mini'].op_type"] = "op_types",
    ["made.document.models['sample:qwen3-mini'].arch_fingerprint.hiden_size"] = "hidden_size",
  } do
    it("is an error: " .. source, function()
      own.folder:write("project/slip.lua", ([[return { summary = "x", run = function(context)
        local models = context:open()
        local pairs = context:compare(models)
        local made = context:report(models, pairs)
        local value = %s
        return context:result(models, made)
      end }]]):format(source))
      fails("modelsig run slip.lua sample:qwen3-mini sample:llama-mini", word)
    end)
  end

  it("may be asked for on purpose", function()
    own.folder:write("project/slip.lua", [[return { summary = "x", run = function(context)
      local models = context:open()
      local pair = context:compare(models)[1].document
      assert(context.maybe(pair, "verdict") == nil and context.maybe(models[1], "confg") == nil)
      assert(context.maybe(pair, "isomorphism") == pair.isomorphism)
    end }]])
    local _, exit, errors = own:run "modelsig run slip.lua sample:qwen3-mini sample:llama-mini"
    assert.equal(0, exit, errors)
  end)
end)

describe("a slip in a formatter", function()
  for source, word in pairs {
    ["context.colums"] = "columns", ["context.style_('good', '')"] = "style",
    ["document.coverage_matrx"] = "coverage_matrix",
    ["document.coverage_matrix[context.pairs[1]].recomendation"] = "recommendation",
    ["document.models[context.labels[1]].layer_type"] = "layer_types",
    ["document.models[context.labels[1]].config.vocab_sise"] = "vocab_size",
    ["document.test_strategy_summary[context.pairs[1]].verdct"] = "verdict",
  } do
    it("is an error: " .. source, function()
      own:rule("formats/mine.lua", "return { format = function(document, context)\n  return "
        .. "tostring(" .. source .. ")\nend }")
      fails(PAIR .. "--output mine", word)
    end)
  end

  it("of a key in its table is an error", function()
    own:rule("formats/mine.lua", "return { formt = function() return 'x' end }")
    fails(PAIR .. "--output mine", "format")
  end)
end)

describe("a slip in a family", function()
  for source, word in pairs {
    ["extend = 'llama'"] = "extends", ["extends = 'lama'"] = "llama",
    ["extends = 'llama', atention = function() end"] = "attention",
    ["extends = 'llama', aliases = { hidden_size = print_ }"] = "print_",
    ["extends = 'llama', aliases = 5"] = "aliases",
    ["extends = 'llama', attention = function(c) return block.atention(c) end"] = "attention",
    ["extends = 'llama', kind = 5"] = "kind",
  } do
    it("is an error of its model: " .. source, function()
      own:rule("families/mine.lua",
        "return {{ model_types = { mine = 'Mine' }, " .. source .. " }}")
      local out, exit, errors = own:run "modelsig plain mine --require NO"
      assert.equal(2, exit, errors)
      assert.truthy(errors:find(word, 1, true), errors)
      assert.truthy(out:find('"plain"', 1, true))
      assert.is_nil(errors:find("stack traceback", 1, true), errors)
    end)
  end
end)

describe("a slip in a feature", function()
  for source, word in pairs {
    ["id = 'mine', reed = function() end"] = "read",
    ["id = 'mine', read = function(m) return m.c.hiden_size end"] = "hidden_size",
    ["id = 'mine', read = function() return 1 end, scopes = { 'atention' }"] = "attention",
    ["id = 'mine', read = function(m) return m.c.hidden_size end, grade = function() "
      .. "return 'pth' end"] = "path",
  } do
    it("is an error of the pair: " .. source, function()
      own:rule("features/mine.lua", "return { " .. source .. " }")
      fails(PAIR, word)
    end)
  end
end)

describe("a slip in the rules of Hubs", function()
  for source, word in pairs {
    ["endpont = 'https://x.org'"] = "endpoint", ["models = 0"] = "models",
    ["models = 0/0"] = "models", ["models = 'two'"] = "models",
    ["limits = { bugdet = 5 }"] = "budget", ["limits = { budget = -1 }"] = "budget",
    ["limits = { budget = 1/0 }"] = "budget",
  } do
    it("is an error: " .. source, function()
      -- as a tree of its own: that of a build would go before the project
      own.folder:write("project/tree/rules/hub.lua", "return { " .. source .. " }")
      fails("modelsig o/n o/m --offline --require NO --lua-dir tree", word)
    end)
  end
end)

describe("a slip on the command line", function()
  for command, word in pairs {
    [PAIR .. "--require FULLL"] = "FULL", [PAIR .. "--require atention:FULL"] = "attention",
    [PAIR .. "--require kernel=FULL"] = "FULL", [PAIR .. "--require ,"] = "verdict",
    [PAIR .. "--require FULL,"] = "verdict", [PAIR .. "--polcy kernel"] = "--policy",
    [PAIR .. "--policy kernl"] = "kernel", [PAIR .. "--output tabel"] = "table",
    [PAIR .. "--timeout 0"] = "above 0", [PAIR .. "--timeout -1"] = "above 0",
    [PAIR .. "--timeout nan"] = "above 0", [PAIR .. "--timeout inf"] = "above 0",
    [PAIR .. "--timeout " .. ("9"):rep(400)] = "above 0", [PAIR .. "--jobs 0"] = "above 0",
    [PAIR .. "--jobs 1.5"] = "whole", [PAIR .. "--jobs -2"] = "whole",
    [PAIR .. "--budget 0"] = "at least 1", [PAIR .. "--budget -1"] = "bytes",
    [PAIR .. "--budget 1.5G"] = "bytes", [PAIR .. "--budget 10X"] = "bytes",
    [PAIR .. "--budget 999999999999T"] = "bytes",
  } do
    it("is an error: " .. command:sub(#PAIR):sub(1, 40), function() fails(command, word) end)
  end
end)

describe("an option of the library out of its range", function()
  local modelsig = require "modelsig"

  for _, case in ipairs { { "timeout", 0 }, { "timeout", -1 }, { "timeout", 0 / 0 },
    { "timeout", math.huge }, { "timeout", "3" }, { "jobs", 0 }, { "jobs", -1 }, { "jobs", 1.5 },
    { "jobs", 1 << 40 }, { "budget", 0 }, { "budget", -5 }, { "allow_full", -1 } } do
    it(("is an error: %s = %s"):format(case[1], tostring(case[2])), function()
      local ok, message = pcall(modelsig.open, { "sample:qwen3-mini", [case[1]] = case[2] })
      assert.is_false(ok)
      assert.matches("'" .. case[1] .. "'", message)
      assert.is_false((pcall(modelsig.open_all,
        { { "sample:qwen3-mini", [case[1]] = case[2] } })))
    end)
  end
end)

describe("a run-time error", function()
  it("of the product's own code comes with a traceback, of a script's with its line", function()
    for code, is_ours in pairs {
      ['require("modelsig.base.lists").sorted(5)'] = true,
      ['require("modelsig.base.text").fill({}, {})'] = true,
      ["local t; return t.x"] = false,
      ["error 'lua/modelsig/base/lists.lua:3: no'"] = false,
      ["error('modelsig/base/lists.lua:3: no', 0)"] = false,
      ['require("modelsig").open(5)'] = false,
    } do
      local path = own.folder:write("project/mine.lua", code .. "\n")
      for _, tree in ipairs { "", " --lua-dir " .. (os.getenv "MODELSIG_LUA_DIR" or ".") } do
        local _, exit, errors = own:run("modelsig" .. tree .. " run " .. path)
        assert.equal(1, exit, code)
        local traced = errors:find("stack traceback", 1, true) ~= nil
        assert.equal(is_ours, traced, code .. "\n" .. errors)
      end
    end
  end)
end)
