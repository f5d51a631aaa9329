-- Gemma 4's vision encoder: patches with learned positions and rotary ones on two axes; each square
-- of patches is averaged. Gemma 4 unified has no encoder.

local function vision_layer(c)
  local attention = block.attention.build(c, { qk_norm = "head", value_norm = "each",
    project = block.clipped_linear.map, cache = false })
  local feed = block.gated_mlp.build(c, { project = block.clipped_linear.map })
  return function(m, x)
    m:fact("norm_place", "both")
    m:norm("input_layernorm", x, { role = "layer.norm.attention" })
    m:call("self_attn", "*VisionAttention",
      "hidden_states=x, position_embeddings=, position_ids=places", x, attention)
    m:norm("post_attention_layernorm", x, { role = "layer.norm.after_attention" })
    m:norm("pre_feedforward_layernorm", x, { role = "layer.norm.ffn" })
    m:call("mlp", "*VisionMLP", "x", x, feed)
    m:norm("post_feedforward_layernorm", x, { role = "layer.norm.after_ffn" })
    m:op("add", 2)
    return x
  end
end

local function vision(c)
  return function(m, pixels)
    local e, n = c.hidden_size, pixels.dims[2]
    m:fact("positions", "rope")
    m.env.padding = shape.tensor("BOOL", 1, n)
    local x = m:call("patch_embedder", "*VisionPatchEmbedder", "x, places, padding", pixels,
      function(p, y)
        p:param("position_embedding_table", { 2, c.position_embedding_size, e },
          { role = "embedding.position", layer_type = "EmbeddingLayer" })
        return p:linear("input_proj", y, e, { role = "embedding.patch" })
      end)
    m:call("encoder", "*VisionEncoder",
      "inputs_embeds=x, attention_mask=padding, pixel_position_ids=places", x, function(t, y)
        local turn = shape.tensor(t.dtype, 1, n, c.head_dim)
        t.env.position_embeddings = t:call("rotary_emb", "*VisionRotaryEmbedding", "x, places", y,
          function() return shape.tuple(turn, turn) end)
        return shape.named("last_hidden_state", t:layers("layers", c.num_hidden_layers,
          function() return "encoder" end, function(l, name, _, z)
            return l:call(name, "*VisionEncoderLayer",
              "x, position_embeddings=, position_ids=places", z, vision_layer(c))
          end, y))
      end)
    local tokens = n // (c.pooling_kernel_size * c.pooling_kernel_size)
    m:call("pooler", "*VisionPooler",
      "hidden_states=x, pixel_position_ids=places, padding_positions=padding", x, function()
        return shape.tuple(shape.tensor("F32", 1, tokens, e), shape.tensor("BOOL", 1, tokens))
      end)
    if c.standardize then
      m:param("std_bias", { e }, { role = "norm.final.bias" })
      m:param("std_scale", { e }, { role = "norm.final" })
    end
    return shape.named("last_hidden_state", shape.tensor(m.dtype, tokens, e))
  end
end

--- Patches that are pooled to so many tokens.
local function patches(c, tokens, dtype)
  local n = tokens * c.pooling_kernel_size * c.pooling_kernel_size
  return shape.tensor(dtype, 1, n, 3 * c.patch_size * c.patch_size), shape.tensor("I64", 1, n, 2)
end

--- Calls the encoder with an image that gives so many tokens.
local function image(m, c, name, tokens)
  local pixels
  pixels, m.env.places = patches(c, tokens, m.dtype)
  return m:call(name, "*VisionModel", "pixel_values=x, pixel_position_ids=places", pixels,
    vision(c))
end

return {
  {
    extends = "llama",
    model_types = { gemma4_vision = "Gemma4" },
    part = "*VisionModel",
    defaults = { patch_size = 16 },
    keys = { pooling_kernel_size = { "size", 3 }, position_embedding_size = { "size", 10240 },
      use_clipped_linears = { "flag", false }, standardize = { "flag", false } },
    arguments = { padding = "which patches are none" },
    body = vision,
    heads = { Model = function(m, c)
      return image(m, c, "", 280)
    end },
    facts = { stacks = "encoder" },
  },
  { extends = "gemma4_vision", model_types = { gemma4_unified_vision = "Gemma4Unified" },
    keys = { mm_embed_dim = { "size", 3840 }, mm_posemb_size = { "size", 1120 } } },
}
