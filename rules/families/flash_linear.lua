-- Models of flash-linear-attention: linear attention of several kinds, which differ by their gates;
-- some layers may have softmax attention. Source: that library's layers and models.

--- A size times a factor that need not be an integer.
local function times(size, n)
  if n == math.floor(n) then return size * math.floor(n) end
  if n > 0 and 1 / n == math.floor(1 / n) then return size // math.floor(1 / n) end
  return math.floor(shape.value(size) * n + 0.5)
end

local role = "layer.linear_attention."

--- Projections by their letters, each with a convolution if the configuration has them.
---@param parts table[] letter, width, role
local function project(c, m, x, parts)
  local kept = 0
  for _, p in ipairs(parts) do
    m:linear(p[1] .. "_proj", x, p[2], { role = role .. p[3] })
    if c.use_short_conv then
      block.state_conv.depthwise(m, p[1] .. "_conv1d", p[2], c.conv_size, false,
        role .. "conv." .. p[3])
      kept = kept + p[2]
    end
  end
  if c.use_short_conv then block.state_conv.state(m, kept, c.conv_size) end
end

--- The output norm, by head or over all heads, with or without a gate.
local function norm_out(c, m, name, y, gated)
  local affine = c.elementwise_affine ~= false
  if not gated then
    return m:norm(name, y, { class = "RMSNorm", role = role .. "norm", weightless = not affine })
  end
  m.env.gate = y
  m:call(name, "FusedRMSNormGated", "x, gate", y, function(n)
    n:kind "RMSNorm"
    if affine then n:param("weight", { y.dims[#y.dims] }, { role = role .. "norm" }) end
    n:op "rms_norm"
    return y
  end)
end

local function heads(x, h, d) return x:view(x.dims[1], x.dims[2], h, d) end

local function output(c, m, x, width)
  return m:linear("o_proj", x:last(width), c.hidden_size, { role = role .. "output" })
end

--- Returns the number of value heads, the widths of all keys, all values, one key, one value.
local function delta_sizes(c, forget)
  local h = c.num_attention_heads
  if not forget then
    local keys, values = times(c.hidden_size, c.expand_k), times(c.hidden_size, c.expand_v)
    return h, keys, values, keys // h, values // h
  end
  local vh, k, v = c.num_v_heads or h, c.head_dim, times(c.head_dim, c.expand_v)
  return vh, h * k, vh * v, k, v
end

--- DeltaNet; with `forget` Gated DeltaNet.
local function delta(c, forget)
  local vh, keys, values, k, v = delta_sizes(c, forget)
  return function(m, x)
    m:kind "LinearAttentionLayer"
    project(c, m, x, { { "q", keys, "query" }, { "k", keys, "key" }, { "v", values, "value" } })
    if forget then
      m:linear("a_proj", x, vh, { role = role .. "forget" })
      m:param("A_log", { vh }, { role = role .. "A_log" })
      m:param("dt_bias", { vh }, { role = role .. "dt_bias" })
    end
    if forget or c.use_beta then m:linear("b_proj", x, vh, { role = role .. "correction" }) end
    m:op "delta_rule"
    if c.use_gate then m:linear("g_proj", x, values, { role = role .. "gate" }) end
    norm_out(c, m, "o_norm", heads(x, vh, v), c.use_gate)
    m:cache { kind = "delta_state", dims = { vh, k, v }, dtype = "F32" }
    return output(c, m, x, values)
  end
end

--- Gated linear attention: a gate for each channel of the keys, by a low-rank projection.
local function gla(c)
  local h = c.num_attention_heads
  local groups = shape.value(h) // shape.value(c.num_key_value_heads or h)
  local keys, values = times(c.hidden_size, c.expand_k), times(c.hidden_size, c.expand_v)
  return function(m, x)
    m:kind "LinearAttentionLayer"
    project(c, m, x, { { "q", keys, "query" }, { "k", keys // groups, "key" },
      { "v", values // groups, "value" } })
    m:call("gk_proj", "Sequential", "x", x, function(g, y)
      local low = g:linear("0", y, 16, { role = role .. "forget_down" })
      return g:linear("1", low, keys // groups, { bias = true, role = role .. "forget_up" })
    end)
    if c.use_output_gate then m:linear("g_proj", x, values, { role = role .. "gate" }) end
    m:op "gated_linear_attention"
    local one = c.use_output_gate and c.fuse_norm
      and (c.hidden_act == "swish" or c.hidden_act == nil)
    norm_out(c, m, one and "g_norm_swish_gate" or "g_norm", heads(x, h, values // h), one)
    m:cache { kind = "linear_state", dims = { h, keys // h, values // h }, dtype = "F32" }
    return output(c, m, x, values)
  end
end

--- Gated slot attention: tokens are written to a fixed number of slots, which queries read.
local function gsa(c)
  local h = c.num_attention_heads
  local kv = c.num_key_value_heads or h
  local groups = shape.value(h) // shape.value(kv)
  local keys, values = times(c.hidden_size, c.expand_k), times(c.hidden_size, c.expand_v)
  local slots = c.num_slots or keys // h
  return function(m, x)
    m:kind "LinearAttentionLayer"
    project(c, m, x, { { "q", keys, "query" }, { "k", keys // groups, "key" },
      { "v", values // groups, "value" } })
    m:linear("f_proj", x, kv * slots, { role = role .. "forget" })
    m:op "gated_slot_attention"
    norm_out(c, m, "g_norm", x, false)
    m:cache { kind = "linear_state", dims = { h, keys // h, slots }, dtype = "F32" }
    m:cache { kind = "linear_state", dims = { h, slots, values // h }, dtype = "F32" }
    return output(c, m, x, values)
  end
end

--- HGRN2: the forget gate is one minus the input gate.
local function hgrn2(c)
  local ratio = c.expand_ratio
  local h = ratio and c.hidden_size // ratio or c.num_attention_heads
  ratio = ratio or c.hidden_size // h
  return function(m, x)
    m:kind "LinearAttentionLayer"
    project(c, m, x, { { "q", h * ratio, "query" }, { "f", h * ratio, "forget" },
      { "i", c.hidden_size, "value" } })
    m:op "gated_linear_attention"
    norm_out(c, m, "g_norm", x, false)
    m:cache { kind = "linear_state", dims = { h, ratio, c.hidden_size // h }, dtype = "F32" }
    return output(c, m, x, c.hidden_size)
  end
end

--- A separate object of the configuration lists the layers with softmax attention.
local function kind(c, i)
  for _, layer in ipairs(type(c.attn) == "table" and c.attn.layers or {}) do
    if layer == i then return "full_attention" end
  end
  return "linear_attention"
end

local function attention(c)
  local o = c.attn
  return block.attention.build(c, { heads = o.num_heads, kv_heads = o.num_kv_heads or o.num_heads,
    head_dim = c.hidden_size // o.num_heads, bias = o.qkv_bias or false, out_bias = false,
    qk_norm = o.qk_norm and "head", window = o.window_size })
end

--- By default two thirds of the width times `hidden_ratio`, rounded up to a multiple of 256.
local function width(c)
  if c.intermediate_size then return c.intermediate_size end
  return (math.floor(shape.value(c.hidden_size) * (c.hidden_ratio or 4) * 2 / 3) + 255) // 256 * 256
end

--- HGRN2 has one table with the lower bounds of the forget gates of all layers.
local function bounded(c, f)
  local inner = block.decoder.stack(c, f)
  return function(m, ids)
    if c.use_lower_bound then
      m:param("lower_bounds", { c.num_hidden_layers, c.hidden_size }, { role = role .. "bounds" })
    end
    return inner(m, ids)
  end
end

--- The weights of block residuals and learned feature maps are not described here.
local function described(raw)
  return raw.attnres_block_size == nil and raw.feature_map ~= "t2r"
end

local function mixer(build, class)
  return { linear_attention = { name = "attn", class = class, call = "hidden_states=x",
    build = build } }
end

return {
  {
    extends = "llama",
    model_types = { gla = "GLA" },
    described = described,
    kind = kind,
    norm = { class = "RMSNorm" },
    decoder = { positions = "none" },
    mixers = mixer(gla, "GatedLinearAttention"),
    attention = attention,
    ffn = { width = width, bias = false, act = false, activation = "silu" },
    names = { embedding = "embeddings", attention = "attn", attention_norm = "attn_norm",
      ffn_norm = "mlp_norm" },
    calls = { layer = "x", attention = "hidden_states=x" },
    classes = { layer = "*Block", attention = "Attention", ffn = "GatedMLP" },
    keys = { expand_k = { "number", 0.5 }, expand_v = { "number", 1 }, use_gate = { "flag", true },
      use_short_conv = { "flag", false }, conv_size = { "size", 4 }, use_beta = { "flag", true },
      use_output_gate = { "flag", true }, elementwise_affine = { "flag", true },
      fuse_norm = { "flag", true }, hidden_ratio = { "number", 4 }, attn = { "record" },
      num_v_heads = { "size" }, num_slots = { "size", 64 }, expand_ratio = { "size" },
      use_lower_bound = { "flag", true } },
    heads = { ForSequenceClassification = false, ForTokenClassification = false,
      ForQuestionAnswering = false },
    facts = { positions = "none", nope_layers = "all" },
  },
  {
    extends = "gla",
    model_types = { delta_net = "DeltaNet" },
    mixers = mixer(function(c) return delta(c) end, "DeltaNet"),
    keys = { expand_k = { "number", 1 }, use_gate = { "flag", false },
      use_short_conv = { "flag", true } },
  },
  {
    extends = "gla",
    model_types = { gated_deltanet = "GatedDeltaNet" },
    mixers = mixer(function(c) return delta(c, true) end, "GatedDeltaNet"),
    keys = { expand_v = { "number", 2 }, use_short_conv = { "flag", true } },
  },
  {
    extends = "gla",
    model_types = { gsa = "GSA" },
    mixers = mixer(gsa, "GatedSlotAttention"),
    keys = { expand_k = { "number", 1 } },
  },
  {
    extends = "gla",
    model_types = { hgrn2 = "HGRN2" },
    body = bounded,
    mixers = mixer(hgrn2, "HGRN2Attention"),
    keys = { expand_ratio = { "size", 128 } },
  },
}
