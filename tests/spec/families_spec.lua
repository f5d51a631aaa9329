--- Every published configuration whose family is known, against what the library says of it.

local config = require "modelsig.model.config"
local family = require "modelsig.family.families"
local goldens = require "tests.spec.goldens"
local json = require "modelsig.native.json"
local shared = require "tests.spec.shared"

--- Models whose list has other names than the library gives today for the same configuration.
local other_names = {
  ["derived--Qwen--Qwen3.5-4B--text-only"] = true, -- without the prefix of a language part
  -- without the prefix that the library's own rule, and published files, give CLIP's text model
  ["black-forest-labs--FLUX.1-dev--text_encoder"] = true,
  ["runwayml--stable-diffusion-v1-5--text_encoder"] = true,
  -- its file says that the head is not tied; the library ties it for each T5
  ["black-forest-labs--FLUX.1-dev--text_encoder_2"] = true,
}

describe("families", function()
  it("of the product are declared as those of users must be", function()
    local named, checked = require "modelsig.rules.named", {}
    for _, file in pairs(family.index()) do
      if not checked[file] then
        local content, where = named.load("families", file,
          { env = require("modelsig.family.blocks").env })
        checked[file] = assert(content, where)
        for _, one in ipairs(content[1] and content or { content }) do
          require("modelsig.family.registry").check(one, where)
        end
      end
    end
  end)

  it("list every file of their folder in the index", function()
    local index, files = family.index(), {}
    for _, file in pairs(index) do files[file] = true end
    for _, name in ipairs { "llama", "qwen3", "gpt2", "deepseek_v3", "whisper" } do
      assert.is_true(files[name])
    end
    local registry = require "modelsig.family.registry"
    for _, model_type in ipairs(family.list()) do
      -- Some describe only files that say more than their model type.
      if not registry.family_of(model_type).described then
        assert.is_table(family.choose { model_type = model_type }, model_type)
      end
    end
  end)

  it("refuse classes that only borrow a model type", function()
    assert.is_nil(family.choose { model_type = "llama",
      architectures = { "LlamaForCausalLMMedusa" } })
    assert.is_nil(family.choose { model_type = "qwen3", architectures = { "TinyDraftModel" } })
    assert.is_nil(family.choose { _class_name = "TinyTransformer2DModel" })
  end)

  it("are chosen by a class that borrows a model type, where one describes it", function()
    local function name(raw) return family.choose(raw).name end
    assert.equal("LlamaForCausalLMEagle3", name { model_type = "llama",
      architectures = { "LlamaForCausalLMEagle3" } })
    assert.equal("DFlashDraftModel", name { model_type = "qwen3",
      architectures = { "DFlashDraftModel" } })
    assert.equal("DFlashDraftModel", name { _class_name = "DFlashDraftModel" })
    assert.equal("llama", name { architectures = { "LlamaForCausalLM" } })
    assert.is_nil(family.choose { model_type = "other", -- its class is known, not all of its parts
      architectures = { "GotOcr2ForConditionalGeneration" },
      vision_config = { model_type = "other_vision" } })
  end)

  it("answer malformed for sizes that cannot be", function()
    for _, value in ipairs { 0, -1, 1.5, "x", 1 << 40 } do
      local raw = { model_type = "llama", hidden_size = value, num_hidden_layers = 2,
        num_attention_heads = value, vocab_size = value, intermediate_size = value }
      local chosen = family.choose(raw)
      local cfg = config.normalise(raw, { family = chosen })
      if cfg then
        local description, _, code = family.describe(chosen, cfg)
        if not description then assert.equal("malformed", code) end
      end
    end
  end)

  it("predict the tensors and the calls of published models exactly", function()
    if not shared.available() then return pending(shared.left_out("models", 71)) end
    local count, tensors, calls = 0, {}, {}
    for _, summary in ipairs(goldens.summary()) do
      local raw = summary.tensors and goldens.config(summary.name)
      local description = type(raw) == "table" and goldens.describe(raw)
      if description then
        count = count + 1
        if not other_names[summary.name] then
          assert.same({}, (goldens.tensors_differ(description, goldens.tensors(summary.name))),
            summary.name)
        end
        local layers = goldens.modules(summary.name)
        if layers then
          assert.same({}, (goldens.modules_differ(description, layers)), summary.name)
        end
        local published = not summary.name:find "^default%-%-"
        if published then tensors[raw.model_type] = true end
        if published and layers then calls[raw.model_type] = true end
      end
    end
    assert.is_true(count >= 70)
    for _, model_type in ipairs { "llama", "mistral", "qwen2", "granite", "qwen3", "qwen3_moe",
      "gpt2", "deepseek_v3", "whisper" } do
      assert.is_true(tensors[model_type], model_type)
      assert.is_true(calls[model_type], model_type)
    end
  end)

  it("know the names of published indexes", function()
    if not shared.available() then return pending(shared.left_out("indexes", 8)) end
    for name, index in pairs {
      ["Kwai-Kolors--Kolors--text_encoder"] =
        "Kwai-Kolors--Kolors--text_encoder.pytorch_model.bin.index.json",
      ["OpenAssistant--oasst-rm-2.1-pythia-1.4b-epoch-2.5"] =
        "OpenAssistant--oasst-rm-2.1-pythia-1.4b-epoch-2.5.json",
      ["Qwen--Qwen-72B"] = "Qwen--Qwen-72B.json",
      ["black-forest-labs--FLUX.1-dev--transformer"] =
        "black-forest-labs--FLUX.1-dev--transformer.json",
      ["deepseek-ai--DeepSeek-OCR"] = "deepseek-ai--DeepSeek-OCR.json",
      ["mojanjp--phi-2"] = "mojanjp--phi-2.pytorch_model.bin.index.json",
      ["ibm-granite--granite-3b-code-instruct-128k"] =
        "ibm-granite--granite-3b-code-instruct-128k.json",
      ["internlm--internlm-20b"] = "internlm--internlm-20b.pytorch_model.bin.index.json",
    } do
      local published = json.decode(shared.read("zoo/index/" .. index)).weight_map
      local missing = {}
      goldens.describe(goldens.config(name)).expand(function(tensor)
        if not published[tensor] then missing[#missing + 1] = tensor end
        published[tensor] = nil
      end)
      assert.same({}, missing)
      for tensor in pairs(published) do assert.matches("rotary_emb%.inv_freq$", tensor) end
    end
  end)
end)
