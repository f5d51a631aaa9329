-- ViT and its relatives: encoders of image patches with learned positions.

--- ViT-MAE: a smaller encoder over all patches reconstructs the masked ones.
local function pretraining(m, c, f, x)
  return block.image_heads.whole("ForPreTraining", {}, function(r, _, _, out)
    local rows, columns, p, q = block.vision.grid(c)
    local n, e = rows * columns, c.decoder_hidden_size
    local pixels = p * q * (c.num_channels or 3)
    local options = {}
    for key, value in pairs(f.encoder_layer) do options[key] = value end
    options.width = c.decoder_intermediate_size
    options.hidden, options.heads = e, c.decoder_num_attention_heads
    r.env.ids_restore = out[8]
    r:call("decoder", "*Decoder", "x, ids_restore", out[2], function(d, y)
      d.roles = "decoder."
      d:linear("decoder_embed", y, e, { bias = true, role = "embedding" })
      d:param("mask_token", { 1, 1, e }, { role = "mask_token", layer_type = "EmbeddingLayer" })
      d:param("decoder_pos_embed", { 1, n + 1, e }, { role = "embedding.position",
        layer_type = "EmbeddingLayer" })
      local layer = block.encoder_layer.build(c, options)
      y = d:layers("decoder_layers", c.decoder_num_hidden_layers, function() return "decoder" end,
        function(l, name, _, z) return layer(l, name, z) end, shape.tensor(d.dtype, 1, n + 1, e))
      d:norm("decoder_norm", y, { kind = "layer_norm", bias = true, role = "norm.final" })
      d:linear("decoder_pred", y, pixels, { bias = true, role = "head.pixels" })
      return shape.named("logits", shape.tensor(d.dtype, 1, n, pixels))
    end)
    return shape.named("loss", shape.tensor("F32"), "logits",
      shape.tensor(r.dtype, 1, n, pixels), "mask", out[6], "ids_restore", out[8])
  end)(m, c, f, x)
end

--- Audio Spectrogram Transformer: a classifier on the mean of its two special tokens.
local function sound_class(m, c, f, x)
  return block.image_heads.whole("ForAudioClassification", {}, function(r, _, _, out)
    return shape.named("logits", r:call("classifier", "*MLPHead", "x", out[4], function(h, y)
      h:norm("layernorm", y, { kind = "layer_norm", bias = true, role = "head.norm" })
      return h:linear("dense", y, block.image_heads.labels(c), { bias = true,
        role = "head.score" })
    end))
  end)(m, c, f, x)
end

--- YOLOS: a class and a box for each detection token.
local function detection(m, c, f, x)
  return block.image_heads.whole("ForObjectDetection", { pooler = false, no_pool = true },
    function(r, _, _, out)
      local seen = shape.tensor(r.dtype, 1, c.num_detection_tokens, c.hidden_size)
      local function predict(name, width)
        return r:call(name, "*MLPPredictionHead", "x", seen, function(h, y)
          for i = 0, 2 do
            y = h:linear("layers." .. i, y, i == 2 and width or c.hidden_size,
              { bias = true, role = "head." .. name })
          end
          return y
        end)
      end
      local logits = predict("class_labels_classifier", block.image_heads.labels(c) + 1)
      return shape.named("logits", logits, "pred_boxes", predict("bbox_predictor", 4),
        "last_hidden_state", out[2])
    end)(m, c, f, x)
end

local function detection_tokens(c)
  local rows, columns = block.vision.grid(c)
  return rows * columns + c.num_detection_tokens + 1
end

--- YOLOS: positions that are added after each layer but the last.
local function mid_positions(c)
  if c.use_mid_position_embeddings == false then return nil end
  return function(m)
    local dims = { c.num_hidden_layers - 1, 1, detection_tokens(c), c.hidden_size }
    m:param("interpolation.mid_position_embeddings", dims, { role = "embedding.mid_position",
      layer_type = "EmbeddingLayer", empty = true })
    m:call("interpolation", "InterpolateMidPositionEmbeddings", "-", nil, function(b)
      return shape.tensor(b.dtype, table.unpack(dims))
    end)
  end
end

--- Files have the tensor names of an older class.
local saved = { { "layers%.", "encoder.layer." }, { "%.q_proj%.", ".attention.query." },
  { "%.k_proj%.", ".attention.key." }, { "%.v_proj%.", ".attention.value." },
  { "%.o_proj%.", ".output.dense." }, { "%.mlp%.fc1%.", ".intermediate.dense." },
  { "%.mlp%.fc2%.", ".output.dense." } }

return {
  {
    model_types = { vit = "ViT" },
    norm = { kind = "layer_norm", bias = true },
    keys = { encoder_stride = { "size", 16 }, pooler_output_size = { "size" },
      pooler_act = { "choice", "tanh" } },
    names = { model = "*" },
    vision = { patch_module = "patch_embeddings", token = "row", token_name = "cls_token",
      positions = "parameter", dropout = true, encoder = false, final_norm = "layernorm",
      pooler = "pooler" },
    encoder_layer = { class = "*Layer", attention = "attention", attention_spec = "x",
      attention_norm = "layernorm_before", ffn_norm = "layernorm_after", out = "o_proj",
      bias = "attention_bias", dropout = "dropout" },
    body = block.vision.stack,
    heads = {
      Model = block.image_heads.bare,
      ForImageClassification = block.image_heads.classified(),
      ForMaskedImageModeling = block.image_heads.masked_image,
    },
    given = block.vision.pixels,
    saved = saved,
    facts = { norm = "layer_norm", sinks = false, stacks = "encoder" },
  },
  {
    extends = "vit",
    model_types = { deit = "DeiT" },
    vision = { tokens = { "distillation_token" } },
    heads = { ForImageClassificationWithTeacher = block.image_heads.classified {
      suffix = "ForImageClassificationWithTeacher",
      names = { "cls_classifier", "distillation_classifier" } } },
  },
  {
    extends = "vit",
    model_types = { vit_msn = "ViTMSN" },
    names = { model = "vit" },
    vision = { pooler = false, no_pool = true },
    saved = { { "^vit%.layers%.", "layers." }, table.unpack(saved) },
  },
  {
    extends = "vit_msn",
    model_types = { vit_mae = "ViTMAE" },
    keys = { mask_ratio = { "number", 0.75 }, decoder_hidden_size = { "size", 512 },
      decoder_num_attention_heads = { "size", 16 }, decoder_num_hidden_layers = { "count", 8 },
      decoder_intermediate_size = { "size", 2048 } },
    saved = saved,
    vision = { dropout = false, kept = function(c)
      local rows, columns = block.vision.grid(c)
      return math.floor(shape.value(rows * columns) * (1 - c.mask_ratio))
    end },
    arguments = { ids_restore = "where the patches were" },
    heads = { ForPreTraining = pretraining },
  },
  {
    extends = "vit",
    model_types = { ["audio-spectrogram-transformer"] = "AST" },
    keys = { frequency_stride = { "size", 10 }, time_stride = { "size", 10 },
      max_length = { "size", 1024 } },
    defaults = { num_mel_bins = 128 },
    calls = { model = "input_values=x" },
    vision = { tokens = { "distillation_token" }, spectrogram = true, pooler = false },
    heads = { ForAudioClassification = sound_class },
    given = function(c, dtype) return shape.tensor(dtype, 1, c.max_length, c.num_mel_bins) end,
  },
  {
    extends = "vit",
    model_types = { yolos = "Yolos" },
    names = { model = "vit" },
    keys = { num_detection_tokens = { "size", 100 },
      use_mid_position_embeddings = { "flag", true } },
    vision = {
      tokens = function(c) return { { "detection_tokens", c.num_detection_tokens } } end,
      beside_positions = function(c)
        return function(m, x)
          m:leaf("interpolation", "InterpolateInitialPositionEmbeddings",
            shape.tensor(m.dtype, 1, detection_tokens(c), c.hidden_size), x)
        end
      end,
      encoder = "encoder", encoder_spec = "x", layers = "layer", layer_block = "vit_layer",
      around = mid_positions,
    },
    vit_layer = { bias = "attention_bias", order = { "key", "value", "query" } },
    saved = { { "interpolation%.", "" } },
    heads = { ForObjectDetection = detection },
  },
}
