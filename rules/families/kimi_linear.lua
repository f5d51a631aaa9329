-- Kimi Linear: delta nets with a decay for each channel; every fourth layer is latent attention
-- without positions; the experts of DeepSeek-V3.

--- A size of linear attention: in its own object of the configuration, or at the top.
local function size(name, own)
  return function(c) return c.linear_attn_config and c.linear_attn_config[name] or c[own] end
end

return {
  extends = "llama",
  model_types = { kimi_linear = "KimiLinear" },
  head = { apart = true },
  kind = function(c, i)
    if c.layer_types then return c.layer_types[i + 1] or "dense" end
    return i > 0 and i % 4 == 0 and "full_attention" or "linear_attention"
  end,
  decoder = { routers = false, positions = "none" },
  mixers = { linear_attention = { block = "kda", class = "*DeltaAttention",
    call = "hidden_states=x", layer_call = "x, position_ids=",
    options = { heads = size("num_heads", "linear_num_heads"),
      kernel = size("short_conv_kernel_size", "linear_conv_kernel_dim"),
      head_dim = size("head_dim", "linear_head_dim") } } },
  attention = { block = "mla", bias = "attention_bias", expanded = true, rope = false },
  ffn = { bias = false },
  moe = { layers = function(c, i)
      return block.sparse_moe.listed_from(c.first_k_dense_replace or 1)(c, i)
    end, router_class = "*TopkRouter", correction = true, plain_correction = true,
    score_dtype = "F32", whole = true, scoring = "sigmoid", shared_width = "moe_intermediate_size",
    gate = "w1", up = "w3", down = "w2" },
  calls = { layer = "x, attention_mask=, position_ids=",
    attention = "hidden_states=x, attention_mask=, position_ids=" },
  classes = { moe = "*MoE" },
  keys = { linear_num_heads = { "size", 32 }, linear_head_dim = { "size", 128 } },
  saved = { { "%.mlp%.", ".block_sparse_moe." }, { "forget_gate%.", "" } },
  facts = { positions = "none", nope_layers = "all" },
}
