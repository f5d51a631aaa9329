local config = require "modelsig.model.config"
local features = require "modelsig.model.features"
local json = require "modelsig.native.json"
local roles = require "modelsig.model.roles"
local shared = require "tests.spec.shared"

--- Every feature that a document names.
local ids = [[head_dim value_head_dim gqa mla sparse_attention window layer_pattern sinks softcap
  rope_kind rope_layout partial_rotary nope_layers positions qk_norm qkv_bias fused_projections
  activation norm parallel_residual multipliers tied_embeddings vocabulary head_extras moe experts
  top_k routing expert_groups shared_experts expert_width quantization quantization_scope
  kv_quantization state_space mtp towers encoder_decoder loops dtype tensor_names parallel]]

--- As much of a fingerprint as the features look at.
local function model(raw, more)
  local cfg = assert(config.normalise(raw))
  local fp = { config = cfg.values, config_evidence = cfg.evidence, raw_config = raw, cfg = cfg,
    source = "config_only" }
  for key, value in pairs(more or {}) do fp[key] = value end
  return fp
end

local base = {
  model_type = "llama", architectures = { "LlamaForCausalLM" }, dtype = "bfloat16",
  hidden_size = 4096, num_hidden_layers = 4, num_attention_heads = 32, num_key_value_heads = 8,
  intermediate_size = 14336, vocab_size = 128256, rope_theta = 500000.0,
}

local function llama(changes, more)
  local raw = {}
  for key, value in pairs(base) do raw[key] = value end
  for key, value in pairs(changes or {}) do raw[key] = value end
  raw.architectures = json.array { raw.architectures[1] }
  return model(raw, more)
end

--- feature -> grade of every difference; checks that the order of the two does not matter.
local function graded(a, b)
  local there, back = features.differences(a, b), features.differences(b, a)
  local grades, reverse = {}, {}
  for _, d in ipairs(there) do
    grades[d.feature] = d.grade
    assert.is_true(#d.why > 0, d.feature)
    assert.is_true(#d.scopes > 0, d.feature)
  end
  for _, d in ipairs(back) do reverse[d.feature] = d.grade end
  assert.same(grades, reverse)
  return grades
end

local function keys_of(names)
  local keys = {}
  for i, name in ipairs(names) do
    keys[i] = { key = name, shape = { 128, 128 }, dtype = "BF16", params = 16384,
      role = roles.role(name) }
    if name:find("norm") or name:find("bias") then keys[i].shape = { 128 } end
  end
  return keys
end

describe("the features of a model", function()
  it("are all there, each with its evidence", function()
    local f = features.compute(llama())
    local count = 0
    for id in ids:gmatch("%S+") do
      assert.is_table(f[id], id)
      assert.is_string(f[id].evidence, id)
      count = count + 1
    end
    assert.equal(42, count)
    for id in pairs(f) do assert.matches("%f[%w_]" .. id .. "%f[^%w_]", ids) end
    assert.equal(128, f.head_dim.value)
    assert.equal("derived", f.head_dim.evidence)
    assert.same({ kind = "GQA", ratio = 4 }, f.gqa.value)
    assert.equal("BF16", f.dtype.value)
    assert.equal("dense", f.moe.value)
    assert.equal("config", f.rope_kind.evidence)
  end)

  it("count one expert as experts, none as dense", function()
    for experts, value in pairs { [0] = "dense", [1] = "experts", [2] = "experts" } do
      local f = features.compute(model { model_type = "unheard-of", num_experts = experts,
        architectures = json.array { "UnheardForCausalLM" }, num_experts_per_tok = 1 })
      assert.equal(value, f.moe.value)
    end
  end)

  it("read the width of values from tensors where nothing else says it", function()
    local function value(k, v)
      local keys = keys_of { "model.layers.N.self_attn.k_proj.weight",
        "model.layers.N.self_attn.v_proj.weight" }
      keys[1].shape, keys[2].shape = k, v
      return features.compute(model({ model_type = "unheard-of", num_attention_heads = 4,
        architectures = json.array { "UnheardForCausalLM" } }, { keys = keys,
        source = "safetensors" })).value_head_dim.value
    end
    assert.equal("equal", value({ 64, 128 }, { 64, 32 }))
    assert.equal("64/32", value({ 64, 128 }, { 32, 128 }))
  end)

  it("are unknown where only a family or tensors could tell", function()
    local f = features.compute(llama())
    for _, id in ipairs { "norm", "rope_layout", "fused_projections", "sinks", "activation" } do
      assert.same({ value = "unknown", evidence = "unknown" }, f[id], id)
    end
  end)

  it("come from the family and from tensors where these are known", function()
    local f = features.compute(llama(nil, {
      family = "llama", source = "safetensors",
      description = { facts = { rope_layout = "half", norm = "rms_norm" } },
      keys = keys_of { "model.embed_tokens.weight", "model.layers.N.self_attn.q_proj.weight",
        "model.layers.N.self_attn.q_proj.bias", "model.layers.N.self_attn.q_norm.weight",
        "model.layers.N.mlp.gate_proj.weight", "model.layers.N.input_layernorm.weight" },
    }))
    assert.same({ value = "half", evidence = "family" }, f.rope_layout)
    assert.equal("rms_norm", f.norm.value.kind)
    assert.same({ value = "q", evidence = "header" }, f.qkv_bias)
    assert.same({ value = "per head", evidence = "header" }, f.qk_norm)
    assert.same({ value = "none", evidence = "header" }, f.fused_projections)
    assert.is_true(f.activation.value.gated)
  end)

  it("never claim anything of a model that nobody knows", function()
    local f = features.compute(llama { model_type = "never_seen", architectures = { "XForY" } })
    for _, id in ipairs { "softcap", "mla", "multipliers", "positions_", "loops", "norm",
      "sparse_attention", "layer_pattern", "tied_embeddings", "head_extras" } do
      if f[id] then assert.equal("unknown", f[id].value, id) end
    end
    assert.equal(128, f.head_dim.value)
  end)

  it("survive an empty fingerprint", function()
    local f = features.compute { source = "error" }
    assert.equal("unknown", f.head_dim.value)
  end)
end)

describe("the differences of two models", function()
  it("are none for the same model", function()
    local differences, unknown = features.differences(llama(), llama())
    assert.same({}, differences)
    assert.same({}, unknown)
  end)

  it("leave unknown what another class may do otherwise", function()
    local _, unknown = features.differences(llama(), llama { model_type = "mistral",
      architectures = { "MistralForCausalLM" }, sliding_window = json.null })
    local names = {}
    for _, entry in ipairs(unknown) do names[entry.feature] = true end
    assert.is_true(names.norm)
    assert.is_true(names.rope_layout)
    assert.is_nil(names.head_dim)
  end)

  local function grade_of(feature, changes, other)
    return graded(llama(other), llama(changes))[feature]
  end

  it("are graded by what engines do", function()
    assert.equal("path", grade_of("head_dim", { head_dim = 96 }))
    assert.equal("shape", grade_of("head_dim", { head_dim = 64 }))
    assert.equal("shape", grade_of("gqa", { num_key_value_heads = 4 }))
    assert.equal("path", grade_of("gqa", { num_key_value_heads = 32 }))
    assert.equal("path", grade_of("gqa", { num_key_value_heads = 1 }))
    assert.equal("path", grade_of("gqa", { num_attention_heads = 48, head_dim = 128 }))
    assert.equal("free", grade_of("rope_kind", { rope_theta = 10000.0 }))
    assert.equal("path", grade_of("rope_kind",
      { rope_scaling = { rope_type = "yarn", factor = 4 } }))
    assert.equal("path", grade_of("partial_rotary", { partial_rotary_factor = 0.5 }))
    assert.equal("shape", grade_of("partial_rotary", { partial_rotary_factor = 0.5 },
      { partial_rotary_factor = 0.25 }))
    assert.equal("path", grade_of("tied_embeddings", { tie_word_embeddings = true }))
    assert.equal("path", grade_of("dtype", { dtype = "float32" }))
    assert.equal("path", grade_of("window", { sliding_window = 4096 }))
    assert.equal("model", grade_of("mla", { kv_lora_rank = 512, qk_rope_head_dim = 64,
      qk_nope_head_dim = 128, v_head_dim = 128 }))
    assert.equal("model", grade_of("moe", { num_experts = 8, num_experts_per_tok = 2 }))
    assert.equal("model", grade_of("softcap", { attn_logit_softcapping = 50.0 }))
    assert.equal("model", grade_of("multipliers", { embedding_multiplier = 12.0 }))
    assert.equal("model", grade_of("loops", { loop_num = 2 }))
    assert.equal("model", grade_of("towers", { vision_config = { model_type = "v" } }))
    assert.equal("path", grade_of("mtp", { num_nextn_predict_layers = 1 }))
    assert.equal("path", grade_of("quantization", { quantization_config =
      { quant_method = "fp8", weight_block_size = json.array { 128, 128 } } }))
    assert.equal("model", grade_of("nope_layers", { no_rope_layers = json.array { 1, 1, 1, 0 } },
      { no_rope_layers = json.array { 1, 1, 1, 1 } }))
  end)

  it("of names alone matter for loading only", function()
    local function named(...)
      local keys = keys_of { ... }
      for _, key in ipairs(keys) do key.shapes = {} end
      return llama(nil, { source = "safetensors", keys = keys })
    end
    local llama_names = named("model.embed_tokens.weight", "model.layers.N.self_attn.q_proj.weight",
      "model.layers.N.mlp.up_proj.weight", "model.layers.N.input_layernorm.weight")
    local exaone_names = named("transformer.wte.weight",
      "transformer.h.N.attn.attention.q_proj.weight", "transformer.h.N.mlp.c_fc_1.weight",
      "transformer.h.N.ln_1.weight")
    local differences = features.differences(llama_names, exaone_names)
    assert.equal(1, #differences)
    assert.equal("tensor_names", differences[1].feature)
    assert.equal("path", differences[1].grade)
    assert.same({ "load" }, differences[1].scopes)
  end)

  it("of states are seen in layers that have attention, too", function()
    local falcon = model { model_type = "falcon_h1", architectures =
      json.array { "FalconH1ForCausalLM" }, hidden_size = 512, num_hidden_layers = 2,
      num_attention_heads = 8, mamba_n_heads = 16, mamba_d_state = 64, mamba_n_groups = 1 }
    assert.equal("mamba 2", features.compute(falcon).state_space.value.kind)
  end)

  it("of experts follow the kernels of their numbers", function()
    local function moe(changes)
      local all = { num_experts = 128, num_experts_per_tok = 8, moe_intermediate_size = 768 }
      for key, value in pairs(changes) do all[key] = value end
      return all
    end
    assert.equal("shape", grade_of("experts", moe { num_experts = 64 }, moe {}))
    assert.equal("path", grade_of("experts", moe { num_experts = 160 }, moe {}))
    assert.equal("path", grade_of("experts", moe { num_experts = 384 }, moe { num_experts = 256 }))
    assert.equal("path", grade_of("top_k", moe { num_experts_per_tok = 10 }, moe {}))
    assert.equal("path", grade_of("top_k", moe { num_experts_per_tok = 1 }, moe {}))
    assert.equal("path", grade_of("expert_groups", moe { n_group = 8, topk_group = 4 }, moe {}))
    assert.equal("path", grade_of("expert_width", moe { moe_intermediate_size = 1856 }, moe {}))
    assert.equal("shape", grade_of("expert_width", moe { moe_intermediate_size = 1536 }, moe {}))
  end)

  it("name layer kinds that are missing on one side", function()
    local function pattern(...) return { layer_types = json.array { ... } } end
    local full, window, linear = "full_attention", "sliding_attention", "linear_attention"
    assert.equal("model", grade_of("layer_pattern", pattern(full, linear), pattern(full, full)))
    assert.equal("path", grade_of("layer_pattern", pattern(full, window), pattern(full, full)))
    assert.is_nil(grade_of("layer_pattern", pattern(full, full, linear), pattern(full, linear)))
  end)
end)

describe("the rules of features", function()
  local rules = require "modelsig.model.feature_rules"
  local all = rules.all
  after_each(function() rules.all = all end)

  local function with(rule)
    rule.id, rule.scopes = "mine", { "cache", "load" }
    rule.read = function(m) return m.c.vocab_size, "config" end
    rules.all = function()
      local list = table.move(all(), 1, #all(), 1, {})
      list[#list + 1] = { rule = rule, scopes = rule.scopes, own = true }
      return list
    end
    for _, d in ipairs(features.differences(llama(), llama { vocab_size = 9 })) do
      if d.feature == "mine" then return d.grade, d.why end
    end
  end

  it("grade every value as a path of its own where they name none", function()
    assert.equal("path", with {})
    assert.equal("model", with { grade = "model" })
  end)

  it("may call different values of one path free, shape or nothing", function()
    local function path() return "any" end
    assert.equal("free", with { path = path })
    assert.equal("shape", with { path = path, same = "shape", grade = "model" })
    assert.is_nil(with { path = path, same = function() end })
  end)

  it("cannot call one path two, nor two paths one", function()
    assert.error_matches(function() with { grade = "shape" } end, "mine: grade 'shape' for values")
    assert.error_matches(function()
      with { path = function() return "any" end, same = "path" }
    end, "mine: grade 'path' for values of one path")
    assert.error_matches(function() with { path = function() return 1 end } end, "must give a text")
  end)

  it("keep silent only where another feature speaks in all their scopes", function()
    local function silent() end
    local grade, why = with { grade = silent, why = { none = "alone" } }
    assert.equal("path", grade)
    assert.equal("alone", why)
    -- `vocabulary` differs in its shape only, and `tied_embeddings` not at all
    assert.equal("path", (with { grade = silent, behind = { "vocabulary", "tied_embeddings" } }))
  end)
end)

describe("values of the wrong kind", function()
  it("make every feature unknown that asks for them", function()
    for key, ids_of_key in pairs { num_experts = "moe experts", head_dim = "head_dim",
      sliding_window = "window", vocab_size = "vocabulary", loop_num = "loops",
      attn_logit_softcapping = "softcap", tie_word_embeddings = "tied_embeddings" } do
      for _, value in ipairs { "64", 1.5, { 3 } } do
        local odd = value
        if odd == 1.5 and key:find "softcap" then odd = true end
        local f = features.compute(llama { [key] = odd })
        for id in ids_of_key:gmatch "%S+" do
          assert.same({ value = "unknown", evidence = "unknown" }, f[id], key .. " " .. id)
        end
      end
    end
  end)

  it("are not equal to those of another file, even of the same class", function()
    local odd = llama { loop_num = "2" }
    for _, other in ipairs { llama(), llama { loop_num = "3" }, llama { loop_num = "2",
      vocab_size = 9 } } do
      assert.equal("loops", select(2, features.differences(odd, other))[1].feature)
    end
    assert.same({}, (select(2, features.differences(odd, llama { loop_num = "2" }))))
  end)
end)

describe("real pairs of one class", function()
  local function zoo(name)
    return model(assert(json.decode(shared.read("zoo/configs/" .. name .. ".json"))))
  end

  --- smaller, larger, what must be graded path or model
  local pairs_of_one_class = {
    { "openai--gpt-oss-20b", "openai--gpt-oss-120b" },
    { "meta-llama--Llama-3.1-8B-Instruct", "meta-llama--Llama-3.1-70B-Instruct" },
    { "Qwen--Qwen3-8B", "Qwen--Qwen3-32B" },
    { "Qwen--Qwen3-0.6B", "Qwen--Qwen3-8B", "tied_embeddings" },
    { "Qwen--Qwen3-30B-A3B", "Qwen--Qwen3-235B-A22B" },
    { "Qwen--Qwen3.5-35B-A3B", "Qwen--Qwen3.5-397B-A17B", "top_k" },
    { "nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4",
      "nvidia--NVIDIA-Nemotron-3-Super-120B-A12B-NVFP4", "expert_width", "experts", "mtp",
      "top_k" },
  }

  for _, case in ipairs(pairs_of_one_class) do
    it(("%s for %s"):format(case[1], case[2]), function()
      if not shared.available() then return pending(shared.left_out("pair", 1)) end
      local serious = {}
      for feature, grade in pairs(graded(zoo(case[1]), zoo(case[2]))) do
        if grade == "path" or grade == "model" then serious[#serious + 1] = feature end
      end
      table.sort(serious)
      assert.same({ table.unpack(case, 3) }, serious)
    end)
  end

  it("DeepSeek-V3 for Kimi-K2 and V3.2", function()
    if not shared.available() then return pending(shared.left_out("pairs", 2)) end
    local v3 = zoo "deepseek-ai--DeepSeek-V3"
    local kimi = graded(v3, zoo "moonshotai--Kimi-K2-Instruct")
    assert.equal("path", kimi.experts)
    assert.equal("path", kimi.expert_groups)
    assert.equal("path", kimi.routing)
    assert.is_nil(kimi.mla)
    assert.is_nil(kimi.head_dim)
    for feature, grade in pairs(kimi) do assert.not_equal("model", grade, feature) end
    assert.equal("model", graded(v3, zoo "deepseek-ai--DeepSeek-V3.2").sparse_attention)
  end)

  it("have rules that are declared as those of users must be", function()
    local rules = require "modelsig.model.feature_rules"
    for _, entry in ipairs(rules.all()) do rules.check(entry.rule, entry.where.path) end
    assert.has_error(function() rules.check({ id = "x", read = print, reed = 1 }, "x.lua") end)
  end)
end)
