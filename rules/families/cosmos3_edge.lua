-- Cosmos 3 Edge: SigLIP over the patches of all images in one sequence, and a projector that joins
-- patches.

--- Patches on a side of the traced image.
local PATCHES = 256

local function layer(c)
  return block.encoder_layer.build(c, { class = "*VisionEncoderLayer", spec = "x, cu_seqlens=",
    attention_class = "*VisionAttention", attention_spec = "hidden_states=x, cu_seqlens=",
    mix = block.attention.build(c, { square = true, bias = true, out_bias = true,
      out = "out_proj", rope = false, cache = false, weights = false }) })
end

local function embeddings(c)
  return function(m, x)
    local y = m:linear("patch_embedding", x, c.hidden_size, { bias = true,
      role = "embedding.patch" })
    m:param("position_embedding.weight", { c.num_patches, c.hidden_size },
      { role = "embedding.position", layer_type = "EmbeddingLayer" })
    return y
  end
end

local function body(c)
  return function(m, x)
    m:fact("positions", "learned")
    m.env.grid_thw = shape.tensor("I64", 1, 3)
    x = m:call("embeddings", "*VisionEmbeddings", "x, grid_thw", x, embeddings(c))
    x = m:call("encoder", "*Encoder", "x, grid_thw=", x, function(e, y)
      e.env.cu_seqlens = shape.tensor("I32", 2)
      local one = layer(c)
      return e:layers("layers", c.num_hidden_layers, function() return "encoder" end,
        function(l, name, _, z) return one(l, name, z) end, y)
    end)
    m:norm("post_layernorm", x, { kind = "layer_norm", bias = true, role = "norm.final" })
    return shape.named("last_hidden_state", x, "pooler_output", x)
  end
end

local function given(c, dtype)
  return shape.tensor(dtype, PATCHES, (c.num_channels or 3) * c.patch_size * c.patch_size)
end

local function towers(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    b.env.grid_thw = shape.tensor("I64", 1, 3)
    local x = b:part(part):call("visual", "*VisionModel", "x, grid_thw=", given(part, b.dtype),
      body(part))[4]
    b:call("projector", "*PatchMerger", "x", x, function(p)
      local e, n = part.hidden_size, part.spatial_merge_size * part.spatial_merge_size
      local rows = PATCHES // shape.value(n)
      p:norm("norm", shape.tensor(p.dtype, rows, n, e), { kind = "layer_norm", bias = true,
        role = "projector.norm" })
      local y = p:linear("linear_fc1", shape.tensor(p.dtype, rows, e * n), c.projector_hidden_size,
        { bias = true, role = "projector.up" })
      p:leaf("act_fn", "GELU", y)
      p:op "gelu"
      return p:linear("linear_fc2", y, c.hidden_size, { bias = true, role = "projector.down" })
    end)
  end)
end

return {
  {
    extends = "llama",
    model_types = { cosmos3_edge_vision = "Cosmos3Edge" },
    part = "*VisionModel",
    keys = { num_patches = { "size", 256 }, spatial_merge_size = { "size", 2 } },
    defaults = { patch_size = 16 },
    body = body,
    calls = { model = "pixel_values=x, grid_thw=" },
    given = given,
    facts = { norm = "layer_norm", stacks = "encoder" },
  },
  {
    extends = "qwen2_vl",
    model_types = { cosmos3_edge = "Cosmos3Edge" },
    parts = { text = "cosmos3_edge_text", vision_config = "cosmos3_edge_vision" },
    keys = { projector_hidden_size = { "size", 11520 } },
    towers = towers,
    head = { apart = true },
    saved = { { "self_attn%.([qkv])_proj", "self_attn.to_%1" },
      { "self_attn%.o_proj", "self_attn.to_out" }, { "mlp%.fc1", "mlp.up_proj" },
      { "mlp%.fc2", "mlp.down_proj" }, { "^model%.language_model%.", "" } },
  },
}
