-- Granite 4: Mamba-2 layers with some of attention between them, with rotary positions or none;
-- experts beside a feed-forward that each token meets, or that alone.
local function shared(c)
  return block.gated_mlp.build(c, { width = c.shared_expert_intermediate_size,
    fused = "input_linear", down = "output_linear", act = "activation", bias = false,
    role = "layer.shared_experts" })
end

local function has_experts(c) return (shape.value(c.num_experts) or 0) > 0 end

return {
  extends = "bamba",
  model_types = { granitemoehybrid = "GraniteMoeHybrid" },
  facts = { renormalize = true }, -- the softmax is over the chosen experts alone
  decoder = { position_ids = true, layer_weights = false, positions = function(c)
    return c.position_embedding_type == "rope" and "rope" or "none"
  end },
  mixers = { linear_attention = { block = "mamba2", name = "mamba", class = "*MambaLayer",
    call = "hidden_states=x", layer_call = "x, position_embeddings=",
    options = { bias = "mamba_proj_bias", conv_bias = "conv_bias" } } },
  attention = { rope = function(c) return c.position_embedding_type == "rope" end },
  layer = function(c, f, kind, m, x)
    block.decoder.layer(c, f, kind, m, x)
    if has_experts(c) then
      m:call("shared_mlp", "*MLP", "x", x, shared(c))
      m:op "add"
    end
    return x
  end,
  ffn = shared,
  moe_layers = has_experts,
  moe = { width = "intermediate_size", router = "router", logits_dtype = "F32", fused = true },
  calls = { rope = "ids_positional", layer = "x, attention_mask=, position_embeddings=",
    attention = "hidden_states=x, attention_mask=, position_embeddings=" },
  names = { norm = "norm", ffn_norm = "post_attention_layernorm", ffn = "shared_mlp",
    moe = "block_sparse_moe" },
  classes = { moe = "*MoE" },
  saved = { { "router%.weight", "router.layer.weight" },
    { "experts%.gate_up_proj", "input_linear.weight" },
    { "experts%.down_proj", "output_linear.weight" } },
}
