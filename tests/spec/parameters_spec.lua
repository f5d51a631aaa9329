--- Published models by the sizes of their configurations: as many parameters as their makers count.

local folder = require "tests.spec.model_folder"
local json = require "modelsig.native.json"
local modelsig = require "modelsig"
local writer = require "modelsig.base.json"

--- A decoder: class, model type, hidden size, layers, heads, key heads, width, vocabulary, and what
--- else its config says.
local function decoder(class, model_type, sizes, more)
  local raw = { architectures = json.array { class .. "ForCausalLM" }, model_type = model_type,
    torch_dtype = "bfloat16", rms_norm_eps = 1e-6, hidden_act = "silu",
    tie_word_embeddings = false }
  for i, key in ipairs { "hidden_size", "num_hidden_layers", "num_attention_heads",
    "num_key_value_heads", "intermediate_size", "vocab_size" } do raw[key] = sizes[i] end
  for key, value in pairs(more or {}) do raw[key] = value end
  return raw
end

--- name, total, of one token, pattern of the cache, config
local published = {
  { "Llama-3.1-405B", 405853388800, nil, "[batch, 8, seq_len, 128]",
    decoder("Llama", "llama", { 16384, 126, 128, 8, 53248, 128256 }) },
  { "Llama-3.2-3B", 3212749824, nil, "[batch, 8, seq_len, 128]",
    decoder("Llama", "llama", { 3072, 28, 24, 8, 8192, 128256 }, { tie_word_embeddings = true }) },
  { "SmolLM2-135M", 134515008, nil, "[batch, 3, seq_len, 64]",
    decoder("Llama", "llama", { 576, 30, 9, 3, 1536, 49152 }, { tie_word_embeddings = true }) },
  { "Mistral-Nemo", 12247782400, nil, "[batch, 8, seq_len, 128]",
    decoder("Mistral", "mistral", { 5120, 40, 32, 8, 14336, 131072 },
      { head_dim = 128, sliding_window = json.null }) },
  { "Mixtral-8x22B", 140630071296, 39161468928, "[batch, 8, seq_len, 128]",
    decoder("Mixtral", "mixtral", { 6144, 56, 48, 8, 16384, 32768 },
      { num_local_experts = 8, num_experts_per_tok = 2 }) },
  { "Qwen2.5-14B", 14770033664, nil, "[batch, 8, seq_len, 128]",
    decoder("Qwen2", "qwen2", { 5120, 48, 40, 8, 13824, 152064 }) },
  { "Qwen2.5-1.5B", 1543714304, nil, "[batch, 2, seq_len, 128]",
    decoder("Qwen2", "qwen2", { 1536, 28, 12, 2, 8960, 151936 }, { tie_word_embeddings = true }) },
  { "Qwen3-4B", 4022468096, nil, "[batch, 8, seq_len, 128]",
    decoder("Qwen3", "qwen3", { 2560, 36, 32, 8, 9728, 151936 },
      { head_dim = 128, tie_word_embeddings = true }) },
  { "Qwen3-Coder-480B", 480154875392, 35474765312, "[batch, 8, seq_len, 128]",
    decoder("Qwen3Moe", "qwen3_moe", { 6144, 62, 96, 8, 8192, 151936 }, { head_dim = 128,
      num_experts = 160, num_experts_per_tok = 8, moe_intermediate_size = 2560 }) },
  { "granite-3.1-2b", 2533531648, nil, "[batch, 8, seq_len, 64]",
    decoder("Granite", "granite", { 2048, 40, 32, 8, 8192, 49155 },
      { tie_word_embeddings = true }) },
  { "gemma-2-9b", 9241705984, nil, "[batch, 8, seq_len, 256]",
    decoder("Gemma2", "gemma2", { 3584, 42, 16, 8, 14336, 256000 },
      { head_dim = 256, hidden_act = json.null, tie_word_embeddings = true }) },
  { "Phi-3-medium", 13960238080, nil, "[batch, 10, seq_len, 128]",
    decoder("Phi3", "phi3", { 5120, 40, 40, 10, 17920, 32064 }) },
  { "DeepSeek-V2-Lite", 15706484224, 2661150208, "[batch, seq_len, 576]",
    decoder("DeepseekV2", "deepseek_v2", { 2048, 27, 16, 16, 10944, 102400 },
      { moe_intermediate_size = 1408, n_routed_experts = 64, n_shared_experts = 2,
        num_experts_per_tok = 6, first_k_dense_replace = 1, kv_lora_rank = 512,
        q_lora_rank = json.null, qk_nope_head_dim = 128, qk_rope_head_dim = 64,
        v_head_dim = 128 }) },
  { "gpt2", 124439808, nil, "[batch, 12, seq_len, 64]",
    { architectures = json.array { "GPT2LMHeadModel" }, model_type = "gpt2", n_embd = 768,
      n_head = 12, n_layer = 12, n_positions = 1024, vocab_size = 50257 } },
  { "whisper-large-v3", 1543490560, nil, "[batch, 20, seq_len, 64] + [batch, 20, 1500, 64]",
    { architectures = json.array { "WhisperForConditionalGeneration" }, model_type = "whisper",
      d_model = 1280, encoder_layers = 32, decoder_layers = 32, encoder_attention_heads = 20,
      decoder_attention_heads = 20, encoder_ffn_dim = 5120, decoder_ffn_dim = 5120,
      num_mel_bins = 128, vocab_size = 51866, max_source_positions = 1500,
      max_target_positions = 448, is_encoder_decoder = true } },
}

describe("the parameters that a family predicts", function()
  teardown(folder.clean)

  for _, row in ipairs(published) do
    it("are those of " .. row[1], function()
      local path = folder.model(writer.encode(row[5]))
      local fp = assert(modelsig.open { path, fast = true })
      assert.equal(row[2], fp.parameters.total)
      assert.equal(row[3] or row[2], fp.parameters.active)
      assert.equal(row[4], fp.kv_pattern)
    end)
  end
end)
