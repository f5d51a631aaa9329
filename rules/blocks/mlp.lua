--- Feed-forward without a gate: down(act(up(x))).
local options = {
  width = "size", out = "size", bias = "flag", out_bias = "flag", activation = "text",
  role = "text", up = "text", down = "text", act = "word", -- names of the parts; `act` may be false
  act_class = "text", class = "text", transposed = "flag", dropout = "word",
  act_calls = "size",     -- how often the activation is called, where many layers share it
  inner_dropout = "word", -- a leaf between activation and the second projection
}

--- xIELU has slopes that are learned and saved, a number each.
local function learned(m, act)
  for _, slope in ipairs { "alpha_p", "alpha_n" } do
    m:param(act .. "." .. slope, { 1 }, { role = "layer.ffn.activation." .. slope })
  end
  for _, number in ipairs { "beta", "eps" } do
    m:param(act .. "." .. number, {}, { role = "layer.ffn.activation." .. number })
  end
end

local function build(c, o)
  local name = o.activation or c.hidden_act or "gelu"
  local act = block.activation[name] or
    { class = "GELUActivation", operator = name, plain = "FFN_Plain" }
  local role, width = o.role or "layer.ffn", o.width or c.intermediate_size or 4 * c.hidden_size
  local out_bias = o.bias
  if o.out_bias ~= nil then out_bias = o.out_bias end
  return function(m, x)
    m:kind(act.plain or act.gated)
    m:fact("gated", false)
    m:fact("activation", name)
    local y = m:linear(o.up or "up_proj", x, width, { bias = o.bias, class = o.class,
      transposed = o.transposed, role = role .. ".up" })
    if o.act ~= false then
      m:leaf(o.act or "act_fn", o.act_class or act.class, y, nil, o.act_calls)
    end
    m:op(act.operator)
    if name == "xielu" then learned(m, o.act or "act_fn") end
    if o.inner_dropout then m:leaf(o.inner_dropout, "Dropout", y) end
    y = m:linear(o.down or "down_proj", y, o.out or c.hidden_size, { bias = out_bias,
      class = o.class, transposed = o.transposed, role = role .. ".down" })
    return o.dropout and m:leaf(o.dropout, "Dropout", y) or y
  end
end

return { options = options, build = build }
