-- ESM: BERT for proteins with norms before each part; later models have rotary positions.
local function rotary(c) return c.position_embedding_type == "rotary" end

local function embeddings(c)
  return function(m, ids)
    local x = m:embedding("word_embeddings", ids, c.vocab_size, c.hidden_size)
    if not rotary(c) then
      m:embedding("position_embeddings", ids, c.max_position_embeddings, c.hidden_size,
        { role = "embedding.position" })
    end
    if c.emb_layer_norm_before then
      m:norm("layer_norm", x, { kind = "layer_norm", bias = true, role = "norm.embedding" })
    end
    return x
  end
end

--- The contact head, which no class calls, and the rotary embedding.
local function beside(c, m, x)
  local d = c.hidden_size // c.num_attention_heads
  m:param("contact_head.regression.weight", { 1, c.num_hidden_layers * c.num_attention_heads },
    { role = "head.contact" })
  m:param("contact_head.regression.bias", { 1 }, { role = "head.contact.bias" })
  if not rotary(c) then return end
  m:fact("positions", "rope")
  m:fact("rope_layout", "half")
  m:fact("partial_rotary", 1)
  m.env.position_ids = shape.tensor("I64", 1, x.dims[2])
  m.env.position_embeddings = m:call("rotary_embeddings", "*RotaryEmbedding", "x, position_ids", x,
    function(r)
      r:kind("RotaryEmb")
      local turn = shape.tensor(r.dtype, 1, x.dims[2], d)
      return shape.tuple(turn, turn)
    end)
end

--- Files hold the rotary frequencies with each layer.
local function mix(c, o)
  local plain = block.bert.mix(c, o)
  return function(m, x)
    if rotary(c) then
      m:op("rope")
      m:param("rotary_embeddings.inv_freq", { c.hidden_size // c.num_attention_heads // 2 },
        { role = "layer.attention.frequencies", layer_type = "RotaryEmb", dtype = "F32" })
    end
    return plain(m, x)
  end
end

local call = "x, attention_mask=, position_embeddings="

return {
  extends = "roberta",
  model_types = { esm = "Esm" },
  encoder = { pre = true, embeddings = embeddings, after_embeddings = beside, act = false,
    head_bias = "only",
    mix = mix, ffn_norm = "LayerNorm", last_norm = "emb_layer_norm_after", weights = "self",
    encoder_spec = call, layer_spec = call, attention_spec = call, mix_spec = call },
  keys = { emb_layer_norm_before = { "flag", false } },
  saved = { { "LayerNorm%.weight", "LayerNorm.gamma" }, { "LayerNorm%.bias", "LayerNorm.beta" } },
}
