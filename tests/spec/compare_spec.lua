--- Comparing: phases, verdict, kernel block and advice, on hand-made fingerprints.

require "tests.spec.helper"
local stub = require("tests.spec.stub_models").install()
local compare = require "modelsig.policy.judge"
local json = require "modelsig.native.json"

local FULL, PARTIAL, NO = "FULL_SUBSTITUTE", "PARTIAL_SUBSTITUTE", "NO_SUBSTITUTE"

local big = { hidden_size = 8192, num_attention_heads = 64, intermediate_size = 28672,
  num_hidden_layers = 80 }

local function small(change) return stub.llama("small", nil, change) end
local function large(change) return stub.llama("large", big, change) end

--- The family is forgotten, and with it everything that only a family knows.
local function without_family(model)
  model.family, model.operators, model.layer_types = nil, nil, nil
  for _, entry in ipairs(model.keys) do entry.exprs, entry.role = nil, nil end
end

local function class(name)
  return function(model) model.config.architectures = { name } end
end

local function both(...)
  local changes = { ... }
  return function(model)
    for _, change in ipairs(changes) do change(model) end
  end
end

local function has(list, words)
  for _, item in ipairs(list) do
    if item:find(words, 1, true) then return true end
  end
  return false
end

describe("compare.pair", function()
  it("finds two sizes of one family isomorphic, whatever the ratios", function()
    local pair = compare.pair(small(), large())
    assert.equal("ISOMORPHIC", pair.isomorphism)
    assert.equal(FULL, pair.substitution_verdict)
    assert.is_true(pair.can_substitute)
    assert.equal("RECOMMENDED", pair.test_strategy.level)
    assert.equal(1.0, pair.coverage_rate)
    assert.is_false(pair.shape_ratios_all_uniform)
    assert.same({ a = 4096, b = 8192, ratio = 2.0 }, pair.scaling_analysis.hidden_size)
    assert.same({ a = 128, b = 128, ratio = 1.0 }, pair.scaling_analysis.head_dim)
  end)

  it("has every key of the document, with its type", function()
    local pair = compare.pair(small(), large())
    local types = { isomorphism = "string", substitution_verdict = "string",
      a_covers_b = "boolean", b_covers_a = "boolean", coverage_rate = "number",
      only_in_a = "table", only_in_b = "table", operator_coverage_rate = "number",
      missing_highlevel_ops = "table", layer_type_coverage = "number",
      shape_compatibility = "number", can_substitute = "boolean",
      structural_coverage = "boolean", phase1_normalized_match = "boolean",
      phase2_substructure_match = "boolean", phase3_algebraic_consistent = "boolean",
      scaling_analysis = "table", shape_ratios_all_uniform = "boolean",
      non_uniform_shape_keys = "table", test_strategy = "table", recommendation = "string",
      quant_transfer = "table", policy = "table", smaller = "string", larger = "string",
      reasons = "table", unknown = "table", kernel = "table" }
    for key, wanted in pairs(types) do assert.equal(wanted, type(pair[key]), key) end
    for key in pairs(pair) do assert.is_not_nil(types[key], "unexpected key " .. key) end
    for _, key in ipairs { "only_in_a", "only_in_b", "non_uniform_shape_keys", "reasons",
      "unknown", "missing_highlevel_ops" } do
      assert.is_true(json.is_array(pair[key]), key)
    end
    assert.equal("string", type(pair.test_strategy.description))
    assert.equal("string", type(pair.test_strategy.test_scope))
    local count = 0
    for _, verdict in pairs(pair.kernel.scopes) do
      assert.equal(FULL, verdict)
      count = count + 1
    end
    assert.equal(9, count)
  end)

  it("sorts the models by parameters, not by the order given", function()
    for _, pair in ipairs { compare.pair(small(), large()), compare.pair(large(), small()) } do
      assert.equal("small", pair.smaller)
      assert.equal("large", pair.larger)
    end
  end)

  it("calls equal digests identical and FULL, whatever else is unknown", function()
    local function same(model)
      without_family(model)
      model.config.architectures, model.digests = nil, { exact = "d1" }
      model.is_moe = nil
      model.features = { mla = { value = "unknown", evidence = "unknown" } }
    end
    for _, policy in ipairs { "structure", "kernel" } do
      local pair = compare.pair(small(same), stub.llama("other", nil, same), policy)
      assert.equal(FULL, pair.substitution_verdict)
      assert.equal(FULL, pair.kernel.verdict)
      assert.equal(0, #pair.unknown)
    end
  end)

  it("is FULL for a model against itself", function()
    local model = large(without_family)
    local pair = compare.pair(model, model)
    assert.equal(FULL, pair.substitution_verdict)
    assert.equal("ISOMORPHIC", pair.isomorphism)
  end)

  it("gives no verdict but an error where a model could not be read", function()
    local broken = { label = "gone", error = { code = "notfound", message = "no such folder" } }
    local pair = compare.pair(small(), broken)
    assert.equal("notfound", pair.error.code)
    assert.is_nil(pair.substitution_verdict)
    assert.truthy(pair.error.message:find "gone")
  end)
end)

describe("phase 1, keys", function()
  it("does not count the head that is tied on one side", function()
    local function tied(model)
      stub.remove(model, "lm_head")
      model.config.tie_word_embeddings = true
      model.layer_types.LMHead = nil
    end
    local pair = compare.pair(small(tied), large())
    assert.equal(FULL, pair.substitution_verdict)
    assert.same({ "lm_head.weight" }, pair.only_in_b)
    assert.is_false(pair.a_covers_b)
    assert.is_true(pair.b_covers_a)
  end)

  it("does not count the layers of a draft head", function()
    local function mtp(model)
      for _, name in ipairs { "eh_proj", "enorm", "hnorm", "shared_head.norm",
        "shared_head.head" } do
        stub.add(model, { "model.layers.N." .. name .. ".weight", { "hidden_size" },
          "LinearLayer", "mtp." .. name })
      end
      model.layer_types.LinearLayer = 1
    end
    local pair = compare.pair(small(), large(mtp))
    assert.equal("ISOMORPHIC", pair.isomorphism)
    assert.equal(FULL, pair.substitution_verdict)
    assert.equal(5, #pair.only_in_b)
    assert.equal(FULL, compare.pair(small(), large(both(mtp, function(model)
      for _, entry in ipairs(model.keys) do entry.role = nil end
    end))).substitution_verdict)
  end)

  it("matches other names of the same roles", function()
    local function renamed(model)
      for _, entry in ipairs(model.keys) do
        entry.key = entry.key:gsub("^model%.layers", "transformer.h"):gsub("mlp", "ffn")
      end
    end
    local pair = compare.pair(small(), large(renamed))
    assert.equal("ISOMORPHIC", pair.isomorphism)
    assert.equal(1.0, pair.coverage_rate)
  end)

  it("does not match the same name of another role where families know both", function()
    local function post_norm(model)
      local entry = stub.get(model, "model.layers.N.post_attention_layernorm.weight")
      entry.role = "layer.post_attention_norm"
    end
    local pair = compare.pair(small(), large(post_norm))
    assert.equal("DIFFERENT_ARCH", pair.isomorphism)
    assert.is_not.equal(FULL, pair.substitution_verdict)
  end)

  it("takes fused and split projections for the same", function()
    local function fused(model)
      for _, name in ipairs { "q_proj", "k_proj", "v_proj", "gate_proj", "up_proj" } do
        stub.remove(model, name)
      end
      model.sizes.qkv = model.sizes.q_size + 2 * model.sizes.kv_size
      model.sizes.gate_up = 2 * model.sizes.intermediate_size
      stub.add(model, { "model.layers.N.self_attn.qkv_proj.weight", { "qkv", "hidden_size" },
        "AttentionLayer", "layer.attention.qkv" })
      stub.add(model, { "model.layers.N.mlp.gate_up_proj.weight", { "gate_up", "hidden_size" },
        "FFN_SwiGLU", "layer.ffn.gate_up" })
    end
    local same_size = compare.pair(small(), stub.llama("fused", nil, fused))
    assert.equal("ISOMORPHIC", same_size.isomorphism)
    assert.equal(1.0, same_size.coverage_rate)
    assert.same({}, { table.unpack(same_size.only_in_a) })
    assert.is_true(compare.pair(large(fused), small()).phase2_substructure_match)
  end)

  it("lists at most twenty keys of a side", function()
    local pair = compare.pair(small(), large(function(model)
      for i = 1, 30 do
        stub.add(model, { ("extra.%c.weight"):format(64 + i), { "hidden_size" }, "LinearLayer" })
      end
    end))
    assert.equal(20, #pair.only_in_b)
    assert.equal("DIFFERENT_ARCH", pair.isomorphism)
  end)
end)

describe("phase 2, substructure", function()
  it("tells biases and norms inside the attention apart", function()
    local function bias(model)
      for _, name in ipairs { "query", "key", "value" } do
        stub.add(model, { ("model.layers.N.self_attn.%s_proj.bias"):format(name:sub(1, 1)),
          { "hidden_size" }, "AttentionLayer", "layer.attention." .. name })
      end
    end
    local pair = compare.pair(small(), large(bias))
    assert.is_true(pair.phase1_normalized_match)
    assert.is_false(pair.phase2_substructure_match)
    assert.equal(PARTIAL, pair.substitution_verdict)
    assert.is_true(has(pair.reasons, "q_proj.bias"))
  end)

  it("compares kinds of layers, not their numbers", function()
    local function hybrid(first)
      return function(model)
        local last = model.config.num_hidden_layers - 1
        stub.get(model, "model.layers.N.mlp.up_proj.weight").shapes[1].layers = { { first, last } }
      end
    end
    assert.is_true(compare.pair(small(hybrid(1)), large(hybrid(3))).phase2_substructure_match)
    local pair = compare.pair(small(), large(hybrid(3)))
    assert.is_false(pair.phase2_substructure_match)
    assert.is_true(has(pair.reasons, "kinds of layers"))
  end)

  it("does not pass because nothing is recognised on both sides", function()
    local function flat(model)
      for i = #model.keys, 1, -1 do
        if model.keys[i].key:find ".N." then table.remove(model.keys, i) end
      end
    end
    assert.is_false(compare.pair(small(flat), large(flat)).phase2_substructure_match)
  end)
end)

describe("phase 3, algebraic scale", function()
  it("asks for the same expression of each side's own sizes", function()
    local function narrow(model)
      local entry = stub.get(model, "model.layers.N.mlp.up_proj.weight")
      entry.shape[1], entry.shapes[1].shape[1], entry.exprs[1] = 999, 999, "999"
    end
    local pair = compare.pair(small(), large(narrow))
    assert.equal("SCALE_ONLY", pair.isomorphism)
    assert.equal(PARTIAL, pair.substitution_verdict)
    assert.is_true(has(pair.reasons, "999"))
  end)

  it("finds the expressions by the sizes of the config where no family gives them", function()
    local pair = compare.pair(small(without_family), large(without_family))
    assert.equal("ISOMORPHIC", pair.isomorphism)
    assert.equal(FULL, pair.substitution_verdict)
    assert.equal(FULL, compare.pair(small(), large(without_family)).substitution_verdict)
  end)

  it("looks at every layer, not only at the first", function()
    local function uneven(model)
      local entry = stub.get(model, "model.layers.N.mlp.up_proj.weight")
      entry.shapes = { { shape = entry.shape, count = 20, layers = { { 0, 19 } } },
        { shape = { 5632, entry.shape[2] }, count = 12, layers = { { 20, 31 } } } }
    end
    local pair = compare.pair(small(), stub.llama("uneven", nil, uneven))
    assert.equal("SCALE_ONLY", pair.isomorphism)
    assert.equal(PARTIAL, pair.substitution_verdict)
  end)

  it("says unknown, and is not FULL, where there is no config", function()
    local pair = compare.pair(small(), large(both(without_family, function(model)
      model.config, model.symbols = {}, {}
    end)))
    assert.is_not.equal(FULL, pair.substitution_verdict)
    assert.is_true(has(pair.unknown, "large"))
    assert.is_true(has(pair.reasons, "PARTIAL at most"))
  end)
end)

describe("the policy structure", function()
  it("says NO to a mixture of experts against a dense model", function()
    local pair = compare.pair(small(), large(function(model) model.is_moe = true end))
    assert.equal(NO, pair.substitution_verdict)
    assert.equal("NOT_RECOMMENDED", pair.test_strategy.level)
    assert.is_true(has(pair.reasons, "mixture of experts"))
  end)

  it("is FULL for another label of the same structure with families on both sides", function()
    assert.equal(FULL, compare.pair(small(), large(class "MistralForCausalLM"))
      .substitution_verdict)
  end)

  it("is not FULL for another class without a family on a side", function()
    local pair = compare.pair(small(), large(both(without_family, class "OtherForCausalLM")))
    assert.equal("ISOMORPHIC", pair.isomorphism)
    assert.equal(PARTIAL, pair.substitution_verdict)
    assert.is_true(has(pair.reasons, "OtherForCausalLM"))
  end)

  it("is not FULL where names and shapes agree and the mathematics does not", function()
    local function gemma(model)
      class "GemmaForCausalLM"(model)
      model.layer_types = { AttentionLayer = 28, EmbeddingLayer = 1, FFN_GeGLU = 28, LMHead = 1,
        RMSNorm1p = 57, RotaryEmb = 1 }
    end
    local pair = compare.pair(small(), large(gemma))
    assert.equal(PARTIAL, pair.substitution_verdict)
    assert.is_true(has(pair.reasons, "FFN_GeGLU"))
  end)

  it("is not FULL for another class with a feature of other mathematics", function()
    local function rotated(model)
      class "HeliumForCausalLM"(model)
      model.features.rope_layout = { value = "interleaved", grade = "model",
        scopes = { "numerics" }, evidence = "family" }
    end
    local function plain(model)
      model.features.rope_layout = { value = "half", grade = "model", scopes = { "numerics" },
        evidence = "family" }
    end
    local pair = compare.pair(small(plain), large(rotated))
    assert.equal(PARTIAL, pair.substitution_verdict)
    assert.equal(NO, pair.kernel.verdict)
    assert.is_true(has(pair.reasons, "rope_layout"))
  end)

  it("is not kept from FULL by kernel features that could not be told", function()
    local function unread(model)
      model.features.sinks = { value = "unknown", evidence = "unknown" }
    end
    local pair = compare.pair(small(unread), large(unread))
    assert.equal(FULL, pair.substitution_verdict)
    assert.equal(PARTIAL, pair.kernel.verdict)
    assert.same({ "sinks" }, { table.unpack(pair.kernel.unknown) })
    assert.equal(0, #pair.unknown)
    local kernel = compare.pair(small(unread), large(unread), "kernel")
    assert.equal(PARTIAL, kernel.substitution_verdict)
    assert.is_true(has(kernel.unknown, "sinks"))
  end)

  it("counts one class as the same structure where the tensors are unknown, never as FULL",
    function()
      local function unread(model)
        without_family(model)
        model.keys, model.source = nil, "config_only"
        model.parameters = {}
      end
      local a, b = small(), large()
      unread(b)
      local pair = compare.pair(a, b)
      assert.equal("SCALE_ONLY", pair.isomorphism)
      assert.equal(PARTIAL, pair.substitution_verdict)
      assert.equal(json.null, pair.coverage_rate)
      assert.is_true(has(pair.unknown, "large: tensors"))
      b.config.architectures = { "OtherForCausalLM" }
      assert.equal(NO, compare.pair(a, b).substitution_verdict)
    end)

  it("is not FULL where a part of the files is missing", function()
    local pair = compare.pair(small(), large(function(model)
      model.findings = { { code = "missing_shard", message = "gone" } }
    end))
    assert.equal(PARTIAL, pair.substitution_verdict)
  end)
end)

describe("the kernel block", function()
  local function feature(grade, value, scopes)
    return function(model)
      model.features.window = { value = value, grade = grade, scopes = scopes,
        evidence = "config" }
    end
  end

  it("takes the worst grade, per scope and in all", function()
    for grade, verdict in pairs { free = FULL, shape = FULL, path = PARTIAL, model = NO } do
      local pair = compare.pair(small(feature(grade, 1, { "attention", "cache" })),
        large(feature(grade, 2, { "attention", "cache" })), "kernel")
      assert.equal(verdict, pair.kernel.verdict)
      assert.equal(verdict, pair.substitution_verdict)
      assert.equal(verdict, pair.kernel.scopes.cache)
      assert.equal(FULL, pair.kernel.scopes.load)
      assert.equal(1, #pair.kernel.differences)
    end
  end)

  it("stands beside the verdict of any policy, and changes the scope of the tests", function()
    local pair = compare.pair(small(feature("path", 1, { "attention" })),
      large(feature("path", 2, { "attention" })))
    assert.equal(FULL, pair.substitution_verdict)
    assert.equal(PARTIAL, pair.kernel.verdict)
    assert.truthy(pair.test_strategy.test_scope:find("attention", 1, true))
  end)
end)

--- Mutations that a pair may have on either side.
local mutations = {
  function() end, without_family, class "OtherForCausalLM",
  function(model) model.is_moe = true end,
  function(model) model.is_moe = nil end,
  function(model) stub.remove(model, "lm_head") model.config.tie_word_embeddings = true end,
  function(model) stub.remove(model, "mlp.up_proj") end,
  function(model) stub.remove(model, "self_attn") end,
  function(model) model.keys = nil end,
  function(model) model.layer_types.FFN_GeGLU, model.layer_types.FFN_SwiGLU = 1, nil end,
  function(model) model.features.window.value = 4096 end,
  function(model) model.features.head_dim = { value = "unknown", evidence = "unknown" } end,
  function(model) model.config.rope_theta = 500000 end,
  function(model) model.operators = nil end,
}

describe("any pair", function()
  local order = { FULL_SUBSTITUTE = "RECOMMENDED", PARTIAL_SUBSTITUTE = "PARTIAL",
    NO_SUBSTITUTE = "NOT_RECOMMENDED" }
  local models = {}
  for i, change in ipairs(mutations) do
    for j, sizes in ipairs { {}, big } do
      local model = stub.llama(("m%02d%d"):format(i, j), sizes)
      pcall(change, model)
      models[#models + 1] = model
    end
  end

  local function each(check)
    for _, policy in ipairs { "structure", "kernel" } do
      for i = 1, #models do
        for j = i + 1, #models do
          check(compare.pair(models[i], models[j], policy),
            compare.pair(models[j], models[i], policy))
        end
      end
    end
  end

  it("has a verdict, a level and advice that agree", function()
    each(function(pair)
      assert.equal(order[pair.substitution_verdict], pair.test_strategy.level)
      assert.equal(pair.substitution_verdict == FULL, pair.can_substitute)
      if pair.substitution_verdict == NO then
        assert.same({ "Run full per-model calibration" },
          { table.unpack(pair.quant_transfer.recommended_methods) })
      end
      if #pair.unknown > 0 then assert.is_not.equal(FULL, pair.substitution_verdict) end
      assert.is_true(#pair.reasons > 0)
      assert.truthy(pair.quant_transfer.caveats[#pair.quant_transfer.caveats]:find "SensCorr")
    end)
  end)

  it("follows the phases in its isomorphism", function()
    each(function(pair)
      local wanted = "DIFFERENT_ARCH"
      if pair.phase1_normalized_match and pair.phase2_substructure_match then
        wanted = pair.phase3_algebraic_consistent and "ISOMORPHIC" or "SCALE_ONLY"
      end
      assert.equal(wanted, pair.isomorphism)
    end)
  end)

  it("changes nothing but the order when swapped", function()
    each(function(pair, swapped)
      for _, key in ipairs { "isomorphism", "substitution_verdict", "coverage_rate",
        "operator_coverage_rate", "layer_type_coverage", "shape_compatibility",
        "structural_coverage", "phase1_normalized_match", "phase2_substructure_match",
        "phase3_algebraic_consistent", "quant_transfer", "test_strategy", "recommendation",
        "smaller", "larger", "shape_ratios_all_uniform" } do
        assert.same(pair[key], swapped[key], key)
      end
      assert.same(pair.only_in_a, swapped.only_in_b)
      assert.equal(pair.a_covers_b, swapped.b_covers_a)
      assert.equal(pair.kernel.verdict, swapped.kernel.verdict)
      assert.equal(#pair.reasons, #swapped.reasons)
    end)
  end)
end)
