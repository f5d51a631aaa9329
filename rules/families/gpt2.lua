-- GPT-2 and GPT BigCode: learned positions, LayerNorm, fused projections; those of GPT-2 are stored
-- with their inputs first.
local linear = { class = "Conv1D", transposed = true, bias = true, out_bias = true }

local function with(options)
  for key, value in pairs(linear) do options[key] = value end
  return options
end

return {
  {
    extends = "llama",
    model_types = { gpt2 = "GPT2" },
    norm = { kind = "layer_norm", bias = true },
    decoder = { positions = "learned", embedding_dropout = true },
    attention = with { square = true, fused = "c_attn", out = "c_proj", dropout = "resid_dropout",
      rope = false },
    ffn = with { gated = false, up = "c_fc", down = "c_proj", act = "act", dropout = "dropout" },
    calls = { model = "x", layer = "x, -, attention_mask, position_ids=",
      attention = "x, attention_mask=, position_ids=" },
    names = { model = "transformer", embedding = "wte", positions = "wpe",
      embedding_dropout = "drop", layers = "h", norm = "ln_f", attention = "attn",
      attention_norm = "ln_1", ffn_norm = "ln_2", token_score = "classifier" },
    classes = { layer = "*Block" },
    head = { tied = true },
    heads = { LMHeadModel = block.heads.causal_lm "LMHeadModel" },
    default_head = "LMHeadModel",
    facts = { nope_layers = "none" },
  },
  {
    extends = "gpt2",
    model_types = { gpt_bigcode = "GPTBigCode" },
    attention = { class = "Linear", transposed = false, square = false },
    ffn = { class = "Linear", transposed = false },
    calls = { layer = "x, attention_mask=", attention = "x, attention_mask=" },
    heads = { ForCausalLM = block.heads.causal_lm "ForCausalLM" },
    default_head = "ForCausalLM",
  },
}
