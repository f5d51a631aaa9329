-- Gemma: norms that multiply by one plus their weight, scaled embeddings, GeGLU.
local function sandwich(c, f, kind, m, x)
  local function norm(name, y, role)
    return m:norm(name, y, { role = role, kind = f.facts.norm })
  end
  local h = norm("input_layernorm", x, "layer.norm.attention")
  local a = m:call("self_attn", "*Attention", f.calls.attention, h, f.attention(c, kind))
  norm("post_attention_layernorm", a[1], "layer.norm.after_attention")
  h = norm("pre_feedforward_layernorm", x, "layer.norm.ffn")
  local y = m:call("mlp", "*MLP", "x", h, f.ffn(c, kind))
  m:op("add", 2)
  return norm("post_feedforward_layernorm", y, "layer.norm.after_ffn")
end

return {
  {
    extends = "llama",
    model_types = { gemma = "Gemma" },
    calls = { layer = "x, attention_mask=, position_ids=, position_embeddings=" },
    classes = { embedding = "*TextScaledWordEmbedding" },
    ffn = function(c) return block.gated_mlp.build(c, { width = c.intermediate_size }) end,
    facts = { norm = "rms_norm_1p" },
  },
  {
    extends = "gemma",
    model_types = { gemma2 = "Gemma2" },
    kind = function(c, i) return c.layer_types and c.layer_types[i + 1] or "full_attention" end,
    layer = sandwich,
    attention = function(c, kind)
      return block.attention.build(c, { bias = c.attention_bias, out_bias = c.attention_bias,
        window = kind == "sliding_attention" and c.sliding_window or nil })
    end,
    calls = { rope = "x, position_ids",
      layer = "x, attention_mask=, position_embeddings=, position_ids=",
      attention = "hidden_states=x, position_embeddings=, attention_mask=, position_ids=" },
    facts = { norm_place = "both" },
  },
  {
    extends = "gemma2",
    model_types = { gemma3_text = "Gemma3" },
    classes = { model = "*TextModel" },
    rope = function(c)
      local kinds, n = {}, 0
      for _, kind in ipairs(c.layer_types or {}) do
        if not kinds[kind] then n = n + 1 end
        kinds[kind] = true
      end
      return c.head_dim, n > 1 and n or nil -- one table of angles for each kind of layer
    end,
    attention = function(c, kind)
      return block.attention.build(c, { bias = c.attention_bias, out_bias = c.attention_bias,
        qk_norm = "head", norm_last = true, heads_first = true, norm = "rms_norm_1p",
        window = kind == "sliding_attention" and c.sliding_window or nil })
    end,
  },
}
