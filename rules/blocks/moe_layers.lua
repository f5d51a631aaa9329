--- Which layers have experts, by their index from 0.
return {
  all = function() return true end,
  --- All but the first few.
  after_first = function(c, i) return i >= (c.first_k_dense_replace or 0) end,
  --- Every so many layers, but for those that are listed.
  sparse_step = function(c, i)
    for _, dense in ipairs(c.mlp_only_layers or {}) do
      if dense == i then return false end
    end
    local step = c.decoder_sparse_step or 1
    return c.num_experts ~= nil and step > 0 and (i + 1) % step == 0
  end,
  --- Where the list of the configuration says "sparse".
  listed = function(c, i) return c.mlp_layer_types and c.mlp_layer_types[i + 1] == "sparse" end,
}
