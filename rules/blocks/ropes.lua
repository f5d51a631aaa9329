--- Rotary embeddings: how wide they are, and how often they are called.

--- One call for each kind of layer that the configuration lists: the width, how many, and all of
--- them where widths differ.
local function of_kinds(c)
  local list, seen, differ = {}, {}, false
  for _, kind in ipairs(c.layer_types or {}) do
    local has_rope = kind:find "attention$" and kind ~= "linear_attention"
    if has_rope and not seen[kind] then
      seen[kind] = true
      list[#list + 1] = { kind = kind, width = block.decoder.rope(c, nil, kind) }
    end
    local last = list[#list]
    differ = differ or last and shape.value(last.width) ~= shape.value(list[1].width)
  end
  if #list == 0 then return block.decoder.rope(c) end
  return list[1].width, #list > 1 and #list or nil, differ and list or nil
end

--- The same, where heads have another size in each kind of layer.
local function of_heads(c)
  local list, known = {}, {}
  for _, kind in ipairs(c.layer_types or {}) do
    if not known[kind] then
      list[#list + 1] = { kind = kind, width = c.of_kind("head_dim", kind) }
    end
    known[kind] = true
  end
  return nil, nil, list
end

return { of_kinds = of_kinds, of_heads = of_heads,
  latent = function(c) return c.qk_rope_head_dim end }
