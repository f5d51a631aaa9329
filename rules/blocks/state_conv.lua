--- A causal convolution over tokens, one filter a channel. Mixers compute it themselves, so its
--- module is not called; its cache holds one token less than the filter is long.
local function depthwise(m, name, channels, kernel, bias, role)
  m:param(name .. ".weight", { channels, 1, kernel }, { role = role })
  if bias then m:param(name .. ".bias", { channels }, { role = role .. ".bias" }) end
  m:op("conv1d")
end

local function state(m, channels, kernel)
  m:cache { kind = "conv_state", dims = { channels, kernel - 1 } }
end

return { depthwise = depthwise, state = state }
