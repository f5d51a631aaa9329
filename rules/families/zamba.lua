-- Zamba: Mamba layers; before some of them stands an attention layer whose input is hidden states
-- and embeddings, concatenated. All such layers, or every so many of them, share weights.
local MAMBA = "linear_attention"

--- What each layer is: Mamba, or which of the hybrid layers.
local function listed(c)
  local kinds, n = {}, 0
  for i = 1, c.num_hidden_layers do
    local hybrid
    if c.raw.layers_block_type or c.raw.layer_types then
      hybrid = c.layer_types and c.layer_types[i] ~= MAMBA
    else
      hybrid = i == 3 or i > 3 and (i - 4) % c.attn_layer_period == c.attn_layer_offset
    end
    kinds[i] = hybrid and "hybrid " .. n or MAMBA
    if hybrid then n = n + 1 end
  end
  return { kinds = kinds, hybrids = n }
end

local lists = setmetatable({}, { __mode = "k" })
local function list_of(c)
  lists[c] = lists[c] or listed(c)
  return lists[c]
end

local function number_of(kind) return math.tointeger(tonumber(kind:match "%d+")) end

--- A LoRA adapter of a shared projection: a pair of narrow matrices for each layer that shares it.
--- All pairs are saved, one is called.
local function adapter(c, kind, name, width)
  local own, blocks, rank = number_of(kind), c.num_mem_blocks or 1, c.adapter_rank
  return function(m, x)
    for i = own % blocks, list_of(c).hybrids - 1, blocks do
      local path = ("%s.%d"):format(name, i)
      if i == own then
        m:call(path, "Sequential", "x", x, function(s, y)
          local low = s:linear("0", y, rank, { role = "layer.adapter.down" })
          return s:linear("1", low, width, { role = "layer.adapter.up" })
        end)
      else
        m:param(path .. ".0.weight", { rank, x.dims[#x.dims] }, { role = "layer.adapter.down" })
        m:param(path .. ".1.weight", { width, rank }, { role = "layer.adapter.up" })
      end
    end
  end
end

--- The shared attention layer. Its weights are saved with the first layer that uses them.
local function transformer(c, f, kind)
  return function(m, x)
    local both = x:last(2 * c.hidden_size)
    m.repeated = number_of(kind) >= (c.num_mem_blocks or 1) and c.tie_word_embeddings ~= false
    m:norm("input_layernorm", both, { role = "layer.norm.attention" })
    m:call("self_attn", "*Attention", f.calls.attention, both, f.attention(c, kind))
    m:norm("pre_ff_layernorm", x, { role = "layer.norm.ffn" })
    m:op("add", 2)
    m:call("feed_forward", "*MLP", "x", x, f.ffn(c, kind))
    return x
  end
end

local function layer(c, f, kind, m, x)
  if kind == MAMBA then return block.decoder.layer(c, f, kind, m, x) end
  m:call(f.names.ffn, "*AttentionDecoderLayer", "x, original_hidden_states=x, attention_mask=, "
    .. "position_embeddings=, position_ids=", x, transformer(c, f, kind))
  m:linear("linear", x, c.hidden_size, { role = "layer.join" })
  return m:call("mamba_decoder", "*MambaDecoderLayer",
    "x, transformer_hidden_states=x, position_embeddings=", x, function(inner, y)
      return block.decoder.layer(c, f, MAMBA, inner, y)
    end)
end

local function wide_head(c) return 2 * c.hidden_size // c.num_attention_heads end

local function mixer(name, options)
  return { block = name, name = "mamba", class = "*MambaMixer", options = options,
    call = "hidden_states=x, position_embeddings=", layer = "*MambaDecoderLayer" }
end

return {
  {
    extends = "llama",
    model_types = { zamba = "Zamba" },
    kind = function(c, i) return list_of(c).kinds[i + 1] end,
    layout = "alone",
    layer = layer,
    decoder = { positions = "none", position_ids = false },
    mixers = { [MAMBA] = mixer("mamba", { bias = "mamba_proj_bias", conv_bias = "conv_bias",
      heads = "mamba_num_heads" }) },
    attention = { bias = false, out_bias = false, window = false, rope = false,
      head_dim = function(c)
        return math.type(c.raw.attention_head_dim) == "integer" and c.head_dim or wide_head(c)
      end },
    ffn = { bias = false },
    calls = { layer = "x, x, -, -, attention_mask, position_embeddings=, position_ids=",
      attention = "hidden_states=x, attention_mask=, position_embeddings=, position_ids=" },
    names = { norm = "final_layernorm", attention_norm = "input_layernorm",
      ffn = "shared_transf" },
    classes = { layer = "*HybridLayer" },
    head = { tied = true },
    defaults = { conv_bias = true },
    keys = { num_mem_blocks = { "count", 1 } },
    facts = { positions = "none", nope_layers = "all" },
  },
  {
    extends = "zamba",
    model_types = { zamba2 = "Zamba2" },
    decoder = { positions = function(c) return c.use_mem_rope and "rope" or "none" end,
      position_ids = true },
    rope = wide_head,
    mixers = { [MAMBA] = mixer("mamba2", { bias = "add_bias_linear", conv_bias = true }) },
    attention = { head_dim = wide_head, rope = "use_mem_rope", beside = function(c, kind)
      if not c.use_shared_attention_adapter then return nil end
      return function(m, x)
        for _, part in ipairs { "q", "k", "v" } do
          adapter(c, kind, ("linear_%s_adapter_list"):format(part), 2 * c.hidden_size)(m, x)
        end
      end
    end },
    ffn = { fused = "gate_up_proj", bias = "add_bias_linear", out_bias = "add_bias_linear",
      width = function(c) return c.intermediate_size or 4 * c.hidden_size end,
      beside = function(c, kind)
        return adapter(c, kind, "gate_up_proj_adapter_list",
          2 * (c.intermediate_size or 4 * c.hidden_size))
      end },
    names = { ffn = "shared_transformer" },
    keys = { add_bias_linear = { "flag", false }, use_mem_rope = { "flag", false },
      use_shared_attention_adapter = { "flag", false }, adapter_rank = { "size", 128 } },
  },
}
