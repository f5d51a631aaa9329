--- The numbers in the rules of features, on both sides of each: which values take one path.

local config = require "modelsig.model.config"
local features = require "modelsig.model.features"
local json = require "modelsig.native.json"
local rules = require "modelsig.model.feature_rules"

local function rule_of(id)
  for _, entry in ipairs(rules.all()) do
    if entry.rule.id == id then return entry.rule end
  end
end

--- Values in groups: those of one group take one path, those of two groups two.
local function check(id, groups, value_of)
  local path, texts = rule_of(id).path, {}
  for i, group in ipairs(groups) do
    for _, value in ipairs(group) do
      local text = path(value_of and value_of(value) or value)
      texts[i] = texts[i] or text
      assert.equal(texts[i], text, ("%s %s"):format(id, tostring(value)))
    end
    for j = 1, i - 1 do assert.not_equal(texts[j], texts[i], ("%s %d %d"):format(id, i, j)) end
  end
end

describe("paths change", function()
  it("with the size of a head", function()
    check("head_dim", { { 64, 128, 256 }, { 40, 72, 80, 96, 112 }, { 48, 63, 65, 160, 192, 255 },
      { 512, 576 }, { 257, 320, 511, 513, 575, 577 }, { "64, 256", "128, 256" }, { "96, 128" },
      { "none" } })
  end)

  it("with the ratio of heads", function()
    local function gqa(ratio) return { kind = "GQA", ratio = ratio } end
    check("gqa", { { 2, 4, 8, 16, "2, 8" }, { 3 }, { 5 }, { 6 }, { 7 }, { 12 }, { 17 }, { 32 },
      { "2, 3" } }, gqa)
    check("gqa", { { 16, 128 }, { 20 }, { 15, 17, 40, 64, 127 } }, function(heads)
      return { kind = "MLA", heads = heads }
    end)
  end)

  it("with the number of experts, of those a token takes, and their width", function()
    check("experts", { { 2, 8, 64, 128 }, { 60, 127 }, { 256, 512, 288, 576 }, { 384 },
      { 129, 160, 255, 287, 289, 383, 385, 511, 575, 577, 1024 }, { "none" } })
    check("top_k", { { 1 }, { 2, 6, 8 }, { 9, 10, 22 }, { "none" } })
    check("expert_groups", { { "one group" }, { "4 of 8", "2 of 4" }, { "none" } })
  end)

  it("with the alignment of experts and of the vocabulary", function()
    local function moe(width) return { num_experts = 8, num_experts_per_tok = 2,
      moe_intermediate_size = width } end
    local function width_of(width)
      local raw = moe(width)
      raw.model_type, raw.architectures = "mixtral", json.array { "MixtralForCausalLM" }
      local cfg = config.normalise(raw)
      return features.compute({ config = cfg.values, cfg = cfg, raw_config = raw })
        .expert_width.value
    end
    check("expert_width", { { 128, 768, 2688 }, { 127, 129, 1856 } }, width_of)
    local same = rule_of("vocabulary").same
    assert.equal("free", same(1024, 2048))
    assert.equal("free", same(1, 63))
    for _, tp in ipairs { 1, 2, 4, 8, 16 } do
      assert.equal("shape", same(64 * tp, 64 * tp - 1))
      assert.equal("free", same(64 * tp, 3 * 64 * tp))
      if tp < 16 then assert.equal("shape", same(64 * tp, 64 * tp * 2)) end
    end
  end)
end)

describe("splitting over ranks", function()
  local function record(raw)
    raw.model_type = raw.model_type or "qwen2"
    raw.architectures = json.array { "Qwen2ForCausalLM" }
    local cfg = assert(config.normalise(raw))
    return features.compute({ config = cfg.values, cfg = cfg, raw_config = raw }).parallel.value
  end

  local function sizes(heads, kv, width, more)
    local raw = { hidden_size = heads * 64, num_attention_heads = heads, num_key_value_heads = kv,
      intermediate_size = width, num_hidden_layers = 2, vocab_size = 1000 }
    for key, value in pairs(more or {}) do raw[key] = value end
    return record(raw)
  end

  it("needs heads that divide, and copies key heads where there are fewer than ranks", function()
    local small = sizes(14, 2, 4864)
    assert.equal("splits", small.tp1)
    assert.equal("splits", small.tp2)
    assert.equal("heads do not divide; key heads are copied", small.tp4)
    local large = sizes(24, 4, 17408)
    assert.equal("splits", large.tp4)
    assert.equal("key heads are copied", large.tp8)
    assert.equal("heads do not divide; key heads are copied", large.tp16)
    assert.equal("key heads can't be copied", sizes(48, 3, 4096).tp4)
    assert.equal("key heads do not divide", sizes(48, 6, 4096).tp4)
  end)

  it("needs widths of whole blocks", function()
    local fp8 = { quantization_config = { quant_method = "fp8",
      weight_block_size = json.array { 128, 128 } } }
    assert.equal("splits", sizes(64, 16, 768, fp8).tp2)
    assert.equal("width per rank is no multiple of the block", sizes(64, 16, 768, fp8).tp4)
    assert.equal("splits", sizes(64, 16, 1536, fp8).tp4)
    assert.equal("width per rank is no multiple of the block", sizes(64, 16, 1536, fp8).tp8)
    assert.equal("splits", sizes(64, 16, 768).tp4)
    assert.equal("width does not divide", sizes(64, 16, 770).tp4)
    local gptq = { quantization_config = { quant_method = "gptq", bits = 4, group_size = 128 } }
    assert.equal("width per rank is no multiple of the block", sizes(64, 16, 768, gptq).tp4)
  end)

  it("needs experts that divide, and keeps a latent on every rank", function()
    local moe = { num_experts = 60, moe_intermediate_size = 1408, num_experts_per_tok = 4 }
    assert.equal("splits", sizes(16, 16, 5632, moe).tp4)
    assert.equal("experts do not divide", sizes(16, 16, 5632, moe).tp8)
    local mla = { kv_lora_rank = 512, qk_rope_head_dim = 64, qk_nope_head_dim = 128,
      v_head_dim = 128 }
    assert.equal("splits", sizes(16, 16, 4096, mla).tp1)
    assert.equal("latent cache on every rank", sizes(16, 16, 4096, mla).tp2)
  end)

  it("copies groups of a state that do not divide", function()
    local mamba = { model_type = "nemotron_h", mamba_num_heads = 64, n_groups = 8,
      ssm_state_size = 128, mamba_head_dim = 64 }
    local split = sizes(32, 16, 4096, mamba)
    assert.equal("splits", split.tp8)
    assert.matches("state groups are copied", split.tp16)
  end)
end)
