-- LFM2-VL: a vision encoder for images of any shape; each square of patches becomes a token.
local function images(c, _, m)
  m:apart("vision.", function(b)
    local part, n = c.parts.vision_config, c.downsample_factor
    local side = 16
    b.env.spatial_shapes = shape.tensor("I64", 1, 2)
    b.env.pixel_attention_mask = shape.tensor("I64", 1, side * side)
    block.wrapper.tower(b, part, "vision_tower",
      "pixel_values=x, spatial_shapes=, pixel_attention_mask=",
      block.vision.given_rows(part, b.dtype))
    local square = part.hidden_size * (n * n)
    b:call("multi_modal_projector", "*MultiModalProjector", "x",
      shape.tensor(b.dtype, 1, side, side, part.hidden_size), function(p)
        return block.wrapper.projector(c, { norm = c.projector_use_layernorm,
          bias = c.projector_bias, width = c.projector_hidden_size })(p,
          shape.tensor(p.dtype, 1, side // n, side // n, square))
      end)
  end)
end

return {
  extends = "llava",
  model_types = { lfm2_vl = "Lfm2Vl" },
  parts = { text = { default = "lfm2" }, vision_config = { default = "siglip2_vision_model" } },
  keys = { downsample_factor = { "count", 2 }, projector_use_layernorm = { "flag", true },
    projector_bias = { "flag", true }, projector_hidden_size = { "size", 2560 } },
  towers = images,
  head = { tied = true },
  saved = block.wrapper.saved_nested,
}
