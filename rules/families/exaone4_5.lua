-- EXAONE 4.5: EXAONE 4 with the vision encoder of Qwen2.5-VL, here with grouped-query
-- attention.
return {
  {
    extends = "qwen2_5_vl_vision",
    model_types = { exaone4_5_vision = "Exaone4_5_" },
    defaults = { hidden_size = 3584, intermediate_size = 3420, num_attention_heads = 16,
      num_key_value_heads = 8 },
    classes = { model = "*VisionModel" },
    body = function(c)
      return block.grid_vision.build(c, { width = "hidden_size", out = "out_hidden_size",
        inner = "intermediate_size", kv_heads = "num_key_value_heads", patch_class = "*PatchEmbed",
        ffn_class = "*MLP", merger_class = "*PatchMerger", merger = "sequence", norm = "rms_norm",
        gated = true, ffn_bias = true, window = true })
    end,
  },
  {
    extends = "qwen2_vl",
    model_types = { exaone4_5 = "Exaone4_5_" },
    parts = { text = { default = "exaone4" }, vision_config = "exaone4_5_vision" },
    calls = { language = "position_ids=, inputs_embeds=x" },
    saved = {},
  },
}
