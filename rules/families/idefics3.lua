-- Idefics 3 and SmolVLM: an encoder of tiles of images, a square of whose patches becomes a token.
local function images(c, _, m)
  m:apart("vision.", function(b)
    local part, n = c.parts.vision_config, c.scale_factor
    local rows, columns = block.vision.grid(part)
    b.env.patch_attention_mask = shape.tensor("BOOL", 1, rows, columns)
    local x = block.wrapper.tower(b, part, "vision_model", "pixel_values=x, patch_attention_mask=",
      block.vision.pixels(part, b.dtype))[2]
    b:call("connector", "*Connector", "x", x, function(k)
      local side = math.floor(shape.value(rows * columns) ^ 0.5) // n
      local y = shape.tensor(k.dtype, 1, side * side, part.hidden_size * (n * n))
      return k:call("modality_projection", "*SimpleMLP", "x", y, function(p, z)
        return p:linear("proj", z, c.hidden_size, { role = "projector" })
      end)
    end)
  end)
end

local function alone(m, c, f, x)
  return m:call("", f.classes.model, "pixel_values=x", x, f.body(c, f))
end

return {
  {
    extends = "vit",
    model_types = { idefics3_vision = "Idefics3", smolvlm_vision = "SmolVLM" },
    classes = { model = "*VisionTransformer" },
    vision = { base = "*", embeddings_class = "*VisionEmbeddings", patch_module = false,
      token = false, positions = "table", dropout = false, patch_mask = true,
      embeddings_spec = "pixel_values=x, patch_attention_mask=", encoder = "encoder",
      final_norm = "post_layernorm", pooler = false, no_pool = true },
    encoder_layer = { class = "*EncoderLayer", attention = "self_attn",
      attention_class = "*VisionAttention", attention_spec = "hidden_states=x",
      ffn_class = "*VisionMLP", attention_norm = "layer_norm1", ffn_norm = "layer_norm2",
      out = "out_proj", bias = true, dropout = false },
    heads = { Model = alone, ForImageClassification = false, ForMaskedImageModeling = false },
    saved = {},
  },
  {
    extends = "llava",
    model_types = { idefics3 = "Idefics3" },
    parts = { text = { default = "llama" }, vision_config = { default = "idefics3_vision" } },
    keys = { scale_factor = { "count", 2 } },
    names = { language = "text_model" },
    calls = { model = "input_ids=x" },
    towers = images,
    saved = {},
  },
  {
    extends = "idefics3",
    model_types = { smolvlm = "SmolVLM" },
    parts = { vision_config = { default = "smolvlm_vision" } },
  },
}
