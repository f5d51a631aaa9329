-- AFMoE, Laguna and Kolibri: experts chosen by a sigmoid and a correction bias, and a shared
-- feed-forward; in the first two a separate projection gates the attention. Muse Glimmer has such a
-- gate without experts.

--- The number of a layer's heads: Laguna may list one for each layer; the layer's kind holds it.
local function heads_of(c, kind)
  local n = math.tointeger(tonumber(kind:match " (%d+)$"))
  local own = c.of_kind("num_attention_heads", kind:match "^%S+")
  return (not n or own and shape.value(own) == n) and own or n
end

local function gate(name, width)
  return function(c, kind)
    return function(m, x)
      m:fact("output_gate", true)
      m:linear(name, x, width(c, kind), { role = "layer.attention.gate" })
    end
  end
end

local function all_heads(c) return c.num_attention_heads * c.head_dim end

local function one_or_all(c, kind)
  local h, by_head = heads_of(c, kind), c.gating == true or c.gating == "per-head"
  return by_head and h or h * c.head_dim
end

--- A layer of Muse Glimmer: the list says how far it sees, an angle of 0 that nothing turns in it.
local function kind_and_turn(c, i)
  local angles, last = c.layer_rope_theta, c.num_hidden_layers - 1
  local still = angles and angles[i + 1] == 0 or not angles and (last - i) % 4 == 0
  return block.kinds.layer_types(c, i) .. (still and " still" or "")
end

local function turns(_, kind) return not kind:find " still" end

local function rotates(_, kind) return kind:find "^sliding" ~= nil end

return {
  {
    extends = "llama",
    model_types = { afmoe = "Afmoe" },
    aliases = { sliding_window_pattern = "global_attn_every_n_layers",
      scale_embedding = "mup_enabled" },
    layout = "sandwich",
    calls = { rope = "ids_positional", layer = "embeddings_last" },
    attention = { qk_norm = "head", norm_last = true, rope = rotates,
      between = gate("gate_proj", all_heads) },
    ffn = { bias = false },
    moe = { layers = "after_first", renormalize = true, scoring = "sigmoid", correction = true,
      own_bias = "expert_bias", score_dtype = "F32", plain_correction = true, router = "router",
      router_class = "*TokenChoiceRouter", router_linear = "gate", router_whole = true,
      shared_experts = "num_shared_experts", shared_second = true },
    names = { ffn_norm = "pre_mlp_layernorm", after_ffn = "post_mlp_layernorm" },
  },
  {
    extends = "llama",
    model_types = { laguna = "Laguna" },
    kind = function(c, i)
      local n = c.num_attention_heads_per_layer and c.num_attention_heads_per_layer[i + 1]
      return block.kinds.layer_types(c, i) .. (math.type(n) == "integer" and " " .. n or "")
    end,
    calls = { rope = "ids_positional" },
    rope = block.ropes.of_kinds,
    attention = { qk_norm = "head", norm_last = true, heads = heads_of,
      beside = gate("g_proj", one_or_all),
      window = function(c, kind) return kind:find "^sliding" and c.sliding_window or nil end },
    ffn = { bias = false },
    moe = { layers = block.sparse_moe.listed_from(1), renormalize = true, scoring = "sigmoid",
      correction = true, plain_correction = true,
      logits_dtype = "F32", shared_first = true, shared_width = "shared_expert_intermediate_size" },
    saved = { { "mlp%.gate%.e_score", "mlp.experts.e_score" },
      { "shared_experts", "shared_expert" } },
    keys = { gating = { "choice", true }, num_attention_heads_per_layer = { "list" } },
  },
  {
    extends = "llama",
    model_types = { kolibri1 = "Kolibri1" },
    head = { loss = false },
    layout = "sandwich",
    calls = { rope = "ids_positional", layer = "embeddings_last" },
    attention = { bias = false, out_bias = false, qk_norm = "head", norm_last = true,
      heads_first = true,
      rope = block.attention.turned_in_window },
    moe = { layers = "all", scoring = "sigmoid", correction = true, score_dtype = "F32",
      whole = true, shared_width = "shared_expert_intermediate_size" },
    names = { after_attention = "post_self_attn_layernorm",
      ffn_norm = "post_attention_layernorm", after_ffn = "post_mlp_layernorm" },
    saved = { { "post_self_attn_layernorm", "post_attn_norm" },
      { "post_mlp_layernorm", "post_ffn_norm" },
      { "mlp%.gate%.e_score_correction_bias", "moe.router.expert_bias" } },
  },
  {
    extends = "llama",
    model_types = { muse_glimmer_text = "MuseGlimmer" },
    part = "*TextModel",
    layout = "sandwich",
    kind = kind_and_turn,
    norm = { kind = "rms_norm_1p", class = "*TextCenteredRMSNorm" },
    decoder = { final_norm_kind = "rms_norm", final_norm_class = "*RMSNorm", turned = turns,
      looked_up = function(c, m, ids, prefix)
        m:norm(prefix .. "embed_tokens.embed_norm", shape.tensor(m.dtype, 1, ids.dims[2],
          c.hidden_size), { weightless = true, class = "*RMSNorm" })
      end },
    attention = { qk_norm = "head", q_norm = "qk_norm", k_norm = "qk_norm", norm_last = true,
      heads_first = true, norm = "rms_norm", norm_class = "*RMSNorm", norm_weightless = true,
      rope = turns, beside = gate("gate_proj", all_heads), window = function(c, kind)
        return kind:find "^sliding" and c.sliding_window
      end },
    ffn = { bias = false },
    keys = { layer_rope_theta = { "list" } },
    calls = { rope = "ids_positional", attention = "embeddings_first" },
    classes = { embedding = "*TextNormedEmbedding", layer =
      "*TextDecoderLayer", attention = "*TextAttention", ffn = "*TextMLP", rope =
      "*TextRotaryEmbedding" },
    facts = { nope_layers = "some" },
  },
}
