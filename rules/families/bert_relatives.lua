-- Relatives of BERT with other layers: norms before each part, landmarks, rotary positions, an
-- adapter for each language.
local heads = block.text_heads

--- Nystromformer: attention through landmarks, and a convolution over the values.
local function by_landmarks(c)
  local h, e, n = c.num_attention_heads, c.hidden_size, c.conv_kernel_size
  return function(m, x)
    m:kind("AttentionLayer")
    m:fact("qk_norm", "none")
    for _, part in ipairs { "query", "key", "value" } do
      m:linear(part, x, e, { bias = true, role = "layer.attention." .. part })
    end
    m:op("attention")
    if n then
      m:leaf("conv", "Conv2d", shape.tensor(m.dtype, 1, h, x.dims[2], e // h))
      m:param("conv.weight", { h, 1, n, 1 }, { role = "layer.attention.conv" })
      m:op("conv2d")
    end
    return shape.tuple(x)
  end
end

--- X-MOD: after each feed-forward an adapter for each language, called for texts in it.
local function by_language(c, m, x)
  local name = c.hidden_act or "gelu"
  local act = block.activation[name] or { class = "GELUActivation", operator = name }
  local listed = type(c.raw.languages) == "table" and c.raw.languages or { "en_XX" }
  local own = type(c.default_language) == "string" and c.default_language or listed[1]
  local norm = { kind = "layer_norm", bias = true, role = "layer.norm.adapter" }
  if c.adapter_layer_norm then
    m:norm("adapter_layer_norm", x, norm)
  elseif c.adapter_reuse_layer_norm then
    m.repeated = true
    m:norm("LayerNorm", x, norm)
    m.repeated = nil
  end
  for _, language in ipairs(listed) do
    local seen = x:view(language == own and 1 or 0, x.dims[2], x.dims[3])
    m:call("adapter_modules." .. tostring(language), "*Adapter", "x", seen, function(a, y)
      local z = a:linear("dense1", y, c.hidden_size // c.adapter_reduction_factor,
        { bias = true, role = "layer.adapter.down" })
      a:leaf("adapter_act_fn", act.class, z)
      a:op(act.operator)
      return a:linear("dense2", z, c.hidden_size, { bias = true, role = "layer.adapter.up" })
    end)
  end
  m:leaf("dropout", "Dropout", x)
end

local function languages(_, m) m.env.languages = shape.tensor("F32", 1) end

--- RoFormer: the table of rotary angles is computed once, and saved.
local function angles(c, m, x)
  local seq, d = x.dims[2], c.hidden_size // c.num_attention_heads
  m:call("embed_positions", "*SinusoidalPositionalEmbedding", "-", x, function(p)
    p:param("weight", { c.max_position_embeddings, d },
      { role = "embedding.position", layer_type = "EmbeddingLayer" })
    return shape.tensor(m.dtype, seq, d)
  end)
  m:fact("positions", "rope")
  m.env.sinusoidal_pos = shape.tensor(m.dtype, 1, 1, seq, d)
end

local function rotated(c, o)
  local mix = block.bert.mix(c, o)
  return function(m, x)
    m:op("rope")
    return mix(m, x)
  end
end

return {
  {
    extends = "xlm-roberta",
    model_types = { ["xlm-roberta-xl"] = "XLMRobertaXL" },
    defaults = { type_vocab_size = 1 },
    encoder = { pre = true, embedding_norm = false, attention_norm = "self_attn_layer_norm",
      ffn_norm = "LayerNorm", last_norm = "LayerNorm", ffn_dropout = false },
  },
  {
    extends = "bert",
    model_types = { ["megatron-bert"] = "MegatronBert" },
    names = { model = "bert" },
    encoder = { pre = true, embedding_norm = false, attention_norm = "ln", ffn_norm = "ln",
      last_norm = "ln", embeddings_spec = "input_ids=x, token_type_ids=", weights = "layer",
      weights_dropout = true },
    heads = { ForCausalLM = heads.language_model "ForCausalLM" },
  },
  {
    extends = "bert",
    model_types = { nystromformer = "Nystromformer" },
    encoder = { pooler = false, mix = by_landmarks, position_offset = 2, weights = "none",
      seen = "first",
      embeddings_spec = "input_ids=x, token_type_ids=" },
    keys = { conv_kernel_size = { "size", 65 } },
    heads = { ForMultipleChoice = heads.choice(function(r, c, _, x)
      r:op("relu")
      return r:linear("pre_classifier", shape.tensor(r.dtype, 1, x.dims[3]), c.hidden_size,
        { bias = true, role = "head.score.dense" })
    end) },
  },
  {
    extends = "xlm-roberta",
    model_types = { xmod = "Xmod" },
    encoder = { pre = "pre_norm", attention_norm = "output.LayerNorm",
      ffn_norm = "output.LayerNorm", last_norm = "LayerNorm", behind_ffn = by_language,
      given = languages, encoder_spec = "x, lang_ids=languages, attention_mask=",
      layer_spec = "x, languages, attention_mask", output_spec = "x, residual, languages" },
    keys = { pre_norm = { "flag", false }, adapter_layer_norm = { "flag", false },
      adapter_reuse_layer_norm = { "flag", true }, adapter_reduction_factor = { "count", 2 },
      default_language = { "choice" } },
    arguments = { languages = "the language of each text" },
  },
  {
    extends = "bert",
    model_types = { ["bert-generation"] = "BertGeneration" },
    names = { model = "bert" },
    encoder = { types = false, pooler = false, class = "BertEncoder", head = "lm_head",
      words = function(r, c, o, x)
        return r:call("lm_head", "*OnlyLMHead", "x", x, function(h, y)
          heads.head_bias(h, c, o)
          return heads.decoder(h, c, o, y)
        end)
      end },
    classes = { model = "*Encoder" },
    heads = { Decoder = heads.language_model "Decoder", Encoder = heads.bare },
    default_head = "Decoder",
  },
  {
    extends = "bert",
    model_types = { roformer = "RoFormer" },
    encoder = { pooler = false, embed_positions = false, before = angles, mix = rotated,
      embeddings_spec = "input_ids=x, token_type_ids=", weights = "layer", weights_dropout = true,
      embedding_size = "embedding_size", project = "embeddings_project", seen = "first",
      layer_spec = function(c)
        return c.is_decoder and "x, attention_mask, sinusoidal_pos" or "x, -, sinusoidal_pos"
      end, attention_spec = "x, attention_mask=, sinusoidal_pos=",
      mix_spec = "x, attention_mask=, sinusoidal_pos=" },
    arguments = { sinusoidal_pos = "sines and cosines of places" },
    keys = heads.summary_keys {},
    heads = { ForCausalLM = heads.language_model "ForCausalLM",
      ForMultipleChoice = heads.choice(heads.summary) },
    facts = { rope_layout = "interleaved", partial_rotary = 1 },
  },
}
