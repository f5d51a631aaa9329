-- BEiT and data2vec: vision encoders with learned relative position biases.

--- A table of biases, one row for each distance of two patches.
local function table_of_distances(m, c)
  local rows, columns = block.vision.grid(c)
  m:param("relative_position_bias_table",
    { (2 * rows - 1) * (2 * columns - 1) + 3, c.num_attention_heads },
    { role = "layer.attention.relative_positions", layer_type = "EmbeddingLayer" })
end

--- The module that computes the biases of all pairs of tokens.
local function bias(m, c, name, times)
  m:fact("positions", "relative")
  return m:call(name, "*RelativePositionBias", "-", nil, function(b)
    if times then b:times(times) end
    local rows, columns = block.vision.grid(c)
    local n = rows * columns + 1
    table_of_distances(b, c)
    return shape.tensor(b.dtype, 1, c.num_attention_heads, n, n)
  end)
end

--- The first layer has no drop path, the others have one if the rate is not zero.
local function drop_class(c, kind)
  return kind ~= "first" and c.drop_path_rate > 0 and "*DropPath" or "Identity"
end

local function kinds()
  return function(i) return i == 0 and "first" or "encoder" end
end

local function factors(c) return c.layer_scale_init_value > 0 and "lambda_" end

local function pooler(c)
  return function(m, x)
    local first = shape.tensor(m.dtype, x.dims[1], c.hidden_size)
    return m:call("pooler", "*Pooler", "x", x, function(p)
      if c.use_mean_pooling then
        p:norm("layernorm", first, { kind = "layer_norm", bias = true, role = "norm.final" })
      end
      return first
    end)
  end
end

local function body(pooled)
  return function(c, f, more)
    local o = { pooler = false, final_class = c.use_mean_pooling and "Identity" or nil }
    for key, value in pairs(more or { pooled = pooled }) do o[key] = value end
    local with_vector = o.pooled
    o.pooled = nil
    if with_vector then o.head = pooler(c) else o.no_pool = true end
    return block.vision.stack(c, f, o)
  end
end

--- Masked image modelling: the token of a visual vocabulary for each patch.
local function masked_image(m, c, f, x)
  return block.image_heads.whole("ForMaskedImageModeling", {}, function(r, _, _, out)
    local y = r:norm("layernorm", out[2], { kind = "layer_norm", bias = true,
      role = "head.norm" })
    local rows, columns = block.vision.grid(c)
    return shape.named("logits", r:linear("lm_head", y:view(1, rows * columns, c.hidden_size),
      c.vocab_size, { bias = true, role = "head", layer_type = "LMHead" }))
  end)(m, c, f, x)
end

--- The mask for the patches, from the biases that all layers share.
local function shared_bias(c)
  if not c.use_shared_relative_position_bias then return nil end
  return function(m) m.env.attention_mask = bias(m, c, "shared_position_bias") end
end

--- Files have the tensor names of an older class.
local saved = { { "shared_position_bias%.", "encoder.relative_position_bias." },
  { "layers%.", "encoder.layer." },
  { "%.relative_position_bias%.", ".attention.attention.relative_position_bias." },
  { "encoder%.attention%.attention%.", "encoder." },
  { "%.q_proj%.", ".attention.query." }, { "%.k_proj%.", ".attention.key." },
  { "%.v_proj%.", ".attention.value." }, { "%.o_proj%.", ".output.dense." },
  { "%.mlp%.fc1%.", ".intermediate.dense." }, { "%.mlp%.fc2%.", ".output.dense." } }

--- The biases of a layer; those that all layers share are computed before each layer.
local function own_bias(c)
  if not c.use_relative_position_bias then return nil end
  return function(m) m.env.attention_mask = bias(m, c, "relative_position_bias") end
end

local function common_bias(c)
  if not c.use_shared_relative_position_bias then return nil end
  return function(m)
    m.env.relative_position_bias = bias(m, c, "relative_position_bias", c.num_hidden_layers)
  end
end

return {
  {
    extends = "vit",
    model_types = { beit = "Beit" },
    keys = { use_mask_token = { "flag", false },
      use_absolute_position_embeddings = { "flag", false },
      use_relative_position_bias = { "flag", false }, layer_scale_init_value = { "number", 0.1 },
      use_shared_relative_position_bias = { "flag", false }, drop_path_rate = { "number", 0.1 },
      use_mean_pooling = { "flag", true } },
    vision = { mask_token = function(c) return c.use_mask_token and "row" end,
      positions = function(c)
        return c.use_absolute_position_embeddings and "parameter" or "none"
      end, pooler = false, kinds = kinds, rope = shared_bias },
    encoder_layer = { bias = true, key_bias = false, scale_param = factors,
      drop_path = "drop_path", drop_class = drop_class, spec = "x, attention_mask=",
      attention_spec = "x, attention_mask=",
      before = own_bias },
    body = body(true),
    heads = {
      ForImageClassification = block.image_heads.classified { more = { pooled = true } },
      ForMaskedImageModeling = masked_image,
    },
    saved = saved,
  },
  {
    extends = "beit",
    model_types = { ["data2vec-vision"] = "Data2VecVision" },
    vision = { encoder = "encoder", encoder_spec = "x", layers = "layer",
      layer_block = "vit_layer", rope = false, around = common_bias },
    vit_layer = { bias = true, key_bias = false, weights = false, weights_dropout = "dropout",
      drop_path = "drop_path", drop_class = drop_class, scale_param = factors, straight = true,
      relative = own_bias },
    body = body(false),
    heads = { ForMaskedImageModeling = false },
    saved = {},
  },
}
