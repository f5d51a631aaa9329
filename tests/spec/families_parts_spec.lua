--- Sizes of vision and other parts are symbols: models that differ in them alone are one
--- architecture at two sizes.

local phases = require "modelsig.compare.phases"
local parts = require "modelsig.model.parts"
local config = require "modelsig.model.config"
local rules = require "modelsig.rules.named"

local function raw(text, vision)
  return { model_type = "seen", hidden_size = text, num_hidden_layers = 2, vocab_size = 100,
    vision_config = { hidden_size = vision, intermediate_size = 4 * vision + 16,
      image_size = 14 * (vision // 64), patch_size = 14, eos_token_id = 7 } }
end

local function model(text, vision, patches)
  local cfg = assert(config.normalise(raw(text, vision)))
  local keys = {
    { key = "visual.blocks.N.attn.proj.weight", shape = { vision, vision } },
    { key = "visual.blocks.N.mlp.fc1.weight", shape = { 4 * vision + 16, vision } },
    { key = "visual.pos_embed.weight", shape = { patches + 1, vision } },
    { key = "multi_modal_projector.weight", shape = { text, vision } },
    { key = "layers.N.proj.weight", shape = { text, text } },
  }
  return { keys = keys, symbols = config.symbols(cfg), part_symbols = parts.symbols(cfg) }
end

local function scale(a, b)
  local pairs_of = {}
  for i, entry in ipairs(a.keys) do pairs_of[i] = { a = entry, b = b.keys[i] } end
  return phases.scale(a, b, { pairs = pairs_of, groups = {} }, rules.get "compare")
end

describe("sizes of parts", function()
  it("measure the tensors of their part, and what joins parts", function()
    local a, b = model(32, 128, 4), model(96, 320, 25)
    assert.same({}, scale(a, b).mismatches)
    assert.is_nil(a.part_symbols.vision_config["vision_config.eos_token_id"])
    assert.equal(4, a.part_symbols.vision_config["vision_config.patches"])
  end)

  it("do not measure the language model", function()
    local a, b = model(32, 128, 4), model(96, 320, 25)
    a.keys[5].shape, b.keys[5].shape = { 128, 32 }, { 320, 96 }
    assert.same({ "layers.N.proj.weight" }, { scale(a, b).mismatches[1].key })
  end)

  it("that do not fit are a difference", function()
    local a, b = model(32, 128, 4), model(96, 320, 25)
    b.keys[2].shape = { 4 * 320 + 8, 320 }
    assert.equal(1, #scale(a, b).mismatches)
  end)
end)

describe("a part that may be missing", function()
  local family = require "modelsig.family.families"
  local json = require "modelsig.native.json"

  --- The prefixes of the predicted tensors.
  local function prefixes(part)
    local file = json.decode(([[{ "model_type": "gemma4", "architectures": ["Gemma4Model"],
      "text_config": { "model_type": "gemma4_text", "num_hidden_layers": 2 }%s }]]):format(part))
    local chosen = family.choose(file)
    local cfg = assert(config.normalise(file, { family = chosen }))
    local seen = {}
    for _, pattern in ipairs(assert(family.describe(chosen, cfg)).patterns) do
      seen[pattern.template:match "^[%w_]+"] = true
    end
    return seen
  end

  it("is there where the file describes it, and only there", function()
    local vision = [[, "vision_config": { "model_type": "gemma4_vision" }]]
    assert.same({ language_model = true }, prefixes "")
    assert.same({ language_model = true, vision_tower = true, embed_vision = true },
      prefixes(vision))
  end)
end)

describe("names of published files", function()
  local annotate = require "modelsig.model.annotate"

  local function role(key)
    local pattern = { key = "model.blocks.N.up.weight", dims = { 8, 4 }, exprs = { "a", "b" },
      role = "layer.ffn.up" }
    local keys = { { key = key, shape = { 8, 4 }, shapes = { { shape = { 8, 4 }, count = 1 } } } }
    annotate.headers(keys, { patterns = { pattern }, published = { { "blocks", "layers" } } }, {})
    return keys[1].role
  end

  it("are known beside those that the library writes", function()
    assert.equal("layer.ffn.up", role "model.layers.N.up.weight")
    assert.equal("layer.ffn.up", role "model.blocks.N.up.weight")
  end)
end)

describe("a key beside the parts that is not the text's", function()
  local family = require "modelsig.family.families"
  local json = require "modelsig.native.json"

  it("does not become a size of the text", function()
    local file = json.decode [[{ "model_type": "musicflamingo", "head_dim": 1280,
      "architectures": ["MusicFlamingoForConditionalGeneration"],
      "text_config": { "model_type": "qwen2", "hidden_size": 64, "num_attention_heads": 4,
        "num_key_value_heads": 2, "num_hidden_layers": 1 } }]]
    local cfg = assert(config.normalise(file, { family = family.choose(file) }))
    assert.equal(16, cfg.values.head_dim or cfg.values.hidden_size // 4)
  end)
end)

describe("layers that use the keys and values of earlier ones", function()
  local family = require "modelsig.family.families"
  local json = require "modelsig.native.json"

  --- How many layers keep something.
  local function kept(shared)
    local file = json.decode(([[{ "model_type": "gemma4_text", "num_hidden_layers": 4,
      "architectures": ["Gemma4ForCausalLM"], "num_kv_shared_layers": %d, "layer_types":
      ["sliding_attention", "full_attention", "sliding_attention", "full_attention"] }]])
      :format(shared))
    local chosen = family.choose(file)
    local cfg = assert(config.normalise(file, { family = chosen }))
    local layers = 0
    for _, entry in ipairs(assert(family.describe(chosen, cfg)).cache) do
      layers = layers + entry.layers
    end
    return layers
  end

  it("keep none of their own", function()
    assert.equal(4, kept(0))
    assert.equal(2, kept(2))
  end)
end)
