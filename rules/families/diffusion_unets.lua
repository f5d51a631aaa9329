-- U-Nets of diffusers, which remove noise from latents. Source: its models.

local d = block.diffusion

local function list_of(value, usual) return type(value) == "table" and value or usual end

--- One value for all blocks, or a list with one for each block.
local function each(value, i, usual)
  if type(value) == "table" then return value[i] end
  return math.type(value) == "integer" and value or usual
end

--- Self-attention, cross-attention to the text, and a gated feed-forward.
local function transformer_block(m, e, words)
  return function(x)
    local function norm(name, role)
      m:norm(name, x, { kind = "layer_norm", bias = true, role = "layer.norm." .. role })
    end
    norm("norm1", "attention")
    d.attention(m, "attn1", x, { wide = e, unbiased = true })
    norm("norm2", "cross_attention")
    d.attention(m, "attn2", x, { wide = e, unbiased = true, from = words,
      role = "cross_attention" })
    norm("norm3", "ffn")
    m:call("ff", "FeedForward", "x", x, function(f, y)
      f:kind "FFN_GeGLU"
      f:call("net.0", "GEGLU", "x", y, function(g, z)
        g:op "geglu"
        return d.linear(g, "proj", z, 8 * e, "layer.ffn.gate_up")
      end)
      f:leaf("net.1", "Dropout", y:last(4 * e))
      return d.linear(f, "net.2", y:last(4 * e), e, "layer.ffn.down")
    end)
    m:op("add", 3)
    return x
  end
end

local function transformer(m, name, x, n, linear, words)
  local e = x.dims[2]
  return m:call(name, "Transformer2DModel", "x", x, function(t, y)
    d.group_norm(t, "norm", y, "layer.norm.first")
    local row = shape.tensor(t.dtype, 1, y.dims[3] * y.dims[4], e)
    local function bridge(part, role)
      if linear then d.linear(t, part, row, e, role) else d.conv(t, part, y, e, 1, role) end
    end
    bridge("proj_in", "layer.conv.in")
    for i = 0, n - 1 do
      t:call("transformer_blocks." .. i, "BasicTransformerBlock", "x", row, function(b, z)
        return transformer_block(b, e, words)(z)
      end)
    end
    bridge("proj_out", "layer.conv.out")
    return y
  end)
end

--- A list of the configuration, or the class's default.
local function unet_sizes(c)
  local raw = c.raw
  local channels = list_of(raw.block_out_channels, { 320, 640, 1280, 1280 })
  return {
    channels = channels, n = #channels,
    down = list_of(raw.down_block_types, { "CrossAttnDownBlock2D", "CrossAttnDownBlock2D",
      "CrossAttnDownBlock2D", "DownBlock2D" }),
    up = list_of(raw.up_block_types, { "UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D",
      "CrossAttnUpBlock2D" }),
    deep = function(i) return each(raw.transformer_layers_per_block, i, 1) end,
    layers = function(i) return each(raw.layers_per_block, i, 2) end,
  }
end

local function conditions(m, c, s)
  local first = s.channels[1]
  local wide = 4 * first
  local time = d.projected(m, "time_embedding", "TimestepEmbedding",
    shape.tensor(m.dtype, 1, first), wide, wide, "embedding.time")
  if c.encoder_hid_dim and c.encoder_hid_dim_type ~= false then
    d.linear(m, "encoder_hid_proj", shape.tensor(m.dtype, 1, 8, c.encoder_hid_dim),
      c.cross_attention_dim, "embedding.words")
  end
  if c.addition_embed_type == "text_time" then
    d.projected(m, "add_embedding", "TimestepEmbedding",
      shape.tensor(m.dtype, 1, c.projection_class_embeddings_input_dim), wide, wide,
      "embedding.extra")
  end
  return time, shape.tensor(m.dtype, 1, 8, c.cross_attention_dim)
end

local function down(m, c, s, x, time, words)
  for i = 1, s.n do
    x = m:call("down_blocks." .. i - 1, s.down[i], "x", x, function(b, y)
      for j = 0, s.layers(i) - 1 do
        y = d.resnet(b, "resnets." .. j, y, s.channels[i], time)
        if s.down[i] == "CrossAttnDownBlock2D" then
          transformer(b, "attentions." .. j, y, s.deep(i), c.use_linear_projection, words)
        end
      end
      if i == s.n then return y end
      return b:call("downsamplers.0", "Downsample2D", "x", y, function(r, z)
        return d.resized(d.conv(r, "conv", z, s.channels[i], 3, "layer.conv.smaller"), 0.5)
      end)
    end)
  end
  return x
end

local function middle(m, c, s, x, time, words)
  return m:call("mid_block", "UNetMidBlock2DCrossAttn", "x", x, function(b, y)
    y = d.resnet(b, "resnets.0", y, s.channels[s.n], time)
    transformer(b, "attentions.0", y, s.deep(s.n), c.use_linear_projection, words)
    return d.resnet(b, "resnets.1", y, s.channels[s.n], time)
  end)
end

--- Each block of the second half also gets the states of its counterpart in the first half.
local function up(m, c, s, x, time, words)
  for i = 1, s.n do
    local at = s.n + 1 - i
    local out, deep, last = s.channels[at], s.deep(at), s.layers(at)
    local beyond = s.channels[math.max(at - 1, 1)]
    x = m:call("up_blocks." .. i - 1, s.up[i], "x", x, function(b, y)
      for j = 0, last do
        local beside = j == last and beyond or out
        y = d.resnet(b, "resnets." .. j,
          y:view(y.dims[1], y.dims[2] + beside, y.dims[3], y.dims[4]), out, time)
        if s.up[i] == "CrossAttnUpBlock2D" then
          transformer(b, "attentions." .. j, y, deep, c.use_linear_projection, words)
        end
      end
      if i == s.n then return y end
      return b:call("upsamplers.0", "Upsample2D", "x", y, function(r, z)
        return d.conv(r, "conv", d.resized(z, 2), out, 3, "layer.conv.larger")
      end)
    end)
  end
  return x
end

local function unet(m, c, f)
  local s = unet_sizes(c)
  return m:call("", f.classes.model, "x", f.given(c, m.dtype), function(r, x)
    r:fact("positions", "none")
    local time, words = conditions(r, c, s)
    x = d.conv(r, "conv_in", x, s.channels[1], 3, "embedding.patch")
    x = down(r, c, s, x, time, words)
    x = middle(r, c, s, x, time, words)
    return shape.tuple(d.conv_ending(r, up(r, c, s, x, time, words), c.out_channels))
  end)
end

local known_blocks = { DownBlock2D = true, CrossAttnDownBlock2D = true, UpBlock2D = true,
  CrossAttnUpBlock2D = true }

local function known_types(raw)
  for _, key in ipairs { "down_block_types", "up_block_types" } do
    for _, word in ipairs(type(raw[key]) == "table" and raw[key] or {}) do
      if not known_blocks[word] then return false end
    end
  end
  return true
end

--- Other kinds of conditioning have other modules, which are not described.
local usual = { class_embed_type = {}, num_class_embeds = {}, dual_cross_attention = {},
  only_cross_attention = {}, mid_block_only_cross_attention = {}, time_embedding_dim = {},
  time_cond_proj_dim = {}, timestep_post_act = {}, time_embedding_act_fn = {},
  cross_attention_norm = {}, class_embeddings_concat = {},
  reverse_transformer_layers_per_block = {}, resnet_skip_time_act = {},
  attention_type = { default = true }, time_embedding_type = { positional = true },
  resnet_time_scale_shift = { default = true }, encoder_hid_dim_type = { text_proj = true },
  addition_embed_type = { text_time = true }, mid_block_type = { UNetMidBlock2DCrossAttn = true },
  conv_in_kernel = { [3] = true }, conv_out_kernel = { [3] = true } }

--- Is it left out, or a whole number, or a list of those?
local function whole(value)
  for _, one in ipairs(type(value) == "table" and value or { value }) do
    if math.type(one) ~= "integer" or one < 1 then return false end
  end
  return true
end

local function described_unet(raw)
  for key, words in pairs(usual) do
    local value = raw[key]
    local plain = type(value) == "string" or type(value) == "number"
    if value == true or plain and not words[value] or type(value) == "table" then return false end
  end
  return known_types(raw) and type(raw.cross_attention_dim) ~= "table"
    and whole(raw.block_out_channels) and whole(raw.layers_per_block)
    and whole(raw.transformer_layers_per_block)
end

return {
  extends = "AutoencoderKL",
  model_types = { UNet2DConditionModel = "UNet2DConditionModel" },
  described = described_unet,
  keys = { out_channels = { "size", 4 }, cross_attention_dim = { "size", 1280 },
    encoder_hid_dim = { "size" }, encoder_hid_dim_type = { "choice" },
    addition_embed_type = { "choice" }, projection_class_embeddings_input_dim = { "size" },
    use_linear_projection = { "flag", false } },
  defaults = { num_channels = 4 },
  classes = { model = "UNet2DConditionModel" },
  heads = { Model = unet },
}
