--- A vision encoder: patches of an image, positions, layers, a last norm. It takes the
--- configuration of its part, and is a body for `m:call`: the name in front of its own is the
--- caller's (`m:call("vision_tower", "CLIPVisionModel", "pixel_values=x", pixels, tower)`).
local options = {
  base = "text",  -- what begins the names of the classes
  roles = "text", -- what begins the roles of the parameters
  beside = "flag", -- a tower: its facts do not count for the language model
  embeddings_class = "text", embeddings_spec = "text",
  rows = "size", -- patches come as rows; rows of the table of positions
  patch_mask = "flag", -- a mask of the patches is an input, too
  patch = "text", patch_bias = "flag", patch_module = "word", -- the convolution, the module around
  token = { "vector", "row" }, -- one token before the patches: a vector, or a row as in a batch
  token_name = "text",
  tokens = "list", -- further ones: a name, or { name, count }; `unplaced` without positions
  mask_token = { "vector", "row" },
  positions = { "table", "parameter", "rope", "none" }, position_name = "text",
  beside_positions = "made", -- (m, x): what is called between the positions and the dropout
  rope = "made", -- (m, image, x): the angles, which layers are given
  spectrogram = "flag", -- of a sound, in place of the image
  kept = "made", -- how many patches the layers get; the others are masked out
  dropout = "flag", -- behind the embedding
  pre_norm = "word", patch_norm = "word", -- behind the embedding, behind the patches alone
  encoder = "word", encoder_class = "text", encoder_spec = "text", layers = "text",
  layer = "block", layer_options = "list", layer_block = "text", -- `encoder_layer`, `vit_layer`
  kinds = "made", -- (i): the kind of layer i, where options of layers depend on it
  all_states = "flag", -- the encoder gives the states before and behind each layer, too
  around = "made", -- (m): what the encoder calls before its layers
  final_norm = "word", pooled_norm = "flag", norm = "word", -- the norm takes the first token only
  final_class = "text", -- that norm is a module without parameters of this class
  pooler = "word", -- the first token through a linear map and an activation
  head = "block", no_pool = "flag", -- one vector for the image; there is none
}

--- Height and width by a key whose value may be one number for both.
local function pair(c, key)
  local value = c[key] or c.raw[key]
  if type(value) == "table" and value[1] then return value[1], value[2] end
  return value, value
end

--- Rows and columns of patches, and the height and width of one.
local function grid(c, o)
  if o and o.spectrogram then
    local p = c.patch_size
    return (c.num_mel_bins - p) // c.frequency_stride + 1,
      (c.max_length - p) // c.time_stride + 1, p, p
  end
  local h, w = pair(c, "image_size")
  local p, q = pair(c, "patch_size")
  return h // p, w // q, p, q
end

local function pixels(c, dtype)
  local h, w = pair(c, "image_size")
  return shape.tensor(dtype, 1, c.num_channels or 3, h, w)
end

--- An encoder of images alone, as a whole model.
local function alone(m, c, f, x)
  return m:call("", f.classes.model, "pixel_values=x", x, f.body(c, f))
end

local function patches(m, c, o, x)
  local rows, columns, p, q = grid(c, o)
  local e = c.hidden_size
  local n = x.dims[1]
  local function conv(k, name, y)
    if o.spectrogram then y = y:view(n, 1, y.dims[3], y.dims[2]) end
    return block.conv.conv(k, name, y, shape.tensor(m.dtype, n, e, rows, columns), { p, q },
      { bias = o.patch_bias ~= false, role = "embedding.patch" })
  end
  local name = o.patch or o.patch_module and "projection" or "patch_embedding"
  local function all() return shape.tensor(m.dtype, n, rows * columns, e) end
  if not o.patch_module then
    conv(m, name, x)
    return all()
  end
  return m:call(o.patch_module, (o.base or "*") .. "PatchEmbeddings", "x", x, function(k, y)
    conv(k, name, y)
    return all()
  end)
end

local function norm(m, o, name, x, role)
  m:norm(name, x, { kind = o.norm or "layer_norm", bias = (o.norm or "layer_norm") == "layer_norm",
    role = role })
end

--- Embeds patches that come as rows; the positions are interpolated to the image.
local function embed_rows(c, o)
  return function(m, x)
    local y = m:linear("patch_embedding", x, c.hidden_size, { bias = true,
      role = "embedding.patch", layer_type = "EmbeddingLayer" })
    m:param("position_embedding.weight", { o.rows, c.hidden_size },
      { role = "embedding.position", layer_type = "EmbeddingLayer" })
    return y
  end
end

--- The input: the rows of an image of 16 x 16 patches.
local function given_rows(c, dtype)
  return shape.tensor(dtype, 1, 256, (c.num_channels or 3) * c.patch_size * c.patch_size)
end

--- The tokens before the patches: how many there are, and how many of them have a position.
local function tokens(m, c, o)
  local e, count, placed = c.hidden_size, 0, 0
  local function token(name, dims)
    m:param(name, dims, { role = "embedding." .. name, layer_type = "EmbeddingLayer",
      empty = true })
  end
  if o.token then
    token(o.token_name or "class_embedding", o.token == "vector" and { e } or { 1, 1, e })
    count, placed = 1, 1
  end
  for _, one in ipairs(o.tokens or {}) do
    if type(one) == "string" then one = { one, 1 } end
    token(one[1], { 1, one[2], e })
    count = count + one[2]
    if not one.unplaced then placed = placed + one[2] end
  end
  if o.mask_token then
    token("mask_token", o.mask_token == "vector" and { 1, e } or { 1, 1, e })
  end
  return count, placed
end

local function embed(c, o)
  local e = c.hidden_size
  return function(m, x)
    local seen = patches(m, c, o, x)
    if o.patch_norm then norm(m, o, o.patch_norm, seen, "norm.embedding") end
    local count, placed = tokens(m, c, o)
    local n = seen.dims[2] + placed
    local y = shape.tensor(m.dtype, seen.dims[1], seen.dims[2] + count, e)
    if (o.positions or "table") == "table" then
      m:embedding(o.position_name or "position_embedding", shape.tensor("I64", 1, n), n, e,
        { role = "embedding.position" })
    elseif o.positions == "parameter" then
      m:param(o.position_name or "position_embeddings", { 1, n, e },
        { role = "embedding.position", layer_type = "EmbeddingLayer" })
    end
    if o.beside_positions then o.beside_positions(m, y) end
    if o.dropout then m:leaf("dropout", "Dropout", y) end
    if not o.kept then return y end
    local flags = shape.tensor("F32", 1, seen.dims[2])
    return shape.tuple(shape.tensor(m.dtype, seen.dims[1], o.kept + count, e), flags,
      flags:to "I64")
  end
end

local function layers(m, c, o, x)
  local built = {}
  local function layer(kind)
    built[kind] = built[kind] or o.layer
      or block[o.layer_block or "encoder_layer"].build(c, o.layer_options, kind)
    return built[kind]
  end
  return m:layers(o.layers or "layers", c.num_hidden_layers,
    o.kinds or function() return "encoder" end,
    function(l, name, kind, y) return layer(kind)(l, name, y) end, x)
end

--- The vector of the first token, through a linear map and an activation.
local function pool(m, c, o, x)
  return m:call(o.pooler, (o.base or "*") .. "Pooler", "x", x, function(p, y)
    local act = block.activation[c.pooler_act or "tanh"] or { class = "Tanh", operator = "tanh" }
    y = p:linear("dense", shape.tensor(p.dtype, y.dims[1], c.hidden_size),
      c.pooler_output_size or c.hidden_size, { bias = true, role = "head.pooler" })
    p:op(act.operator)
    return p:leaf("activation", act.class, y)
  end)
end

local function encode(m, c, o, x, base)
  if o.encoder == false then return layers(m, c, o, x) end
  return m:call(o.encoder or "encoder", o.encoder_class or base .. "Encoder",
    o.encoder_spec or "inputs_embeds=x", x, function(n, y)
      if o.around then o.around(n) end
      y = layers(n, c, o, y)
      local states = {}
      for i = 1, o.all_states and c.num_hidden_layers + 1 or 0 do states[i] = y end
      return shape.named("last_hidden_state", y, "hidden_states", #states > 0
        and shape.tuple(table.unpack(states)))
    end)[2]
end

local function build(c, o)
  local base = o.base or "*"
  return function(m, x)
    if o.roles then m.roles = o.roles .. "." end
    if o.beside then m.beside = true end
    m:fact("positions", o.positions == "rope" and "rope" or "learned")
    local image, hidden = x, {}
    if o.patch_mask then
      local rows, columns = grid(c)
      m.env.patch_attention_mask = shape.tensor("BOOL", 1, rows, columns)
    end
    x = m:call("embeddings", o.embeddings_class or base .. "VisionEmbeddings",
      o.embeddings_spec or "x", x, o.rows and embed_rows(c, o) or embed(c, o))
    if o.kept then
      hidden = { "mask", x[2], "ids_restore", x[3] }
      x = x[1]
    end
    if o.pre_norm then norm(m, o, o.pre_norm, x, "norm.embedding") end
    if o.rope then o.rope(m, image, x) end
    x = encode(m, c, o, x, base)
    local pooled = shape.tensor(m.dtype, x.dims[1], c.hidden_size)
    if o.final_class then
      m:leaf(o.final_norm, o.final_class, x)
    elseif o.final_norm then
      norm(m, o, o.final_norm, o.pooled_norm and pooled or x, "norm.final")
    end
    if o.pooler then pooled = pool(m, c, o, x) end
    if o.head then pooled = o.head(m, x) end
    return shape.named("last_hidden_state", x, "pooler_output", not o.no_pool and pooled,
      table.unpack(hidden))
  end
end

--- The body of a model of words whose images are seen apart: `inner`, and then `images`.
local function behind(inner, images)
  return function(m, ids)
    local out = inner(m, ids)
    images(m)
    return out
  end
end

--- The body of a family whose slots `vision` and `encoder_layer` have the options.
local function stack(c, f, more)
  local o = options_of("vision", f.vision, c)
  for key, value in pairs(more or {}) do o[key] = value end
  o.embeddings_class = o.embeddings_class or (o.base or "*") .. "Embeddings"
  o.layer_options = f[o.layer_block or "encoder_layer"]
  return build(c, o)
end

return { options = options, build = build, stack = stack, grid = grid, pixels = pixels,
  alone = alone, given_rows = given_rows, behind = behind }
