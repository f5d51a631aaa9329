-- Drafters for speculative decoding: small models that guess the next tokens from the hidden states
-- of a large one. They use the model type of a decoder; only the class tells them. Sources: the
-- draft models of SpecForge, the EAGLE-3 models of vLLM.

--- The drafter's settings: in their own object, or at the top of the configuration.
local function own(c, name)
  local record = c.raw.dflash_config
  local value = type(record) == "table" and record[name]
  if not value and (type(record) ~= "table" or value == nil) then return c.raw[name] end
  return value
end

local function length(list) return type(list) == "table" and #list > 0 and #list or nil end

--- Projects the concatenated states of so many layers of the large model.
local function joined(m, c, x, n)
  return m:linear("fc", x:last((c.target_hidden_size or c.hidden_size) * n), c.hidden_size,
    { role = "draft.join" })
end

-- EAGLE-3: one layer; its attention gets the token's embedding and the state before it, joined.

local function eagle_layer(c, f)
  return function(m, x)
    m:fact("norm_place", "pre")
    m:fact("parallel_residual", false)
    m:norm("hidden_norm", x, { role = "layer.norm.state" })
    m:norm("input_layernorm", x, { role = "layer.norm.attention" })
    m:call("self_attn", "*Attention", "hidden_states=x, attention_mask=, position_ids=",
      x:last(c.hidden_size + c.hidden_size), f.attention(c, "dense"))
    m:op("add", 2)
    m:norm("post_attention_layernorm", x, { role = "layer.norm.ffn" })
    return m:call("mlp", "*MLP", "x", x, f.ffn(c, "dense"))
  end
end

--- The drafter's vocabulary is a part of the large model's; two tables map them to each other.
local function words_of_eagle(m, c, x)
  m:kind "LMHead"
  local n = c.draft_vocab_size or c.vocab_size
  local logits = m:linear("lm_head", x, n, { role = "head" })
  m:param("d2t", { n }, { dtype = "I64", role = "draft.words", layer_type = "EmbeddingLayer" })
  m:param("t2d", { c.vocab_size },
    { dtype = "BOOL", role = "draft.drafted", layer_type = "EmbeddingLayer" })
  return logits
end

local function eagle(m, c, f, ids)
  local seq = ids.dims[2]
  local record = c.raw.eagle_config
  local layers = length(type(record) == "table" and record.eagle_aux_hidden_state_layer_ids) or 3
  return m:call("", f.classes.model, "input_ids=x", ids, function(r, y)
    r:fact("positions", "rope")
    r.env.position_ids = shape.tensor("I64", 1, seq)
    r.env.attention_mask = shape.tensor(r.dtype, 1, 1, seq, seq)
    local x = joined(r, c, r:embedding("embed_tokens", y, c.vocab_size, c.hidden_size), layers)
    r.env.input_emb = x
    x = r:layers("midlayer", 1, function() return "dense" end, function(l, _, _, z)
      return l:call("midlayer", "*DecoderLayer",
        "input_emb=, hidden_states=x, attention_mask=, position_ids=", z, eagle_layer(c, f))
    end, x)
    r:norm("norm", x, { role = "norm.final" })
    return words_of_eagle(r, c, x)
  end)
end

-- DFlash: predicts a block of tokens at once; attends to the large model's states, too.

--- Keys and values come from the large model's states and from the block itself.
local function twice(m, name, x, width, options)
  local y, repeated = m:linear(name, x, width, options), m.repeated
  if name ~= "k_proj" and name ~= "v_proj" and name ~= "kv_a_proj_with_mqa" then return y end
  m.repeated = true
  m:linear(name, x, width, options)
  m.repeated = repeated
  return y
end

local function mode(c, i)
  local modes = own(c, "attention_modes")
  return type(modes) == "table" and modes[i + 1] or own(c, "attention_mode") or "gqa"
end

--- Are all of its modes those that are described here? There are linear ones, too.
local function described(raw)
  local c = { raw = raw }
  local modes = own(c, "attention_modes") or { own(c, "attention_mode") }
  for _, one in ipairs(type(modes) == "table" and modes or { modes }) do
    if one ~= "gqa" and one ~= "mla" then return false end
  end
  return true
end

local function kind_of_block(c, i)
  local window = c.layer_types and c.layer_types[i + 1] == "sliding_attention"
  return (mode(c, i) == "mla" and "latent " or "") ..
    (window and "sliding_attention" or "full_attention")
end

local function dflash_attention(c, kind)
  local inner = kind:match "^latent (.*)$"
  local window = block.attention.window(c, inner or kind)
  if inner then
    return block.mla.build(c, { bias = c.attention_bias, window = window })
  end
  return block.attention.build(c, { bias = c.attention_bias, out_bias = c.attention_bias,
    qk_norm = "head", window = window, project = function() return twice end }, kind)
end

local function dflash_body(c, f)
  local inner = block.decoder.stack(c, f)
  return function(m, ids)
    local states = shape.tensor(m.dtype, 1, ids.dims[2], c.hidden_size)
    local layers = length(own(c, "target_layer_ids")) or c.num_hidden_layers
    m.env.target_hidden = joined(m, c, states, layers)
    m:norm("hidden_norm", states, { role = "norm.embedding" })
    return inner(m, states)
  end
end

local function dflash(m, c, f, ids)
  return m:call("", f.classes.model, "-", ids, function(r, y) return dflash_body(c, f)(r, y) end)
end

-- DSpark: DFlash with a correction by the previous token, and the confidence of the drafter.

local function markov(r, c, ids, rank)
  local word = own(c, "markov_head_type") or "vanilla"
  local class = ({ gated = "GatedMarkovHead", rnn = "RNNMarkovHead" })[word] or "VanillaMarkov"
  return r:call("markov_head", class, "x", ids, function(h, y)
    local low = h:embedding("markov_w1", y, c.vocab_size, rank, { role = "draft.pairs.in" })
    if word == "gated" then
      h:linear("gate_proj", low:last(c.hidden_size + rank), rank,
        { bias = true, role = "draft.pairs.gate" })
    elseif word == "rnn" then
      h:linear("joint_proj", low:last(c.hidden_size + 2 * rank), 3 * rank,
        { bias = true, role = "draft.pairs.state" })
    end
    return h:linear("markov_w2", low, c.vocab_size, { role = "draft.pairs.out" })
  end)
end

local function dspark(m, c, f, ids)
  return m:call("", f.classes.model, "-", ids, function(r, y)
    local out = dflash_body(c, f)(r, y)
    local rank, wide = own(c, "markov_rank") or 0, c.hidden_size
    if rank > 0 then markov(r, c, y, rank) end
    if own(c, "enable_confidence_head") then
      if own(c, "confidence_head_with_markov") ~= false then wide = wide + rank end
      r:call("confidence_head", "AcceptRatePredictor", "x", out[2]:last(wide), function(h, z)
        return h:linear("proj", z, 1, { bias = true, role = "draft.confidence" })
      end)
    end
    return out
  end)
end

return {
  {
    extends = "llama",
    model_types = { LlamaForCausalLMEagle3 = "Llama" },
    part = "LlamaForCausalLMEagle3",
    keys = { target_hidden_size = { "size" } },
    attention = { bias = false, out_bias = false, window = false, own_rope = "rotary_emb",
      weights = false },
    ffn = { bias = false },
    heads = { Model = eagle },
    arguments = { input_emb = "the embedded token" },
  },
  {
    extends = "qwen3",
    model_types = { DFlashDraftModel = "Qwen3" },
    part = "DFlashDraftModel",
    described = described,
    kind = kind_of_block,
    attention = dflash_attention,
    rope = function(c)
      return mode(c, 0) == "mla" and c.qk_rope_head_dim or block.decoder.rope(c)
    end,
    keys = { target_hidden_size = { "size" } },
    calls = { layer = "hidden_states=x, target_hidden=, attention_mask=, position_ids=, "
        .. "position_embeddings=",
      attention = "hidden_states=x, target_hidden=, attention_mask=, position_ids=, "
        .. "position_embeddings=" },
    classes = { layer = "*DFlashDecoderLayer", attention = "*DFlashAttention" },
    heads = { Model = dflash },
    arguments = { target_hidden = "what the large model thinks" },
    facts = { stacks = "encoder" },
  },
  {
    extends = "DFlashDraftModel",
    model_types = { DSparkDraftModel = "Qwen3" },
    classes = { model = "DSparkDraftModel" },
    heads = { Model = dspark },
  },
}
