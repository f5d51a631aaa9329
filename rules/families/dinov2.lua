-- DINOv2 and DINOv3: vision encoders whose layers scale the results of attention and feed-forward.

--- The width of the feed-forward by its ratio; with a gate two thirds of it, rounded up to a
--- multiple of 8.
local function width(c)
  local ratio, e = c.mlp_ratio, c.hidden_size
  local wide = math.tointeger(ratio) and e * math.tointeger(ratio)
    or math.floor(shape.value(e) * ratio)
  if not c.use_swiglu_ffn then return wide end
  return (2 * shape.value(wide) // 3 + 7) // 8 * 8
end

local function drop(class)
  return function(c) return c.drop_path_rate > 0 and class or "Identity" end
end

--- The indices of the hidden states that become feature maps; 0 is the embedding.
local function wanted_stages(c)
  local stages, wanted, out = c.raw.stage_names or {}, {}, {}
  for _, name in ipairs(c.raw.out_features or { "stage" .. c.num_hidden_layers }) do
    wanted[name] = true
  end
  for i = 0, c.num_hidden_layers do
    local name = stages[i + 1] or i == 0 and "stem" or "stage" .. i
    if wanted[name] then out[#out + 1] = i end
  end
  return out
end

--- The backbone: feature maps of chosen layers. `each`: the norm takes every state, not only these.
local function backbone(norm, each)
  return function(m, c, f, x)
    return m:call("", c.root_class or "*Backbone", "pixel_values=x", x, function(r, y)
      local rows, columns = block.vision.grid(c)
      local stages, maps = wanted_stages(c), {}
      local seen = f.body(c, f, { final_norm = false, all_states = true,
        encoder_spec = each and "x, position_embeddings" or nil })(r, y)[2]
      local calls = each and 1 or 0
      if c.apply_layernorm ~= false then calls = each and c.num_hidden_layers + 1 or #stages end
      for _ = 1, calls do r:leaf(norm, "LayerNorm", seen) end
      for part, role in pairs { weight = "norm.final", bias = "norm.final.bias" } do
        r:param(norm .. "." .. part, { c.hidden_size }, { role = role, layer_type = "LayerNorm" })
      end
      local map = shape.tensor(r.dtype, 1, c.hidden_size, rows, columns)
      if c.reshape_hidden_states == false then
        map = each and seen:view(1, rows * columns, c.hidden_size) or seen
      end
      for i = 1, #stages do maps[i] = map end
      return shape.named("feature_maps", shape.tuple(table.unpack(maps)))
    end)
  end
end

local function double(c) return 2 * c.hidden_size end

--- DINOv3: rotary positions on two axes, for the patches only.
local function angles(c)
  return function(m, pixels)
    local rows, columns = block.vision.grid(c)
    local turn = shape.tensor(m.dtype, rows * columns, c.hidden_size // c.num_attention_heads)
    m.env.position_embeddings = m:call("rope_embeddings", "*RopePositionEmbedding", "x", pixels,
      function() return shape.tuple(turn, turn) end)
  end
end

return {
  {
    extends = "vit",
    model_types = { dinov2 = "Dinov2" },
    keys = { mlp_ratio = { "number", 4 }, use_swiglu_ffn = { "flag", false },
      use_mask_token = { "flag", true }, drop_path_rate = { "number", 0.0 },
      apply_layernorm = { "flag", true }, reshape_hidden_states = { "flag", true } },
    vision = { encoder = "encoder", encoder_spec = "x", layers = "layer", pooler = false,
      mask_token = function(c) return c.use_mask_token and "vector" end },
    encoder_layer = { attention_norm = "norm1",
      ffn_norm = "norm2", dropout = false, scale = "layer_scale", drop_path = "drop_path",
      drop_class = drop "*DropPath", width = width, gated = "use_swiglu_ffn",
      ffn_class = function(c) return c.use_swiglu_ffn and "*SwiGLUFFN" or "*MLP" end,
      saved_together = "weights_in",
      activation = function(c) return c.use_swiglu_ffn and "silu" or c.hidden_act end },
    heads = {
      ForImageClassification = block.image_heads.classified { width = double, more = {} },
      ForMaskedImageModeling = false, Backbone = backbone "layernorm",
    },
    saved = { { "%.q_proj%.", ".attention.query." }, { "%.k_proj%.", ".attention.key." },
      { "%.v_proj%.", ".attention.value." }, { "%.o_proj%.", ".output.dense." },
      { "%.mlp%.down_proj%.", ".mlp.weights_out." } },
  },
  {
    extends = "dinov2",
    model_types = { dinov2_with_registers = "Dinov2WithRegisters" },
    keys = { num_register_tokens = { "size", 4 } },
    vision = { mask_token = "vector", tokens = function(c)
      return { { "register_tokens", c.num_register_tokens, unplaced = true } }
    end },
  },
  {
    extends = "dinov2",
    model_types = { dinov3_vit = "DINOv3ViT" },
    keys = { num_register_tokens = { "size", 0 }, use_gated_mlp = { "flag", false },
      query_bias = { "flag", true }, key_bias = { "flag", false }, value_bias = { "flag", true },
      proj_bias = { "flag", true } },
    vision = { patch_module = false, patch = "patch_embeddings", mask_token = "row",
      tokens = function(c) return { { "register_tokens", c.num_register_tokens } } end,
      positions = "rope", rope = angles, dropout = false, encoder = "model",
      encoder_spec = "x, position_embeddings=", final_norm = "norm" },
    encoder_layer = { spec = "x, position_embeddings=",
      attention_spec = "x, position_embeddings=", rope = true, bias = "query_bias",
      key_bias = "key_bias", value_bias = "value_bias", out_bias = "proj_bias",
      ffn_bias = "mlp_bias", gated = "use_gated_mlp", up = "up_proj", down = "down_proj",
      act = "act_fn", width = "intermediate_size", saved_together = false,
      drop_class = drop "Dinov3ViTDropPath",
      ffn_class = function(c) return c.use_gated_mlp and "*GatedMLP" or "*MLP" end,
      activation = function(c) return c.hidden_act end },
    heads = { ForImageClassification = false, Backbone = backbone("norm", "each") },
    saved = { { "^model%.", "" } },
    facts = { rope_layout = "half" },
  },
}
