-- GPT, GPT-2 and their relatives: learned positions, LayerNorm, fused projections; GPT and GPT-2
-- store weights with the input dimension first.
local linear = { class = "Conv1D", transposed = true, bias = true, out_bias = true }

local function with(options)
  for key, value in pairs(linear) do options[key] = value end
  return options
end

local function activation_of_gpt(c)
  local name = c.hidden_act or "gelu"
  return name == "gelu" and "gelu_new" or name == "swish" and "silu" or name
end

--- All layers share one activation module; the first layer holds it.
local function first_has_activation(_, kind) return kind == "first" and "act" end

--- GPT-Neo wraps its attention in one more module.
local function attention_of_neo(c, kind)
  local inner = block.attention.build(c, { square = true, bias = false, out_bias = true,
    out = "out_proj", weights_dropout = "attn_dropout", dropout = "resid_dropout", rope = false,
    window = block.attention.window }, kind)
  return function(m, x)
    return m:call("attention", "*SelfAttention", "x, attention_mask=", x, inner)
  end
end

--- Image GPT's head gives logits for pixels only: the token that begins an image is not predicted.
local function pixels(m, c, f, ids)
  return m:call("", "*ForCausalImageModeling", "input_ids=x", ids, function(r, y)
    local x = r:call("transformer", "*Model", "x", y, f.body(c, f))[2]
    r:kind "LMHead"
    return shape.named("logits", r:linear("lm_head", x, c.vocab_size - 1, { role = "head" }))
  end)
end

local function image_class(m, c, f, ids)
  return m:call("", "*ForImageClassification", "input_ids=x", ids, function(r, y)
    local x = r:call("transformer", "*Model", "x", y, f.body(c, f))[2]
    r:kind "LinearLayer"
    return shape.named("logits", r:linear("score", x:view(1, c.hidden_size), block.heads.labels(c),
      { role = "head.score" }))
  end)
end

return {
  {
    extends = "llama",
    model_types = { gpt2 = "GPT2" },
    norm = { kind = "layer_norm", bias = true },
    decoder = { positions = "learned", embedding_dropout = true },
    attention = with { square = true, fused = "c_attn", out = "c_proj", dropout = "resid_dropout",
      weights_dropout = function(c) return c.reorder_and_upcast_attn and "attn_dropout" end,
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
    keys = { reorder_and_upcast_attn = { "flag", false } },
    facts = { nope_layers = "none" },
  },
  {
    extends = "gpt2",
    model_types = { gpt_bigcode = "GPTBigCode" },
    attention = { class = "Linear", transposed = false, square = false, weights_dropout = false },
    ffn = { class = "Linear", transposed = false },
    calls = { layer = "x, attention_mask=", attention = "x, attention_mask=" },
    heads = { ForCausalLM = block.heads.causal_lm "ForCausalLM", LMHeadModel = false },
  },
  {
    extends = "gpt_bigcode",
    model_types = { gpt_neo = "GPTNeo" },
    aliases = { sliding_window = "window_size" },
    attention = attention_of_neo,
    decoder = { layer_weights = true },
  },
  {
    extends = "gpt2",
    model_types = { ["openai-gpt"] = "OpenAIGPT" },
    aliases = { hidden_act = "afn" },
    kind = function(_, i) return i == 0 and "first" or "dense" end,
    layout = "post",
    decoder = { final_norm = false },
    attention = { weights_dropout = "attn_dropout", weights = false },
    ffn = { activation = activation_of_gpt, act = first_has_activation,
      act_calls = "num_hidden_layers" },
    calls = { layer = "x", attention = "x" },
    names = { embedding = "tokens_embed", positions = "positions_embed", attention_norm = false,
      ffn_norm = false, after_attention = "ln_1", after_ffn = "ln_2" },
    classes = { layer = "Block", attention = "Attention", ffn = "MLP" },
  },
  {
    extends = "gpt2",
    model_types = { imagegpt = "ImageGPT" },
    norm = { kind = "rms_norm", bias = false, class = "*LayerNorm" }, -- without a mean
    decoder = { layer_weights = true },
    attention = { weights_dropout = "attn_dropout" },
    calls = { layer = "x", attention = "x" },
    heads = { ForCausalImageModeling = pixels, ForImageClassification = image_class },
    default_head = "ForCausalImageModeling",
  },
}
