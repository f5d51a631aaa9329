--- Which layers have experts, from the many ways in which files say it. Rules as in `layers.lua`,
--- asked behind those.

local by_index, set = lists.by_index, lists.set

local rules = {
  { "moe_layers", function(c, _, n)
    local step = c.interleave_moe_layer_step
    if not step or step < 1 then return nil end
    local out = {}
    for i = step - 1, n - 1, step do out[#out + 1] = i end
    return out
  end },
  { "mlp_layer_types", function(_, raw)
    local list = raw.moe_layer_freq -- MiMo: a list, 0 is a dense layer
    if type(list) ~= "table" then return nil end
    local out = {}
    for i, v in ipairs(list) do out[i] = v == 0 and "dense" or "sparse" end
    return out
  end },
  { "mlp_layer_types", function(c, _, n)
    if not c.num_experts or not c.num_hash_layers then return nil end
    return by_index(n, function(i) return i < c.num_hash_layers and "hash_moe" or "moe" end)
  end },
  { "mlp_layer_types", function(c, _, n)
    if not c.num_experts or type(c.moe_layers) ~= "table" then return nil end
    local sparse = set(c.moe_layers)
    return by_index(n, function(i) return sparse[i] and "sparse" or "dense" end)
  end },
  { "mlp_layer_types", function(c, _, n)
    local dense = c.first_k_dense_replace
    if not c.num_experts or not dense then return nil end
    local step = type(c.moe_layer_freq) == "number" and c.moe_layer_freq > 0 and c.moe_layer_freq
    return by_index(n, function(i)
      return i >= dense and (not step or i % step == 0) and "sparse" or "dense"
    end)
  end },
  { "mlp_layer_types", function(c, _, n)
    local step = c.decoder_sparse_step
    if not c.num_experts or not step or step < 1 then return nil end
    local dense = set(c.mlp_only_layers)
    return by_index(n, function(i)
      return not dense[i] and (i + 1) % step == 0 and "sparse" or "dense"
    end)
  end },
  { "mlp_layer_types", function(c, _, n)
    local period, offset = c.expert_layer_period, c.expert_layer_offset
    if not c.num_experts or not period or not offset or period < 1 then return nil end
    return by_index(n, function(i) return i % period == offset and "sparse" or "dense" end)
  end },
}

-- A class that can have experts has none if its pattern names no such layer.
for _, key in ipairs { "num_experts", "num_experts_per_tok", "moe_intermediate_size",
  "num_shared_experts", "shared_expert_intermediate_size", "n_group", "topk_group",
  "norm_topk_prob", "routed_scaling_factor" } do
  rules[#rules + 1] = { key, function(c, raw)
    if raw[key] ~= nil then return nil end
    local pattern = raw.hybrid_override_pattern or raw.layers_block_type
    if pattern == nil or type(c.layer_types) ~= "table" then return nil end
    return nil, not set(c.layer_types).moe and "drop" or nil
  end, always = true }
end

return rules
