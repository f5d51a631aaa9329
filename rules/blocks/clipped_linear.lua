--- A linear map whose inputs and outputs are clamped to limits that are saved with it.
local function clipped(c)
  return function(m, name, x, width, options)
    return m:call(name, "*ClippableLinear", "x", x, function(l, y)
      if c.use_clipped_linears then
        for _, limit in ipairs { "input_min", "input_max", "output_min", "output_max" } do
          l:param(limit, {}, { role = options.role .. "." .. limit })
        end
      end
      return l:linear("linear", y, width, { role = options.role })
    end)
  end
end

return { map = clipped }
