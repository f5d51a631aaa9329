-- Phi-3: fused projections of attention and feed-forward.
--- Phi-3 vision names its encoder of images instead of describing it: CLIP's largest, by name.
local clip = { hidden_size = 1024, image_size = 336, intermediate_size = 4096, num_channels = 3,
  num_attention_heads = 16, num_hidden_layers = 24, patch_size = 14, hidden_act = "quick_gelu",
  raw = {} }

local function record(c, name)
  local value = c.raw[name]
  return type(value) == "table" and value or {}
end

--- Four patches become one token, where the file says that images are cut into tiles.
local function images(c, m)
  local said, wide = record(c, "embd_layer"), c.image_dim_out or clip.hidden_size
  local tiles = said.use_hd_transform
  local seen = tiles and 4 * wide or wide
  m:call("vision_embed_tokens", "Phi3ImageEmbedding", "pixel_values=x",
    block.vision.pixels(clip, m.dtype), function(v, x)
      local class, tower = block.towers.body(clip, "clip_vision_model")
      v:call("img_processor", class, "x", x, tower)
      if said.with_learnable_separator then
        v:param("glb_GN", { 1, 1, seen }, { role = "newline.image" })
        v:param("sub_GN", { 1, 1, 1, seen }, { role = "newline.tile" })
      end
      local patches = shape.tensor(v.dtype, 1, tiles and 144 or 576, seen)
      if said.projection_cls ~= "mlp" then
        return v:linear("img_projection", patches, c.hidden_size, { bias = true,
          role = "projector" })
      end
      return v:call("img_projection", "Sequential", "x", patches, function(p, y)
        y = p:linear("0", y, c.hidden_size, { bias = true, role = "projector.up" })
        p:leaf("1", "GELU", y)
        p:op "gelu"
        return p:linear("2", y, c.hidden_size, { bias = true, role = "projector.down" })
      end)
    end)
end

local function seeing(c, f)
  return block.vision.behind(block.decoder.stack(c, f), function(m)
    if c.raw.embd_layer ~= nil then m:apart("vision.", function(b) images(c, b) end) end
  end)
end

return {
  {
    extends = "mistral",
    model_types = { phi3 = "Phi3" },
    names = { attention_dropout = "resid_attn_dropout", ffn_dropout = "resid_mlp_dropout" },
    attention = { fused = "qkv_proj" },
    ffn = { fused = "gate_up_proj", act = "activation_fn" },
  },
  {
    -- by the code beside its weights
    extends = "phi3",
    model_types = { phi3_v = "Phi3V" },
    described = function(raw)
      local said, images_said = raw.img_processor, raw.embd_layer
      return type(said) == "table" and said.name == "clip_vision_model"
        and type(said.model_name) == "string" and said.model_name:find "large%-patch14%-336" ~= nil
        and type(images_said) == "table" and images_said.embedding_cls == "image"
    end,
    body = seeing,
    classes = { base = "Phi3" },
    keys = { image_dim_out = { "size" } },
    saved = { { "img_processor%.(%a)", "img_processor.vision_model.%1" } },
  },
}
