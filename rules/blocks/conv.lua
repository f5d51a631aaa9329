--- A convolution: `name` with a kernel of the given sizes, from `x` to `result`.
local function conv(m, name, x, result, kernel, options)
  local o = options or {}
  local class = ("Conv%dd"):format(#kernel)
  m:leaf(name, o.class or class, x, result)
  local to, from = result.dims[2], x.dims[2]
  local dims = { to, from // (o.groups or 1) }
  table.move(kernel, 1, #kernel, 3, dims)
  m:param(name .. ".weight", dims, { role = o.role or name, layer_type = class })
  if o.bias then
    m:param(name .. ".bias", { to },
      { role = (o.role or name) .. ".bias", layer_type = class })
  end
  m:op(class:lower())
  return result
end

return { conv = conv }
