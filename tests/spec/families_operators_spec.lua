--- How often families run each operator, against counts by hand.

require "tests.spec.helper"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local model_folder = require "tests.spec.model_folder"

local LAYERS = 3

--- The operators of a configuration alone.
local function operators(changes)
  local raw = { hidden_size = 64, num_hidden_layers = LAYERS, num_attention_heads = 4,
    num_key_value_heads = 2, intermediate_size = 128, vocab_size = 100 }
  for key, value in pairs(changes) do raw[key] = value end
  raw.architectures = json.array(raw.architectures)
  local path = model_folder.model(json.encode(raw))
  return assert(modelsig.open { path, fast = true }).operators
end

describe("the operators of", function()
  teardown(model_folder.clean)

  it("a decoder", function()
    assert.same({ ["aten/mm"] = LAYERS * (4 + 3) + 1, add = LAYERS * 2, attention = LAYERS,
      embedding = 1, rms_norm = LAYERS * 2 + 1, rope = LAYERS, silu = LAYERS, swiglu = LAYERS },
      operators { model_type = "llama", architectures = { "LlamaForCausalLM" } })
  end)

  it("experts, of which each token takes some", function()
    for _, taken in ipairs { 1, 2 } do
      local found = operators { model_type = "mixtral", architectures = { "MixtralForCausalLM" },
        num_local_experts = 4, num_experts_per_tok = taken }
      assert.equal(LAYERS * (4 + 1 + 3 * taken) + 1, found["aten/mm"])
      assert.equal(LAYERS, found["topk/router"])
    end
  end)

  it("experts without a gate, and of layers of one part", function()
    local found = operators { model_type = "nemotron_h",
      architectures = { "NemotronHForCausalLM" }, hybrid_override_pattern = "*E-",
      n_routed_experts = 4, num_experts_per_tok = 2, moe_intermediate_size = 32,
      n_shared_experts = 1, moe_shared_expert_intermediate_size = 32 }
    local attention, experts, shared, mlp, head = 4, 1 + 2 * 2, 2, 2, 1
    assert.equal(attention + experts + shared + mlp + head, found["aten/mm"])
    assert.equal(LAYERS, found.add)
    assert.equal(3, found.relu2)
    assert.is_nil(found.swiglu)
  end)
end)
