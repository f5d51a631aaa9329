--- Where the norms of a layer stand: which norms there are, and what they are called by default.
--- `names` of a family rename them. `parallel`: feed-forward and attention see the same input;
--- `early`: both norms come before the attention; `alone`: no feed-forward follows; `idle`: modules
--- that do nothing stand behind the parts.
return {
  pre = { attention_norm = "input_layernorm", ffn_norm = "post_attention_layernorm",
    place = "pre" },
  post = { after_attention = "post_attention_layernorm", after_ffn = "post_feedforward_layernorm",
    place = "post" },
  sandwich = { attention_norm = "input_layernorm", after_attention = "post_attention_layernorm",
    ffn_norm = "pre_feedforward_layernorm", after_ffn = "post_feedforward_layernorm",
    place = "both" },
  idle_sandwich = { attention_norm = "input_layernorm",
    after_attention = "post_attention_layernorm", ffn_norm = "pre_feedforward_layernorm",
    after_ffn = "post_feedforward_layernorm", place = "pre", idle = true },
  parallel = { attention_norm = "input_layernorm", place = "pre", parallel = true },
  parallel_two_norms = { attention_norm = "input_layernorm",
    ffn_norm = "post_attention_layernorm", place = "pre", parallel = true },
  alone = { attention_norm = "norm", place = "pre", alone = true },
  parallel_early = { attention_norm = "ln_attn", ffn_norm = "ln_mlp", place = "pre",
    parallel = true, early = true },
}
