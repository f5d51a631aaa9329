-- Autoencoders of diffusers (AutoencoderKL): an image to latents of fewer pixels and more channels,
-- and back. Files name only the class. Source: the models of diffusers.

local d = block.diffusion

--- Attention among all positions of an image.
local function attention_of_places(m, name, x)
  local e = x.dims[2]
  return m:call(name, "Attention", "x", x, function(a, y)
    local row = shape.tensor(a.dtype, 1, y.dims[3] * y.dims[4], e)
    a:kind "AttentionLayer"
    d.group_norm(a, "group_norm", y, "layer.norm.attention")
    for _, part in ipairs { "q", "k", "v" } do
      d.linear(a, "to_" .. part, row, e, "layer.attention." .. part)
    end
    a:op "attention"
    d.linear(a, "to_out.0", row, e, "layer.attention.output")
    a:leaf("to_out.1", "Dropout", row)
    return y
  end)
end

local function middle_of_coder(m, x, attends)
  return m:call("mid_block", "UNetMidBlock2D", "x", x, function(b, y)
    y = d.resnet(b, "resnets.0", y, y.dims[2])
    if attends then attention_of_places(b, "attentions.0", y) end
    return d.resnet(b, "resnets.1", y, y.dims[2])
  end)
end

local function coder(m, o, x)
  x = d.conv(m, "conv_in", x, o.channels[1], 3, "embedding.patch")
  if o.middle_first then x = middle_of_coder(m, x, o.attends) end
  for i, out in ipairs(o.channels) do
    x = m:call(o.blocks .. "." .. i - 1, o.class, "x", x, function(b, y)
      for j = 0, o.layers - 1 do y = d.resnet(b, "resnets." .. j, y, out) end
      if i == #o.channels then return y end
      return b:call(o.resize .. ".0", o.resize_class, "x", y, function(r, z)
        if o.by > 1 then
          return d.conv(r, "conv", d.resized(z, o.by), out, 3, "layer.conv.larger")
        end
        return d.resized(d.conv(r, "conv", z, out, 3, "layer.conv.smaller"), o.by)
      end)
    end)
  end
  if not o.middle_first then x = middle_of_coder(m, x, o.attends) end
  return d.conv_ending(m, x, o.out)
end

local function reversed(list)
  local out = {}
  for i = #list, 1, -1 do out[#out + 1] = list[i] end
  return out
end

local function list_of(value) return type(value) == "table" and value or { 64 } end

local function autoencoder(m, c, f)
  local channels = list_of(c.raw.block_out_channels)
  local latent, layers = c.latent_channels, c.layers_per_block
  local attends = c.mid_block_add_attention
  return m:call("", f.classes.model, "x", f.given(c, m.dtype), function(r, x)
    r:fact("positions", "none")
    x = r:call("encoder", "Encoder", "x", x, function(e, y)
      return coder(e, { channels = channels, layers = layers, attends = attends, by = 0.5,
        blocks = "down_blocks", class = "DownEncoderBlock2D", resize = "downsamplers",
        resize_class = "Downsample2D", out = 2 * latent }, y)
    end)
    if c.use_quant_conv then d.conv(r, "quant_conv", x, 2 * latent, 1, "latent.in") end
    x = x:view(x.dims[1], latent, x.dims[3], x.dims[4])
    if c.use_post_quant_conv then d.conv(r, "post_quant_conv", x, latent, 1, "latent.out") end
    x = r:call("decoder", "Decoder", "x", x, function(e, y)
      return coder(e, { channels = reversed(channels), layers = layers + 1, attends = attends,
        by = 2, blocks = "up_blocks", class = "UpDecoderBlock2D", resize = "upsamplers",
        resize_class = "Upsample2D", out = c.out_channels, middle_first = true }, y)
    end)
    return shape.tuple(x)
  end)
end

--- Blocks of other kinds have other modules, which are not described.
local function described(raw)
  for key, word in pairs { down_block_types = "DownEncoderBlock2D",
    up_block_types = "UpDecoderBlock2D" } do
    for _, own in ipairs(type(raw[key]) == "table" and raw[key] or {}) do
      if own ~= word then return false end
    end
  end
  return true
end

return {
  model_types = { AutoencoderKL = "AutoencoderKL" },
  part = "AutoencoderKL",
  described = described,
  keys = { layers_per_block = { "count", 1 }, out_channels = { "size", 3 },
    latent_channels = { "size", 4 },
    mid_block_add_attention = { "flag", true }, use_quant_conv = { "flag", true },
    use_post_quant_conv = { "flag", true } },
  defaults = { num_channels = 3 },
  given = function(c, dtype) return shape.tensor(dtype, 1, c.num_channels, 64, 64) end,
  names = {}, calls = {}, classes = { model = "AutoencoderKL" }, head = {}, kind = "dense",
  norm = { kind = "layer_norm" },
  heads = { Model = autoencoder },
  facts = { norm = "layer_norm", sinks = false, stacks = "encoder" },
}
