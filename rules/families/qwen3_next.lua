-- Qwen3-Next and Qwen3.5: gated delta nets; every fourth layer is attention with a gate on its
-- output. Norms add one to their weight.

local function named(words)
  local out = {}
  for word in words:gmatch "%S+" do out[word] = "model.language_model." .. word .. "." end
  return out
end

return {
  {
    extends = "qwen2_moe",
    model_types = { qwen3_next = "Qwen3Next" },
    norm = { kind = "rms_norm_1p" },
    mixers = { linear_attention = { block = "delta_net", name = "linear_attn",
      class = "*GatedDeltaNet", call = "hidden_states=x",
      layer_call = "x, position_embeddings=, position_ids=", options = { layout = "fused" } } },
    attention = { out_bias = "attention_bias", gate = true, qk_norm = "head", norm = "rms_norm_1p",
      window = false },
    calls = { layer = "embeddings_first" },
  },
  {
    extends = "qwen3_next",
    model_types = { qwen3_5_moe_text = "Qwen3_5Moe" },
    mixers = { linear_attention = { options = { layout = "joined" } } },
    decoder = { axes = 3 },
    classes = { model = "*TextModel", rope = "*TextRotaryEmbedding" },
    saved = { { "^model%.([%l_]+)%.", named "embed_tokens layers norm" } }, -- beside an encoder
    moe = { layers = "all", renormalize = true },
  },
  {
    extends = "qwen3_5_moe_text",
    model_types = { qwen3_5_text = "Qwen3_5" },
    moe = { layers = false },
  },
}
