--- A layer of an encoder: attention in both directions and a feed-forward, each with its norm
--- before it (or behind it, `post`) and a residual connection.
local options = {
  base = "text", -- what begins the names of the classes
  class = "text", attention_class = "text", ffn_class = "text",
  post = "flag",
  norm = "word", norm_bias = "flag", norm_class = "text",
  attention_norm = "text", attention = "text", ffn_norm = "text", ffn = "word",
  spec = "text", attention_spec = "text",
  qk_norm = { "head", "width", "identity" }, qk_norm_class = "text", -- as of `attention`
  out_dropout = "word", out_dropout_class = "text", project = "made",
  qkv_together = "word", -- files have the three in one tensor of this name
  mix = "block", feed = "block", -- another attention, another feed-forward
  q = "text", k = "text", v = "text", out = "text", -- projections
  bias = "flag", key_bias = "flag", value_bias = "flag", out_bias = "flag", head_dim = "size",
  rope = "flag", hidden = "size", heads = "size", -- `hidden`: the width of the states
  up = "text", down = "text", act = "text", ffn_bias = "flag", width = "size", gated = "flag",
  activation = "text", saved_together = "word", -- as of `gated_mlp`
  -- factors on what attention and feed-forward give: in modules, or parameters of the layer
  scale = "word", scale_class = "text", scale_param = "word",
  before = "made", -- (m, x): what is called before the attention
  dropout = "word", ffn_dropout = "word", -- a leaf behind both, or behind the feed-forward
  drop_path = "word", drop_class = "text", -- another, its class where it is no identity
  drop_paths = "flag", -- numbers in its name: 1 behind the attention, 2 behind the feed-forward
}

local function flag(value, default)
  if value == nil then return default end
  return value
end

local function mix_of(c, o)
  local bias = flag(o.bias, true)
  return o.mix or block.attention.build(c, { square = not o.head_dim, head_dim = o.head_dim,
    width = o.hidden, heads = o.heads,
    kv_heads = o.head_dim and c.num_attention_heads,
    bias = bias, key_bias = flag(o.key_bias, bias), value_bias = flag(o.value_bias, bias),
    out_bias = flag(o.out_bias, true), q = o.q, k = o.k, v = o.v, out = o.out or "out_proj",
    qk_norm = o.qk_norm, norm_last = true, norm_class = o.qk_norm_class,
    saved_together = o.qkv_together, project = o.project and function() return o.project end,
    dropout = o.out_dropout, dropout_class = o.out_dropout_class,
    rope = o.rope or false, cache = false })
end

local function feed_of(c, o)
  if o.feed then return o.feed end
  local bias = flag(o.ffn_bias, true)
  if o.gated then
    return block.gated_mlp.build(c, { bias = bias, width = o.width, act = o.act,
      activation = o.activation, out = o.hidden, saved_together = o.saved_together,
      down = o.down })
  end
  return block.mlp.build(c, { up = o.up or "fc1", down = o.down or "fc2", bias = bias,
    act = o.act or "activation_fn", width = o.width, activation = o.activation, out = o.hidden })
end

local function build(c, o)
  local base, mix, feed = o.base or "*", mix_of(c, o), feed_of(c, o)
  local function norm(m, name, x, role)
    local kind = o.norm or "layer_norm"
    m:norm(name, x, { kind = kind, bias = flag(o.norm_bias, kind == "layer_norm"),
      class = o.norm_class, role = "layer.norm." .. role })
  end
  local function behind(m, i, y, x)
    if o.scale then
      local name = o.scale .. i
      m:call(name, o.scale_class or base .. "LayerScale", "x", y, function(s, z)
        s:param("lambda1", { c.hidden_size }, { role = i == 1 and "layer.scale.attention"
          or "layer.scale.ffn" })
        return z
      end)
    end
    if o.dropout then m:leaf(o.dropout, "Dropout", y) end
    if o.ffn_dropout and i == 2 then m:leaf(o.ffn_dropout, "Dropout", y) end
    if o.scale_param then
      m:param(o.scale_param .. i, { c.hidden_size }, { role = i == 1 and "layer.scale.attention"
        or "layer.scale.ffn" })
    end
    if o.drop_path then
      m:leaf(o.drop_path .. (o.drop_paths and i or ""), o.drop_class or "Identity", y)
    end
    m:op("add")
    return x
  end
  local function layer(m, x)
    local where = o.post and "after_" or ""
    m:fact("norm_place", o.post and "post" or "pre")
    m:fact("parallel_residual", false)
    if o.before then o.before(m, x) end
    local function norms(part, name, default)
      norm(m, name or default, x, where .. part)
    end
    if not o.post then norms("attention", o.attention_norm, "layer_norm1") end
    local a = m:call(o.attention or "self_attn", o.attention_class or base .. "Attention",
      o.attention_spec or "hidden_states=x, attention_mask=", x, mix)
    behind(m, 1, shape.is_tensor(a) and a or a[1], x)
    if o.post then norms("attention", o.attention_norm, "layer_norm1") end
    if not o.post then norms("ffn", o.ffn_norm, "layer_norm2") end
    local y = m:call(o.ffn or "mlp", o.ffn_class or base .. "MLP", "x", x, feed)
    behind(m, 2, y, x)
    if o.post then norms("ffn", o.ffn_norm, "layer_norm2") end
    return x
  end
  return function(m, name, x)
    return m:call(name, o.class or base .. "EncoderLayer", o.spec or "x, attention_mask", x, layer)
  end
end

return { options = options, build = build }
