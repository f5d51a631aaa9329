-- Mixtral and models built like it: experts instead of the feed-forward.
--- One layer of so many, from one to another.
local function from_to(c, i)
  local last = c.moe_layer_end_index
  return (i + 1) % math.max(c.moe_layer_interval, 1) == 0 and i >= c.moe_layer_start_index
    and (last == -1 or i <= last)
end

return {
  {
    extends = "mistral",
    model_types = { mixtral = "Mixtral" },
    calls = { attention = "embeddings_first" },
    moe = { layers = "all", renormalize = true, width = "intermediate_size", score_dtype = "F32",
      raw_logits = true, gate = "w1", up = "w3", down = "w2" },
    saved = { { "%.mlp%.", ".block_sparse_moe." } },
  },
  {
    extends = "mixtral",
    model_types = { phimoe = "Phimoe" },
    norm = { kind = "layer_norm", bias = true },
    attention = { bias = "attention_bias", out_bias = "attention_bias" },
    -- each score is a softmax of its own
    moe = { renormalize = false, router = "router", score_dtype = false, raw_logits = false,
      scoring = "sparsemixer" },
    head = { bias = "lm_head_bias" },
    saved = { { "%.mlp%.router", ".mlp.gate" }, { "%.mlp%.", ".block_sparse_moe." } },
  },
  {
    extends = "qwen3_moe",
    model_types = { olmoe = "Olmoe" },
    attention = { qk_norm = "width", window = false },
    calls = { rope = "ids_positional", layer = "embeddings_first" },
    -- but where the file says so
    moe = { layers = "all", renormalize = false, width = "intermediate_size" },
  },
  {
    extends = "olmoe",
    model_types = { flex_olmo = "FlexOlmo" },
    layout = "post",
    decoder = { turn_dtype = "F32" },
  },
  {
    extends = "qwen3_moe",
    model_types = { qwen2_moe = "Qwen2Moe" },
    names = { questioned = "model" },
    calls = { rope = "ids_positional" },
    attention = { out_bias = false, qk_norm = false },
    moe = { shared_width = "shared_expert_intermediate_size", shared_first = true,
      shared_name = "shared_expert", shared_gate = true },
  },
  {
    extends = "mixtral",
    model_types = { aria_text = "AriaText" },
    decoder = { routers = false },
    calls = { rope = "ids_positional", layer = "embeddings_first", attention = "embeddings_last" },
    attention = { bias = "attention_bias", out_bias = "attention_bias", window = false },
    moe = { router = "router", experts_class = "AriaExperts", score_dtype = false,
      raw_logits = false, fused = true, turned = true, shared_experts = "num_shared_experts",
      shared_class = "AriaSharedExpertsMLP", shared_bias = "mlp_bias", shared_whole = true },
    classes = { moe = "*MoELayer" },
    saved = { { "gate_up_proj", "fc1.weight" }, { "experts%.down_proj$", "experts.fc2.weight" } },
  },
  {
    extends = "ernie4_5",
    model_types = { ernie4_5_moe = "Ernie4_5_Moe" },
    calls = { rope = "ids_positional", layer = "embeddings_first" },
    keys = { moe_layer_interval = { "count", 1 }, moe_layer_start_index = { "count", 1 },
      moe_layer_end_index = { "count", -1 } },
    moe = { layers = from_to, renormalize = true, correction = true,
      correction_module = "moe_statics", router_dtype = "F32", logits_dtype = "F32",
      shared_experts = "num_shared_experts", shared_bias = "use_bias", shared_first = true },
    head = { bias = "use_bias" },
    saved = { { "%.gate%.moe_statics", ".moe_statics" } },
  },
  {
    extends = "hunyuan_v1_dense",
    model_types = { hunyuan_v1_moe = "HunYuanMoEV1" },
    decoder = { routers = false },
    calls = { rope = "ids_positional", layer = "embeddings_first" },
    classes = { moe = "*Moe" },
    kind = function(c, i) -- how many experts a token meets may be listed by layer
      local k = type(c.raw.moe_topk) == "table" and c.raw.moe_topk[i + 1]
      return math.type(k) == "integer" and "top " .. k or "dense"
    end,
    moe = { layers = "all", renormalize = true, top_k = function(c, kind)
        return math.tointeger(tonumber(kind:match "^top (%d+)")) or c.num_experts_per_tok
      end, width = "intermediate_size", router_class = "*Gate", router_linear = "wg",
      router_dtype = "F32", score_dtype = "F32", shared_width = "intermediate_size",
      shared_name = "shared_mlp", shared_first = true, shared_whole = true },
  },
}
