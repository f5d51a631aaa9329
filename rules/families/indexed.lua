-- Latent attention to tokens that an indexer picks, with the experts of DeepSeek-V3.

--- Layers with an indexer, and layers that reuse the choice of an earlier one. The first layer
--- has no earlier one.
local function picking(c, i)
  local shared = c.indexer_types and c.indexer_types[i + 1] == "shared"
  return i == 0 and "first" or shared and "shared" or "full"
end

--- A norm whose result is multiplied by a gate of low rank.
local function gated_norm(c, f, m, name, x, role)
  local rank = c.gated_norm_rank
  return m:call(name, "*GatedRMSNorm", "x", x, function(n, y)
    block.decoder.norm(f, n, "norm", y, role)
    return n:call("mlp", "*GateMLP", "x", y, function(g, z)
      local low = g:linear("fc1", z, rank, { role = role .. ".gate_down" })
      g:leaf("activation_fn", "SiLU", low)
      g:op "silu"
      return g:linear("fc2", low, c.hidden_size, { role = role .. ".gate_up" })
    end)
  end)
end

--- Puts such norms before attention and before experts.
local function layer_with_gated_norms(c, f, kind, m, x)
  m:fact("norm_place", "pre")
  gated_norm(c, f, m, "input_layernorm", x, "layer.norm.attention")
  m:call("self_attn", "*Attention", f.calls.attention, x, f.attention(c, kind))
  local norm = kind:find "moe$" and gated_norm
    or function(_, _, ...) return block.decoder.norm(f, ...) end
  norm(c, f, m, "post_attention_layernorm", x, "layer.norm.ffn")
  m:call("mlp", f.mlp_class(c, kind), f.calls.ffn, x, f.ffn(c, kind))
  m:op("add", 2)
  return x
end

--- Sizes that differ in layers with a window.
local sizes = { num_attention_heads = true, q_lora_rank = true, kv_lora_rank = true,
  qk_nope_head_dim = true, qk_rope_head_dim = true, v_head_dim = true }

local function angles_of_sizes(c)
  local list, known = {}, {}
  for _, kind in ipairs(c.layer_types) do
    if not known[kind] then
      list[#list + 1] = { kind = kind, width = c.of_kind("qk_rope_head_dim", kind) }
    end
    known[kind] = true
  end
  return nil, nil, list
end

--- Latent attention: layers with a window have other sizes, the others have an indexer.
local function attention_of_sizes(c, kind)
  local own = setmetatable({}, { __index = function(_, key)
    return sizes[key] and c.of_kind(key, kind) or c[key]
  end })
  local window = kind == "sliding_attention"
  local picks = kind == "indexed_attention"
    or not window and c.use_dsa ~= false and c.raw.per_layer_config == nil
  return block.mla.build(own, { bias = c.attention_bias, expanded = true,
    rope_norm = "k_rope_only_layernorm", gate = "g_proj", window = window and c.sliding_window,
    index_class = "*TextIndexer", index_call = "x, low_query, position_embeddings, index_mask",
    indexer = picks and block.indexer.plain })
end

return {
  {
    extends = "deepseek_v3",
    model_types = { deepseek_v32 = "DeepseekV32" },
    calls = { rope = "ids_keyword", layer = "ids_last" },
    attention = { indexer = block.indexer.plain },
    moe = { layers = "listed" },
  },
  {
    extends = "deepseek_v32",
    model_types = { glm_moe_dsa = "GlmMoeDsa" },
    kind = picking,
    decoder = { handed = "prev_topk_indices" },
    calls = {
      layer = "x, attention_mask=, position_embeddings=, position_ids=, prev_topk_indices=",
      attention = "hidden_states=x, attention_mask=, position_ids=, position_embeddings=, "
        .. "prev_topk_indices=",
    },
    attention = { hand_on = true, indexer = function(c, kind)
        return kind ~= "shared" and block.indexer.plain(c)
      end },
  },
  {
    extends = "deepseek_v32",
    model_types = { axk2 = "AXK2" },
    layer = layer_with_gated_norms,
    attention = { query_gate = "q_gate_proj" },
    saved = { { "q_gate_proj", "q_b_proj" }, { "layernorm%.mlp%.fc1", "layernorm.W_down" },
      { "layernorm%.mlp%.fc2", "layernorm.W_up" } },
    keys = { gated_norm_rank = { "size", 16 } },
  },
  {
    extends = "deepseek_v32",
    model_types = { dots3_note_text = "Dots3Note" },
    aliases = { shared_expert_intermediate_size = "shared_experts_intermediate_size" },
    calls = { rope = "ids_positional" },
    attention = attention_of_sizes,
    rope = angles_of_sizes,
    ffn = { bias = "mlp_bias" },
    moe = { router_class = "*TextTopkRouter", shared_class = "*TextMLP", shared_experts = false,
      shared_width = function(c)
        return c.shared_expert_intermediate_size * (c.num_shared_experts or 1)
      end },
    classes = { model = "*TextModel", layer = "*TextDecoderLayer", attention = "*TextAttention",
      rope = "*TextRotaryEmbedding", ffn = "*TextMLP", moe = "*TextMoE" },
    keys = { use_dsa = { "flag" } },
  },
}
