--- Keys that a list of layers follows from; asking for one of the wrong kind ends the description.
local sources = { "attn_layer_period", "attn_layer_offset", "full_attention_interval" }

--- The kind of a layer, by its index from 0.
return {
  --- As the configuration lists it, `dense` where it lists nothing.
  layer_types = function(c, i)
    if c.layer_types then return c.layer_types[i + 1] or "dense" end
    for _, key in ipairs(i == 0 and sources or {}) do local _ = c[key] end
    return "dense"
  end,
  dense = function() return "dense" end,
}
