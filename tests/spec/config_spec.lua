local config = require "modelsig.model.config"
local json = require "modelsig.native.json"

local null = json.null

local function read(text, opts)
  local cfg, findings, code = config.normalise(assert(json.decode(text)), opts)
  assert(cfg, findings)
  return cfg.values, cfg, findings, code
end

local function list(values)
  local out = {}
  for i, v in ipairs(values) do out[i] = v end
  return out
end

describe("a configuration", function()
  it("is read by its spellings, each value with its evidence and kind", function()
    local v, cfg = read [[{"model_type": "gpt2", "n_embd": 1280, "n_layer": 36, "n_head": 20,
      "n_positions": 1024, "vocab_size": 50257, "layer_norm_epsilon": 1e-5}]]
    assert.equal(1280, v.hidden_size)
    assert.equal(36, v.num_hidden_layers)
    assert.equal(20, v.num_attention_heads)
    assert.equal(1024, v.max_position_embeddings)
    assert.equal(1e-5, v.norm_eps)
    assert.equal("n_embd", cfg.sources.hidden_size)
    assert.equal("config", cfg.evidence.hidden_size)
    assert.equal("size", cfg.kinds.hidden_size)
    assert.equal("count", cfg.kinds.num_hidden_layers)
    assert.equal(64, v.head_dim)
    assert.equal("derived", cfg.evidence.head_dim)
    assert.is_true(v.tie_word_embeddings)
    assert.equal("default", cfg.evidence.tie_word_embeddings)
  end)

  it("takes class defaults for missing keys, and null as a value", function()
    local base = [[{"model_type": "mistral", "hidden_size": 64, "num_hidden_layers": 2,
      "num_attention_heads": 4%s}]]
    assert.equal(4096, (read(base:format "")).sliding_window)
    assert.equal(null, (read(base:format [[, "sliding_window": null]])).sliding_window)
    local v, cfg = read(base:format [[, "head_dim": null, "num_key_value_heads": null]])
    assert.equal(16, v.head_dim)
    assert.equal(4, v.num_key_value_heads)
    assert.equal("derived", cfg.evidence.head_dim)
  end)

  it("derives the width of a head from one head, too, and from none that divide", function()
    for heads, width in pairs { [1] = 64, [2] = 32, [64] = 1, [3] = false, [0] = false } do
      local v = read(([[{"model_type": "llama", "hidden_size": 64, "num_attention_heads": %d}]])
        :format(heads))
      assert.equal(width or nil, v.head_dim)
    end
  end)

  it("counts the groups of ChatGLM where its switch is on", function()
    for switch, heads in pairs { ["true"] = 2, ["false"] = 32 } do
      local v = read([[{"model_type": "chatglm", "hidden_size": 4096, "num_layers": 40,
        "num_attention_heads": 32, "multi_query_attention": ]] .. switch
        .. [[, "multi_query_group_num": 2}]])
      assert.equal(heads, v.num_key_value_heads)
    end
  end)

  it("reads the language model of a composite file and keeps the towers apart", function()
    local v, cfg = read [[{"model_type": "llava", "tie_word_embeddings": false,
      "text_config": {"hidden_size": 512, "num_attention_heads": 8, "model_type": "llama"},
      "vision_config": {"model_type": "clip_vision_model", "hidden_size": 256,
        "num_attention_heads": 4}}]]
    assert.equal(512, v.hidden_size)
    assert.equal(32, v.num_hidden_layers)
    assert.equal("llava", v.model_type)
    assert.equal("llama", cfg.class)
    assert.equal(256, cfg.parts.vision_config.values.hidden_size)
    local thinker = read [[{"model_type": "x", "thinker_config": {"text_config":
      {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1}}}]]
    assert.equal(8, thinker.hidden_size)
  end)

  it("knows a class by its name where the model type is unknown", function()
    local _, cfg = read [[{"model_type": "never_seen", "architectures": ["LlamaForCausalLM"],
      "hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 1}]]
    assert.equal("llama", cfg.class)
  end)

  it("invents nothing for a model type that nobody knows", function()
    local v, cfg = read [[{"model_type": "never_seen", "hidden_size": 64,
      "num_attention_heads": 4, "num_hidden_layers": 2}]]
    assert.is_nil(cfg.class)
    assert.is_nil(v.vocab_size)
    assert.is_nil(v.sliding_window)
    assert.is_nil(v.rope_parameters)
    assert.is_nil(v.tie_word_embeddings)
    assert.equal(16, v.head_dim)
  end)

  it("lets a family name its keys and fill what the class leaves open", function()
    local family = { aliases = { num_experts = "count_of_experts" }, defaults = { n_group = 2 } }
    local v, cfg = read([[{"model_type": "never_seen", "count_of_experts": 12,
      "hidden_size": 8}]], { family = family })
    assert.equal(12, v.num_experts)
    assert.equal(2, v.n_group)
    assert.equal("family", cfg.evidence.n_group)
  end)

  it("takes a quantisation that stands beside it", function()
    local v, cfg = read([[{"model_type": "llama", "hidden_size": 8}]],
      { quant_config = { quantization = { quant_algo = "FP8" } } })
    assert.equal("FP8", v.quantization_config.quantization.quant_algo)
    assert.equal("hf_quant_config.json", cfg.sources.quantization_config)
  end)

  it("names sizes and counts as symbols", function()
    local _, cfg = read [[{"model_type": "llama", "hidden_size": 64, "num_attention_heads": 4,
      "rope_theta": 5e5, "vocab_size": 100}]]
    local symbols = config.symbols(cfg)
    assert.equal(64, symbols.hidden_size)
    assert.equal(100, symbols.vocab_size)
    assert.is_nil(symbols.norm_eps)
  end)
end)

describe("rotary positions", function()
  local base = [[{"model_type": "%s", "hidden_size": 512, "num_attention_heads": 4,
    "num_hidden_layers": 12, %s}]]
  local function rope(model_type, keys)
    return (read(base:format(model_type, keys))).rope_parameters
  end

  it("are one record, whichever form the file has", function()
    assert.same({ rope_type = "default", rope_theta = 5e5 },
      rope("llama", [["rope_theta": 500000.0]]))
    assert.same({ rope_type = "linear", type = "linear", factor = 2.0, rope_theta = 10000 },
      rope("llama", [["rope_scaling": {"type": "linear", "factor": 2.0}]]))
    assert.same({ rope_type = "default", rope_theta = 1e6, partial_rotary_factor = 0.25 },
      rope("gpt_neox", [["rotary_emb_base": 1000000.0, "rotary_pct": 0.25]]))
    assert.same({ rope_type = "yarn", rope_theta = 7.0, factor = 4 },
      rope("llama", [["rope_parameters": {"rope_type": "yarn", "rope_theta": 7.0, "factor": 4}]]))
  end)

  it("may differ between kinds of layers", function()
    local two = rope("gemma3_text", [["rope_theta": 1000000, "rope_local_base_freq": 10000,
      "rope_scaling": {"rope_type": "linear", "factor": 8.0}]])
    assert.same({ rope_type = "linear", factor = 8.0, rope_theta = 1000000 }, two.full_attention)
    assert.same({ rope_type = "default", rope_theta = 10000 }, two.sliding_attention)
  end)
end)

describe("the kinds of layers", function()
  local function types(text)
    local v = read(text)
    return list(v.layer_types), v
  end
  local linear, full, window = "linear_attention", "full_attention", "sliding_attention"

  it("come from a pattern of letters, which also counts them", function()
    local kinds, v = types [[{"model_type": "nemotron_h", "hidden_size": 8,
      "hybrid_override_pattern": "ME*-"}]]
    assert.same({ linear, "moe", full, "mlp" }, kinds)
    assert.equal(4, v.num_hidden_layers)
  end)

  it("have no experts where the pattern names none", function()
    local _, v = types [[{"model_type": "nemotron_h", "hidden_size": 8,
      "hybrid_override_pattern": "M-*-"}]]
    assert.is_nil(v.num_experts)
  end)

  it("come from intervals, indices, lists and switches", function()
    assert.same({ linear, full, linear, full }, (types [[{"model_type": "t", "num_hidden_layers": 4,
      "full_attention_interval": 2}]]))
    assert.same({ "conv", full }, (types [[{"model_type": "t", "num_hidden_layers": 2,
      "full_attn_idxs": [1]}]]))
    assert.same({ linear, full }, (types [[{"model_type": "t", "num_hidden_layers": 2,
      "layers_block_type": ["mamba", "attention"]}]]))
    assert.same({ window, full, window }, (types [[{"model_type": "gemma2",
      "num_hidden_layers": 3}]]))
    assert.same({ full, window }, (types [[{"model_type": "t", "num_hidden_layers": 2,
      "hybrid_layer_pattern": [0, 1], "sliding_window": 16}]]))
    assert.same({ linear, full }, (types [[{"model_type": "t", "num_hidden_layers": 2,
      "linear_attn_config": {"full_attn_layers": [2]}}]]))
    assert.same({ full, window }, (types [[{"model_type": "qwen2", "num_hidden_layers": 2,
      "use_sliding_window": true, "max_window_layers": 1, "sliding_window": 16}]]))
  end)

  it("turn a window off that a switch turns off", function()
    local kinds, v = types [[{"model_type": "qwen2", "num_hidden_layers": 2,
      "use_sliding_window": false, "sliding_window": 16}]]
    assert.same({ full, full }, kinds)
    assert.equal(null, v.sliding_window)
  end)

  it("may carry values of their own", function()
    local _, v = types [[{"model_type": "t", "num_hidden_layers": 2, "head_dim": 64,
      "global_head_dim": 128, "layer_types": ["sliding_attention", "full_attention"]}]]
    assert.same({ 64, 128 }, list(v.head_dim.per_layer))
  end)

  it("of an encoder in stages have heads of their own", function()
    local v = read [[{"model_type": "swin", "embed_dim": 96, "depths": [2, 2],
      "num_heads": [3, 4]}]]
    assert.same({ 3, 4 }, list(v.num_key_value_heads.per_layer))
    assert.same({ 32, 48 }, list(v.head_dim.per_layer))
  end)

  it("say which feed-forwards have experts", function()
    local v = read [[{"model_type": "t", "num_hidden_layers": 3, "n_routed_experts": 4,
      "first_k_dense_replace": 1}]]
    assert.same({ "dense", "sparse", "sparse" }, list(v.mlp_layer_types))
  end)
end)

describe("a bad configuration", function()
  local function refused(value)
    local cfg, message, code = config.normalise(value)
    assert.is_nil(cfg)
    assert.is_string(message)
    return code, message
  end

  it("is refused if it is no object, or empty", function()
    assert.equal("malformed", (refused(json.array {})))
    assert.equal("malformed", (refused({})))
    assert.equal("malformed", (refused("text")))
    assert.equal("malformed", (refused(null)))
    assert.equal("malformed", (refused(nil)))
  end)

  it("is refused if its layers can't be counted", function()
    local function code(n)
      local text = [[{"model_type": "llama", "num_hidden_layers": %s}]]
      return (refused(json.decode(text:format(n))))
    end
    assert.equal("limit", code "1000000000000")
    assert.equal("limit", code "10001")
    assert(config.normalise { model_type = "llama", num_hidden_layers = 10000 })
    assert.equal("malformed", code "-1")
    assert.equal("malformed", code [["many"]])
    assert.equal("malformed", code "1.5")
  end)

  it("leaves wrong values out, with a finding, and guesses nothing in their place", function()
    local v, _, findings = read [[{"model_type": "llama", "hidden_size": "4096",
      "num_attention_heads": -7, "vocab_size": 99999999999999, "num_hidden_layers": 1}]]
    assert.is_nil(v.hidden_size)
    assert.is_nil(v.num_attention_heads)
    assert.is_nil(v.vocab_size)
    local where = {}
    for i, finding in ipairs(findings) do where[i] = finding.where end
    assert.same({ "hidden_size", "num_attention_heads", "vocab_size" }, where)
    assert.equal("malformed", findings[1].code)
  end)

  it("never crashes, whatever stands where", function()
    local junk = { null, true, false, "x", -1, 1 << 62, 1.5, 0 / 0, json.array {}, {},
      json.array { 1, "x", null, {} }, { a = 1, type = {}, full_attention = 3 } }
    local vocabulary = assert(require "modelsig.rules.named".load("config", "vocabulary"))
    local names = { "rope_scaling", "rope_theta", "hybrid_override_pattern", "layers_block_type",
      "full_attn_idxs", "per_layer_config", "block_types", "local_attention", "text_config" }
    for key, entry in pairs(vocabulary.keys) do
      for i = 1, #entry do names[#names + 1] = i == 1 and key or entry[i] end
    end
    table.sort(names)
    for _, name in ipairs(names) do
      for i = 1, #junk do
        for _, model_type in ipairs { "deepseek_v4", "gemma3_text", "qwen3_moe" } do
          local raw = { model_type = model_type, num_hidden_layers = 3, hidden_size = 8,
            num_attention_heads = 2 }
          raw[name] = junk[i]
          local cfg, message, code = config.normalise(raw)
          assert.is_true(cfg ~= nil or type(message) == "string" and type(code) == "string")
        end
      end
    end
  end)
end)
