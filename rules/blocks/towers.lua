--- Vision encoders by the model type of their part, as options of `block.vision`, and their bodies:
--- `block.towers.body(c, "clip_vision_model")`.

--- Pools an image to one vector: a learned query attends to all patches.
local function attention_pooling(c, base)
  return function(m, x)
    return m:call("head", base .. "MultiheadAttentionPoolingHead",
      "x, pixel_attention_mask", x, function(h, y)
      local e = c.hidden_size
      h:param("probe", { 1, 1, e }, { role = "head.pooling.probe" })
      local question = shape.tensor(h.dtype, 1, 1, e)
      h.env.patches = y
      h:call("attention", "MultiheadAttention", "x, patches, patches", question, function(a, q)
        local function param(name, dims, role)
          a:param(name, dims, { role = "head.pooling." .. role, layer_type = "AttentionLayer" })
        end
        param("in_proj_weight", { 3 * e, e }, "qkv")
        param("in_proj_bias", { 3 * e }, "qkv.bias")
        param("out_proj.weight", { e, e }, "output")
        param("out_proj.bias", { e }, "output.bias")
        a:op("attention")
        a:op("aten/addmm", 4)
        return shape.tuple(q, shape.tensor(a.dtype, 1, 1, y.dims[2]))
      end)
      h:norm("layernorm", question, { kind = "layer_norm", bias = true,
        role = "head.pooling.norm" })
      h:call("mlp", base .. "MLP", "x", question, block.mlp.build(c, { up = "fc1", down = "fc2",
        bias = true, act = "activation_fn", role = "head.pooling.ffn" }))
      return shape.tensor(h.dtype, 1, e)
    end)
  end
end

local function siglip(c, base)
  local pooled = c.raw.vision_use_head ~= false
  return { final_norm = "post_layernorm", head = pooled and attention_pooling(c, base) or nil,
    no_pool = not pooled }
end

local function siglip2(c, base)
  local o = siglip(c, base)
  o.rows, o.embeddings_spec = c.raw.num_patches or 256, "x, spatial_shapes"
  return o
end

local clip = { token = "vector", patch_bias = false, pre_norm = "pre_layrnorm",
  final_norm = "post_layernorm", pooled_norm = true }

--- By model type: what begins the class names, the class, and the options.
local known = {
  clip_vision_model = { "CLIP", clip },
  clipseg_vision_model = { "CLIPSeg", clip },
  metaclip_2_vision_model = { "MetaClip2", clip },
  altclip_vision_model = { "AltCLIP", clip },
  siglip_vision_model = { "Siglip", siglip },
  siglip2_vision_model = { "Siglip2", siglip2 },
  chinese_clip_vision_model = { "ChineseCLIP", clip, { class = "ChineseCLIPVisionLayer",
    attention_class = "ChineseCLIPVisionAttention", ffn_class = "ChineseCLIPVisionMLP" },
    encoder_class = "ChineseCLIPVisionEncoder" },
}

--- The class of a tower, and the body of its module. `more`: further options of `block.vision`.
local function body(c, model_type, more)
  local row = known[model_type]
  if not row then return nil end
  local base, given = row[1], row[2]
  local options = { base = base, encoder_class = row.encoder_class }
  local layer = { base = base }
  for key, value in pairs(row[3] or {}) do layer[key] = value end
  options.layer_options = layer
  for key, value in pairs(type(given) == "function" and given(c, base) or given) do
    options[key] = value
  end
  for key, value in pairs(more or {}) do options[key] = value end
  return base .. "VisionModel", block.vision.build(c, options)
end

return { body = body, known = known }
