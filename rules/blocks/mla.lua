-- Latent attention: keys and values come from one compressed vector, which is all that is cached.
local options = {
  bias = "flag",
  rope = "flag",     -- false: no rotary positions
  rope_norm = "text",  -- name of a norm on the rotary part of keys
  gate = "text",       -- a projection of this name gives one output gate a head
  window = "size",
  query_gate = "text", -- one projection of this name gives queries and an output gate
  one_part = "flag", -- keys have no rotary part: only the compressed vector is cached
  expanded = "flag", -- the compressed vector has a dimension for heads, of size 1
  reused = "flag",   -- the compressed vector of an earlier layer is used
  scaled = "flag",   -- queries grow with the logarithm of their position
  indexer = "made",  -- picks the tokens that are attended to
  index_call = "text", index_class = "text",
  hand_on = "flag",  -- the picked tokens go on to the next layer
}

--- The queries, from a low rank where the configuration has one.
local function query(m, c, o, x, width)
  if not c.q_lora_rank then
    return m:linear("q_proj", x, width, { role = "layer.attention.query" })
  end
  local low = m:linear("q_a_proj", x, c.q_lora_rank,
    { bias = o.bias, role = "layer.attention.query_down" })
  m:norm("q_a_layernorm", low, { role = "layer.attention.query_norm" })
  m.env.low_query = low
  if o.query_gate then
    m:fact("output_gate", true)
    return m:linear(o.query_gate, low:last(2 * c.q_lora_rank),
      width + c.num_attention_heads * c.v_head_dim, { role = "layer.attention.query_up" })
  end
  return m:linear("q_b_proj", low, width, { role = "layer.attention.query_up" })
end

--- The vector that keys and values come from.
local function compressed(m, c, o, x, rope)
  local latent = c.kv_lora_rank
  if o.reused then return x:last(latent) end
  local kv = m:linear("kv_a_proj_with_mqa", x, rope and latent + rope or latent,
    { bias = o.bias, role = "layer.attention.key_value_down" })
  m:cache { kind = "mla", latent = latent, rope = rope, window = o.window }
  local low = m:norm("kv_a_layernorm", kv:last(latent), { role = "layer.attention.key_value_norm" })
  if o.rope_norm then
    m:norm(o.rope_norm, kv:view(x.dims[1], 1, x.dims[2], rope),
      { role = "layer.attention.key_norm" })
  end
  return low
end

local function build(c, o)
  local h, value = c.num_attention_heads, c.v_head_dim
  local nope, rope = c.qk_nope_head_dim, c.qk_rope_head_dim
  local head = nope + rope
  if o.one_part then nope, rope = head, nil end
  return function(m, x)
    local batch, seq = x.dims[1], x.dims[2]
    m:kind("MLALayer")
    m:fact("qk_norm", "none")
    query(m, c, o, x, h * head)
    local low = compressed(m, c, o, x, rope)
    if o.scaled then block.indexer.scaling(m, x:view(batch, h, seq, head), h) end
    if o.expanded then low = low:view(batch, 1, seq, c.kv_lora_rank) end
    m:linear("kv_b_proj", low, h * (nope + value), { role = "layer.attention.key_value_up" })
    if o.indexer then
      m.env.index_mask = shape.tensor(m.dtype, batch, seq, seq)
      m:call("indexer", o.index_class or "*Indexer", o.index_call
        or "x, low_query, position_embeddings, index_mask, position_ids", x, o.indexer)
    end
    if o.rope ~= false then m:op("rope") end
    m:op("attention")
    if o.gate then
      m:fact("output_gate", true)
      m:linear(o.gate, x, h, { role = "layer.attention.gate" })
    end
    local out = m:linear("o_proj", x:last(h * value), c.hidden_size,
      { bias = o.bias, role = "layer.attention.output" })
    return shape.tuple(out, shape.tensor(m.dtype, batch, h, seq, seq),
      o.hand_on and block.indexer.picked(c, x))
  end
end

return { options = options, build = build }
