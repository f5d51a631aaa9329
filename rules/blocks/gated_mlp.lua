--- Feed-forward with a gate: down(act(gate(x)) * up(x)).
local options = {
  width = "size", out = "size", bias = "flag", out_bias = "flag", activation = "text",
  role = "text", gate = "text", up = "text", down = "text", -- names of the parts
  act = "word",   -- false: the activation is no module
  beside = "made", -- (m, x): what is computed beside the fused projection
  fused = "word", -- gate and up in one projection of this name
  inner_dropout = "word", -- a leaf before the last projection
  up_first = "flag", act_last = "flag", -- the order of gate and up, and of the activation
  class = "text", dropout = "word",
  saved_together = "word", -- files have gate and up in one tensor of this name
  project = "made", -- (m, name, x, width, options) in place of a linear map
  inner_norm = "word", -- a norm before the last projection, by its name
}

local function build(c, o)
  local name = o.activation or c.hidden_act or "silu"
  local act = block.activation[name] or
    { class = "SiLUActivation", operator = name, gated = "FFN_Gated", product = "gated" }
  local role, width = o.role or "layer.ffn", o.width or c.intermediate_size
  local out_bias = o.bias
  if o.out_bias ~= nil then out_bias = o.out_bias end
  return function(m, x)
    local function linear(part, default, y, n, bias)
      return (o.project or m.linear)(m, o[part] or default, y, n, { bias = bias, class = o.class,
        role = role .. "." .. part })
    end
    local function activate(y)
      if o.act ~= false then m:leaf(o.act or "act_fn", act.class, y) end
      m:op(act.operator)
    end
    m:kind(act.gated)
    m:fact("gated", true)
    m:fact("activation", o.activation or c.hidden_act)
    local inner, repeated = x:last(width), m.repeated
    if o.saved_together then m.repeated = true end
    if o.fused then
      m:linear(o.fused, x, 2 * width, { bias = o.bias, role = role .. ".gate_up" })
      if o.beside then o.beside(m, x) end
      activate(inner)
    else
      if o.up_first then linear("up", "up_proj", x, width, o.bias) end
      local gate = linear("gate", "gate_proj", x, width, o.bias)
      if not o.act_last then activate(gate) end
      if not o.up_first then linear("up", "up_proj", x, width, o.bias) end
      if o.act_last then activate(gate) end
    end
    if o.saved_together then
      m.repeated = repeated
      m:stored(o.saved_together, 2 * width, x, o.bias, role .. ".gate_up")
    end
    m:op(act.product)
    if o.inner_dropout then m:leaf(o.inner_dropout, "Dropout", inner) end
    if o.inner_norm then m:norm(o.inner_norm, inner, { role = role .. ".norm" }) end
    local y = linear("down", "down_proj", inner, o.out or c.hidden_size, out_bias)
    return o.dropout and m:leaf(o.dropout, "Dropout", y) or y
  end
end

return { options = options, build = build }
