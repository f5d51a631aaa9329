-- Grouped-query attention with a norm on each head; experts chosen by a sigmoid and a correction
-- bias.
local function in_window(_, kind) return kind == "sliding_attention" end

return {
  {
    extends = "deepseek_v3",
    model_types = { dots1 = "Dots1" },
    calls = { layer = "ids_last" },
    rope = block.decoder.rope,
    attention = { block = "attention", bias = "attention_bias", out_bias = "attention_bias",
      qk_norm = "head", window = block.attention.window },
    facts = { rope_layout = "half" },
  },
  {
    extends = "dots1",
    model_types = { exaone_moe = "ExaoneMoe" },
    attention = { bias = false, out_bias = false, norm_last = true, heads_first = true,
      rope = block.attention.turned_in_window },
    classes = { moe = "*SparseMoEBlock" },
    saved = { { "%.gate%.e_score", ".e_score" } },
    moe = { layers = "listed" },
  },
  {
    extends = "dots1",
    model_types = { hy_v3 = "HYV3" },
    calls = { rope = "ids_keyword", layer = "embeddings_last" },
    attention = { norm_last = true, heads_first = true },
    ffn = { bias = "mlp_bias" },
    moe = { layers = "listed", renormalize = true, router_class = "*TopKRouter", whole = false,
      own_bias = "e_score_correction_bias", shared_bias = "mlp_bias" },
    saved = { { "%.shared_experts%.", ".shared_mlp." }, { "%.mlp%.gate%.", ".mlp.router.gate." },
      { "%.e_score_correction_bias", ".expert_bias" } },
  },
  {
    extends = "dots1",
    model_types = { mimo_v2_flash = "MiMoV2Flash" },
    rope = block.ropes.of_kinds,
    attention = { out_bias = false, qk_norm = false,
      value_dim = function(c, kind) return c.of_kind("v_head_dim", kind) end,
      sinks = in_window, kv_heads = function(c, kind)
        if c.swa_num_key_value_heads or not in_window(c, kind) then
          return c.of_kind("num_key_value_heads", kind)
        end
        return 2 * c.num_key_value_heads
      end },
    moe = { layers = "listed", shared_experts = false },
    saved = { { "%.sinks$", ".attention_sink_bias" } },
  },
}
