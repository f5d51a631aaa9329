--- A model of several parts: a language model that is given embeddings, and beside it what turns
--- images and sounds into some. `c.language` is what the family of the language model sees; the
--- slot `towers` declares the others, which see `c.parts`.

--- What stands in `f.names.model`.
local function stack(c, f)
  return function(m, ids)
    local l, name = c.language, f.names.language
    local own = m:part(l)
    local x = block.decoder.embed(l, l.family, own, ids, name .. ".")
    x = own:call(name, l.family.classes.model or "*Model", f.calls.language, x,
      l.family.body(l, l.family))[2]
    f.towers(c, f, m)
    return shape.named("last_hidden_state", x)
  end
end

return { stack = stack }
