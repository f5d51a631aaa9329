--- Pairs that look alike and are not, and pairs of one class that may stand in for each other: the
--- features that make the difference, and the verdict that follows from their grades.

local folder = require "tests.spec.model_folder"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local shared = require "tests.spec.shared"

local null = json.null

--- Changes that make one published model of another: a value each, `absent` takes a key away. A
--- dot leads into a part.
local absent = {}
local function changed(raw, changes)
  for path, value in pairs(changes or {}) do
    local part, key = raw, path
    for name in path:gmatch "([^.]+)%." do
      part, key = assert(part[name], path), path:match "[^.]+$"
    end
    if value == absent then part[key] = nil else part[key] = value end
  end
  return raw
end

--- A configuration: a published one, a type's default one (`default: TYPE`), or nothing but the
--- names of a class (`class: TYPE CLASS`), whose defaults are in the rules.
local function read(name)
  local kind, class = name:match "^class: (%S+) (%S+)$"
  if kind then return { model_type = kind, architectures = json.array { class } } end
  kind = name:match "^default: (.*)$"
  local file = kind and "golden/transformers/configs/default--" .. kind
    or (name:match "/" and "zoo/" or "zoo/configs/") .. name
  return assert(json.decode(shared.read(file .. ".json")))
end

local function open(spec)
  local name, changes = spec, nil
  if type(spec) == "table" then name, changes = spec[1], spec[2] end
  local raw = changed(read(name), changes)
  local path = folder.new()
  folder.write(path .. "/config.json", json.encode(raw))
  return assert(modelsig.open { path, fast = true })
end

local llama, mistral = "meta-llama--Llama-3.1-8B-Instruct", "mistralai--Mistral-7B-v0.1"

--- name, a, b, verdict, and the features that make the difference.
local rows = {
  { "cohere-parallel", "configs_derived/CohereForAI--c4ai-command-r-v01--ome", llama, "NO",
    "parallel_residual model", "norm model", "rope_layout model", "multipliers model" },
  { "cohere-parallel, norms of queries", "configs_derived/CohereForAI--c4ai-command-r-v01--ome",
    { "configs_derived/CohereForAI--c4ai-command-r-v01--ome", { use_qk_norm = true } }, "PARTIAL",
    "qk_norm path" },
  { "cohere2-nope", "default: cohere2", "configs_derived/CohereForAI--c4ai-command-r-v01--ome",
    "NO", "nope_layers model", "window path" },
  { "qwen2-bias", "Qwen--Qwen2.5-7B", llama, "PARTIAL", "qkv_bias path" },
  { "qwen3-qknorm", "Qwen--Qwen3-8B", "Qwen--Qwen2.5-7B", "PARTIAL", "qk_norm path",
    "qkv_bias path" },
  { "qknorm-width", "default: olmo2", "Qwen--Qwen3-8B", "NO", "qk_norm path", "norm model" },
  { "olmo-unweighted-norm", "default: olmo", llama, "NO", "norm model" },
  { "olmo2-post-norm", "default: olmo2", llama, "NO", "norm model" },
  { "olmo3-window", "class: olmo3 Olmo3ForCausalLM", "default: olmo2", "PARTIAL", "window path" },
  { "glm4-post-norm", "class: glm4 Glm4ForCausalLM", "class: glm GlmForCausalLM", "NO",
    "norm model" },
  { "glm45-qknorm", "configs_derived/zai-org--GLM-4.5-Air",
    { "configs_derived/zai-org--GLM-4.5-Air", { use_qk_norm = true } }, "PARTIAL",
    "qk_norm path" },
  { "ernie-rope", "class: ernie4_5 Ernie4_5ForCausalLM", llama, "NO", "rope_layout model" },
  { "helium-rope", "default: helium", llama, "NO", "rope_layout model" },
  { "smollm3-nope", "default: smollm3", llama, "NO", "nope_layers model" },
  { "llama4-irope", "meta-llama--Llama-4-Scout-17B-16E-Instruct", llama, "NO",
    "nope_layers model", "window path", "moe model" },
  { "llama4-irope, Scout for Maverick", "meta-llama--Llama-4-Scout-17B-16E-Instruct",
    { "meta-llama--Llama-4-Scout-17B-16E-Instruct", {
      ["text_config.num_local_experts"] = 128, ["text_config.use_qk_norm"] = false,
      ["text_config.interleave_moe_layer_step"] = 2,
      ["text_config.moe_layers"] = absent } }, "PARTIAL", "qk_norm path",
    "layer_pattern path" },
  { "exaone4-size", "default: exaone4",
    { "default: exaone4", { sliding_window = null, layer_types = absent } }, "NO",
    "window path", "nope_layers model" },
  { "deepseek-v32-indexer", "deepseek-ai--DeepSeek-V3.2", "deepseek-ai--DeepSeek-V3", "NO",
    "sparse_attention model" },
  { "kimi-k2-groups", "deepseek-ai--DeepSeek-V3", "moonshotai--Kimi-K2-Instruct", "PARTIAL",
    "expert_groups path", "experts path", "routing path" },
  { "gpt-oss", "openai--gpt-oss-20b", "Qwen--Qwen3-30B-A3B", "PARTIAL", "sinks path", "window path",
    "activation path", "qkv_bias path", "quantization path", "qk_norm path" },
  { "gpt-oss and Mixtral", "openai--gpt-oss-20b", "mistralai--Mixtral-8x7B-v0.1", "PARTIAL",
    "sinks path", "activation path" },
  { "nemotron-ln1p", "default: nemotron", llama, "NO", "norm model", "activation path",
    "partial_rotary path" },
  { "apertus-xielu", "default: apertus", llama, "PARTIAL", "activation path", "qk_norm path" },
  { "mimo-v2", "class: mimo_v2_flash MiMoV2FlashForCausalLM", "openai--gpt-oss-20b", "NO",
    "value_head_dim model", "multipliers model" },
  { "starcoder2-gelu", "class: starcoder2 Starcoder2ForCausalLM", mistral, "NO", "norm model",
    "activation path" },
  { "falcon-generations", "configs_derived/tiiuae--falcon-7b--shrunk",
    "tiiuae--falcon-40b--falcon-class", "NO", "gqa path", "norm model" },
  { "baichuan-size", { llama, { model_type = "baichuan", architectures =
      json.array { "BaichuanForCausalLM" }, hidden_size = 4096 } },
    { llama, { model_type = "baichuan", architectures = json.array { "BaichuanForCausalLM" },
      hidden_size = 5120, num_attention_heads = 40, num_hidden_layers = 40 } }, "NO",
    "positions model" },
  { "bitnet-subnorm", "default: bitnet", llama, "NO", "norm model", "activation path" },
  { "deci-blocks", { llama, { model_type = "nemotron-nas", architectures =
      json.array { "DeciLMForCausalLM" }, block_configs = json.array {
        { attention = { no_op = true, n_heads_in_group = null }, ffn = { ffn_mult = 1.3 } },
        { attention = { n_heads_in_group = 8 }, ffn = { no_op = true } } },
      num_hidden_layers = 2, num_key_value_heads = null } }, llama, "NO", "layer_pattern model" },
  { "looped-layers", { llama, { model_type = "ouro", architectures =
      json.array { "OuroForCausalLM" }, total_ut_steps = 4 } }, llama, "NO", "loops model" },
  { "minicpm-scales", { llama, { model_type = "minicpm", architectures =
      json.array { "MiniCPMForCausalLM" }, scale_emb = 12, scale_depth = 1.4,
      dim_model_base = 256 } }, llama, "NO", "multipliers model" },
  { "llama4-scaling", { "class: ministral3 Ministral3ForCausalLM", { rope_parameters =
      { rope_type = "yarn", rope_theta = 1e6, factor = 16, llama_4_scaling_beta = 0.1 } } },
    mistral, "NO", "nope_layers model" },
  { "mistral-window-default", mistral,
    "configs_derived/mistralai--Mistral-7B-Instruct-v0.3--to_dict", "PARTIAL", "window path" },
  { "mistral-window-default, a missing key", { mistral, { sliding_window = absent } },
    { mistral, { sliding_window = null } }, "PARTIAL", "window path" },

  -- one class, smaller for larger
  { "gpt-oss 20b for 120b", "openai--gpt-oss-20b", "openai--gpt-oss-120b", "FULL" },
  { "Llama 3.1 8B for 70B", llama, "meta-llama--Llama-3.1-70B-Instruct", "FULL" },
  { "Qwen3 0.6B for 8B", "Qwen--Qwen3-0.6B", "Qwen--Qwen3-8B", "PARTIAL",
    "tied_embeddings path" },
  { "Qwen3 30B-A3B for Coder-480B", "Qwen--Qwen3-30B-A3B", { "Qwen--Qwen3-30B-A3B",
      { num_experts = 160, num_attention_heads = 96, num_key_value_heads = 8,
        hidden_size = 6144 } }, "PARTIAL", "experts path", "gqa path" },
  { "Qwen3.5 35B-A3B for 397B-A17B", "Qwen--Qwen3.5-35B-A3B", "Qwen--Qwen3.5-397B-A17B",
    "PARTIAL", "top_k path" },
  { "GLM-5 for GLM-5.2", "zai-org--GLM-5", { "zai-org--GLM-5", { index_topk_freq = 4,
      indexer_types = json.array { "full", "shared" }, head_dim = 192 } }, "PARTIAL",
    "sparse_attention path" },
  { "Nemotron-3 Nano for Super", "nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
    "nvidia--NVIDIA-Nemotron-3-Super-120B-A12B-NVFP4", "PARTIAL", "expert_width path",
    "top_k path", "mtp path" },
  { "Gemma-4 26B-A4B for 31B", "google--gemma-4-26B-A4B", { "google--gemma-4-26B-A4B",
      { ["text_config.enable_moe_block"] = false } }, "NO", "moe model" },
}

describe("a pair that looks alike", function()
  teardown(folder.clean)
  for _, row in ipairs(rows) do
    it("is judged by its differences: " .. row[1], function()
      if not shared.available() then return pending(shared.left_out("pair", 1)) end
      local a, b = open(row[2]), open(row[3])
      local kernel = modelsig.compare(a, b, { policy = "kernel" }).kernel
      local grades, told = {}, true
      for _, d in ipairs(kernel.differences) do grades[d.feature] = d.grade end
      for i = 5, #row do
        local feature, grade = row[i]:match "^(%S+) (%S+)$"
        -- what only a family knows stays open until there is one
        if a.family and b.family or grades[feature] then
          assert.equal(grade, grades[feature], feature)
        else
          told = false
        end
      end
      if told then assert.equal(row[4] .. "_SUBSTITUTE", kernel.verdict)
      else assert.not_equal("FULL_SUBSTITUTE", kernel.verdict) end
    end)
  end
end)
