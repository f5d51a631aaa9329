-- Which file describes which model type. A test checks that this list is complete.
return {
  llama = "llama", mistral = "llama", granite = "llama", qwen2 = "llama",
  qwen3 = "qwen3", qwen3_moe = "qwen3", gpt2 = "gpt2", whisper = "whisper",
  deepseek_v3 = "deepseek_v3", kimi_k2 = "deepseek_v3",
  mixtral = "mixtral", qwen2_moe = "mixtral", gemma = "gemma", gemma2 = "gemma",
  gemma3_text = "gemma", smollm3 = "llama",
  olmo2 = "olmo2", glm4_moe = "glm4_moe", gpt_oss = "gpt_oss", phi3 = "phi3",
  deepseek_v2 = "deepseek_v2",
}
