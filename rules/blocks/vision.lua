--- A vision encoder: patches of an image, positions, layers, a last norm. It takes the
--- configuration of its part, and is a body for `m:call`: the name in front of its own is the
--- caller's (`m:call("vision_tower", "CLIPVisionModel", "pixel_values=x", pixels, tower)`).
local options = {
  base = "text",  -- what begins the names of the classes
  roles = "text", -- what begins the roles of the parameters
  beside = "flag", -- a tower: says nothing of the language model
  embeddings_class = "text", embeddings_spec = "text",
  patch = "text", patch_bias = "flag", patch_module = "word", -- the convolution, the module around
  token = { "vector", "row" }, -- one token before the patches: a vector, or a row as in a batch
  token_name = "text", tokens = "list", token_count = "size", -- further ones; all of them
  mask_token = { "vector", "row" },
  positions = { "table", "parameter", "none" }, position_name = "text",
  dropout = "flag", -- behind the embedding
  pre_norm = "word",
  encoder = "word", encoder_class = "text", encoder_spec = "text", layers = "text",
  layer = "block", layer_options = "list",
  final_norm = "word", pooled_norm = "flag", norm = "word", -- the norm sees the first token only
  head = "block", no_pool = "flag", -- one vector for the image; there is none
}

--- Height and width of something that may be one number.
local function pair(c, key)
  local value = c[key] or c.raw[key]
  if type(value) == "table" and value[1] then return value[1], value[2] end
  return value, value
end

--- Patches from top to bottom and from left to right.
local function grid(c)
  local h, w = pair(c, "image_size")
  local p, q = pair(c, "patch_size")
  return h // p, w // q, p, q
end

local function pixels(c, dtype)
  local h, w = pair(c, "image_size")
  return shape.tensor(dtype, 1, c.num_channels or 3, h, w)
end

local function patches(m, c, o, x)
  local rows, columns, p, q = grid(c)
  local e = c.hidden_size
  local n = x.dims[1]
  local function conv(k, name, y)
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

local function embed(c, o)
  local e = c.hidden_size
  return function(m, x)
    local seen = patches(m, c, o, x)
    local n = seen.dims[2]
    local function token(name, form)
      m:param(name, form == "vector" and { e } or { 1, 1, e },
        { role = "embedding." .. name, layer_type = "EmbeddingLayer" })
    end
    if o.token then token(o.token_name or "class_embedding", o.token) end
    for _, name in ipairs(o.tokens or {}) do token(name, "row") end
    if o.mask_token then
      m:param("mask_token", o.mask_token == "vector" and { 1, e } or { 1, 1, e },
        { role = "embedding.mask_token", layer_type = "EmbeddingLayer" })
    end
    if o.token then n = n + (o.token_count or 1 + #(o.tokens or {})) end
    local y = shape.tensor(m.dtype, seen.dims[1], n, e)
    if (o.positions or "table") == "table" then
      m:embedding(o.position_name or "position_embedding", shape.tensor("I64", 1, n), n, e,
        { role = "embedding.position" })
    elseif o.positions == "parameter" then
      m:param(o.position_name or "position_embeddings", { 1, n, e },
        { role = "embedding.position", layer_type = "EmbeddingLayer" })
    end
    if o.dropout then m:leaf("dropout", "Dropout", y) end
    return y
  end
end

local function norm(m, o, name, x, role)
  m:norm(name, x, { kind = o.norm or "layer_norm", bias = (o.norm or "layer_norm") == "layer_norm",
    role = role })
end

local function layers(m, c, o, x)
  local layer = o.layer or block.encoder_layer.build(c, o.layer_options)
  return m:layers(o.layers or "layers", c.num_hidden_layers, function() return "encoder" end,
    function(l, name, _, y) return layer(l, name, y) end, x)
end

local function build(c, o)
  local base = o.base or "*"
  return function(m, x)
    if o.roles then m.roles = o.roles .. "." end
    if o.beside then m.beside = true end
    m:fact("positions", "learned")
    x = m:call("embeddings", o.embeddings_class or base .. "VisionEmbeddings",
      o.embeddings_spec or "x", x, embed(c, o))
    if o.pre_norm then norm(m, o, o.pre_norm, x, "norm.embedding") end
    if o.encoder == false then
      x = layers(m, c, o, x)
    else
      x = m:call(o.encoder or "encoder", o.encoder_class or base .. "Encoder",
        o.encoder_spec or "inputs_embeds=x", x, function(n, y)
          return shape.named("last_hidden_state", layers(n, c, o, y))
        end)[2]
    end
    local pooled = shape.tensor(m.dtype, x.dims[1], c.hidden_size)
    if o.final_norm then norm(m, o, o.final_norm, o.pooled_norm and pooled or x, "norm.final") end
    if o.head then pooled = o.head(m, x) end
    return shape.named("last_hidden_state", x, "pooler_output", not o.no_pool and pooled)
  end
end

return { options = options, build = build, grid = grid, pixels = pixels }
