-- Kimi K2.5: DeepSeek-V3 with a vision encoder: learned positions that are scaled to the grid,
-- rotary positions on two axes, and a projector that joins patches.

--- Rows and columns of patches of the traced image.
local SIDE = 16

local layer_calls = "x, cu_seqlens=, position_embeddings="

--- `fused`: files of the whole model have the three projections in one.
local function attention(c, fused)
  return function(m, x)
    m:kind "AttentionLayer"
    m:fact("qk_norm", "none")
    local e = c.hidden_size
    for _, part in ipairs { { "q_proj", "query" }, { "k_proj", "key" }, { "v_proj", "value" } } do
      if fused then m:leaf(part[1], "Linear", x)
      else m:linear(part[1], x, e, { bias = true, role = "layer.attention." .. part[2] }) end
    end
    if fused then
      m:op("aten/addmm", 3)
      m:param("wqkv.weight", { 3 * e, e }, { role = "layer.attention.qkv" })
      m:param("wqkv.bias", { 3 * e }, { role = "layer.attention.qkv.bias" })
    end
    m:op "rope"
    m:op "attention"
    return m:linear("proj", x, e, { bias = true, role = "layer.attention.output" })
  end
end

local function layers(m, c, fused, x)
  local layer = block.encoder_layer.build(c, { class = "*VisionEncoderLayer", spec = layer_calls,
    attention_norm = "norm1", attention = "attn", attention_class = "*VisionAttention",
    attention_spec = layer_calls, mix = attention(c, fused), ffn_norm = "norm2", ffn = "mlp",
    ffn_class = "*VisionMLP", act = "act" })
  return m:layers("layers", c.num_hidden_layers, function() return "encoder" end,
    function(l, name, _, y) return layer(l, name, y) end, x)
end

local function patches(m, c, x)
  local e, p, n = c.hidden_size, c.patch_size, x.dims[1]
  return m:call("patch_embed", "*VisionPatchEmbed", "x, grid_thw=", x, function(b)
    block.conv.conv(b, "proj", x, shape.tensor(b.dtype, n, e, 1, 1), { p, p },
      { bias = true, role = "embedding.patch" })
    return b:call("pos_emb", "*VisionPositionEmbeddings", "x, grid_thw",
      shape.tensor(b.dtype, n, e), function(k, y)
        k:param("position_embeddings", { c.pos_emb_height, c.pos_emb_width, e },
          { role = "embedding.position", layer_type = "EmbeddingLayer" })
        return y
      end)
  end)
end

local function joined(c) return shape.value(c.merge_kernel_size[1] * c.merge_kernel_size[2]) end

local function body(c, fused)
  return function(m, x)
    local e, n = c.hidden_size, x.dims[1]
    m.env.grid_thw, m.env.places = shape.tensor("I64", 1, 3), shape.tensor("I64", n, 2)
    x = patches(m, c, x)
    m:fact("positions", "rope")
    local turn = shape.tensor("F32", n, e // c.num_attention_heads)
    m.env.position_embeddings = m:call("rotary_emb", "*VisionRotaryEmbedding", "x, places", x,
      function() return shape.tuple(turn, turn) end)
    m.env.cu_seqlens = shape.tensor("I32", 2)
    x = layers(m, c, fused == true, x)
    m:norm("final_layernorm", x, { kind = "layer_norm", bias = true, role = "norm.final" })
    return shape.named("last_hidden_state", x, "pooler_output",
      shape.tensor(m.dtype, n // joined(c), joined(c), e))
  end
end

local function given(c, dtype)
  return shape.tensor(dtype, SIDE * SIDE, 3, c.patch_size, c.patch_size)
end

local function towers(c, _, m)
  m:apart("vision.", function(b)
    local part = c.parts.vision_config
    b.env.grid_thw = shape.tensor("I64", 1, 3)
    local own = b:part(part)
    local x = own:call("vision_tower", "*VisionModel", "x, grid_thw=", given(part, b.dtype),
      body(part, true))[4]
    b:call("mm_projector", "*MultimodalProjection", "x", x, function(p, y)
      p:norm("pre_norm", y, { kind = "layer_norm", bias = true, role = "projector.norm",
        width = c.projection_hidden_size })
      local one = shape.tensor(p.dtype, y.dims[1], 1, part.hidden_size * joined(part))
      one = p:linear("in_proj", one, one.dims[3], { bias = true, role = "projector.up" })
      p:leaf("act", "GELU", one)
      p:op "gelu"
      return p:linear("out_proj", one, c.hidden_size, { bias = true, role = "projector.down" })
    end)
  end)
end

return {
  {
    extends = "llama",
    model_types = { kimi_k25_vision = "Kimi_K25" },
    part = "*VisionModel",
    aliases = { pos_emb_height = "init_pos_emb_height", pos_emb_width = "init_pos_emb_width",
      hidden_size = "vt_hidden_size", intermediate_size = "vt_intermediate_size",
      num_attention_heads = "vt_num_attention_heads",
      num_hidden_layers = "vt_num_hidden_layers" },
    keys = { pos_emb_height = { "size", 64 }, pos_emb_width = { "size", 64 },
      merge_kernel_size = { "list", { 2, 2 } } },
    defaults = { patch_size = 14, hidden_act = "gelu_pytorch_tanh" },
    body = body,
    calls = { model = "pixel_values=x, grid_thw=" },
    given = given,
    facts = { stacks = "encoder", norm = "layer_norm" },
  },
  {
    extends = "llava",
    model_types = { kimi_k25 = "Kimi_K25" },
    parts = { text = { default = "deepseek_v3" }, vision_config = "kimi_k25_vision" },
    keys = { projection_hidden_size = { "size", 1152 } },
    towers = towers,
    -- as the library writes them
    saved = { { "layers%.", "blocks." }, { "^lm_head", "language_model.lm_head" },
      { "^model%.language_model%.", "language_model.model." },
      { "^model%.vision_tower%.", "vision_tower.encoder." },
      { "encoder%.(patch_embed%.pos_emb)%.position_embeddings", "%1.weight" },
      { "attn%.proj", "wo" }, { "attn%.wqkv", "wqkv" },
      { "%.norm([12])", { ["1"] = ".norm0", ["2"] = ".norm1" } },
      { "^(vision_tower.*)%.fc1", "%1.fc0" }, { "^(vision_tower.*)%.fc2", "%1.fc1" },
      { "^model%.mm_projector%.in_proj", "mm_projector.proj.0" },
      { "^model%.mm_projector%.out_proj", "mm_projector.proj.2" } },
    published = { { "^language_model%.model%.blocks", "language_model.model.layers" },
      { "^vision_tower%.encoder%.patch_embed", "vision_tower.patch_embed" },
      { "^model%.mm_projector", "mm_projector" } },
    head = { tied = true },
  },
}
