--- What a layer is, by its index from 0.
return {
  --- As the configuration lists it, `dense` where it lists nothing.
  layer_types = function(c, i) return c.layer_types and c.layer_types[i + 1] or "dense" end,
  dense = function() return "dense" end,
}
