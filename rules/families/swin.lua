-- Swin: stages, each with half the rows and columns and twice the width of the one before;
-- attention within windows, which every other layer shifts.

local ln = block.norms.layer

--- The width, the heads and the rows and columns of a stage, from 0.
local function stage_of(c, i)
  local rows, columns = block.vision.grid(c)
  local function halved(n)
    n = shape.value(n)
    for _ = 1, i do n = (n + 1) // 2 end
    return n
  end
  local heads = (c.num_heads or {})[i + 1]
  return { width = c.embed_dim * (1 << i), heads = heads, rows = halved(rows),
    columns = halved(columns) }
end

--- The side of a window, and how many there are. An image that is no larger is one window.
local function windows(c, s)
  local side = math.min(shape.value(c.window_size), s.rows, s.columns)
  return side, -(-s.rows // side) * -(-s.columns // side)
end

local function attention(c, s)
  local e, bias, side = s.width, c.attention_bias ~= false, c.window_size
  return function(m, x)
    m:kind "AttentionLayer"
    m:fact("qk_norm", "none")
    for _, part in ipairs { "query", "key", "value" } do
      m:linear(part:sub(1, 1) .. "_proj", x, e, { bias = bias, role = "layer.attention." .. part })
    end
    local n = x.dims[2]
    m:call("relative_position_bias", "*RelativePositionBias", "", x, function(r)
      local reach = 2 * side - 1
      r:param("relative_position_bias_table", { reach * reach, s.heads },
        { role = "layer.attention.positions" })
      local all = side * side
      return shape.tensor(r.dtype, 1, s.heads, all, all)
    end)
    m:op "attention"
    m:linear("o_proj", x, e, { bias = true, role = "layer.attention.output" })
    return shape.tuple(x, shape.tensor(m.dtype, x.dims[1], s.heads, n, n))
  end
end

--- A width times a ratio that need not be an integer.
local function wider(width, ratio)
  local whole = math.tointeger(ratio)
  return whole and width * whole or math.floor(shape.value(width) * ratio)
end

local function layer(c, s, kind)
  local side, count = windows(c, s)
  local mlp = block.mlp.build(c, { up = "fc1", down = "fc2", bias = true, act = "activation_fn",
    width = wider(s.width, c.mlp_ratio), out = s.width })
  return function(m, x)
    m:fact("norm_place", "pre")
    m:fact("parallel_residual", false)
    ln(m, "layernorm_before", x, "layer.norm.attention")
    local n = side * side
    local shifts = kind:find "shifted" and side < math.min(s.rows, s.columns)
    m.env.mask = shifts and shape.tensor(m.dtype, count, n, n) or nil
    local seen = shape.tensor(m.dtype, count, n, s.width)
    local out = m:call("attention", "*Attention", "x, mask", seen, attention(c, s))
    m:leaf("dropout", "Dropout", seen)
    m:leaf("drop_path", kind:find "dropped" and "*DropPath" or "Identity", x)
    ln(m, "layernorm_after", x, "layer.norm.ffn")
    m:call("mlp", "*MLP", "x", x, mlp)
    m:leaf("dropout", "Dropout", x)
    m:op("add", 2)
    return shape.tuple(x, out[2])
  end
end

--- Merges four patches into one.
local function merge(s)
  return function(m, x)
    local rows, columns = (s.rows + 1) // 2, (s.columns + 1) // 2
    local y = shape.tensor(m.dtype, x.dims[1], rows * columns, 4 * s.width)
    ln(m, "norm", y, "stage.norm")
    return m:linear("reduction", y, 2 * s.width, { role = "stage.reduction" })
  end
end

--- `first`: how many layers the stages before have.
local function stage(c, i, first)
  local s, last = stage_of(c, i), i == #c.depths - 1
  local function kind(at)
    local word = at % 2 == 1 and "shifted" or "straight"
    return (c.drop_path_rate or 0.1) > 0 and first + at > 0 and word .. " dropped" or word
  end
  return function(m, x)
    local weights
    x = m:layers("blocks", c.depths[i + 1], kind, function(l, name, word, y)
      local out = l:call(name, "*Layer", "x", y, layer(c, s, word))
      weights = out[2]
      return out[1]
    end, x)
    local rows, columns = s.rows, s.columns
    if not last then
      x = m:call("downsample", "*PatchMerging", "x", x, merge(s))
      rows, columns = (rows + 1) // 2, (columns + 1) // 2
    end
    return shape.tuple(x, shape.tensor(m.dtype, x.dims[1], x.dims[3], rows, columns), weights)
  end
end

local function embed(c, masked)
  local e, rows, columns, p, q = c.embed_dim, block.vision.grid(c)
  return function(m, pixels)
    local x = shape.tensor(m.dtype, pixels.dims[1], rows * columns, e)
    if masked then m:param("mask_token", { 1, 1, e }, { role = "embedding.mask" }) end
    if c.use_absolute_embeddings then
      m:param("position_embeddings", { 1, rows * columns, e }, { role = "embedding.position" })
    end
    m:call("patch_embeddings", "*PatchEmbeddings", "x", pixels, function(b, y)
      block.conv.conv(b, "projection", y, shape.tensor(b.dtype, y.dims[1], e, rows, columns),
        { p, q }, { bias = true, role = "embedding.patch" })
      return shape.tuple(x)
    end)
    ln(m, "norm", x, "norm.embedding")
    m:leaf("dropout", "Dropout", x)
    return shape.tuple(x)
  end
end

--- `o`: options of the outer class: `pooler`, false where it has none, and `mask_token`.
local function body(c, _, o)
  o = o or {}
  return function(m, pixels)
    m:fact("positions", c.use_absolute_embeddings and "learned and relative" or "relative")
    local x = m:call("embeddings", "*Embeddings", "x", pixels, embed(c, o.mask_token))[1]
    x = m:call("encoder", "*Encoder", "x", x, function(n, y)
      local first = 0
      for i = 0, #c.depths - 1 do
        y = n:call("layers." .. i, "*Stage", "x", y, stage(c, i, first))[1]
        first = first + c.depths[i + 1]
      end
      return shape.named("last_hidden_state", y)
    end)[2]
    ln(m, "layernorm", x, "norm.final")
    if o.pooler == false then return shape.named("last_hidden_state", x) end
    local e = x.dims[3]
    m:leaf("pooler", "AdaptiveAvgPool1d", x:view(x.dims[1], e, x.dims[2]), x:view(x.dims[1], e, 1))
    return shape.named("last_hidden_state", x, "pooler_output",
      shape.tensor(m.dtype, x.dims[1], e))
  end
end

local function last_width(c) return c.embed_dim * (1 << #c.depths - 1) end

return {
  extends = "vit",
  model_types = { swin = "Swin" },
  keys = { encoder_stride = { "size", 32 }, embed_dim = { "size", 96 },
    depths = { "list", { 2, 2, 6, 2 } }, num_heads = { "list", { 3, 6, 12, 24 } },
    window_size = { "size", 7 },
    mlp_ratio = { "number", 4 }, use_absolute_embeddings = { "flag", false },
    drop_path_rate = { "number", 0.1 } },
  defaults = { image_size = 224, patch_size = 4 },
  body = body,
  heads = { ForImageClassification = block.image_heads.classified { more = {}, width = last_width },
    ForMaskedImageModeling = false },
  saved = { { "attention%.q_proj", "attention.self.query" },
    { "attention%.k_proj", "attention.self.key" }, { "attention%.v_proj", "attention.self.value" },
    { "attention%.relative_position_bias%.", "attention.self." },
    { "attention%.o_proj", "attention.output.dense" }, { "mlp%.fc1", "intermediate.dense" },
    { "mlp%.fc2", "output.dense" } },
}
