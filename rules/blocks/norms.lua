--- Norms that are declared the same in many places, whatever the norm of the family.
local function layer(m, name, x, role)
  return m:norm(name, x, { kind = "layer_norm", bias = true, role = role })
end

return { layer = layer }
