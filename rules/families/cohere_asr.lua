-- Cohere's speech recognition: the encoder of Parakeet, and a text decoder with cross-attention.

local ln = block.norms.layer

local function own_attention(c)
  return block.attention.build(c, { bias = c.attention_bias, out_bias = c.attention_bias,
    rope = false })
end

--- Cross-attention to the encoder's states.
local function across(c)
  local h = c.num_attention_heads
  local kv, d = c.num_key_value_heads or h, c.head_dim or c.hidden_size // h
  return function(m, x)
    m:kind "AttentionLayer"
    local heard = m.env.encoded
    local function linear(name, y, width, role)
      return m:linear(name, y, width, { bias = c.attention_bias,
        role = "layer.cross_attention." .. role })
    end
    local q = linear("q_proj", x, h * d, "query")
    linear("k_proj", heard, kv * d, "key")
    linear("v_proj", heard, kv * d, "value")
    m:op "attention"
    m:cache { kind = "cross_attention", heads = kv, dim = d }
    return shape.tuple(linear("o_proj", q, c.hidden_size, "output"),
      shape.tensor(m.dtype, 1, h, x.dims[2], heard.dims[2]))
  end
end

local function layer(c)
  local feed = block.mlp.build(c, { up = "fc1", down = "fc2", bias = true, act = "activation_fn" })
  return function(m, x)
    m:fact("norm_place", "pre")
    ln(m, "input_layernorm", x, "layer.norm.attention")
    m:call("self_attn", "*SelfAttention", "hidden_states=x, attention_mask=, position_ids=", x,
      own_attention(c))
    ln(m, "post_attention_layernorm", x, "layer.norm.cross_attention")
    m:call("encoder_attn", "*CrossAttention", "hidden_states=x, encoder_hidden_states=encoded", x,
      across(c))
    ln(m, "final_layernorm", x, "layer.norm.ffn")
    m:call("mlp", "*DecoderMLP", "x", x, feed)
    m:op("add", 3)
    return x
  end
end

local function decoder(c)
  return function(m, ids)
    m.roles = "decoder."
    local n, heard = ids.dims[2], m.env.encoded
    if heard.dims[3] ~= c.hidden_size then
      m.env.encoded = m:linear("proj", heard, c.hidden_size, { bias = true, role = "projector" })
    end
    local x = m:embedding("embed_tokens", ids, c.vocab_size, c.hidden_size)
    m:fact("positions", "learned")
    m:embedding("pos_emb", shape.tensor("I64", n), c.max_position_embeddings, c.hidden_size,
      { role = "embedding.position" })
    ln(m, "embedding_layernorm", x, "norm.embedding")
    m.env.attention_mask = shape.tensor(m.dtype, 1, 1, n, n)
    m.env.position_ids = shape.tensor("I64", 1, n)
    x = m:layers("layers", c.num_hidden_layers, function() return "decoder" end,
      function(l, name, _, y)
        return l:call(name, "*DecoderLayer", "x, attention_mask, encoded, position_ids=", y,
          layer(c))
      end, x)
    return shape.named("last_hidden_state", ln(m, "norm", x, "norm.final"))
  end
end

local function body(c)
  return function(m, x)
    local part = c.parts.encoder_config
    local heard = m:part(part):call("encoder", part.family.classes.model, "x", x, function(e, y)
      e.roles = "encoder."
      return part.family.body(part, part.family)(e, y)
    end)[2]
    m.env.encoded = heard
    local out = m:call("decoder", "*Decoder", "input_ids=x, encoder_hidden_states=encoded",
      m.env.decoder_input_ids, decoder(c))[2]
    return shape.named("last_hidden_state", out, "encoder_last_hidden_state", heard)
  end
end

local function with_ids(m) m.env.decoder_input_ids = shape.tensor("I64", 1, 8) end

local function bare(m, c, _, x)
  with_ids(m)
  return m:call("", "*Model", "input_features=x, decoder_input_ids=", x, body(c))
end

--- With a head over the vocabulary.
local function writing(m, c, _, x)
  with_ids(m)
  return m:call("", "*ForConditionalGeneration", "input_features=x, decoder_input_ids=", x,
    function(r, y)
      local out = r:call("model", "*Model", "x, decoder_input_ids=", y, body(c))
      r:kind "LMHead"
      return shape.named("logits", r:linear("proj_out", out[2], c.vocab_size, { bias = true,
        role = "head", layer_type = "LMHead", tied = c.tie_word_embeddings == true }),
        "encoder_last_hidden_state", out[4])
    end)
end

return {
  extends = "parakeet_ctc",
  model_types = { cohere_asr = "CohereAsr" },
  heads = { ForCTC = false, Model = bare, ForConditionalGeneration = writing },
  default_head = "ForConditionalGeneration",
  saved = { { "^proj_out", "log_softmax.mlp.layer0" },
    { "(encoder%..*)%.conv%.norm%.", "%1.conv.batch_norm." },
    { "(encoder%..*self_attn)%.([qkv])_proj", "%1.linear_%2" },
    { "(encoder%..*self_attn)%.o_proj", "%1.linear_out" },
    { "self_attn%.relative_k_proj", "self_attn.linear_pos" },
    { "self_attn%.bias_([uv])", "self_attn.pos_bias_%1" },
    { "encoder%.subsampling%.layers", "encoder.pre_encode.conv" },
    { "encoder%.subsampling%.linear", "encoder.pre_encode.out" },
    { "decoder%.proj", "encoder_decoder_proj" },
    { "decoder%.embed_tokens", "transf_decoder._embedding.token_embedding" },
    { "decoder%.pos_emb%.weight",
      "transf_decoder._embedding.position_embedding.pos_enc" },
    { "decoder%.embedding_layernorm", "transf_decoder._embedding.layer_norm" },
    { "decoder%.norm", "transf_decoder._decoder.final_layer_norm" },
    { "decoder%.layers", "transf_decoder._decoder.layers" },
    { "(_decoder%..*)%.input_layernorm", "%1.layer_norm_1" },
    { "(_decoder%..*)%.post_attention_layernorm", "%1.layer_norm_2" },
    { "(_decoder%..*)%.final_layernorm", "%1.layer_norm_3" },
    { "(_decoder%..*)%.self_attn%.", "%1.first_sub_layer." },
    { "(_decoder%..*)%.encoder_attn%.", "%1.second_sub_layer." },
    { "_sub_layer%.q_proj", "_sub_layer.query_net" },
    { "_sub_layer%.k_proj", "_sub_layer.key_net" },
    { "_sub_layer%.v_proj", "_sub_layer.value_net" },
    { "_sub_layer%.o_proj", "_sub_layer.out_projection" },
    { "(_decoder%..*)%.mlp%.fc1", "%1.third_sub_layer.dense_in" },
    { "(_decoder%..*)%.mlp%.fc2", "%1.third_sub_layer.dense_out" } },
  facts = { stacks = "encoder and decoder" },
}
