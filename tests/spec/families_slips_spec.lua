--- A slip in a family is an error at the author's line, with what was probably meant.

local projects = require "tests.spec.project"

local head = 'return {\n  extends = "llama",\n  model_types = { mine = "Mine" },\n'

--- A slot, and the words of the message; its line is the fourth.
local slots = {
  ['layot = "pre",'] = "unknown slot 'layot' (did you mean 'layout'?)",
  ['layout = "sandwhich",'] = "unknown 'sandwhich' (did you mean 'sandwich'?)",
  ['layout = 3,'] = "layout: function or string expected, got number 3",
  ['kind = "layernorm",'] = "kind: unknown 'layernorm'",
  ['kind = "layer_type",'] = "did you mean 'layer_types'?",
  ['facts = { nrm = "rms_norm" },'] = "facts.nrm: unknown (did you mean 'norm'?)",
  ['facts = { norm = "rmsnorm" },'] = "(did you mean 'rms_norm'?)",
  ['facts = { sinks = "yes" },'] = "facts.sinks: boolean expected",
  ['norm = { kind = "layernorm" },'] = "(did you mean 'layer_norm'?)",
  ['norm = { biass = true },'] = "norm.biass: unknown (did you mean 'bias'?)",
  ['attention = { biass = true },'] = "attention.biass: unknown option (did you mean 'bias'?)",
  ['attention = { bias = "atention_bias" },'] = "(did you mean 'attention_bias'?)",
  ['attention = { qk_norm = "heads" },'] = "(did you mean 'head'?)",
  ['attention = { window = true },'] = "attention.window: a size, the name of one or false",
  ['ffn = { gatted = false },'] = "ffn.gatted: unknown option (did you mean 'gated'?)",
  ['ffn = { width = "intermediat_size" },'] = "(did you mean 'intermediate_size'?)",
  ['moe = { rooter_class = "X" },'] = "(did you mean 'router_class'?)",
  ['moe = { layers = "every" },'] = "moe.layers: unknown 'every'",
  ['calls = { layer = "embedings_last" },'] = "(did you mean 'embeddings_last'?)",
  ['aliases = { hiden_size = "width" },'] = "(did you mean 'hidden_size'?)",
  ['aliases = { hidden_size = function() end },'] = "aliases.hidden_size: string or table expected",
  ['defaults = { hiden_act = "gelu" },'] = "(did you mean 'hidden_act'?)",
  ['keys = { mine = "flag" },'] = "keys.mine: { kind, default } expected",
  ['keys = { mine = { "flagg" } },'] = "(did you mean 'flag'?)",
  ['names = { attention = 5 },'] = "names.attention: string or boolean expected",
  ['names = { atention = "attn" },'] = "names.atention: unknown (did you mean 'attention'?)",
  ['classes = { layr = "*Block" },'] = "classes.layr: unknown (did you mean 'layer'?)",
  ['calls = { atention = "x" },'] = "calls.atention: unknown (did you mean 'attention'?)",
  ['calls = { layer = "x, atention_mask=" },'] = "no value 'atention_mask' (did you mean "
    .. "'attention_mask'?)",
  ['calls = { layer = "x, mask=position_idss" },'] = "(did you mean 'position_ids'?)",
  ['calls = { layer = "x; attention_mask=" },'] = "calls.layer: cannot read 'x; attention_mask='",
  ['calls = { layer = "attention_mask=" },'] = "calls.layer: an order without 'x'",
  ['mixers = { conv = { block = "short_conv", call = "hidden_states=y" } },'] = "no value 'y'",
  ['mixers = { conv = { block = "shortconv" } },'] = "(did you mean 'short_conv'?)",
  ['default_head = "ForCausalM",'] = "(did you mean 'ForCausalLM'?)",
  ['parts = { text = "lama" },'] = "parts.text: no family 'lama' (did you mean",
  ['heads = { ForCausalLM = "x" },'] = "heads.ForCausalLM: function or boolean expected",
  ['decoder = { positions = "lerned" },'] = "(did you mean 'learned'?)",
}

--- Statements of a block, on the seventh line.
local calls = {
  ['m:linear("p", x, 4, { rol = "r" })'] = "linear: rol: unknown option (did you mean 'role'?)",
  ['m:linear("p", x, 4, { biass = true })'] = "did you mean 'bias'?",
  ['m:norm("n", x, { kind = "layernorm" })'] = "did you mean 'layer_norm'?",
  ['m:param("p", { 4 }, { rol = "r" })'] = "param: rol: unknown option",
  ['m:embedding("e", x, 4, 4, { clas = "E" })'] = "did you mean 'class'?",
  ['m:cache { kind = "attention", head = 1 }'] = "did you mean 'heads'?",
  ['m:fact("gatd", true)'] = "fact: gatd: unknown option (did you mean 'gated'?)",
  ['m:call("p", "P", "x, atention_mask=", x, function() return x end)'] =
    "call: no value 'atention_mask' (did you mean 'attention_mask'?)",
  ['m:embedding("e", x, 4, 4, { spec = "x, -y" })'] = "embedding: cannot read '-y'",
  ['local _ = f.names.atention'] = "no name of a part 'atention' (did you mean 'attention'?)",
  ['local _ = block.atention'] = "no block 'atention' (did you mean 'attention'?)",
  ['local _ = c.hiden_size'] = "no key 'hiden_size' of a configuration (did you mean",
  ['block.attention.build(c, { qknorm = "head" })'] = "(did you mean 'qk_norm'?)",
}

describe("a slip in a family", function()
  local project

  setup(function() project = projects.new() end)
  teardown(function() project:remove() end)

  local function message_of(text)
    project:rule("families/mine.lua", text)
    local out, exit, errors = project:run "modelsig mine --fast"
    return out .. errors, exit
  end

  it("in a slot names the line and what was meant", function()
    for slot, words in pairs(slots) do
      local said, exit = message_of(head .. "  " .. slot .. "\n}\n")
      assert.equal(2, exit, slot)
      assert.is_truthy(said:find("mine.lua:4: ", 1, true), slot .. "\n" .. said)
      assert.is_truthy(said:find(words, 1, true), slot .. "\n" .. said)
    end
  end)

  it("in a block names the line and what was meant", function()
    for statement, words in pairs(calls) do
      local said = message_of(head .. "  ffn = function(c)\n    local n, f = "
        .. "c.hidden_size, c.family\n    return function(m, x)\n" .. statement
        .. "\nreturn x, n, f end\n  end,\n}\n")
      assert.is_truthy(said:find("mine.lua:7: ", 1, true), statement .. "\n" .. said)
      assert.is_truthy(said:find(words, 1, true), statement .. "\n" .. said)
    end
  end)

  it("in the options of a block names the kind that there is not", function()
    local wrong = require("modelsig.family.declared").wrong_option
    assert.equal("its block declares it as 'sise', which is no kind of option (did you mean "
      .. "'size'?)", wrong("sise", 3, {}))
    assert.is_nil(wrong("size", 3, {}))
  end)

  it("is told apart from what the model's file lacks", function()
    local function family(statement)
      return head .. "  keys = { depth = { 'size' }, wide = { 'size' }, deep = { 'count' },\n"
        .. "    turns = { 'size', 0 } },\n"
        .. "  ffn = function(c)\n    return function(m, x)\n" .. statement
        .. "\nreturn m:linear('p', x, 2, { role = 'layer.ffn.up' }) end\n  end,\n}\n"
    end
    local lacks = "cannot be applied: without a usable value of "
    for statement, words in pairs {
      ["local _ = c.depth * 2"] = lacks .. "depth (",
      ["local _ = c.wide or c.deep; local _ = c.deep > 2"] = lacks .. "deep (",
      ["local _ = c.wide + 1, c.depth + 1"] = lacks .. "depth, wide (",
      ["for _ = 1, c.deep do m:op 'add' end"] = lacks .. "deep (",
      ["local _ = 2 // c.turns"] = "cannot be applied: turns must not be 0 (",
    } do
      local said = message_of(family(statement))
      assert.is_truthy(said:find(words, 1, true), statement .. "\n" .. said)
      assert.is_truthy(said:find("mine.lua:8: ", 1, true), statement .. "\n" .. said)
    end
    for _, statement in ipairs { "local t, _ = nil, c.depth; _ = t.nothing",
      "local _ = c.depth; error 'expected, got nil'", "local _ = 1 // 0" } do
      local said = message_of(family(statement))
      assert.is_truthy(said:find("cannot be applied: ", 1, true), statement .. "\n" .. said)
      assert.is_nil(said:find("usable", 1, true), statement .. "\n" .. said)
      assert.is_nil(said:find("must not be", 1, true), statement .. "\n" .. said)
    end
  end)

  it("of a name that a relative declares is none", function()
    local said, exit = message_of([[
return {
  {
    extends = "llama",
    model_types = { parent = "Parent" },
    keys = { use_it = { "flag", false } },
    arguments = { memory = "what was said before" },
  },
  {
    extends = "parent",
    model_types = { mine = "Mine" },
    attention = { bias = "use_it" },
    calls = { layer = "x, memory=" },
  },
}
]])
    assert.equal(0, exit, said)
  end)

  it("without model types is no family", function()
    local said = message_of 'return {\n  extends = "llama",\n}\n'
    assert.is_truthy(said:find("model_types", 1, true), said)
  end)

  it("in one of several families is found on its own line", function()
    local said = message_of(('return {\n  {\n    extends = "llama",\n    model_types = '
      .. '{ one = "One" },\n    layout = "pre",\n  },\n  {\n    extends = "llama",\n'
      .. '    model_types = { mine = "Mine" },\n    layout = "pr",\n  },\n}\n'))
    assert.is_truthy(said:find("mine.lua:10: ", 1, true), said)
  end)
end)
