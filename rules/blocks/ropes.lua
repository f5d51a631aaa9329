--- Tables of angles: how wide they are, and how often they are asked for.

--- One table for each kind of layer that the configuration lists.
local function of_kinds(c)
  local kinds, n = {}, 0
  for _, kind in ipairs(c.layer_types or {}) do
    if not kinds[kind] then n = n + 1 end
    kinds[kind] = true
  end
  return block.decoder.rope(c), n > 1 and n or nil
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
