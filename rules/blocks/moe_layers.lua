--- A list of the configuration. Where there is none, the key that it follows from is asked: one of
--- the wrong kind ends the description.
local function list_of(c, key, source)
  local list = c[key]
  if not list then local _ = c[source] end
  return list or {}
end

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
  listed = function(c, i)
    return list_of(c, "mlp_layer_types", "first_k_dense_replace")[i + 1] == "sparse"
  end,
  --- Those that the configuration counts up.
  numbered = function(c, i)
    for _, at in ipairs(list_of(c, "moe_layers", "interleave_moe_layer_step")) do
      if at == i then return true end
    end
    return false
  end,
}
