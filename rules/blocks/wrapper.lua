--- A model of several parts: a language model that is given embeddings, and towers that make such
--- embeddings of images and sounds. `c.language` is the configuration as the family of the language
--- model sees it; the slot `towers` declares the others, which see `c.parts`.

--- The language model; where a class asks for them, with the states before and behind each layer.
local function with_states(c, l)
  local body = l.family.body(l, l.family)
  if not rawget(c, "all_states") then return body end
  return function(m, x)
    local out, states = body(m, x), {}
    for i = 1, l.num_hidden_layers + 1 do states[i] = out[2] end
    return shape.named("last_hidden_state", out[2], "hidden_states",
      shape.tuple(table.unpack(states)))
  end
end

--- What stands in `f.names.model`.
local function stack(c, f)
  return function(m, ids)
    local l, name = c.language, f.names.language
    rawset(l, "inside", c) -- of a part, a family may ask what it is a part of
    local own, seq = m:part(l), ids.dims[2]
    local x = ids -- a language model that is given tokens embeds them itself
    if not ids.dims[3] and not f.calls.language:find "input_ids=" then
      x = block.decoder.embed(l, l.family, own, ids, name .. ".")
    end
    local mask = shape.tensor(m.dtype, 1, 1, seq, seq)
    local function given(word) return f.calls.language:find(word, 1, true) end
    if given "attention_mask=," then m.env.attention_mask = mask end -- whatever the part says
    if given "position_ids=," then m.env.position_ids = shape.tensor("I64", 1, seq) end
    m.env.masks = shape.named("full_attention", mask, "sliding_attention", mask)
    local out = own:call(name, l.family.classes.model or "*Model", f.calls.language, x,
      with_states(c, l))
    f.towers(c, f, m)
    return shape.named("last_hidden_state", out[2], "hidden_states", rawget(c, "all_states")
      and out[out.n])
  end
end

--- A class around a language model that has its own head: all it adds is the towers.
local function around(m, c, f, ids)
  return m:call("", c.root_class or "*ForConditionalGeneration", "input_ids=x", ids,
    function(r, y)
      local l, name = c.language, f.names.language
      local own = r:part(l)
      local x = block.decoder.embed(l, l.family, own, y, name .. "." .. l.family.names.model .. ".")
      local out = own:call(name, "*ForCausalLM", f.calls.language, x, function(inner, z)
        return block.heads.words(inner, l, l.family, f.calls.language, z)
      end)
      f.towers(c, f, r)
      return out
    end)
end

--- Which layers of a tower are looked at, as they are counted from the embedding.
local function feature_layers(c, part)
  local wanted, n, out = c.vision_feature_layer,
    part.num_hidden_layers, {}
  for _, layer in ipairs(type(wanted) == "table" and wanted or { wanted }) do
    out[#out + 1] = layer < 0 and n + 1 + layer or layer
  end
  return out
end

--- Adds the states of the layers that are looked at to the result of a tower.
local function with_layers(result, layers)
  local list = { table.unpack(result, 1, result.n) }
  local n = result.n
  layers = table.move(layers, 1, #layers, 1, {})
  table.sort(layers)
  for _, layer in ipairs(layers) do
    list[n + 1], list[n + 2] = "hidden_states." .. layer, result[2]
    n = n + 2
  end
  return shape.named(table.unpack(list, 1, n))
end

--- An encoder of images in a larger model. `layers`: those whose states are looked at, too.
local function tower(m, part, name, spec, x, layers)
  local own = m:part(part)
  local class, body = block.towers.body(part, part.family.name)
  if not class then
    class, body = part.family.classes.model or "*Model", part.family.body(part, part.family)
  end
  return own:call(name, class, spec, x, function(t, y)
    return with_layers(body(t, y), layers or {})
  end)
end

--- A tower on images of the size that it expects.
local function images(m, part, name, spec, layers)
  return tower(m, part, name, spec, block.vision.pixels(part, m.dtype), layers)
end

--- A projector of two linear maps with an activation between them.
local function projector(c, o)
  local act = block.activation[c.projector_hidden_act or "gelu"] or block.activation.gelu
  return function(m, x)
    if o.norm then
      m:norm(o.norm == true and "layer_norm" or o.norm, x,
        { kind = "layer_norm", bias = true, role = "projector.norm" })
    end
    local y = m:linear("linear_1", x, o.width or c.hidden_size,
      { bias = o.bias, role = "projector.up" })
    m:leaf("act", act.class, y)
    m:op(act.operator)
    return m:linear("linear_2", y, c.hidden_size, { bias = o.bias, role = "projector.down" })
  end
end

--- Renames of the parts of encoders of images that stood in one more module.
local function nested_names(towers)
  local out = {}
  for _, name in ipairs(towers or { "vision_tower" }) do
    local parts = {}
    for _, part in ipairs { "embeddings", "pre_layrnorm", "encoder", "post_layernorm", "head" } do
      parts[part] = name .. ".vision_model." .. part .. "."
    end
    out[#out + 1] = { name .. "%.(%a[%w_]*)%.", parts }
  end
  return out
end

--- Renames of saved tensors: files have the parts side by side, as they stood alone. `nested`: of
--- encoders of images, `towers`, that stood in one more module.
local function saved(nested, towers)
  local out = nested and nested_names(towers) or {}
  for _, rename in ipairs { { "^language_model%.", "language_model.model." },
    { "^lm_head", "language_model.lm_head" },
    { "^model%.language_model%.", "language_model.model." }, { "^model%.", "" } } do
    out[#out + 1] = rename
  end
  return out
end

return { saved = saved, nested_names = nested_names, saved_nested = nested_names(),
  stack = stack, around = around, feature_layers = feature_layers, tower = tower, images = images,
  projector = projector }
