--- Configurations with one hostile value each: never a crash, never a message from our insides,
--- always a report. Every Nth mutation is tried; MODELSIG_EVERY=1 tries them all (an hour).

local hostile = require "tests.spec.hostile_config"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local rules = require "modelsig.rules.named"
local shared = require "tests.spec.shared"

local policies = { "structure", "kernel", "reference" }

--- Keys that rules read beside the vocabulary.
local beside = { "_block_types", "attn_layer_indices", "attn_type_list", "audio_config",
  "block_types", "full_attn_idxs", "global_attn_every_n_layers", "hybrid_layer_pattern",
  "hybrid_override_pattern", "id2label", "layers_block_type", "local_attention", "num_labels",
  "partial_rotary_factor", "per_layer_config", "quantization", "rope_scaling", "text_config",
  "vision_config" }

--- Every spelling of every key that is known.
local function all_keys()
  local list = table.move(beside, 1, #beside, 1, {})
  for key, entry in pairs(assert(rules.load("config", "vocabulary")).keys) do
    list[#list + 1] = key
    for i = 2, #entry do
      if not entry[i]:find("%.") then list[#list + 1] = entry[i] end
    end
  end
  table.sort(list)
  return list
end

local function every(usual)
  return tonumber(os.getenv "MODELSIG_EVERY") or usual
end

describe("a hostile value", function()
  local partner = assert(modelsig.open "sample:qwen3-mini")

  --- Tries every `step`-th mutation of each document.
  local function try(documents, step, keys)
    local n, problems = 0, {}
    for _, document in ipairs(documents) do
      for text, what in hostile.mutations(document, step, keys) do
        n = n + 1
        local problem = hostile.problem(text, partner,
          { policy = policies[n % #policies + 1], layer_sig = n % 8 == 0 })
        if problem and #problems < 5 then problems[#problems + 1] = what .. ": " .. problem end
      end
    end
    print(("\n%d hostile configurations"):format(n))
    assert.same({}, problems)
    return n
  end

  it("under any key of any family leaves a report", function()
    local documents = {}
    for _, model_type in ipairs(require("modelsig.family.families").list()) do
      documents[#documents + 1] = { model_type = model_type }
    end
    assert.is_true(try(documents, every(4001), all_keys()) > 100)
  end)

  it("at any place of a published configuration leaves a report", function()
    if not shared.available() then return pending(shared.left_out("zoo configs", 144)) end
    local documents = {}
    for _, name in ipairs(shared.list "zoo/configs") do
      documents[#documents + 1] = json.decode(shared.read("zoo/configs/" .. name))
    end
    assert.is_true(try(documents, every(1409)) > 100)
  end)

  it("does not make a layer count that is bounded unbounded", function()
    for _, count in ipairs { "1000000000000", "10001", "1e9" } do
      local fp, message, code = require("modelsig.model.fingerprint").new(hostile.origin(
        ('{"model_type": "llama", "num_hidden_layers": %s}'):format(count)))
      assert.is_nil(fp)
      assert.equal("limit", code)
      assert.matches("at most 10000 allowed", message)
    end
  end)
end)

describe("a size that a family needs", function()
  local function problem_of(text)
    local fp = assert(require("modelsig.model.fingerprint").new(hostile.origin(text)))
    for _, finding in ipairs(fp.findings) do
      if finding.message:find "cannot be applied" then return finding.message, finding.code end
    end
  end

  it("is named where it is missing", function()
    local text, code = problem_of [[{"model_type": "llama", "hidden_size": "4096"}]]
    assert.equal("config: family 'llama' cannot be applied: without a usable value of "
      .. "hidden_size", text)
    assert.equal("malformed", code)
    assert.matches("without a usable value of hidden_size$",
      (problem_of [[{"model_type": "llama", "hidden_size": null}]]))
  end)

  it("is unknown where sizes are too large for their product", function()
    local fp = assert(require("modelsig.model.fingerprint").new(hostile.origin [[{
      "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 2147483648,
      "num_attention_heads": 2147483648, "head_dim": 2147483648, "vocab_size": 2147483648,
      "num_key_value_heads": 2147483648, "intermediate_size": 2147483648}]]))
    assert.is_nil(fp.parameters)
    assert.is_nil(fp.bytes)
    assert.is_nil(fp.cache)
    local texts = {}
    for i, finding in ipairs(fp.findings) do texts[i] = finding.message end
    assert.matches("sizes whose product leaves 63 bits", table.concat(texts, "\n"))
  end)

  it("is named where it is zero", function()
    assert.equal("config: family 'llama' cannot be applied: num_attention_heads must not be 0",
      problem_of [[{"model_type": "llama", "num_attention_heads": 0, "head_dim": null}]])
  end)

  it("of another kind is a finding that says what was expected", function()
    local config = require "modelsig.model.config"
    local _, findings = assert(config.normalise { model_type = "llama", hidden_size = "4096",
      layer_types = json.array { 1, 2 }, attention_bias = 3, hidden_act = true,
      norm_eps = 1 / 0, vocab_size = -1, linear_attn_config = json.array {} })
    local texts = {}
    for i, finding in ipairs(findings) do texts[i] = finding.message end
    assert.same({
      "config: attention_bias: expected true or false, found number 3",
      "config: hidden_act: expected a name, found boolean true",
      'config: hidden_size: expected a whole number, found string "4096"',
      "config: layer_types: expected a list of names, found a list with other elements",
      "config: linear_attn_config: expected an object, found a list",
      "config: norm_eps: expected a number, found number inf",
      "config: vocab_size: expected a whole number, found -1, which no model has",
    }, texts)
  end)
end)
