-- relu_tiny.lua
-- A relative with a block of its own: a feed-forward without a gate, its activation the square of
-- a ReLU.
local function squared_relu(c)
  return function(m, x)
    m:kind "FFN_ReLU2"
    m:fact("gated", false)
    m:fact("activation", "relu2")
    local y = m:linear("up_proj", x, c.intermediate_size, { role = "layer.ffn.up" })
    m:leaf("act_fn", "ReLUSquaredActivation", y)
    m:op "relu2"
    return m:linear("down_proj", y, c.hidden_size, { role = "layer.ffn.down" })
  end
end

return {
  extends = "llama",
  model_types = { relu_tiny = "ReluTiny" },
  ffn = squared_relu,
}
