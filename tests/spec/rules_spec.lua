--- What rule files get, and the tables that several of them share.

local dtype = require "modelsig.base.dtype"
local json = require "modelsig.native.json"
local named = require "modelsig.rules.named"
local open = require("modelsig").open
local transcript = require "tests.spec.transcript"

describe("the product's own", function()
  it("policies and formatters are as declared: nothing checks them when they are loaded", function()
    local fields = { policies = require("modelsig.policy.policies").fields,
      formats = require("modelsig.report.report").formatter_fields }
    for kind, declared in pairs(fields) do
      local names = named.list(kind)
      assert.is_true(#names >= 3)
      for _, name in ipairs(names) do
        local found = require("modelsig.base.check").schema(declared, named.get(name, kind))
        assert.same({}, found, name)
      end
    end
  end)
end)

describe("a rule file", function()
  local folder

  before_each(function() folder = transcript.folder() end)
  after_each(function() folder:remove() end)

  it("gets parts, lists, json and the tables of other rules", function()
    folder:write("mine.lua", [[
      local own = part "more"
      return { own = own.value, names = lists.sorted { b = 1, a = 2 }, null = json.null,
        silu = rule("activations").silu.operator }]])
    folder:write("mine/more.lua", "return { value = lists.product { 2, 3 } }")
    for _, kind in ipairs { "rules", "features", "formats", "policies" } do
      local value = assert(named.load(kind, folder.path .. "/mine.lua"))
      assert.same({ own = 6, names = { "a", "b" }, null = json.null, silu = "silu" }, value)
    end
  end)

  it("has a digest of all its parts", function()
    folder:write("mine.lua", [[return part "more"]])
    folder:write("mine/more.lua", "return { 1 }")
    local function digest()
      return select(2, assert(named.load("rules", folder.path .. "/mine.lua"))).digest
    end
    local before = digest()
    assert.equal(before, digest())
    folder:write("mine/more.lua", "return { 2 }")
    assert.not_equal(before, digest())
  end)

  it("that asks for itself, or for what is not there, is an error", function()
    folder:write("mine.lua", [[return part "mine"]])
    folder:write("mine/mine.lua", [[return part "mine"]])
    local value, message, code = named.load("rules", folder.path .. "/mine.lua")
    assert.is_nil(value)
    assert.matches("asks for itself", message)
    assert.equal("malformed", code)
    folder:write("mine.lua", [[return rule "nothing_of_that_name"]])
    assert.matches("no rule named 'nothing_of_that_name'",
      select(2, named.load("rules", folder.path .. "/mine.lua")))
  end)

  it("that is needed and cannot be read raises", function()
    assert.has_error(function() named.get "nothing_of_that_name" end,
      "no rule named 'nothing_of_that_name'")
  end)
end)

describe("the activations", function()
  it("have every field", function()
    local count = 0
    for name, row in pairs(named.get "activations") do
      count = count + 1
      for _, field in ipairs { "operator", "class", "gated", "plain", "product" } do
        assert.is_string(row[field], name .. "." .. field)
      end
    end
    assert.is_true(count > 10)
  end)

  it("of a feed-forward without a gate give its layer type and operators", function()
    local folder = transcript.folder()
    folder:write("config.json", [[{"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"],
      "n_embd": 8, "n_layer": 2, "n_head": 2, "vocab_size": 16, "n_positions": 32,
      "activation_function": "silu"}]])
    local model = assert(open { "local:" .. folder.path, fast = true })
    assert.equal(2, model.layer_types.FFN_SiLU)
    assert.is_nil(model.layer_types.FFN_SwiGLU)
    assert.equal(2, model.operators.silu)
    assert.is_nil(model.operators.swiglu)
    assert.is_false(model.features.activation.value.gated)
    folder:remove()
  end)
end)

describe("dtypes", function()
  it("are as wide as the C core says", function()
    assert.equal(6, dtype.bytes("BF16", 3))
    assert.equal(16, dtype.bytes("I64", 2))
    assert.is_nil(dtype.bytes("nothing", 2))
  end)

  it("of configurations, reports and torch are known to the core", function()
    local known = require("modelsig.native.manifest").dtypes()
    local names = named.get "dtypes"
    for spelling, name in pairs(names.config) do assert.is_table(known[name], spelling) end
    for _, list in ipairs { names.report, names.torch } do
      for name in pairs(list) do assert.is_table(known[name], name) end
    end
  end)
end)
