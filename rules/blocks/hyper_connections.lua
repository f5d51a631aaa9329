--- Several streams of states in place of one: before each part of a layer they are mixed into one,
--- and what the part gives is spread over them again; at the end a head joins them.

--- The streams in one row, in F32, with a norm that has no weight.
local function joined(m, x)
  local row = shape.tensor("F32", x.dims[1], x.dims[2], x.dims[3] * x.dims[4])
  return m:norm("input_norm", row, { weightless = true, class = "*UnweightedRMSNorm" })
end

--- Parameters are kept in F32.
local function param(m, role)
  return function(name, dims)
    m:param(name, dims, { dtype = "F32", role = role .. name })
  end
end

--- Mixes the streams into the input of a part; also gives the weights that spread its output.
local function collapse(m, name, x)
  local n = x.dims[3]
  return m:call(name, "*HyperConnection", "x", x, function(b, y)
    local row = joined(b, y)
    local declare = param(b, "layer.streams." .. name .. ".")
    local all = (n + 2) * n
    declare("fn", { all, row.dims[3] })
    declare("base", { all })
    declare("scale", { 3 })
    b:op "hyper_connection"
    local spread = shape.tensor("F32", y.dims[1], y.dims[2], n)
    return shape.tuple(spread, spread:heads(n, n),
      shape.tensor(b.dtype, y.dims[1], y.dims[2], y.dims[4]))
  end)[3]
end

--- All streams joined into the states that the last norm sees.
local function head(m, x)
  local n = x.dims[3]
  return m:call("hc_head", "*HyperHead", "x", x, function(b, y)
    local row = joined(b, y)
    local declare = param(b, "streams.")
    declare("hc_fn", { n, row.dims[3] })
    declare("hc_base", { n })
    declare("hc_scale", { 1 })
    b:op "hyper_connection"
    return shape.tensor(b.dtype, y.dims[1], y.dims[2], y.dims[4])
  end)
end

return { collapse = collapse, head = head }
