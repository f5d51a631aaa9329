--- Which layers have experts, by their index from 0.
return {
  all = function() return true end,
  --- All but the first few.
  after_first = function(c, i) return i >= (c.first_k_dense_replace or 0) end,
  --- One layer of every `decoder_sparse_step`, except those that are listed as dense.
  sparse_step = function(c, i)
    for _, dense in ipairs(c.mlp_only_layers or {}) do
      if dense == i then return false end
    end
    local step = c.decoder_sparse_step or 1
    return (shape.value(c.num_experts) or 0) > 0 and step > 0 and (i + 1) % step == 0
  end,
  --- One layer of every `expert_layer_period`, unless there is only one expert.
  in_period = function(c, i)
    local n, period = shape.value(c.num_experts), c.expert_layer_period
    return n ~= nil and n > 1 and period ~= nil and period > 0
      and i % period == c.expert_layer_offset
  end,
  --- Where the list of the configuration says "sparse".
  listed = function(c, i) return c.mlp_layer_types and c.mlp_layer_types[i + 1] == "sparse" end,
}
