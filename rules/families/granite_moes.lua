-- Granite with experts: routed only, or with a shared feed-forward beside them; Granite 4 mixes in
-- Mamba-2 layers. And the Granites whose layers have their own windows, sinks and rotary bases.
local function shared(c)
  return block.gated_mlp.build(c, { width = c.shared_expert_intermediate_size,
    fused = "input_linear", down = "output_linear", act = "activation", bias = false,
    role = "layer.shared_experts" })
end

local function has_experts(c) return (shape.value(c.num_experts) or 0) > 0 end

--- A layer with experts and a shared feed-forward of this width; zero: no shared feed-forward.
local function layer_with_shared(c, f, kind, m, x)
  block.decoder.layer(c, f, kind, m, x)
  if has_experts(c) and (shape.value(c.shared_expert_intermediate_size) or 0) > 0 then
    m:call("shared_mlp", "*MLP", "x", x, shared(c))
    m:op "add"
  end
  return x
end

--- The softmax is over the chosen experts alone.
local moe = { layers = has_experts, renormalize = true,
  width = "intermediate_size", router = "router", logits_dtype = "F32", fused = true }
local saved = { { "router%.weight", "router.layer.weight" },
  { "experts%.gate_up_proj", "input_linear.weight" },
  { "experts%.down_proj", "output_linear.weight" } }

--- The base of a layer's rotary positions; zero where it has none.
local function theta(c, i)
  local list = c.layer_rope_theta
  return list and list[i + 1] or not list and 1 or 0
end

--- Adds windows, sinks, and a rotary embedding for each base.
local function with_windows(relative)
  relative.kind = function(c, i)
    return block.kinds.layer_types(c, i) .. (theta(c, i) == 0 and " nope" or "")
  end
  relative.decoder = {
    turned = function(_, kind) return not kind:find "nope" end,
    tables = function(c)
      local seen, n = {}, 0
      for i = 0, c.num_hidden_layers - 1 do
        local base = theta(c, i)
        if base ~= 0 and not seen[base] then seen[base], n = true, n + 1 end
      end
      return n
    end,
  }
  relative.attention = {
    sinks = true,
    rope = function(_, kind) return not kind:find "nope" end,
    window = function(c, kind) return kind:find "^sliding" and c.sliding_window or nil end,
  }
  relative.keys = { layer_rope_theta = { "list" } }
  relative.names = { rope = "rotary_embs" }
  relative.facts = { sinks = true }
  return relative
end

return {
  with_windows {
    extends = "granite",
    model_types = { granite_swa = "GraniteSWA" },
  },
  {
    extends = "llama",
    model_types = { granitemoe = "GraniteMoe" },
    calls = { rope = "ids_positional", layer = "embeddings_first", attention = "ids_last" },
    moe = moe,
    names = { moe = "block_sparse_moe" },
    classes = { moe = "*MoE" },
    saved = saved,
  },
  {
    extends = "granitemoe",
    model_types = { granitemoeshared = "GraniteMoeShared" },
    calls = { attention = "embeddings_last" },
    layer = layer_with_shared,
  },
  with_windows {
    extends = "granitemoeshared",
    model_types = { granitemoe_swa = "GraniteMoeSWA" },
    calls = { layer = "embeddings_last" },
    saved = {},
  },
  {
    extends = "bamba",
    model_types = { granitemoehybrid = "GraniteMoeHybrid" },
    decoder = { position_ids = true, layer_weights = false, positions = function(c)
      return c.position_embedding_type == "rope" and "rope" or "none"
    end },
    mixers = { linear_attention = { class = "*MambaLayer",
      layer_call = "x, position_embeddings=" } },
    attention = { rope = function(c) return c.position_embedding_type == "rope" end },
    layer = layer_with_shared,
    ffn = shared,
    moe = moe,
    calls = { rope = "ids_positional", layer = "x, attention_mask=, position_embeddings=",
      attention = "hidden_states=x, attention_mask=, position_embeddings=" },
    names = { norm = "norm", ffn_norm = "post_attention_layernorm", ffn = "shared_mlp",
      moe = "block_sparse_moe" },
    classes = { moe = "*MoE" },
    saved = saved,
  },
}
