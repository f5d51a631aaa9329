--- A norm whose result is multiplied by a gate, its second argument.
local function call(m, name, x, gate, role, class)
  m.env.gate = gate
  m:call(name, class or "*RMSNormGated", "x, gate", x, function(n)
    n:kind("RMSNorm")
    n:param("weight", { x.dims[#x.dims] }, { role = role })
    n:op("rms_norm")
    return x
  end)
end

return { call = call }
