--- Layers without attention whose kind only the family knows.

local config = require "modelsig.model.config"
local families = require "modelsig.family.families"
local features = require "modelsig.model.features"

local function features_of(raw)
  local family = assert(families.choose(raw))
  local cfg = assert(config.normalise(raw, { family = family }))
  return features.compute { source = "config_only", raw_config = raw, cfg = cfg,
    config = cfg.values, config_evidence = cfg.evidence, family = family.name,
    description = assert(families.describe(family, cfg)) }
end

describe("a layer without attention", function()
  it("is a kind of its own, and keeps a state where the past fades", function()
    local sizes = { hidden_size = 64, num_hidden_layers = 2, vocab_size = 100,
      intermediate_size = 96 }
    local function of(model_type, ...)
      local raw = { model_type = model_type, architectures = { ... } }
      for key, value in pairs(sizes) do raw[key] = value end
      return features_of(raw)
    end
    local f = of("fnet", "FNetForMaskedLM")
    assert.same({ "fourier transform" }, f.layer_pattern.value)
    assert.equal("none", f.state_space.value)
    f = of("rwkv", "RwkvForCausalLM")
    assert.same({ "fading mix" }, f.layer_pattern.value)
    assert.same({ kind = "fading mix" }, f.state_space.value)
  end)

  it("has a routing that is known where one expert is chosen", function()
    local f = features_of { model_type = "switch_transformers", num_experts = 8, d_model = 64,
      architectures = { "SwitchTransformersForConditionalGeneration" }, d_kv = 16, num_heads = 4,
      d_ff = 96, num_layers = 2, num_decoder_layers = 2, vocab_size = 100,
      encoder_sparse_step = 1, decoder_sparse_step = 1 }
    assert.equal("softmax", f.routing.value)
    assert.equal(1, f.top_k.value)
  end)
end)
