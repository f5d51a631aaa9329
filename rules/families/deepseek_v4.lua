-- DeepSeek-V4: one head of keys that serve as values, too, plain in a window and compressed beyond
-- it; an output projection of low rank in groups; four residual streams; a table by
-- token id chooses the experts of the first layers.

--- How many tokens one compressed key stands for, by kind of layer.
local usual = { compressed_sparse_attention = 4, heavily_compressed_attention = 128 }

local function rate_of(c, kind)
  return c.compress_rates and c.compress_rates[kind] or usual[kind]
end

local function turned(c) return c.qk_rope_head_dim or c.head_dim // 8 end

--- Weights that stay in F32 when the others are in half precision.
local function exact(m) return m.dtype == "F16" and "F32" or m.dtype end

local function norm(m, name, x, role)
  return m:norm(name, x, { dtype = "F32", role = role })
end

local function angles(m, c, x, ids)
  m.env.position_ids = ids
  local turn = x:last((turned(c) + 1) // 2)
  return m:call("rotary_emb", "*RotaryEmbedding", "x, position_ids=", x,
    function() return shape.tuple(turn, turn) end)
end

--- Compresses the keys of several tokens into one: a mean, weighted by a gate for each channel.
--- `twice`: windows overlap, and the projections have another half for the window before.
local function compress(m, c, x, d, rate, twice, role)
  local wide = twice and 2 * d or d
  m:linear("kv_proj", x, wide, { role = role .. "key_value", dtype = exact(m) })
  m:linear("gate_proj", x, wide, { role = role .. "gate", dtype = exact(m) })
  m:param("position_bias", { rate, wide }, { dtype = "F32", role = role .. "positions" })
  local n = x.dims[2] // rate
  local keys = shape.tensor(m.dtype, x.dims[1], n, d)
  local function seen()
    norm(m, "kv_norm", keys, role .. "norm")
    angles(m, c, keys, shape.tensor("I64", x.dims[1], n))
  end
  if n > 0 then
    seen()
  else -- too few tokens are traced for one key, yet the weight is there
    m:param("kv_norm.weight", { d }, { dtype = "F32", role = role .. "norm",
      layer_type = "RMSNorm" })
  end
  m:op "compress"
  return keys
end

local spec = "x, low_query, position_ids"

--- The indexer: which compressed keys each token attends to.
local function indexer(c, rate)
  local h, d = c.index_n_heads, c.index_head_dim
  local role = "layer.attention.indexer."
  return function(m, x)
    local ids = m.env.position_ids
    local keys = compress(m, c, x, d, rate, true, role)
    angles(m, c, x, ids)
    local q = m:linear("q_b_proj", m.env.low_query, h * d, { role = role .. "query" })
    m.env.keys, m.env.states = keys, x
    local n = keys.dims[2]
    m:call("scorer", "*IndexerScorer", "x, keys, states", q:heads(h, d), function(s)
      s:linear("weights_proj", x, h, { role = role .. "weights", dtype = exact(s) })
      return shape.tensor("F32", x.dims[1], x.dims[2], n)
    end)
    m:op "topk/indexer"
    m:cache { kind = "index", latent = d, every = rate }
    return shape.tensor("I64", x.dims[1], x.dims[2], math.min(c.index_topk or n, n))
  end
end

local function compressor(c, rate, sparse)
  return function(m, x)
    local ids = m.env.position_ids
    local keys = compress(m, c, x, c.head_dim, rate, sparse, "layer.attention.compressor.")
    local n = keys.dims[2]
    if sparse then
      m.env.position_ids = ids
      m:call("indexer", "*Indexer", spec, x, indexer(c, rate))
    end
    m:cache { kind = "compressed", latent = c.head_dim, every = rate }
    return shape.tuple(keys:view(x.dims[1], 1, n, c.head_dim),
      (sparse or n > 0) and shape.tensor(m.dtype, x.dims[1], 1, x.dims[2], n))
  end
end

local function attention(c, kind)
  kind = kind:match "^%S+"
  local h, d, groups = c.num_attention_heads, c.head_dim, c.o_groups
  local rate, sparse = rate_of(c, kind), kind == "compressed_sparse_attention"
  local role = "layer.attention."
  return function(m, x)
    local batch, seq = x.dims[1], x.dims[2]
    m:kind "AttentionLayer"
    m:fact("qk_norm", "per head")
    local low = m:linear("q_a_proj", x, c.q_lora_rank, { role = role .. "query_down" })
    m.env.low_query = norm(m, "q_a_norm", low, role .. "query_norm")
    m:linear("q_b_proj", low, h * d, { role = role .. "query_up" })
    m:norm("q_b_norm", x:view(batch, h, seq, d), { weightless = true,
      class = "*UnweightedRMSNorm" })
    norm(m, "kv_norm", m:linear("kv_proj", x, d, { role = role .. "key_value" }),
      role .. "key_value_norm")
    m:cache { kind = "window", latent = d, window = c.sliding_window }
    local keys = seq
    if rate then
      keys = keys + m:call("compressor", sparse and "*CSACompressor" or "*HCACompressor", spec, x,
        compressor(c, rate, sparse))[1].dims[3]
    end
    m:op "rope"
    m:op "attention"
    m:param("sinks", { h }, { dtype = "F32", role = role .. "sinks" })
    local grouped = x:heads(groups, h * d // groups)
    m:leaf("o_a_proj", "*GroupedLinear", grouped, grouped:last(c.o_lora_rank))
    m:param("o_a_proj.weight", { groups * c.o_lora_rank, grouped.dims[4] },
      { role = role .. "output_down" })
    m:op "aten/bmm"
    local out = m:linear("o_b_proj", x:last(groups * c.o_lora_rank), c.hidden_size,
      { role = role .. "output" })
    return shape.tuple(out, shape.tensor(m.dtype, batch, h, seq, keys))
  end
end

local scores = { sqrtsoftplus = "SqrtSoftplusActivation", sigmoid = "Sigmoid" }

local function experts(c, kind)
  local hashed = kind:find " hash" ~= nil
  return block.sparse_moe.build(c, { whole = true, correction = not hashed,
    looked_up = hashed and c.vocab_size, scoring = c.scoring_func, gate = "w1", up = "w3",
    down = "w2", score_class = scores[c.scoring_func or "sqrtsoftplus"] or "Softmax",
    router_class = hashed and "*HashRouter" or nil,
    shared = block.gated_mlp.build(c, { width = c.moe_intermediate_size, bias = c.mlp_bias,
      act_last = true, role = "layer.shared_experts" }) })
end

local function layer(c, f, kind, m, x)
  m:fact("norm_place", "pre")
  m:fact("parallel_residual", false)
  local y = block.hyper_connections.collapse(m, "attn_hc", x)
  norm(m, "input_layernorm", y, "layer.norm.attention")
  m:call("self_attn", "*Attention", f.calls.attention, y, f.attention(c, kind))
  y = block.hyper_connections.collapse(m, "ffn_hc", x)
  norm(m, "post_attention_layernorm", y, "layer.norm.ffn")
  m:call("mlp", "*SparseMoeBlock", f.calls.ffn, y, f.ffn(c, kind))
  return x
end

return {
  extends = "llama",
  model_types = { deepseek_v4 = "DeepseekV4" },
  kind = function(c, i)
    if not c.mlp_layer_types then local _ = c.num_hash_layers end -- a wrong one is none
    local hashed = c.mlp_layer_types and c.mlp_layer_types[i + 1] == "hash_moe"
    local kind = c.layer_types and c.layer_types[i + 1] or "sliding_attention"
    return hashed and kind .. " hash" or kind
  end,
  norm = { dtype = "F32" },
  decoder = { streams = "hc_mult", turns = { "main", "compress" } },
  rope = function(c) return (turned(c) + 1) // 2, 2 end,
  layer = layer,
  attention = attention,
  moe = { layers = "all", build = experts },
  calls = {
    layer = "x, position_embeddings=, position_ids=, attention_mask=, input_ids=",
    attention = "x, position_embeddings=, position_ids=, attention_mask=",
    ffn = "x, input_ids=",
  },
  facts = { rope_layout = "interleaved", renormalize = true, sinks = true },
  saved = {
    { "^lm_head", "head" }, { "^embed_tokens", "embed" }, { "^hc_head%.hc_", "hc_head_" },
    { "%.(%a+)_hc%.", ".hc_%1_" },
    { "%.input_layernorm", ".attn_norm" }, { "%.post_attention_layernorm", ".ffn_norm" },
    { "%.compressor%.indexer%.scorer%.", ".indexer." },
    { "%.compressor%.indexer%.q_b_proj", ".indexer.wq_b" },
    { "%.compressor%.indexer%.", ".indexer.compressor." },
    { "%.position_bias", ".ape" }, { "compressor%.gate_proj", "compressor.wgate" },
    { "%.kv_norm", ".norm" }, { "%.kv_proj", ".wkv" }, { "%.o_([ab])_proj", ".wo_%1" },
    { "%.q_([ab])_proj", ".wq_%1" }, { "%.q_a_norm", ".q_norm" },
    { "%.sinks", ".attn_sink" }, { "%.self_attn%.", ".attn." }, { "%.mlp%.", ".ffn." },
    { "%.gate_proj", ".w1" }, { "%.up_proj", ".w3" }, { "%.down_proj", ".w2" },
    { "%.e_score_correction_bias", ".bias" },
  },
}
