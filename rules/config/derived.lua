--- Values that follow from others. Every rule is `{ key, derive, always? }`, asked in this order
--- when the value is absent or null (or always, where files are known to say what no code uses).
--- A derived nil leaves the value as it is; "null" as second result makes it null, "drop" removes
--- it. `c` holds the values known so far, `raw` the keys of the file; in both, null reads as nil.

local integer = numbers.whole

local function quotient(a, b)
  if integer(a) and integer(b) and b > 0 and a % b == 0 then return a // b end
end

local function length(list) return type(list) == "table" and #list > 0 and #list or nil end

return {
  { "num_hidden_layers", function(_, raw)
    local pattern = raw.hybrid_override_pattern
    return length(raw.layers_block_type) or length(raw.layer_types)
      or type(pattern) == "string" and #pattern:gsub("|", "") or nil
  end },

  -- LongCat counts double layers.
  { "num_hidden_layers", function(_, raw, _, class)
    local n = class.attentions_per_layer and integer(raw.num_layers)
    return n and n * class.attentions_per_layer
  end, always = true },
  { "decoder_layers", function(c, _, _, class)
    return class.is_encoder_decoder and integer(c.num_hidden_layers) or nil
  end },

  -- Gemma reads `hidden_activation` only.
  { "hidden_act", function(_, raw, _, class)
    local written = type(raw.hidden_activation) == "string" and raw.hidden_activation
    return class.only_hidden_activation and (written or class.hidden_act) or nil
  end, always = true },

  -- Mamba 2 calls the heads of its state by the names of attention.
  { "mamba_num_heads", function(c, _, _, class)
    return class.heads_of_state and integer(c.num_attention_heads) or nil
  end },
  { "mamba_head_dim", function(c, _, _, class)
    return class.heads_of_state and integer(c.head_dim) or nil
  end },
  { "num_attention_heads", function(_, _, _, class)
    return nil, class.heads_of_state and "drop" or nil
  end, always = true },

  -- JetMoE: each expert of the attention has the queries of all key heads.
  { "num_attention_heads", function(c, _, _, class)
    local kv, k = integer(c.num_key_value_heads), integer(c.num_experts_per_tok)
    return class.heads_of_experts and kv and k and kv * k or nil
  end, always = true },

  -- ChatGLM counts groups, which its switch turns on.
  { "num_key_value_heads", function(c, raw)
    local groups = integer(raw.multi_query_group_num)
    return groups and (c.multi_query == false and c.num_attention_heads or groups)
  end, always = true },
  { "mamba_num_heads", function(c, _, _, class)
    local width = class.heads_of_state and integer(c.hidden_size)
      and (integer(c.mamba_expand) or 2) * c.hidden_size
    return width and quotient(width, c.mamba_head_dim) or nil
  end },
  -- Heads of a state share its width, unless the file says how wide they are.
  { "mamba_head_dim", function(c, raw, _, class)
    local width = integer(raw.mamba_d_ssm) or class.state_width
    if not width and class.state_of_hidden and integer(c.hidden_size) then
      width = (integer(c.mamba_expand) or 2) * c.hidden_size
    end
    local said = integer(raw.mamba_d_head) or integer(raw.mamba_headdim)
    return not said and quotient(width, c.mamba_num_heads) or nil
  end, always = true },
  { "time_step_rank", function(c)
    return integer(c.ssm_state_size) and integer(c.hidden_size) and (c.hidden_size + 15) // 16
  end },

  -- Falcon's first generation and GPT-BigCode share one head, whatever else the file says.
  { "num_key_value_heads", function(c)
    if c.multi_query and not c.new_decoder_architecture then return 1 end
  end, always = true },
  { "num_key_value_heads", function(c, _, _, class)
    return class.one_or_all and c.multi_query == false and integer(c.num_attention_heads) or nil
  end, always = true },
  -- DeciLM: heads differ from layer to layer.
  { "num_key_value_heads", function(c)
    local blocks = c.block_configs
    if type(blocks) ~= "table" or not integer(c.num_attention_heads) then return nil end
    local heads = {}
    for i, block in ipairs(blocks) do
      local attention = type(block) == "table" and block.attention
      local group = type(attention) == "table" and integer(attention.n_heads_in_group)
      heads[i] = group and quotient(c.num_attention_heads, group) or 0
    end
    return #heads > 0 and { per_layer = heads } or nil
  end },
  { "num_key_value_heads", function(c) return integer(c.num_attention_heads) end },

  { "swa_qk_rope_head_dim", function(c, raw)
    local nope = integer(c.swa_qk_nope_head_dim)
    return nope and integer(raw.swa_head_dim) and raw.swa_head_dim - nope
  end },

  -- The head of latent attention has two parts; a `head_dim` beside them names neither.
  { "qk_head_dim", function(c)
    local nope, rope = integer(c.qk_nope_head_dim), integer(c.qk_rope_head_dim)
    return nope and rope and nope + rope
  end },
  { "head_dim", function(c) -- zero is missing, too
    local missing = c.head_dim == 0 and not c.kv_lora_rank
    return missing and quotient(c.hidden_size, c.num_attention_heads) or nil
  end, always = true },
  { "head_dim", function(c, _, _, class)
    return class.head_of_parts and integer(c.qk_head_dim) or nil
  end, always = true },
  { "head_dim", function(c, _, _, class)
    local width = class.double_heads and integer(c.hidden_size)
    return width and quotient(2 * width, c.num_attention_heads) or nil
  end },
  { "head_dim", function(c) return c.kv_lora_rank and integer(c.qk_rope_head_dim) or nil end },
  { "head_dim", function(c) return quotient(c.hidden_size, c.num_attention_heads) end },
  { "qk_rope_head_dim", function(c, raw, _, class)
    local partial = class.rope_of_head
      and (raw.partial_rotary_factor or not c.qk_rope_head_dim and class.rope_partial)
    if type(partial) ~= "number" or not integer(c.head_dim) then return nil end
    return math.floor(c.head_dim * partial)
  end, always = true },

  -- Heads of a state are those of the attention, three quarters as wide, twice that for values.
  { "linear_num_key_heads", function(c, _, _, class)
    return class.linear_of_attention and integer(c.num_attention_heads) or nil
  end },
  { "linear_num_value_heads", function(c, _, _, class)
    return class.linear_of_attention and integer(c.num_attention_heads) or nil
  end },
  { "linear_key_head_dim", function(c, _, _, class)
    local heads = class.linear_of_attention and integer(c.linear_num_key_heads)
    local width = heads and heads > 0 and integer(c.hidden_size)
    return width and 3 * width // (4 * heads) or nil
  end },
  { "linear_value_head_dim", function(c, _, _, class)
    return class.linear_of_attention and integer(c.linear_key_head_dim)
      and 2 * c.linear_key_head_dim or nil
  end },

  -- ModernBERT counts both sides of a token, others one.
  { "sliding_window", function(_, raw)
    return integer(raw.local_attention) and raw.local_attention // 2
  end, always = true },
  -- Qwen writes a window beside the switch that turns it off.
  { "sliding_window", function(c, _, _, class)
    if c.use_sliding_window ~= false then return nil end
    return class.window_off, not class.window_off and "null" or nil
  end, always = true },

  -- Gemma 3 in both directions: what is written counts both sides of a token.
  { "sliding_window", function(c, _, _, class)
    local window = class.half_window and c.use_bidirectional_attention == true
      and integer(c.sliding_window)
    return window and window // 2 + 1 or nil
  end, always = true },

  { "intermediate_size", function(c, raw, _, class)
    if class.width_of_hidden and integer(c.hidden_size) then
      local times = raw.mamba_expand or raw.expand or raw.intermediate_multiple_size
      return c.hidden_size * (integer(times) or class.width_of_hidden)
    end
  end },
  { "intermediate_size", function(c) return integer(c.moe_intermediate_size) end },
  { "moe_intermediate_size", function(c)
    return c.num_experts and integer(c.intermediate_size)
  end },
}
