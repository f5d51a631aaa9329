-- Latent attention: keys and values come from one compressed vector, which is all that is cached.
local options = {
  bias = "flag",
  rope = "flag",     -- false: no rotary positions
  expanded = "flag", -- the compressed vector has a place for heads
}

local function build(c, o)
  local h, rope, nope = c.num_attention_heads, c.qk_rope_head_dim, c.qk_nope_head_dim
  local latent, value = c.kv_lora_rank, c.v_head_dim
  return function(m, x)
    m:kind("MLALayer")
    m:fact("qk_norm", "none")
    if c.q_lora_rank then
      local low = m:linear("q_a_proj", x, c.q_lora_rank,
        { bias = o.bias, role = "layer.attention.query_down" })
      m:norm("q_a_layernorm", low, { role = "layer.attention.query_norm" })
      m:linear("q_b_proj", low, h * (nope + rope), { role = "layer.attention.query_up" })
    else
      m:linear("q_proj", x, h * (nope + rope), { role = "layer.attention.query" })
    end
    local kv = m:linear("kv_a_proj_with_mqa", x, latent + rope,
      { bias = o.bias, role = "layer.attention.key_value_down" })
    local low = kv:last(latent)
    m:norm("kv_a_layernorm", low, { role = "layer.attention.key_value_norm" })
    if o.expanded then low = low:view(x.dims[1], 1, x.dims[2], latent) end
    m:linear("kv_b_proj", low, h * (nope + value), { role = "layer.attention.key_value_up" })
    if o.rope ~= false then m:op("rope") end
    m:op("attention")
    local out = m:linear("o_proj", x:last(h * value), c.hidden_size,
      { bias = o.bias, role = "layer.attention.output" })
    m:cache { kind = "mla", latent = latent, rope = rope }
    local seq = x.dims[2]
    return shape.tuple(out, shape.tensor(m.dtype, 1, h, seq, seq))
  end
end
return { options = options, build = build }
