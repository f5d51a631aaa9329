-- Pixtral: a vision encoder for images of any size, with rotary positions on two axes.
local attention_calls = "hidden_states=x, attention_mask=, position_embeddings="

local function layer(c)
  local feed = block.gated_mlp.build(c, {})
  local attention = block.attention.build(c, { cache = false, kv_heads = c.num_attention_heads,
    head_dim = c.hidden_size // c.num_attention_heads })
  return function(b, x)
    b:fact("norm_place", "pre")
    b:norm("attention_norm", x, { role = "layer.norm.attention" })
    b:call("attention", "*Attention", attention_calls, x, attention)
    b:norm("ffn_norm", x, { role = "layer.norm.ffn" })
    b:call("feed_forward", "*MLP", "x", x, feed)
    b:op("add", 2)
    return x
  end
end

local function body(c)
  return function(m, pixels)
    local e, rows, columns, p, q = c.hidden_size, block.vision.grid(c)
    local n = rows * columns
    block.conv.conv(m, "patch_conv", pixels, shape.tensor(m.dtype, 1, e, rows, columns), { p, q },
      { role = "embedding.patch" })
    local x = shape.tensor(m.dtype, 1, n, e)
    m:norm("ln_pre", x, { role = "norm.embedding" })
    m:fact("positions", "rope")
    m.env.places = shape.tensor("I64", n, 2)
    local turn = shape.tensor(m.dtype, n, e // c.num_attention_heads)
    m.env.position_embeddings = m:call("patch_positional_embedding", "*VisionRotaryEmbedding",
      "x, places", x, function() return shape.tuple(turn, turn) end)
    m.env.attention_mask = shape.tensor(m.dtype, 1, 1, n, n)
    return m:call("transformer", "*Transformer", "x, attention_mask=, position_embeddings=", x,
      function(t, y)
        return shape.named("last_hidden_state", t:layers("layers", c.num_hidden_layers,
          function() return "encoder" end, function(l, name, _, z)
            return l:call(name, "*AttentionLayer", "x, attention_mask, position_embeddings=", z,
              layer(c))
          end, y))
      end)
  end
end

return {
  extends = "llama",
  model_types = { pixtral = "Pixtral" },
  part = "*VisionModel",
  body = body,
  calls = { model = "pixel_values=x" },
  given = block.vision.pixels,
}
