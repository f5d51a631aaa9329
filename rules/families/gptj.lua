-- GPT-J and CodeGen: attention and feed-forward are parallel behind one LayerNorm; rotary positions
-- on a part of each head, without a module.
return {
  {
    extends = "llama",
    model_types = { gptj = "GPTJ" },
    norm = { kind = "layer_norm", bias = true },
    layout = "parallel",
    decoder = { positions = "none", embedding_dropout = true, layer_weights = true },
    attention = { square = true, bias = false, out_bias = false, out = "out_proj", window = false,
      weights_dropout = "attn_dropout", dropout = "resid_dropout" },
    ffn = { gated = false, up = "fc_in", down = "fc_out", act = "act", bias = true,
      dropout = "dropout" },
    calls = { model = "x", layer = "x, attention_mask=, position_ids=",
      attention = "hidden_states=x, attention_mask=, position_ids=" },
    names = { model = "transformer", embedding = "wte", embedding_dropout = "drop", layers = "h",
      norm = "ln_f", attention = "attn", attention_norm = "ln_1" },
    classes = { layer = "*Block" },
    head = { bias = true },
    facts = { rope_layout = "interleaved", nope_layers = "none" },
  },
  {
    extends = "gptj",
    model_types = { codegen = "CodeGen" },
    attention = { fused = "qkv_proj" },
  },
}
