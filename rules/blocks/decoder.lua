--- The common decoder-only language model: embedding, positions, layers, a last norm. `f` is the
--- family with its slots; what a part is called stands in `f.names`, its class in `f.classes`, the
--- order of its arguments in `f.calls`.

--- Options of the slot `decoder`.
local options = {
  positions = { "rope", "learned", "alibi", "none" },
  offset = "size",            -- rows of the table of learned positions beyond the positions
  mask = "flag",              -- false: layers get no mask
  mask_always = "flag",       -- they get one with bidirectional attention, too
  mask_dtype = "text",
  alibi = "block",            -- (c, m, ids): what carries the slopes, for `calls`
  embedding_norm = "flag", embedding_dropout = "flag", -- behind the embedding, see `names`
  layer_weights = "flag",     -- layers return the weights of their attention, too
  first_norm = "word",        -- before the first layer, behind the angles; by its name
  final_norm = "flag",        -- false: none behind the last layer
  handed = "text",            -- name of what attention returns, too, and layers pass on
  embedding_size = "size",    -- of the token embedding, where it differs from the hidden size;
  embedding_in = "word", embedding_out = "word", -- then projections of these names follow
  position_ids = "flag",      -- false: layers get none
  turn_dtype = "word",        -- dtype of cosines and sines, where it is not that of the states
  axes = "size",              -- rotary positions on so many axes
  axes_in_layers = "flag",    -- layers are given those positions, too
  tables = "size",            -- number of rotary embeddings, in a module list of their name
  turns = "list",             -- names of several rotary embeddings, all of which layers are given
  turned = "block",           -- (c, kind): does a layer have rotary positions?
  routers = "flag",           -- false: the model never returns the logits of its routers, too
  streams = "size",           -- states in so many streams, see `hyper_connections.lua`
  extra_tokens = "size",      -- rows that the embedding has beyond the vocabulary
  final_norm_class = "text",  -- where it is another than that of the norms in layers
  final_norm_kind = "text",
  residual_dtype = "word",    -- in which layers hand on their states
  looked_up = "block",        -- (c, m, ids, prefix): further embeddings of the tokens
  beside = "block",           -- (c, m, x): further inputs of layers, made from the embedding
  before_ffn = "block",       -- (c, m, x): what is called between the feed-forward and its norm
  with_ffn = "block",         -- (c, m, x): what stands beside the feed-forward, before its norm
  last = "block",             -- (c, m, x): what ends a layer
}

local function norm(f, m, name, x, role, class, kind)
  local o = f.norm
  return m:norm(name, x, { role = role, kind = kind or o.kind, bias = o.bias,
    class = class or o.class, weightless = o.weightless, dtype = o.dtype })
end

local function decoder_of(c, f)
  local o = options_of("decoder", f.decoder, c)
  if o.routers == nil then o.routers = f.moe and c.output_router_logits end
  return o
end

--- Does each token attend to those after it, too?
local function is_bidirectional(c)
  local both = c.use_bidirectional_attention
  return c.is_causal == false or both == true or both == "all"
end

--- What layers are given beside the states.
local function positions(c, f, o, m, ids, x)
  local env, seq = m.env, ids.dims[2]
  env.position_ids = o.position_ids ~= false and shape.tensor("I64", 1, seq) or nil
  if o.mask ~= false and (o.mask_always or not is_bidirectional(c)) then
    env.attention_mask = shape.tensor(o.mask_dtype or m.dtype, 1, 1, seq, seq)
  end
  if o.positions and o.positions ~= "none" then m:fact("positions", o.positions) end
  if o.positions == "learned" then
    m:embedding(f.names.positions, env.position_ids, c.max_position_embeddings + (o.offset or 0),
      c.hidden_size, { class = f.classes.positions, spec = f.calls.positions,
        role = "embedding.position" })
  elseif o.positions == "alibi" then
    m:op("alibi")
    env.alibi = o.alibi and o.alibi(c, m, ids)
  end
  if o.beside then o.beside(c, m, x) end
  if o.embedding_norm then norm(f, m, f.names.embedding_norm, x, "norm.embedding") end
  if o.embedding_dropout then m:leaf(f.names.embedding_dropout, "Dropout", x) end
  if (o.positions or "rope") ~= "rope" then return end
  local d, times, by_kind = f.rope(c)
  local ids_of_layers = env.position_ids
  if o.axes then env.position_ids = shape.tensor("I64", o.axes, 1, seq) end
  local function angles(name, width)
    env.position_embeddings = m:call(name, f.classes.rope or "*RotaryEmbedding", f.calls.rope, x,
      function(r)
        r:kind("RotaryEmb")
        if times and not by_kind then r:times(times) end
        if shape.is_tensor(width) then return width end
        local turn = shape.tensor(o.turn_dtype or m.dtype, 1, seq, width)
        return shape.tuple(turn, turn)
      end)
    return env.position_embeddings
  end
  for i = 1, o.tables or 0 do angles(f.names.rope .. "." .. i - 1, d) end
  env.angles_of_kind = by_kind and {} or nil
  for _, one in ipairs(by_kind or {}) do
    env.angles_of_kind[one.kind] = angles(f.names.rope, one.width)
  end
  if not o.tables and not by_kind then angles(f.names.rope, d) end
  if not o.axes_in_layers then env.position_ids = ids_of_layers end
  if not o.turns then return end
  local all, given = {}, env.position_embeddings
  for _, name in ipairs(o.turns) do table.move({ name, given }, 1, 2, #all + 1, all) end
  env.position_embeddings = shape.named(table.unpack(all))
end

--- The embedding, by the model itself or, with a prefix, by the model around it.
local function embed(c, f, m, ids, prefix)
  local o = decoder_of(c, f)
  local x = m:embedding((prefix or "") .. f.names.embedding, ids,
    c.vocab_size + (o.extra_tokens or 0), o.embedding_size or c.hidden_size,
    { class = f.classes.embedding })
  if o.looked_up then o.looked_up(c, m, ids, prefix or "") end
  return x
end

--- Projects between the width of the embedding and that of the layers, where they differ.
local function bridge(c, o, m, name, x, width)
  local own = shape.value(o.embedding_size)
  if not name or not own or own == shape.value(c.hidden_size) then return x end
  return m:linear(name, x, width, { role = "embedding." .. name })
end

--- The logits of the routers of all layers, from those of each kind of layer.
local function routers(c, f, logits)
  local kind, list = f.layer_kind(c), {}
  for i = 1, c.num_hidden_layers do
    local own = logits[kind(i - 1)] or {}
    table.move(own, 1, #own, #list + 1, list)
  end
  return #list > 0 and shape.tuple(table.unpack(list)) or nil
end

local function stack(c, f)
  local o = decoder_of(c, f)
  return function(m, ids)
    local x = ids.dims[3] and ids or embed(c, f, m, ids)
    positions(c, f, o, m, ids, x)
    m.env.input_ids = not ids.dims[3] and ids or nil
    x = bridge(c, o, m, o.embedding_in, x, c.hidden_size)
    if o.first_norm then norm(f, m, o.first_norm, x, "norm.embedding") end
    if o.streams then x = x:view(x.dims[1], x.dims[2], o.streams, x.dims[3]) end
    local angles, router_logits = m.env.position_embeddings, {}
    x = m:layers(f.names.layers, c.num_hidden_layers, f.layer_kind(c), function(l, name, kind, y)
      local mixer, weights = f.mixer(kind), nil
      local own = l.env.angles_of_kind and l.env.angles_of_kind[kind:match "^%S+"] or angles
      router_logits[kind] = o.routers and {} or nil
      l.env.routers = router_logits[kind]
      l.env.position_embeddings = (not o.turned or o.turned(c, kind)) and own or nil
      local out = y
      local function call()
        out = l:call(name, mixer.layer or f.classes.layer or "*DecoderLayer",
          mixer.layer_call or f.calls.layer, y, function(layer, z)
            z, weights = f.layer(c, f, kind, layer, z:to(m.dtype))
            z = o.residual_dtype and z:to(o.residual_dtype) or z
            if o.handed then return shape.tuple(z, layer.env.handed) end
            return o.layer_weights and shape.tuple(z, weights or layer.env.weights) or z
          end)
      end
      if mixer.uncalled then l:uncalled(call) else call() end
      if o.handed then l.env[o.handed] = out[2] end
      return shape.is_tensor(out) and out or out[1]
    end, x)
    if o.streams then x = block.hyper_connections.head(m, x) end
    if f.names.norm and o.final_norm ~= false then
      norm(f, m, f.names.norm, x, "norm.final", o.final_norm_class, o.final_norm_kind)
    end
    x = bridge(c, o, m, o.embedding_out, x, o.embedding_size)
    return shape.named("last_hidden_state", x,
      "router_logits", o.routers and routers(c, f, router_logits) or nil)
  end
end

local function layout_of(c, f, kind)
  local name = f.layout
  if type(name) == "function" then name = name(c, kind) end
  return block.layouts[name]
end

--- The token mixer: attention, or the mixer of this kind of layer, or both.
local function mix(c, f, kind, m, x)
  local mixer, out = f.mixer(kind), nil
  local class = f.classes.attention or "*Attention"
  if mixer.build then
    out = m:call(mixer.name or f.names.attention, mixer.class or class,
      mixer.call or f.calls.attention, x, mixer.build(c, kind))
  end
  if not mixer.build or mixer.beside then
    out = m:call(f.names.attention, class, f.calls.attention, x, f.attention(c, kind))
  end
  return shape.is_tensor(out) and shape.tuple(out) or out
end

--- One layer: attention, then feed-forward, with the norms where the layout has them.
local function layer(c, f, kind, m, x)
  local layout, names = layout_of(c, f, kind), f.names
  local function place(part, y, role)
    if not layout[part] then return y end
    if layout.idle and part:find "^after" then
      return m:leaf(names[part] or layout[part], "Identity", y)
    end
    return norm(f, m, names[part] or layout[part], y, "layer.norm." .. role)
  end
  local function drop(part, y)
    return names[part] and m:leaf(names[part], "Dropout", y) or y
  end
  m:fact("norm_place", f.facts.norm_place or layout.place)
  m:fact("parallel_residual", layout.parallel or false)
  local h = place("attention_norm", x, "attention")
  if layout.early then place("ffn_norm", x, "ffn") end
  m.env.residual = x
  local a = mix(c, f, kind, m, h)
  m.env.weights, m.env.handed = a[2], a[3]
  drop("attention_dropout", a[1])
  place("after_attention", a[1], "after_attention")
  if layout.alone then
    m:op("add")
    return x
  end
  if not layout.parallel then h = x end
  if not layout.early then
    h = place("ffn_norm", layout.parallel and layout.ffn_norm and x or h, "ffn")
  end
  local o = decoder_of(c, f)
  if o.before_ffn then o.before_ffn(c, m, h) end
  m:op("add", 2)
  local y = m:call(f.ffn_name(c, kind), f.mlp_class(c, kind), f.calls.ffn, h, f.ffn(c, kind))
  if not shape.is_tensor(y) then y = x end
  drop("ffn_dropout", y)
  if o.with_ffn then o.with_ffn(c, m, x) end
  place("after_ffn", y, "after_ffn")
  if o.last then o.last(c, m, x) end
  return x
end

--- The width of the rotary positions: the part of a head that they rotate, in layers of a kind.
local function rope(c, head, kind)
  local d = head or c.head_dim or c.hidden_size // c.num_attention_heads
  local record = c.rope_parameters
  if kind and record then record = record[kind] or record end
  local part = type(record) == "table" and record.partial_rotary_factor
  if type(part) ~= "number" or part == 1 or record.rope_type == "proportional" then return d end
  return math.floor(shape.value(d) * part) + 1 >> 1 << 1 -- angles come in pairs
end

return { options = options, stack = stack, embed = embed, layer = layer, pre_norm = layer,
  rope = rope, norm = norm, causal_lm = block.heads.causal_lm "ForCausalLM",
  classification = block.heads.sequence, bare = block.heads.bare }
