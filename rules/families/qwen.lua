-- The first Qwen, and Qwen-VL: one projection for queries, keys and values, and a gated
-- feed-forward: each half has half of the configured width. Source: the code beside their weights.

--- A fixed number of queries attends to the patches of an image.
local function resampler(part, x, n)
  local e = part.output_dim
  return function(m)
    m:kind "AttentionLayer"
    m:param("pos_embed", { n, e }, { role = "pool.positions" })
    m:param("query", { n, e }, { role = "pool.query" })
    local y = x
    if shape.value(part.width) == shape.value(e) then
      m:leaf("kv_proj", "Identity", x)
    else
      y = m:linear("kv_proj", x, e, { role = "pool.key_value" })
    end
    block.norms.layer(m, "ln_kv", y, "pool.norm.key_value")
    block.norms.layer(m, "ln_q", shape.tensor(m.dtype, n, e), "pool.norm.query")
    m:param("attn.in_proj_weight", { 3 * e, e }, { role = "pool.attention.qkv" })
    m:param("attn.in_proj_bias", { 3 * e }, { role = "pool.attention.qkv.bias" })
    m:param("attn.out_proj.weight", { e, e }, { role = "pool.attention.output" })
    m:param("attn.out_proj.bias", { e }, { role = "pool.attention.output.bias" })
    m:op "attention"
    return shape.tensor(m.dtype, 1, n, e)
  end
end

local function vision_layer(part)
  local e = part.width
  local inner = math.floor(shape.value(e) * part.mlp_ratio)
  return function(m, x)
    block.norms.layer(m, "ln_1", x, "layer.norm.attention")
    m:call("attn", "VisualAttention", "x", x, function(a, y)
      a:kind "AttentionLayer"
      a:linear("in_proj", y, 3 * e, { bias = true, role = "layer.attention.qkv" })
      a:op "attention"
      return a:linear("out_proj", y, e, { bias = true, role = "layer.attention.output" })
    end)
    block.norms.layer(m, "ln_2", x, "layer.norm.ffn")
    return m:call("mlp", "Sequential", "x", x, function(f, y)
      f:kind "FFN_GELU"
      y = f:linear("c_fc", y, inner, { bias = true, role = "layer.ffn.up" })
      f:leaf("gelu", "GELU", y)
      f:op "gelu"
      return f:linear("c_proj", y, e, { bias = true, role = "layer.ffn.down" })
    end)
  end
end

local function vision(part)
  return function(m, pixels)
    local e, n = part.width, part.n_queries
    local side = part.image_size // part.patch_size
    m:param("conv1.weight", { e, 3, part.patch_size, part.patch_size },
      { role = "embedding.patch", layer_type = "EmbeddingLayer" })
    local x = shape.tensor(m.dtype, 1, side * side, e)
    m:leaf("conv1", "Conv2d", pixels, shape.tensor(m.dtype, 1, e, side, side))
    m:op "conv2d"
    m:param("positional_embedding", { 256, e },
      { role = "embedding.position", layer_type = "EmbeddingLayer" })
    block.norms.layer(m, "ln_pre", x, "norm.embedding")
    m:call("transformer", "TransformerBlock", "x", x, function(t, y)
      return t:layers("resblocks", part.layers, function() return "encoder" end,
        function(l, name, _, z)
          return l:call(name, "VisualAttentionBlock", "x", z, vision_layer(part))
        end, y)
    end)
    x = m:call("attn_pool", "Resampler", "x", x, resampler(part, x, n))
    block.norms.layer(m, "ln_post", x, "norm.final")
    m:param("proj", { part.output_dim, part.output_dim }, { role = "projector" })
    m:op "aten/mm"
    return x
  end
end

local function body(c, f)
  local part = c.parts.visual
  return block.vision.behind(block.decoder.stack(c, f), function(m)
    if not part then return end
    m:apart("vision.", function(b)
      b:call("visual", "VisionTransformer", "x",
        shape.tensor(b.dtype, 1, 3, part.image_size, part.image_size), vision(part))
    end)
  end)
end

local function plain(c) return not c.no_bias end

return {
  extends = "llama",
  model_types = { qwen = "QWen" },
  described = function(raw) return raw.audio == nil end,
  body = body,
  norm = { class = "RMSNorm" },
  decoder = { embedding_dropout = true },
  attention = { fused = "c_attn", out = "c_proj", bias = true, out_bias = plain, window = false,
    weights_dropout = "attn_dropout", kv_heads = "num_attention_heads", weights = false },
  ffn = { gate = "w2", up = "w1", up_first = true, down = "c_proj", act = false, bias = plain,
    activation = "silu", width = function(c) return c.intermediate_size // 2 end },
  names = { model = "transformer", embedding = "wte", embedding_dropout = "drop", layers = "h",
    norm = "ln_f", attention = "attn", attention_norm = "ln_1", ffn_norm = "ln_2" },
  calls = { model = "x", rope = "x", layer = "x, position_embeddings",
    attention = "x, position_embeddings" },
  classes = { layer = "*Block", rope = "RotaryEmbedding" },
  keys = { no_bias = { "flag", true }, layers = { "count" }, width = { "size" },
    heads = { "size" }, output_dim = { "size", 512 }, mlp_ratio = { "number" },
    n_queries = { "size", 256 } },
  heads = { LMHeadModel = block.heads.causal_lm "LMHeadModel", ForCausalLM = false,
    ForSequenceClassification = false, ForTokenClassification = false,
    ForQuestionAnswering = false },
  default_head = "LMHeadModel",
}
