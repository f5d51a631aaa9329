-- MiniCPM-V: a vision encoder that merges four patches into one after one of its layers, and again
-- in the projector.

--- Rows and columns of patches of the traced image.
local SIDE = 16

local ln = block.norms.layer

local function window(c) return shape.value(c.window_kernel_size[1] * c.window_kernel_size[2]) end

local function attention(c)
  return block.attention.build(c, { square = true, bias = true, out_bias = true, out = "out_proj",
    rope = false, cache = false })
end

--- Patches of a window attend to each other and become one.
local function merger(c)
  local e, n = c.hidden_size, window(c)
  return function(m, x)
    m.roles = m.roles .. "merger."
    ln(m, "layer_norm1", x, "layer.norm.attention")
    m:call("self_attn", "*VisionAttention", "hidden_states=x, cu_seqlens=", x, attention(c))
    local four = shape.tensor(m.dtype, x.dims[2] // n, e * n)
    ln(m, "pre_norm", four, "layer.norm.ffn")
    local y = m:linear("linear_1", four, c.intermediate_size * n,
      { bias = true, role = "layer.ffn.up" })
    m:leaf("act", "GELUTanh", y)
    m:op "gelu"
    y = m:linear("linear_2", y, e, { bias = true, role = "layer.ffn.down" })
    return y:view(1, y.dims[1], e)
  end
end

local function embeddings(c)
  return function(m, x)
    local e, p, n = c.hidden_size, c.patch_size, SIDE * SIDE
    block.conv.conv(m, "patch_embedding", x, shape.tensor(m.dtype, 1, e, 1, n), { p, p },
      { bias = true, role = "embedding.patch" })
    local side = c.image_size // p
    m:embedding("position_embedding", shape.tensor("I64", 1, n), side * side, e,
      { role = "embedding.position" })
    return shape.tensor(m.dtype, 1, n, e)
  end
end

local function body(c)
  return function(m, x)
    m:fact("positions", "learned")
    m.env.cu_seqlens = shape.tensor("I32", 2)
    x = m:call("embeddings", "*VisionEmbeddings", "x, target_sizes=", x, embeddings(c))
    local layer = block.encoder_layer.build(c, { class = "*VisionEncoderLayer",
      spec = "x, cu_seqlens=", attention_class = "*VisionAttention", mix = attention(c),
      attention_spec = "hidden_states=x, cu_seqlens=", ffn_class = "*VisionMLP" })
    x = m:layers("encoder.layers", c.num_hidden_layers, function(i)
      return i == c.insert_layer_id and "merged" or i < c.insert_layer_id and "before" or "after"
    end, function(l, name, kind, y)
      y = layer(l, name, y)
      if kind ~= "merged" then return y end
      return l:call("vit_merger", "*ViTWindowAttentionMerger", "x, target_sizes", y, merger(c))
    end, x)
    return shape.named("last_hidden_state", ln(m, "post_layernorm", x, "norm.final"))
  end
end

--- All patches beside each other.
local function given(c, dtype)
  return shape.tensor(dtype, 1, c.num_channels or 3, c.patch_size, SIDE * SIDE * c.patch_size)
end

--- The projector to the width of the text: each of its layers merges patches, usually two by two.
local function projector(c, part)
  return function(m, x)
    local e, n = part.hidden_size, shape.value(c.merge_kernel_size[1] * c.merge_kernel_size[2])
    local rows = x.dims[2]
    for i = 0, c.merger_times - 1 do
      rows = rows // n
      local four = shape.tensor(m.dtype, rows, e * 4)
      m:call("mlp." .. i, "*DownsampleMLP", "x", four, function(p, y)
        ln(p, "pre_norm", y, "projector.norm")
        y = p:linear("linear_1", y, e * 4, { bias = true, role = "projector.up" })
        p:leaf("act", "GELU", y)
        p:op "gelu"
        return p:linear("linear_2", y, i == c.merger_times - 1 and c.hidden_size or e,
          { bias = true, role = "projector.down" })
      end)
    end
    return shape.tensor(m.dtype, rows, c.hidden_size)
  end
end

local function towers(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    b.env.target_sizes = shape.tensor("I64", 1, 2)
    local x = b:part(part):call("vision_tower", "*VisionModel", "x, target_sizes=",
      given(part, b.dtype), body(part))[2]
    b:call("merger", "*Merger", "x, target_sizes", x, projector(c, part))
  end)
end

return {
  {
    extends = "llama",
    model_types = { minicpmv4_6_vision = "MiniCPMV4_6", minicpmv4_7_vision = "MiniCPMV4_7",
      minicpm_ocr_vision = "MiniCPMOcr" },
    part = "*VisionModel",
    keys = { insert_layer_id = { "count", 6 }, window_kernel_size = { "list", { 2, 2 } } },
    defaults = { image_size = 224, patch_size = 16, hidden_act = "gelu_pytorch_tanh" },
    body = body,
    calls = { model = "pixel_values=x, target_sizes=" },
    given = given,
    facts = { norm = "layer_norm", stacks = "encoder" },
  },
  {
    extends = "llava",
    model_types = { minicpmv4_6 = "MiniCPMV4_6", minicpmv4_7 = "MiniCPMV4_7" },
    parts = { text = { default = "qwen3_5_text" },
      vision_config = { default = "minicpmv4_6_vision" } },
    keys = { merge_kernel_size = { "list", { 2, 2 } }, merger_times = { "count", 1 } },
    towers = towers,
    saved = { { "language_model%.language_model%.", "language_model." } },
  },
  {
    extends = "minicpmv4_6",
    model_types = { minicpm_ocr = "MiniCPMOcr" },
    parts = { vision_config = { default = "minicpm_ocr_vision" } },
    head = { tied = true },
  },
}
